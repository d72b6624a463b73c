"""Addresses below /outages/plans/."""

from django.urls import path, re_path

from outage.planning import desk_views, views

urlpatterns = [
    path("", views.index, name="plans"),
    path("new/", views.new, name="plan_new"),
    path("leads/", desk_views.leads, name="plan_leads"),
    path("days/", desk_views.days, name="plan_days"),
    path("days/<int:pk>/remove/", desk_views.day_remove, name="plan_day_remove"),
    path("calendar/", desk_views.link, name="plan_link"),
    path("calendar/new/", desk_views.link_new, name="plan_link_new"),
    path("calendar/end/", desk_views.link_end, name="plan_link_end"),
    re_path(r"^calendar/(?P<token>[A-Za-z0-9_-]{20,80})\.ics$", desk_views.feed, name="plan_feed"),
    path("<int:pk>/", views.detail, name="plan"),
    path("<int:pk>/do/<slug:name>/", views.act, name="plan_act"),
]
