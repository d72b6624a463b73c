"""/api/v1/orders/{number}/deadline/, …/extensions/ and /api/v1/approvals/: the same forms and services as the pages."""

from django.urls import path

from escalation.api.approvals import approval, approvals, decision, take_back
from escalation.api.deadline import deadline
from escalation.api.extensions import extensions

order_urls = [
    path("<slug:number>/deadline/", deadline, name="api_order_deadline"),
    path("<slug:number>/extensions/", extensions, name="api_order_extensions"),
]

approval_urls = [
    path("", approvals, name="api_approvals"),
    path("<int:pk>/", approval, name="api_approval"),
    path("<int:pk>/decision/", decision, name="api_approval_decision"),
    path("<int:pk>/take-back/", take_back, name="api_approval_take_back"),
]
