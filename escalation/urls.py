"""Addresses of time and money, as a site map."""

from django.urls import path

from escalation import views

# What hangs on an order: /orders/<number>/…
order_urls = [
    path("orders/<str:number>/extension/", views.extension, name="order_extension"),
    path("orders/<str:number>/solution/", views.solution, name="order_solution"),
    path("orders/<str:number>/flag/", views.flag, name="order_flag"),
    path("orders/<str:number>/urge/", views.urge_order, name="order_urge"),
    path("orders/<str:number>/supervise/", views.supervise_order, name="order_supervise"),
    path("orders/<str:number>/supervise/end/", views.end_supervising, name="order_supervise_end"),
    path("orders/<str:number>/escalation/", views.deal_with_order, name="order_escalation"),
    path("orders/<str:number>/promises/", views.promise, name="order_promise"),
    path("orders/<str:number>/promises/<int:pk>/<slug:result>/", views.settle, name="order_promise_settle"),
    path("orders/<str:number>/fault-times/", views.fault_times, name="order_fault_times"),
]

# /approvals/
approval_urls = [
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/<int:pk>/", views.approval, name="approval"),
    path("approvals/<int:pk>/take-back/", views.take_back, name="approval_take_back"),
]

urlpatterns = [
    *order_urls,
    *approval_urls,
    path("escalations/", views.escalations, name="escalations"),
    path("warnings/", views.warnings, name="warnings"),
]
