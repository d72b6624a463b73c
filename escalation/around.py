"""What stands beside an order on its page, for the panels of money and of pressure, in one query (P2)."""

from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from complaints.models import Order
from escalation.models import (
    Accountability,
    Compensation,
    Escalation,
    MoneyHold,
    Penalty,
    Rectification,
    Ruling,
    SelfInspection,
    ServiceRecord,
    Supervision,
)
from escalation.money import RulingStatus
from people.models import DepartmentHeadcount

KEPT = "_money_around"


def _rows(rows: "QuerySet[Any]", **columns: str) -> ArraySubquery:
    return ArraySubquery(rows.filter(order=OuterRef("pk")).order_by("pk").values(row=JSONObject(**columns)))


def around(order: Order, today: date) -> dict[str, Any]:
    """Whether it is supervised, whether it lies before a head; why money stands still, heads of the lead on the day,
    whether there are lines; rulings, rectification, self-inspection, people answerable, records, compensation as lists
    of dicts. Kept on the instance."""
    if KEPT not in order.__dict__:
        order.__dict__[KEPT] = _read(order, today)
    found: dict[str, Any] = order.__dict__[KEPT]
    return found


def _read(order: Order, today: date) -> dict[str, Any]:
    heads = DepartmentHeadcount.objects.filter(department=OuterRef("lead_department"), valid_from__lte=today)
    rows: Any = Order.objects.filter(pk=order.pk).values(
        supervised=Exists(Supervision.objects.filter(order=OuterRef("pk"), ended_at__isnull=True)),
        escalated=Exists(Escalation.objects.filter(order=OuterRef("pk"), closed_at__isnull=True)),
        held=Subquery(MoneyHold.objects.filter(released_at__isnull=True).order_by("pk").values("detail")[:1]),
        heads=Subquery(heads.order_by("-valid_from").values("count")[:1]),
        charged=Exists(Penalty.objects.filter(order=OuterRef("pk"), voids__isnull=True)),
        ruled=_rows(
            Ruling.objects.exclude(status=RulingStatus.DISMISSED),
            kind="kind",
            ground="ground",
            status="status",
            opinion="opinion",
        ),
        rectify=_rows(
            Rectification.objects.all(),
            pk="pk",
            owner="owner__name",
            due="due_on",
            measures="measures",
            submitted="submitted_at",
            missing="missing",
            accepted="accepted_at",
        ),
        inspect=_rows(
            SelfInspection.objects.all(), pk="pk", place="department__name", task="task", done="done_at", due="due_on"
        ),
        people=_rows(
            Accountability.objects.all(), name="person__name", role="role", measure="measure", amount="amount"
        ),
        records=_rows(ServiceRecord.objects.all(), kind="kind", text="text"),
        money=_rows(Compensation.objects.all(), form="form", amount="amount", status="status"),
    )
    return dict(rows.get())
