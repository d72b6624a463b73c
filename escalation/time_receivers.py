"""What deadlines and approvals do when an order changes: rows only, set-based, inside the order's own transaction."""

import threading
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from complaints.models import Order
from complaints.signals import order_events
from complaints.steps import STEPS
from escalation.services import cases, deadlines, pressure

ENDS_UNDECIDED = frozenset({"merge", "withdraw"})
ENDS = ENDS_UNDECIDED | {"archive"}
# Steps after which the department has nothing more to do for now.
HANDED_IN = frozenset({"resolve", "answer_by_outage"})
# Steps that change nothing a limit rests on.
UNTIMED = frozenset({"add_fact", "correct", "assign_handler"})
TIMED = (frozenset(STEPS) - UNTIMED) | {"reschedule"}
_intake = threading.local()


@receiver(order_events, sender=Order, dispatch_uid="escalation.deadlines")
def follow_limits(ids: list[int], kind: str, now: datetime, **extra: Any) -> None:
    """The limits follow the order. An order registered this moment gets its rows from the next sweep: intake pays
    nothing for them, neither for the registration nor for the classification that comes with it."""
    fresh, _intake.ids = getattr(_intake, "ids", None), ids if kind == "register" else None
    if kind in TIMED and not (ids == fresh and kind in {"classify", "answer_on_call"}):
        deadlines.follow(ids, now=now)


@receiver(order_events, sender=Order, dispatch_uid="escalation.cases")
def end_cases(ids: list[int], kind: str, now: datetime, **extra: Any) -> None:
    """What waits for a decision about an order that ended has nothing to decide any more."""
    if kind in ENDS_UNDECIDED:
        cases.lapse(ids, now=now)


@receiver(order_events, sender=Order, dispatch_uid="escalation.pressure")
def follow_pressure(ids: list[int], kind: str, now: datetime, **extra: Any) -> None:
    """What lies before a head ends with the feedback, and comes back with it."""
    if kind in HANDED_IN:
        pressure.feedback_given(ids, now=now)
    elif kind == "return_feedback":
        pressure.feedback_returned(ids)
    elif kind in ENDS:
        pressure.end_all(ids, now=now)
