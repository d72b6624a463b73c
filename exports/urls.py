"""Addresses of the exports: one's own, and those that wait for an approver."""

from django.urls import path

from exports import views

# /exports/
urlpatterns = [
    path("", views.exports, name="exports"),
    path("<uuid:uid>/", views.export, name="export"),
    path("<uuid:uid>/decide/", views.decide, name="export_decide"),
    path("<uuid:uid>/cancel/", views.cancel, name="export_cancel"),
    path("<uuid:uid>/file/", views.file, name="export_file"),
]
