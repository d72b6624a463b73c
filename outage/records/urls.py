"""Addresses below /outages/records/."""

from django.urls import path

from outage.records import views

urlpatterns = [
    path("", views.index, name="outage_records"),
    path("new/<slug:kind>/", views.new, name="outage_record_new"),
    path("<int:pk>/", views.detail, name="outage_record"),
    path("<int:pk>/returned/", views.returned, name="outage_record_returned"),
]
