"""/api/v1/orders/{number}/deadline/: why this order is due when it is."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.models import Order
from complaints.views.access import find_order
from escalation.deadlines import explain
from people.jsonforms import NoParameters, read_query
from policy import rulebook
from policy.api import DayOut, told
from policy.vocabulary import Kind

Out = serializers.Serializer[Any]


class DeadlineOut(Out):
    """All null, and no days, where the order's kind has no limit. Counts are working days."""

    number = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices, allow_blank=True)
    limit_days = serializers.IntegerField(allow_null=True)
    started_on = serializers.DateField(allow_null=True, help_text="day 0")
    due_on = serializers.DateField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True, help_text="exclusive")
    provisional = serializers.BooleanField(help_text="due_on rests on a year without official notice")
    cap_on = serializers.DateField(allow_null=True, help_text="last day any extension may reach")
    cap_provisional = serializers.BooleanField()
    left = serializers.IntegerField(allow_null=True, help_text="days after today up to the due day")
    late = serializers.IntegerField(allow_null=True, help_text="days gone since the due day")
    department_stopped_at = serializers.DateTimeField(allow_null=True)
    department_pending_at = serializers.DateTimeField(allow_null=True, help_text="feedback under review")
    customer_stopped_at = serializers.DateTimeField(allow_null=True)
    calendar_version = serializers.IntegerField(allow_null=True, help_text="of the stored due date")
    days = DayOut(many=True)


SAME = (
    *("limit_days", "started_on", "due_on", "due_at", "cap_on", "calendar_version"),
    *("department_stopped_at", "department_pending_at", "customer_stopped_at"),
)


@extend_schema(operation_id="orders_deadline", tags=["orders"], responses=DeadlineOut)
@api_view(["GET"])
def deadline(request: Request, number: str) -> Response:
    """Start, limit, cap, both clocks, and every counted, skipped and make-up day up to the due day."""
    read_query(request, NoParameters)
    now, book = timezone.now(), rulebook.current()
    order = find_order(request._request, number, now=now, orders=Order.objects.select_related("policy"))
    found = explain(order, now=now, book=book)
    shown = {
        "number": order.number,
        "kind": order.kind,
        **{name: getattr(found, name, None) for name in SAME},
        "provisional": bool(found and found.provisional),
        "cap_provisional": bool(found and found.cap_provisional),
        "left": found.clock.left if found else None,
        "late": found.clock.late if found else None,
        "days": told(found.days, book.calendar) if found else [],
    }
    return Response(DeadlineOut(shown).data)
