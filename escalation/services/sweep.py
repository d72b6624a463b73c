"""The sweeps: "what should be marked by now and is not". Idempotent and set-based; running them twice, late, or in
two processes at once changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from complaints.models import Order
from complaints.services import reschedule
from complaints.services.marks import BATCH, mark_calendar, mark_due_soon, mark_overdue, mark_unaccepted
from escalation.models import Heartbeat
from escalation.services.deadlines import settle_deadlines
from escalation.services.pressure import raise_overdue
from escalation.services.reminders import settle_reminders
from policy import rulebook
from policy.limits import due, shanghai_day
from policy.rulebook import Rulebook
from policy.workdays import add_workdays

SWEEP = "sweep"


@dataclass(frozen=True)
class Settled:
    """How many orders a sweep marked."""

    overdue: int
    due_soon: int
    unaccepted: int
    recomputed: int
    limits: int
    escalated: int
    reminded: int

    @property
    def total(self) -> int:
        marked = self.overdue + self.due_soon + self.unaccepted + self.recomputed
        return marked + self.limits + self.escalated + self.reminded


def settle_due(now: datetime) -> Settled:
    """Marks what is overdue, nearly due or unaccepted by ``now``, each order once; follows a changed calendar.

    1. follow the calendar first, so that nothing is marked by an old date (F21);
    2. overdue before due-soon: an order that slept through its warning is only overdue;
    3. then the other limits, what now lies before a head, and who is to be reminded of what;
    4. each batch is a transaction of its own; a killed sweep is completed by the next (F4).
    """
    book = rulebook.current()
    policy = book.policy_on(shanghai_day(now))
    soon = add_workdays(shanghai_day(now), policy.due_soon_days, book.calendar).date
    waited = now - timedelta(hours=policy.accept_alert_hours)
    settled = Settled(
        recomputed=follow_calendar(now, book),
        overdue=_in_batches(lambda: mark_overdue(now=now)),
        due_soon=_in_batches(lambda: mark_due_soon(until=soon, now=now)),
        unaccepted=_in_batches(lambda: mark_unaccepted(dispatched_before=waited, now=now)),
        limits=settle_deadlines(now, book=book),
        escalated=raise_overdue(now=now),
        reminded=settle_reminders(now, book=book),
    )
    Heartbeat.objects.update_or_create(job=SWEEP, defaults={"at": now, "marked": settled.total})
    return settled


def _in_batches(mark: Callable[[], list[int]]) -> int:
    total = 0
    while marked := mark():
        total += len(marked)
        if len(marked) < BATCH:
            break
    return total


def follow_calendar(now: datetime, book: Rulebook) -> int:
    """Open, unanswered orders whose due date was computed with another calendar: looked at again, and moved with an
    event where the date differs (A31, F21). Returns how many moved."""
    version = book.calendar.version
    rows = (
        Order.objects.open()
        .filter(answered_at__isnull=True, due_on__isnull=False)
        .exclude(calendar_version=version)
        .select_related("policy")
        .order_by("pk")
    )
    moved = 0
    while batch := list(rows[:BATCH]):
        same = [order.pk for order in batch if not _move(order, now, book)]
        mark_calendar(same, version)
        moved += len(batch) - len(same)
    return moved


def _move(order: Order, now: datetime, book: Rulebook) -> bool:
    found = due(order.kind, order.registered_at, order.policy, book.calendar, order.limit_days)
    if found is None or (found.due_on, found.provisional) == (order.due_on, order.due_provisional):
        return False
    reschedule(
        order,
        due_on=found.due_on,
        cause=_("工作日历更新"),
        by=None,
        now=now,
        limit_days=found.limit_days,
        provisional=found.provisional,
    )
    return True


def last_sweep(now: datetime) -> datetime | None:
    """When a sweep last went through, for the health page."""
    return Heartbeat.objects.filter(job=SWEEP).values_list("at", flat=True).first()
