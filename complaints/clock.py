"""How an order stands against its limit on a day, in working days: what ticks, counts and headlines show."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from complaints.models import Order
from complaints.vocabulary import NO_LIMIT
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from policy.vocabulary import Priority
from policy.workdays import add_workdays, workdays_between

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Clock:
    """All counts are working days. ``left`` counts the days after today up to the due day (0: due today or over);
    ``late`` the days gone since the due day, 0 on a weekend right after it, when ``past`` alone tells; ``done_day``
    the day on which the answer came, None while it runs."""

    total: int
    left: int
    late: int
    due_on: date
    soon: bool
    past: bool
    done_day: int | None
    provisional: bool
    note: str = ""


def clock_of(order: Order, today: date, book: Rulebook) -> Clock | None:
    """None where the kind has no limit. A closed or answered order's clock stands still (A11)."""
    if order.due_on is None or order.limit_days is None:
        return None
    calendar = book.calendar
    stopped = order.answered_at or order.closed_at
    day = min(shanghai_day(stopped), today) if stopped else today
    start = shanghai_day(order.registered_at)
    left = workdays_between(day, order.due_on, calendar) if day < order.due_on else 0
    late = workdays_between(order.due_on, day, calendar) if day > order.due_on else 0
    soon_by = book.policy_on(today).due_soon_days
    return Clock(
        total=order.limit_days,
        left=left,
        late=late,
        due_on=order.due_on,
        soon=stopped is None and day <= order.due_on and left <= soon_by,
        past=day > order.due_on,
        done_day=workdays_between(start, day, calendar) if stopped else None,
        provisional=order.due_provisional,
    )


def group_of(order: Order, today: date, book: Rulebook) -> str:
    """The heading an open order stands under, in the order queues are sorted: priority, then how soon it falls due."""
    if order.closed_at is not None:
        return "closed"
    if order.priority < Priority.NORMAL:
        return "first"
    if order.due_sort >= NO_LIMIT:
        return "unlimited"
    last_day = shanghai_day(order.due_sort - timedelta(microseconds=1))
    if last_day < today:
        return "overdue"
    if last_day <= next_days(today, book):
        return "soon"
    return "week" if last_day <= today + WEEK else "later"


def next_days(today: date, book: Rulebook) -> date:
    return add_workdays(today, book.policy_on(today).due_soon_days, book.calendar).date


GROUPS = {
    "first": _("优先办理"),
    "overdue": _("已逾期"),
    "soon": _("今天与下一个工作日到期"),
    "week": _("一周内"),
    "later": _("更晚"),
    "unlimited": _("无时限或已答复"),
    "closed": _("已结束"),
}
