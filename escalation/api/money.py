"""/api/v1/money/: months and lines of the ledger, as far as this person may read them."""

from typing import Any

from django import forms
from django.db.models import Sum
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.views.access import user_of
from escalation.ledger import visible_to, with_status
from escalation.models import PenaltyMonth
from escalation.money import Cause, PenaltyKind, PersonsFrom, Status
from escalation.permissions import may_read_money
from people.jsonforms import NoParameters, parameters_of, read_query
from people.standing import standing
from policy.limits import shanghai_day

Out = serializers.Serializer[Any]
PAGE = 100


class LinesQuery(forms.Form):
    """``after`` is the id of the last line of the page before."""

    month = forms.DateField(label=_("月份"), required=False, help_text="first day of the booked month")
    department = forms.SlugField(label=_("部门"), required=False, max_length=40)
    after = forms.IntegerField(label=_("上一页末行"), required=False, min_value=0, max_value=2**53)


class PenaltyLineOut(Out):
    """A void line has a negative amount and names the line it takes back. Yuan as decimal strings."""

    id = serializers.IntegerField()
    order = serializers.CharField(source="order.number")
    day = serializers.DateField()
    kind = serializers.ChoiceField(PenaltyKind.choices)
    department = serializers.CharField(source="department.code")
    generation = serializers.IntegerField()
    rate = serializers.DecimalField(max_digits=10, decimal_places=2)
    persons = serializers.IntegerField()
    persons_from = serializers.ChoiceField(PersonsFrom.choices)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    month = serializers.DateField(help_text="first day of the month it is booked in")
    rates_since = serializers.DateField(source="policy.effective_from", help_text="version of the numbers used")
    calendar_version = serializers.IntegerField()
    status = serializers.ChoiceField(Status.choices, help_text="derived at the moment of the answer")
    voids = serializers.IntegerField(source="voids_id", allow_null=True)
    cause = serializers.ChoiceField(Cause.choices, allow_blank=True)


class PenaltyLinesOut(Out):
    lines = PenaltyLineOut(many=True)
    next_after = serializers.IntegerField(allow_null=True, help_text="ask again with it; null on the last page")


class PenaltyMonthOut(Out):
    month = serializers.DateField()
    total = serializers.DecimalField(max_digits=16, decimal_places=2)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True, help_text="over all rows of the month, of every department")


class PenaltyMonthsOut(Out):
    months = PenaltyMonthOut(many=True)


def _reader(request: Request) -> Any:
    user, now = user_of(request._request), timezone.now()
    if not may_read_money(standing(user, shanghai_day(now))):
        raise PermissionDenied(_g("您没有查看扣罚的权限。"))
    return visible_to(user, now=now)


@extend_schema(
    operation_id="money_lines",
    tags=["money"],
    parameters=[parameters_of("LinesQuery", LinesQuery.base_fields)],
    responses=PenaltyLinesOut,
)
@api_view(["GET"])
def lines(request: Request) -> Response:
    """Lines by id, oldest first: what was written stays, so a reader can go on where it stopped."""
    wanted = read_query(request, LinesQuery)
    rows = with_status(_reader(request)).select_related("order", "department", "policy").order_by("pk")
    if wanted["month"]:
        rows = rows.filter(month=wanted["month"].replace(day=1))
    if wanted["department"]:
        rows = rows.filter(department__code=wanted["department"])
    if wanted["after"]:
        rows = rows.filter(pk__gt=wanted["after"])
    page = list(rows[: PAGE + 1])
    more = page[PAGE - 1].pk if len(page) > PAGE else None
    return Response(PenaltyLinesOut({"lines": page[:PAGE], "next_after": more}).data)


@extend_schema(operation_id="money_months", tags=["money"], responses=PenaltyMonthsOut)
@api_view(["GET"])
def months(request: Request) -> Response:
    """Totals of the months in view; a confirmed month never changes again (B8)."""
    read_query(request, NoParameters)
    rows = _reader(request).values("month").annotate(total=Sum("amount")).order_by("month")
    confirmed = {row.month: row for row in PenaltyMonth.objects.all()}
    found = [
        {
            **row,
            "confirmed_at": getattr(confirmed.get(row["month"]), "confirmed_at", None),
            "sha256": getattr(confirmed.get(row["month"]), "sha256", None),
        }
        for row in rows
    ]
    return Response(PenaltyMonthsOut({"months": found}).data)


urlpatterns = [
    path("lines/", lines, name="api_money_lines"),
    path("months/", months, name="api_money_months"),
]
