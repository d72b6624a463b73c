"""/api/v1/orders/{number}/deadline/, …/extensions/, …/urges/ and their like, /api/v1/approvals/: the same forms and
services as the pages."""

from django.urls import path

from escalation.api.approvals import approval, approvals, decision, take_back
from escalation.api.deadline import deadline
from escalation.api.extensions import extensions
from escalation.api.pressure import end_supervising, escalations, supervisions, urges
from escalation.api.promises import outcome, promises

order_urls = [
    path("<slug:number>/deadline/", deadline, name="api_order_deadline"),
    path("<slug:number>/extensions/", extensions, name="api_order_extensions"),
    path("<slug:number>/urges/", urges, name="api_order_urges"),
    path("<slug:number>/supervisions/", supervisions, name="api_order_supervisions"),
    path("<slug:number>/supervisions/end/", end_supervising, name="api_order_supervisions_end"),
    path("<slug:number>/escalations/", escalations, name="api_order_escalations"),
    path("<slug:number>/promises/", promises, name="api_order_promises"),
    path("<slug:number>/promises/<int:pk>/outcome/", outcome, name="api_order_promise_outcome"),
]

approval_urls = [
    path("", approvals, name="api_approvals"),
    path("<int:pk>/", approval, name="api_approval"),
    path("<int:pk>/decision/", decision, name="api_approval_decision"),
    path("<int:pk>/take-back/", take_back, name="api_approval_take_back"),
]
