"""/api/v1/reliability/: a month's indices by station."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.views.access import user_of
from outage.planning.forms import MonthForm
from outage.reliability.permissions import expect_reader, stations_of
from outage.reliability.services import StationMonth, month_of
from outage.reliability.views import first_of
from people.jsonforms import parameters_of, read_query

Out = serializers.Serializer[Any]


class StationFiguresOut(Out):
    """Indices are null where nothing can be said: no customers, or nobody interrupted."""

    station = serializers.CharField(allow_null=True, help_text="code; null is the whole company")
    name = serializers.CharField(allow_blank=True)
    customers = serializers.IntegerField()
    interruptions = serializers.IntegerField()
    interrupted_customers = serializers.IntegerField()
    customer_minutes = serializers.FloatField()
    saidi_hours = serializers.FloatField(allow_null=True)
    saifi = serializers.FloatField(allow_null=True)
    caidi_hours = serializers.FloatField(allow_null=True)
    rs1_percent = serializers.FloatField(allow_null=True)


class ReliabilityOut(Out):
    month = serializers.CharField(help_text="2026-09")
    running = serializers.BooleanField(help_text="the figures will still change")
    company = StationFiguresOut()
    stations = StationFiguresOut(many=True)


@extend_schema(
    operation_id="reliability",
    tags=["outages"],
    parameters=[parameters_of("MonthFilter", MonthForm.base_fields)],
    responses=ReliabilityOut,
)
@api_view(["GET"])
def reliability(request: Request) -> Response:
    """SAIDI, SAIFI, CAIDI and RS-1 of a month (default: this one), for the company and the stations in view."""
    asked = read_query(request, MonthForm)
    now = timezone.now()
    held = expect_reader(user_of(request._request), now)
    first = first_of(asked["month"], timezone.localdate(now))
    month = month_of(first, now=now, station_ids=stations_of(held))
    shown = {
        "month": f"{first:%Y-%m}",
        "running": month.running,
        "company": _told(month.company),
        "stations": [_told(row) for row in month.stations],
    }
    return Response(ReliabilityOut(shown).data)


def _told(row: StationMonth) -> dict[str, Any]:
    found = row.figures
    return {
        "station": row.station.code if row.station else None,
        "name": row.station.name if row.station else "",
        "customers": found.customers,
        "interruptions": found.interruptions,
        "interrupted_customers": found.interrupted,
        "customer_minutes": found.minutes,
        "saidi_hours": found.saidi,
        "saifi": found.saifi,
        "caidi_hours": found.caidi,
        "rs1_percent": found.rs1,
    }


urlpatterns = [path("reliability/", reliability, name="api_reliability")]
