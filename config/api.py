"""/api/: the map of the interface. Each app brings its own views; the form of refusals is in ``config.problems``."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView

from config.problems import problem
from escalation import api as escalation

__all__ = ["problem", "urlpatterns"]

v1: list[URLPattern | URLResolver] = [
    path("auth/", include("people.api_urls")),
    path("", include("outage.planning.api")),
    path("", include("outage.reliability.api")),
    path("", include("policy.api")),
    path("reports/", include("reports.api")),
    path("orders/", include("complaints.api")),
    path("orders/", include(escalation.order_urls)),
    path("approvals/", include(escalation.approval_urls)),
    path("messages/", include("notifications.api")),
    path("money/", include("escalation.api.money")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    path("v1/", include(v1)),
]
