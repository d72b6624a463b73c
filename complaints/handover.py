"""Fields of an order that several transitions set in the same way; nothing is saved here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from complaints.guards import Attempt
from complaints.vocabulary import NO_LIMIT
from policy.limits import Due, due, limit_days
from policy.vocabulary import EXTENDABLE
from policy.workdays import Calendar

if TYPE_CHECKING:
    from complaints.models.order import Order


def hand_over(order: Order, lead_id: int | None, attempt: Attempt) -> None:
    """From one department to the next: the new one has neither accepted nor named a handler."""
    attempt.notes["from_department_id"] = order.lead_department_id
    order.lead_department_id = lead_id
    order.dispatched_at = attempt.now
    order.dispatch_blocked = ""
    order.accepted_at = None
    order.accept_alarm_at = None
    order.handler = None


def set_audience(order: Order, others: Iterable[int]) -> None:
    lead = {order.lead_department_id} if order.lead_department_id else set()
    sub = {part.department_id for part in order.sub_assignments.all()} if order.pk else set()
    order.audience = sorted({*others, *lead, *sub})


def due_as(order: Order, kind: str, calendar: Calendar) -> Due | None:
    """When the order is due as that kind. Granted days stay with one that goes on as a complaint or report
    (invariant 4)."""
    base = limit_days(order.kind, order.policy) if order.kind in EXTENDABLE and kind in EXTENDABLE else None
    days = order.limit_days if base is not None and (order.limit_days or 0) > base else None
    return due(kind, order.registered_at, order.policy, calendar, days)


def set_due(order: Order, found: Due | None, calendar_version: int) -> None:
    """Stores what was computed together with the calendar it used (invariant 1)."""
    order.calendar_version = calendar_version
    order.limit_days = found.limit_days if found else None
    order.due_on = found.due_on if found else None
    order.due_at = found.due_at if found else None
    order.due_provisional = bool(found and found.provisional)
    order.cap_on = found.cap_on if found else None
    order.due_sort = found.due_at if found else NO_LIMIT
