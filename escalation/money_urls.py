"""Addresses of money: /money/, /rulings/, and what is asked about one order's money."""

from django.urls import path, re_path

from escalation.views import after, ledger, rulings

MONTH = r"(?P<month>[0-9]{4}-[0-9]{2})"

urlpatterns = [
    path("money/", ledger.index, name="money"),
    path("money/lines/", ledger.lines, name="money_lines"),
    path("money/lines/<int:pk>/correct/", ledger.correct, name="money_correct"),
    path("money/holds/<int:pk>/release/", ledger.release, name="money_release"),
    re_path(rf"^money/{MONTH}/$", ledger.month, name="money_month"),
    re_path(rf"^money/{MONTH}/confirm/$", ledger.confirm, name="money_confirm"),
    re_path(rf"^money/{MONTH}/(?P<code>[-a-z0-9_]{{1,40}})/$", ledger.department, name="money_department"),
    path("rulings/", rulings.index, name="rulings"),
    path("rulings/<int:pk>/decide/", rulings.decide_ruling, name="ruling_decide"),
    path("rulings/<int:pk>/appeal/", rulings.appeal_ruling, name="ruling_appeal"),
    path("appeals/<int:pk>/decide/", rulings.decide_appeal, name="appeal_decide"),
    path("orders/<slug:number>/money/<slug:name>/", rulings.order_act, name="order_money"),
    path("orders/<slug:number>/after/<slug:name>/", after.order_after, name="order_after"),
    path("rectifications/", after.rectifications, name="rectifications"),
    path("rectifications/<int:pk>/submit/", after.submit, name="rectification_submit"),
    path("rectifications/<int:pk>/accept/", after.accept, name="rectification_accept"),
    path("self-inspections/<int:pk>/finish/", after.finish, name="self_inspection_finish"),
]
