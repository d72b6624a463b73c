"""When an order is due: a pure function of registration, kind, dated numbers and calendar (A2, A3, A31).

``due_on`` is the truth; ``due_at`` is the first instant that is too late (``t < due_at`` is in time), normally
00:00 Asia/Shanghai of the next day. Times may come in any zone and are read as Shanghai dates.
"""

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from policy.vocabulary import EXTENDABLE, Kind
from policy.workdays import Calendar, DayMark, Mark, Reached, add_workdays, explain, next_workday

if TYPE_CHECKING:
    from policy.models import Policy

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Due(NamedTuple):
    """A due date with what it was computed from.

    ``start_on`` is day 0; ``cap_on`` the last day any extension may reach (A5), None where none is possible (A6).
    ``provisional`` speaks of ``due_on`` alone, ``cap_provisional`` of ``cap_on``.
    """

    due_on: dt.date
    due_at: dt.datetime
    provisional: bool
    limit_days: int
    cap_on: dt.date | None
    start_on: dt.date
    cap_provisional: bool

    @property
    def any_provisional(self) -> bool:
        """Whether one of the two dates rests on a year without an official notice (A31)."""
        return self.provisional or self.cap_provisional


def shanghai_day(moment: dt.datetime) -> dt.date:
    """The Shanghai calendar date of an aware moment; raises ValueError for a naive one."""
    return _local(moment).date()


def _local(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be read as a Shanghai date")
    return moment.astimezone(SHANGHAI)


def limit_days(kind: str, policy: "Policy") -> int | None:
    """Working days allowed for a kind, None where no limit applies (S4-R40, R41, A7)."""
    by_kind = {
        Kind.CONSULTATION: policy.consultation_days,
        Kind.COMPLAINT: policy.complaint_days,
        Kind.REPORT_MISCONDUCT: policy.report_misconduct_days,
    }
    return by_kind.get(Kind(kind))


def start_day(registered_at: dt.datetime, policy: "Policy", calendar: Calendar) -> dt.date:
    """Day 0: the Shanghai date of registration, or the next working day under the after-hours option (A3)."""
    local = _local(registered_at)
    closing = policy.sla_after_hours_shift
    if closing is None:
        return local.date()
    after_hours = calendar.is_workday(local.date()) and local.time() >= closing
    return next_workday(local.date() + dt.timedelta(days=1) if after_hours else local.date(), calendar)


def _counts_itself(start: dt.date, policy: "Policy", calendar: Calendar) -> bool:
    """A2, other reading: the registration day is day 1 when it is a working day."""
    return policy.sla_count_start_day and calendar.is_workday(start)


def reach(start: dt.date, days: int, policy: "Policy", calendar: Calendar) -> Reached:
    """The last day of ``days`` working days from day 0, under the A2 option in force."""
    return add_workdays(start, days - _counts_itself(start, policy, calendar), calendar)


def end_of(due_on: dt.date, policy: "Policy") -> dt.datetime:
    """The first instant after the due day: 24:00, or the closing time set by ``sla_due_time`` (A2)."""
    if policy.sla_due_time is not None:
        return dt.datetime.combine(due_on, policy.sla_due_time, tzinfo=SHANGHAI)
    return dt.datetime.combine(due_on + dt.timedelta(days=1), dt.time.min, tzinfo=SHANGHAI)


def due(
    kind: str, registered_at: dt.datetime, policy: "Policy", calendar: Calendar, days: int | None = None
) -> Due | None:
    """When an order of that kind is due, or None when the kind has no limit.

    ``days`` is the total number of working days from registration when it is not the kind's own limit (an approved
    extension, or the limit stored with an older order). Raises ValueError beyond the cap (S4-R45, A5).
    """
    base = limit_days(kind, policy)
    if base is None:
        return None
    total = base if days is None else days
    extendable = kind in EXTENDABLE
    if total < 1 or (extendable and total > policy.cap_days):
        raise ValueError(f"{total} working days are outside 1 to {policy.cap_days}")
    start = start_day(registered_at, policy, calendar)
    reached = reach(start, total, policy, calendar)
    cap = reach(start, policy.cap_days, policy, calendar) if extendable else None
    return Due(
        due_on=reached.date,
        due_at=end_of(reached.date, policy),
        provisional=reached.provisional,
        limit_days=total,
        cap_on=cap.date if cap else None,
        start_on=start,
        cap_provisional=bool(cap and cap.provisional),
    )


def explain_due(registered_at: dt.datetime, days: int, policy: "Policy", calendar: Calendar) -> list[DayMark]:
    """The days behind a due date, from day 0 to the due day, under the A2 and A3 options in force."""
    start = start_day(registered_at, policy, calendar)
    if not _counts_itself(start, policy, calendar):
        return explain(start, days, calendar)
    rest = explain(start, days - 1, calendar)
    first = replace(rest[0], mark=Mark.COUNTED, index=1)
    return [first] + [day if day.index is None else replace(day, index=day.index + 1) for day in rest[1:]]
