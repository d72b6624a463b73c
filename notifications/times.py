"""When a person may be disturbed: pure functions of the wish, the calendar and the moment (PEERS 3, no 3 a.m. mail)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policy.workdays import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORK_BEGINS, WORK_ENDS = time(8, 30), time(17, 30)
DIGEST_AT = time(17, 0)


@dataclass(frozen=True)
class Wish:
    """What one person wants; the defaults are those of somebody who never said."""

    quiet_from: time | None = time(22, 0)
    quiet_to: time | None = time(7, 0)
    working_time_only: bool = False
    daily_digest: bool = False
    digest_at: time | None = None


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)


def in_quiet(local: datetime, begin: time | None, end: time | None) -> bool:
    """Whether the moment lies in the quiet hours; they may go over midnight; equal ends mean none."""
    if begin is None or end is None or begin == end:
        return False
    clock = local.time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def may_be_sent_at(now: datetime, wish: Wish, calendar: Calendar, *, urgent: bool) -> datetime:
    """The first moment not before ``now`` at which this person may be told outside the inbox; urgent: at once."""
    if urgent:
        return now
    moment = now.astimezone(SHANGHAI)
    if wish.daily_digest:
        moment = _next_digest(moment, wish)
    for _turn in range(2):  # leaving the quiet hours may end outside working time, and the other way round
        moment = _out_of_quiet(moment, wish)
        if wish.working_time_only:
            moment = _into_working_time(moment, calendar)
    return max(now, moment)


def _next_digest(local: datetime, wish: Wish) -> datetime:
    today = _moment(local.date(), wish.digest_at or DIGEST_AT)
    return today if today >= local else today + timedelta(days=1)


def _out_of_quiet(local: datetime, wish: Wish) -> datetime:
    if not in_quiet(local, wish.quiet_from, wish.quiet_to) or wish.quiet_to is None:
        return local
    end = _moment(local.date(), wish.quiet_to)
    return end if end > local else end + timedelta(days=1)


def _into_working_time(local: datetime, calendar: Calendar) -> datetime:
    """Within 8:30–17:30 of a working day, make-up workdays included."""
    if calendar.is_workday(local.date()):
        if local.time() < WORK_BEGINS:
            return _moment(local.date(), WORK_BEGINS)
        if local.time() < WORK_ENDS:
            return local
    day = local.date() + timedelta(days=1)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return _moment(day, WORK_BEGINS)
