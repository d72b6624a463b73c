"""Addresses below /outages/reliability/."""

from django.urls import path

from outage.reliability import views

urlpatterns = [path("", views.index, name="reliability")]
