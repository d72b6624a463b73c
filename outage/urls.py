"""Addresses of outages."""

from django.urls import path

from outage.views import acts, board, page, photos

urlpatterns = [
    path("", board.board, name="outages"),
    path("new/", board.new, name="outage_new"),
    path("suggestions/<int:pk>/dismiss/", board.dismiss_suggestion, name="outage_dismiss"),
    path("<str:number>/", page.page, name="outage"),
    path("<str:number>/clocks/", page.clocks, name="outage_clocks"),
    path("<str:number>/do/<slug:name>/", acts.act, name="outage_act"),
    path("<str:number>/publish/", acts.publish_notice, name="outage_publish"),
    path("<str:number>/postings/<int:pk>/", acts.posted, name="outage_posted"),
    path("<str:number>/photos/", photos.upload, name="outage_photos"),
    path("<str:number>/photos/<uuid:uid>/", photos.photo, name="outage_photo"),
    path("<str:number>/chain/<int:level>/", acts.acknowledge_level, name="outage_acknowledge"),
    path("<str:number>/here/", acts.check_in, name="outage_check_in"),
    path("<str:number>/attendance/<int:pk>/<slug:what>/", acts.attendance, name="outage_attendance"),
    path("<str:number>/measures/", acts.measure, name="outage_measure"),
    path("<str:number>/sensitive/<str:account_no>/", acts.sensitive, name="outage_sensitive"),
    path("<str:number>/announce/", acts.announce, name="outage_announce"),
    path("<str:number>/answer/", acts.answer, name="outage_answer"),
    path("<str:number>/orders/", acts.link_order, name="outage_link_order"),
    path("<str:number>/calls/<int:pk>/", acts.call_back, name="outage_call_back"),
]
