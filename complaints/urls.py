"""Addresses of the work orders, as a site map."""

from django.urls import path

from complaints import files_views, views
from complaints.views import boxes, bulk, handovers, quality, saved

# /orders/<number>/
order_urls = [
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/undo/<int:seq>/", bulk.undo_act, name="order_undo"),
    path("orders/<str:number>/do/<str:name>/", views.act, name="order_act"),
    path("orders/<str:number>/reveal/", views.reveal, name="order_reveal"),
    path("orders/<str:number>/slip/", views.slip, name="order_slip"),
    path("orders/<str:number>/presence/", views.presence, name="order_presence"),
    path("orders/<str:number>/hand-up/", handovers.hand_up_order, name="order_hand_up"),
    path("orders/<str:number>/files/", files_views.upload, name="order_files"),
    path("orders/<str:number>/files/<uuid:uid>/", files_views.download, name="order_file"),
]

# /intake/
intake_urls = [
    path("intake/", views.intake, name="intake"),
    path("intake/caller/", views.caller, name="intake_caller"),
    path("intake/route/", views.route_panel, name="intake_route"),
    path("intake/similar/", views.similar_panel, name="intake_similar"),
    path("intake/name/", views.name_panel, name="intake_name"),
    path("intake/consent/", views.consent, name="intake_consent"),
    path("intake/waiting/", handovers.waiting, name="intake_waiting"),
    path("intake/duty/", handovers.duty, name="intake_duty"),
    path("intake/duty/handovers/<int:handover_id>/accept/", handovers.accept, name="handover_accept"),
    path("intake/duty/handovers/<int:handover_id>/withdraw/", handovers.withdraw, name="handover_withdraw"),
    path("intake/duty/harassment/<int:call_id>/acknowledge/", handovers.acknowledge, name="harassment_acknowledge"),
    path("intake/calls/<int:call_id>/hang-up/", handovers.hang_up, name="call_hang_up"),
]

urlpatterns = [
    path("orders/", views.orders, name="orders"),
    path("orders/print/", bulk.print_orders, name="orders_print"),
    path("orders/bulk/", bulk.bulk, name="orders_bulk"),
    path("orders/bulk/<uuid:uid>/", bulk.bulk_run, name="orders_bulk_run"),
    path("orders/bulk/<uuid:uid>/undo/", bulk.bulk_undo, name="orders_bulk_undo"),
    path("orders/views/", saved.save, name="orders_views"),
    path("orders/views/<int:view_id>/remove/", saved.remove, name="orders_view_remove"),
    path("orders/views/<int:view_id>/restore/", saved.restore, name="orders_view_restore"),
    path("orders/views/<int:view_id>/first/", saved.first, name="orders_view_first"),
    path("orders/export/", views.export_list, name="orders_export"),
    *order_urls,
    *intake_urls,
    path("quality/", quality.scores, name="quality"),
    path("quality/draw/", quality.draw, name="quality_draw"),
    path("quality/<int:score_id>/", quality.score, name="quality_score"),
    path("boxes/", boxes.box_openings, name="box_openings"),
    path("boxes/new/", boxes.box_opening_new, name="box_opening_new"),
    path("boxes/<int:pk>/", boxes.box_opening, name="box_opening"),
    path("boxes/<int:pk>/letters/<int:seq>/", boxes.box_letter_settle, name="box_letter_settle"),
    path("drafts/<path:form>/", views.draft, name="draft"),
]
