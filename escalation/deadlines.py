"""Why an order is due when it is: one explanation for page, API, reminder and report (A1-A3, A11, A31)."""

from dataclasses import dataclass
from datetime import date, datetime

from complaints.clock import Clock, clock_of
from complaints.models import Order
from policy.limits import explain_due, reach, shanghai_day, start_day
from policy.models import Policy
from policy.rulebook import Rulebook
from policy.workdays import DayMark


@dataclass(frozen=True)
class Explanation:
    """``days`` names every counted, skipped and make-up day from registration to the due day. The two clocks: the
    department's stops at its accepted feedback, the customer's at the answer (A11)."""

    kind: str
    limit_days: int
    started_on: date
    due_on: date
    due_at: datetime
    provisional: bool
    cap_on: date | None
    cap_provisional: bool
    cap_days: int
    days: list[DayMark]
    clock: Clock
    department_stopped_at: datetime | None
    department_pending_at: datetime | None
    customer_stopped_at: datetime | None
    policy: Policy
    calendar_version: int


def explain(order: Order, *, now: datetime, book: Rulebook) -> Explanation | None:
    """None where the kind has no limit. Pure reading; no query when ``order.policy`` is loaded."""
    if order.due_on is None or order.due_at is None or order.limit_days is None:
        return None
    policy = order.policy
    clock = clock_of(order, shanghai_day(now), book)
    assert clock is not None
    start = start_day(order.registered_at, policy, book.calendar)
    cap = reach(start, policy.cap_days, policy, book.calendar) if order.cap_on else None
    return Explanation(
        kind=order.kind,
        limit_days=order.limit_days,
        started_on=start,
        due_on=order.due_on,
        due_at=order.due_at,
        provisional=order.due_provisional,
        cap_on=cap.date if cap else None,
        cap_provisional=bool(cap and cap.provisional),
        cap_days=policy.cap_days,
        days=explain_due(order.registered_at, order.limit_days, policy, book.calendar),
        clock=clock,
        department_stopped_at=order.department_stopped_at,
        department_pending_at=order.feedback_at if order.department_stopped_at is None else None,
        customer_stopped_at=order.answered_at,
        policy=policy,
        calendar_version=order.calendar_version,
    )
