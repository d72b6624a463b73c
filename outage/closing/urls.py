"""Addresses below /outages/<number>/closing/."""

from django.urls import path

from outage.closing import views

urlpatterns = [
    path("", views.closing, name="outage_closing"),
    path("ledger/", views.ledger, name="outage_ledger"),
    path("feedback/", views.feedback, name="outage_feedback"),
    path("review/", views.review, name="outage_review"),
    path("gaps/", views.explain, name="outage_gap"),
    path("actions/", views.action, name="outage_action"),
    path("actions/<int:pk>/done/", views.action_done, name="outage_action_done"),
]
