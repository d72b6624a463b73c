"""The addresses of the whole product; each app lists its own."""

from django.urls import URLPattern, URLResolver, include, path

from config import views
from config.health import healthz
from outage.checklists.urls import of_outage as checklists_of_outage

handler500 = "config.views.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("keys/", views.keys, name="keys"),
    path("settings/", views.settings_index, name="settings"),
    path("settings/policy/", include("policy.urls")),
    path("customers/", include("customers.urls")),
    path("reports/", include("reports.urls")),
    path("exports/", include("exports.urls")),
    path("", include("notifications.urls")),
    path("outages/reliability/", include("outage.reliability.urls")),
    path("outages/records/", include("outage.records.urls")),
    path("outages/checklists/", include("outage.checklists.urls")),
    path("outages/<slug:number>/checklists/", include(checklists_of_outage)),
    path("outages/<slug:number>/closing/", include("outage.closing.urls")),
    path("outages/plans/", include("outage.planning.urls")),
    path("outages/disconnections/", include("outage.disconnection.urls")),
    path("", include("people.urls")),
    path("", include("escalation.money_urls")),
    path("", include("complaints.urls")),
    path("", include("escalation.urls")),
    path("api/", include("config.api")),
    path("outages/", include("outage.urls")),
    path("healthz", healthz, name="healthz"),
]
