"""/api/v1/planned-outages/: what was announced, in public words, for websites and other systems."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.views.access import user_of
from outage.planning.models import OutagePlan
from outage.planning.vocabulary import PUBLIC, PlanKind, State
from people.jsonforms import parameters_of, read_query
from people.roles import Role
from people.standing import standing

Out = serializers.Serializer[Any]
MOST_DAYS = 92
USUAL_DAYS = 31


class PlannedOutagesForm(forms.Form):
    """A span of days; both ends inclusive, at most a quarter."""

    since = forms.DateField(required=False, help_text=_("从这一天起，默认今天"))
    until = forms.DateField(required=False, help_text=_("到这一天止，默认其后 31 天，最多 92 天"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and not date(2000, 1, 1) <= since <= date(2100, 1, 1):
            self.add_error("since", _("年份超出范围。"))
        elif since and until and not timedelta(0) <= until - since <= timedelta(days=MOST_DAYS):
            self.add_error("until", _("须在 since 之后 92 天以内。"))
        return cleaned


class PlannedOutageOut(Out):
    number = serializers.CharField()
    kind = serializers.ChoiceField(PlanKind.choices)
    status = serializers.ChoiceField(["announced", "begun", "cancelled"])
    title = serializers.CharField(help_text="place in words for the public")
    text = serializers.CharField(help_text="announcement; never holds personal data")
    station = serializers.CharField()
    areas = serializers.ListField(child=serializers.CharField())
    households = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="expected restoration")
    revision = serializers.IntegerField(help_text="grows with every announced change")


class PlannedOutagesOut(Out):
    results = PlannedOutageOut(many=True)


@extend_schema(
    operation_id="planned_outages",
    tags=["outages"],
    parameters=[parameters_of("PlannedOutagesFilter", PlannedOutagesForm.base_fields)],
    responses=PlannedOutagesOut,
)
@api_view(["GET"])
def planned_outages(request: Request) -> Response:
    """Approved, begun and cancelled plans that touch the span, by their start. Drafts and waiting changes are not
    public."""
    asked = read_query(request, PlannedOutagesForm)
    now = timezone.now()
    user = user_of(request._request)
    if not may_read(user, now):
        raise PermissionDenied(_("停电计划不在您的职责内。"))
    since = asked["since"] or timezone.localdate(now)
    until = asked["until"] or since + timedelta(days=USUAL_DAYS)
    rows = (
        OutagePlan.objects.filter(approved_at__isnull=False, state__in=[*PUBLIC, State.CANCELLED])
        .within(_midnight(since), _midnight(until + timedelta(days=1)))
        .select_related("station")
        .prefetch_related("areas")
        .order_by("starts_at", "pk")
    )
    return Response(PlannedOutagesOut({"results": [told(plan) for plan in rows]}).data)


def may_read(user: Any, now: datetime) -> bool:
    """Everybody at work, and programs."""
    held = standing(user, timezone.localdate(now))
    return held.has(*(set(Role) - {Role.SYSTEM_ADMIN, Role.ADJUDICATOR}))


def told(plan: OutagePlan) -> dict[str, Any]:
    status = {State.BEGUN: "begun", State.CANCELLED: "cancelled"}.get(State(plan.state), "announced")
    return {
        "number": plan.number,
        "kind": plan.kind,
        "status": status,
        "title": plan.title,
        "text": plan.announcement_text(),
        "station": plan.station.name,
        "areas": [str(area) for area in plan.areas.all()],
        "households": plan.households,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "revision": plan.round,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


urlpatterns = [path("planned-outages/", planned_outages, name="api_planned_outages")]
