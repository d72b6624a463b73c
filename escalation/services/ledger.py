"""The ledger's one writer: "insert what should exist by ``now`` and does not, take back what should not" (invariant 7).

Why no line is lost or doubled, whoever runs when (T4, T5, T7):

1. Every writer holds the ledger's advisory lock until its transaction ends; a sweep waits for it, the receiver in a
   person's transaction only tries. So a sweep's snapshot always sees what was committed before it.
2. A person's step that finds the ledger busy leaves the order in ``Unsettled``, in its own transaction: the next sweep
   compares that order again. No step waits for a sweep, so nothing can lock in a circle.
3. New days are written together with the watermark in one transaction: killed anywhere, both are there or neither.
4. The unique key (order, day, kind, department, generation) refuses what the first three would let through.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q

from complaints.models import Order
from escalation import statements
from escalation.facts import rates_of
from escalation.models import LedgerState, Penalty, PenaltyMonth, Unsettled
from escalation.penalties import is_charged
from escalation.services.holds import held_by_clock, last_countable
from policy import rulebook
from policy.limits import SHANGHAI, shanghai_day
from policy.models import CalendarVersion
from policy.rulebook import Rulebook
from policy.vocabulary import PenaltyPersons

LEDGER_LOCK = 2026_0004
DAYS_AT_ONCE = 7
ORDERS_AT_ONCE = 2000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Charged:
    """Lines written by one sweep; ``through`` is the last day looked at, ``held`` whether money stands still (B18)."""

    charged: int
    voided: int
    through: date | None
    held: bool

    @property
    def total(self) -> int:
        return self.charged + self.voided


def lock_ledger() -> None:
    """Until the end of this transaction nobody else writes money. Taken before any order row (rule 2 above). Many days
    at once may take longer than a page may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s), set_config('statement_timeout', '10min', true)", [LEDGER_LOCK]
        )


def try_ledger() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LEDGER_LOCK])
        return bool(cursor.fetchone()[0])


def settle_money(now: datetime) -> Charged:
    """Charges every ended day since the watermark, then compares again what changed meanwhile. Idempotent."""
    book = rulebook.current()
    state = _state()
    if held_by_clock():
        return Charged(0, 0, state.settled_through, held=True)
    last = last_countable(now, book)
    charged = voided = 0
    if state.settled_through is not None and state.calendar_version != book.calendar.version:
        charged, voided = _follow_calendar(now, book)
    while not _is_done(state, last):
        done, state = _next_days(last, now, book)
        charged += done
    while Unsettled.objects.exists():
        pair = _next_unsettled(now, book)
        charged, voided = charged + pair[0], voided + pair[1]
    return Charged(charged, voided, state.settled_through, held=last < shanghai_day(now) - ONE_DAY)


def _state(*, lock: bool = False) -> LedgerState:
    """The one row; the migration made it."""
    rows = LedgerState.objects.select_for_update() if lock else LedgerState.objects.all()
    return rows.get()


@transaction.atomic
def _next_days(last: date, now: datetime, book: Rulebook) -> tuple[int, LedgerState]:
    """The next few days after the watermark, in one transaction with it."""
    lock_ledger()
    state = _state(lock=True)
    if _is_done(state, last):
        return 0, state
    begun = state.settled_through
    first = _first_day(last) if begun is None else begun + ONE_DAY
    until = min(last, first + timedelta(days=DAYS_AT_ONCE - 1))
    scope = statements.EVERY_ORDER if begun is None else statements.LIVE_ORDERS
    done = write(first, until, scope, now, book) if first <= last else 0
    state.settled_through, state.at = max(until, begun or until), now
    state.calendar_version = state.calendar_version or book.calendar.version
    state.save(update_fields=["settled_through", "at", "calendar_version"])
    return done, state


def _is_done(state: LedgerState, last: date) -> bool:
    return state.settled_through is not None and state.settled_through >= last


def _first_day(last: date) -> date:
    """Where a ledger begins that was never written: the day after the oldest due date."""
    oldest = Order.objects.aggregate(oldest=Min("due_on"))["oldest"]
    return oldest + ONE_DAY if oldest is not None else last + ONE_DAY


@transaction.atomic
def _next_unsettled(now: datetime, book: Rulebook) -> tuple[int, int]:
    """Orders that changed while the ledger was busy."""
    lock_ledger()
    rows = list(Unsettled.objects.order_by("pk").values_list("pk", "order_id")[:ORDERS_AT_ONCE])
    Unsettled.objects.filter(pk__in=[pk for pk, _order in rows]).delete()
    return reconcile({order for _pk, order in rows}, now=now, book=book) if rows else (0, 0)


@transaction.atomic
def _follow_calendar(now: datetime, book: Rulebook) -> tuple[int, int]:
    """F21: days of the years whose calendar changed since are compared again for every order; once per version."""
    version = book.calendar.version
    lock_ledger()
    state = _state(lock=True)
    assert state.settled_through is not None
    years = CalendarVersion.objects.filter(pk__gt=state.calendar_version).values_list("year", flat=True)
    charged = voided = 0
    for year in sorted(set(years)):
        # A notice may name days of the December before its year.
        first, last = date(year - 1, 12, 1), min(date(year, 12, 31), state.settled_through)
        if first <= last:
            voided += take_back(first, last, statements.EVERY_ORDER, now, book)
            charged += write(first, last, statements.EVERY_ORDER, now, book)
    state.calendar_version = version
    state.save(update_fields=["calendar_version"])
    return charged, voided


