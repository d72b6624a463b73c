"""Addresses below /outages/disconnections/."""

from django.urls import path

from outage.disconnection import views

urlpatterns = [
    path("", views.index, name="disconnections"),
    path("new/", views.new, name="disconnection_new"),
    path("<int:pk>/", views.detail, name="disconnection"),
    path("<int:pk>/do/<slug:name>/", views.act, name="disconnection_act"),
]
