"""When money stands still until a person confirms: the clock is in doubt, or the year's calendar is unknown (B18, F13,
F22). Downtime is not a doubt: it is caught up exactly."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotNow
from escalation.models import LedgerState, MoneyHold
from escalation.money import HoldCause
from people import audit
from people.models import User
from policy.limits import shanghai_day
from policy.rulebook import Rulebook

STEPPED = timedelta(hours=1)
"""B18: wall clock and monotonic clock may not part further while a process runs."""
APART = timedelta(minutes=5)
"""B18: nor may this machine's clock and the database's."""
LONGEST = 200


def doubt(*, wall: timedelta, monotonic: timedelta, database: timedelta) -> str:
    """Why the time is not to be trusted, or an empty string. Pure.

    ``wall`` and ``monotonic`` are what each clock counted since the process began, ``database`` how far the database's
    clock stands from ours.
    """
    stepped = abs(wall - monotonic)
    if stepped > STEPPED:
        return _("运行期间系统时钟跳变 %(n)d 分钟") % {"n": stepped // timedelta(minutes=1)}
    if abs(database) > APART:
        return _("应用与数据库时钟相差 %(n)d 分钟") % {"n": abs(database) // timedelta(minutes=1)}
    return ""


class ClockWatch:
    """One process's own memory of when it began, on both clocks."""

    def __init__(self, wall: datetime, monotonic: float) -> None:
        self.wall, self.monotonic = wall, monotonic

    def check(self, *, wall: datetime, monotonic: float) -> str:
        """Compares both clocks and the database's; places the hold when in doubt, and says why."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            database: datetime = cursor.fetchone()[0]
        why = doubt(
            wall=wall - self.wall, monotonic=timedelta(seconds=monotonic - self.monotonic), database=database - wall
        )
        if why:
            place(HoldCause.CLOCK, why, now=wall)
            self.wall, self.monotonic = wall, monotonic  # told once; the hold stays until a person confirms
        return why


def place(cause: HoldCause, detail: str, *, now: datetime, year: int | None = None) -> None:
    """Placing a hold that is there already changes nothing."""
    MoneyHold.objects.bulk_create(
        [MoneyHold(cause=cause, year=year, detail=detail[:LONGEST], placed_at=now)], ignore_conflicts=True
    )


def held_by_clock() -> bool:
    return MoneyHold.objects.filter(cause=HoldCause.CLOCK, released_at__isnull=True).exists()


def last_countable(now: datetime, book: Rulebook) -> date:
    """The last ended day that may be charged: yesterday, or the day before the first one of an unknown year nobody has
    answered for. Places and lifts the hold of such a year."""
    yesterday = shanghai_day(now) - timedelta(days=1)
    live = MoneyHold.objects.filter(cause=HoldCause.CALENDAR, released_at__isnull=True)
    for hold in live.filter(year__in=list(book.calendar.known_years)):
        hold.released_at, hold.reason = now, _("正式日历已导入")
        hold.save(update_fields=["released_at", "reason"])
    answered = set(
        MoneyHold.objects.filter(cause=HoldCause.CALENDAR, released_by__isnull=False).values_list("year", flat=True)
    )
    state = LedgerState.objects.first()
    first = state.settled_through.year if state and state.settled_through else yesterday.year
    for year in range(first, yesterday.year + 1):
        if year not in book.calendar.known_years and year not in answered:
            before = date(year, 1, 1) - timedelta(days=1)
            text = _("%(year)d 年放假安排未公布，该年的扣罚暂停") % {"year": year}
            place(HoldCause.CALENDAR, text, now=now, year=year)
            return max(before, state.settled_through) if state and state.settled_through else before
    return yesterday


def live_holds() -> list[MoneyHold]:
    """For the pages: why money stands still, oldest first."""
    return list(MoneyHold.objects.filter(released_at__isnull=True).order_by("placed_at"))


@transaction.atomic
def release(hold: MoneyHold, *, by: User, now: datetime, reason: str) -> MoneyHold:
    """A person answers for it: the clock is right again, or the year shall be counted from Monday to Friday."""
    if not reason.strip():
        raise Invalid(_("请写明核实情况。"), field="reason")
    row = MoneyHold.objects.select_for_update().get(pk=hold.pk)
    if row.released_at is not None:
        raise NotNow(_("已经恢复，不必再确认。"))
    row.released_at, row.released_by, row.reason = now, by, reason.strip()[:LONGEST]
    row.save(update_fields=["released_at", "released_by", "reason"])
    audit.record(actor=by, action="money.release", subject=row, now=now, reason=row.reason, detail={"cause": row.cause})
    return row


def is_unknown(month: date, book: Rulebook) -> bool:
    """F22: a month of a year without official calendar gets no final penalty."""
    return month.year not in book.calendar.known_years