def reconcile(order_ids: Iterable[int], *, now: datetime, book: Rulebook) -> tuple[int, int]:
    """Makes the ledger of these orders what it should be up to the watermark. The caller holds the ledger's lock.
    Returns lines charged and voided."""
    ids = sorted(order_ids)
    voided = _run(statements.take_back_ruled(), _ruled_params(ids, now, book))
    charged = _run(statements.charge_ruled(), _ruled_params(ids, now, book))
    span = _span(ids)
    if span is not None:
        voided += take_back(*span, statements.NAMED_ORDERS, now, book, ids)
        charged += write(*span, statements.NAMED_ORDERS, now, book, ids)
    return charged, voided


def _span(ids: Sequence[int]) -> tuple[date, date] | None:
    """From the first day any of these orders could owe, or was charged for, to the watermark."""
    through = _state().settled_through
    oldest = Order.objects.filter(pk__in=ids).aggregate(day=Min("due_on"))["day"]
    charged = Penalty.objects.filter(order_id__in=ids, voids__isnull=True).aggregate(first=Min("day"))
    days = [day for day in (oldest and oldest + ONE_DAY, charged["first"]) if day]
    if through is None or not days or min(days) > through:
        return None
    return min(days), through


def changed(ids: Sequence[int], *, now: datetime) -> None:
    """Orders whose facts have just changed in this transaction: compared at once, or by the next sweep."""
    through = _state().settled_through or date.min
    owing = Exists(Penalty.objects.filter(order=OuterRef("pk"), voids__isnull=True))
    concerned = list(
        Order.objects.filter(Q(due_on__lt=max(through, shanghai_day(now))) | owing, pk__in=ids).values_list(
            "pk", flat=True
        )
    )
    if not concerned:
        return
    if held_by_clock() or not try_ledger():
        Unsettled.objects.bulk_create([Unsettled(order_id=pk) for pk in concerned])
        return
    reconcile(concerned, now=now, book=rulebook.current())


def settle_order(order_id: int, *, now: datetime) -> None:
    """For services that hold the ledger's lock and have changed what one order owes; while the clock is in doubt the
    next sweep after the confirmation does it (B18)."""
    if held_by_clock():
        Unsettled.objects.create(order_id=order_id)
    else:
        reconcile([order_id], now=now, book=rulebook.current())


# --- the two statements ---------------------------------------------------------------------------------------------


def write(first: date, last: date, scope: str, now: datetime, book: Rulebook, ids: Sequence[int] = ()) -> int:
    """Inserts what is owed for the days from ``first`` to ``last`` and does not stand; returns how many lines."""
    params = _params(first, last, now, book, ids)
    return _run(statements.charge(scope), params) if params["days"] else 0


def take_back(first: date, last: date, scope: str, now: datetime, book: Rulebook, ids: Sequence[int] = ()) -> int:
    """Voids what stands for those days and is not owed; returns how many lines."""
    return _run(statements.take_back(scope), _params(first, last, now, book, ids))


def _run(sql: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _params(first: date, last: date, now: datetime, book: Rulebook, ids: Sequence[int]) -> dict[str, Any]:
    """Calendar and numbers of each day, worked out here so that both come from one place (A1, A8)."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    charged = [
        (day, book.policy_on(day)) for day in days if is_charged(day, book.calendar, rates_of(book.policy_on(day)))
    ]
    return {
        "days": [day for day, _row in charged],
        "ends": [end_of_day(day) for day, _row in charged],
        "policies": [row.pk for _day, row in charged],
        "rates": [row.overdue_rate_yuan for _day, row in charged],
        "named": [row.penalty_persons == PenaltyPersons.NAMED_PERSONS for _day, row in charged],
        "first": first,
        "last": last,
        "first_end": end_of_day(first),
        "ids": list(ids),
        "zone": SHANGHAI.key,
        "open_month": open_month(),
        "calendar": book.calendar.version,
        "now": not_before_the_last(now),
    }


def _ruled_params(ids: Sequence[int], now: datetime, book: Rulebook) -> dict[str, Any]:
    at = not_before_the_last(now)
    return {"ids": list(ids), "open_month": open_month(), "calendar": book.calendar.version, "now": at}


def end_of_day(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time.min, tzinfo=SHANGHAI)


def open_month() -> date:
    """First day of the first month that still takes rows (B8)."""
    last = PenaltyMonth.objects.aggregate(last=Max("month"))["last"]
    return date.min if last is None else (last + timedelta(days=32)).replace(day=1)


def not_before_the_last(now: datetime) -> datetime:
    """A clock set back never dates a line before the day it charges was settled (F12)."""
    last = LedgerState.objects.values_list("at", flat=True).get()
    return max(now, last) if last else now
