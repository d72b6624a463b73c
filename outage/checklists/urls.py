"""Addresses of the templates below /outages/checklists/, of an outage's own below /outages/<number>/checklists/."""

from django.urls import URLPattern, URLResolver, path

from outage.checklists import views

urlpatterns: list[URLPattern] = [
    path("", views.templates, name="checklist_templates"),
    path("<slug:code>/", views.version, name="checklist_version"),
]
of_outage: list[URLPattern | URLResolver] = [
    path("", views.outage_checklists, name="outage_checklists"),
    path("<int:item_id>/", views.tick, name="outage_tick"),
]
