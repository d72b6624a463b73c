"""Keeps ``MonthCell`` equal to the live figures: idempotent, late or doubled runs change nothing.

1. A run looks at the events it has not seen yet. An order changes only figures of the months it stood in: from its
   registration to its end, or to its newest event where that is later (it may have ended earlier than it did). Those
   months are first marked stale, in one transaction with the mark; a stale month is not read by anybody until it has
   been counted anew, whole, and its rows replaced in one transaction under a lock. A run killed anywhere loses nothing.
2. Transactions commit in another order than their events are numbered. A number becomes the base only when it was the
   newest ``SETTLES`` ago, longer than any transaction lasts. Above the base a run remembers how far it looked and how
   many events it found: more of them now means that one came late, and all above the base are looked at again.
3. The running month changes by itself (days pass), so it is always counted; so is any month counted with another
   calendar, and one never counted.
4. A run counts at most ``MOST_MONTHS``, the newest first; the next run takes the rest. What a quiet half hour costs is
   the running month and those of the orders that moved (P6), however long the archive is.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q

from complaints.models import Order, OrderEvent
from policy import rulebook
from policy.rulebook import Rulebook
from reports.figures import FIGURES
from reports.live import Cell, cells, span_of
from reports.models import MonthCell, RolledMonth, RollUpMark
from reports.months import Month

SETTLES = timedelta(minutes=10)
LOCK = 7_160_000
MOST = 500  # rows of one INSERT
MOST_MONTHS = 36
COLUMNS = ("month", "department_id", "kind", "category", *FIGURES)


def roll_up(now: datetime, *, most: int = MOST_MONTHS) -> list[Month]:
    """Counts the months that may have changed by ``now``, at most so many; returns them."""
    book = rulebook.current()
    look(now)
    months = sorted(_stale(now, book), reverse=True)[:most]
    for month in months:
        refresh(month, now=now, book=book)
    return sorted(months)


@transaction.atomic
def look(now: datetime) -> set[Month]:
    """Marks the months stale that orders with new events stood in, and remembers how far it looked."""
    RollUpMark.objects.get_or_create(pk=1)
    mark = RollUpMark.objects.select_for_update().get(pk=1)
    first_look = mark.next_at is None
    settled = mark.next_at is None or mark.next_at <= now - SETTLES
    base = mark.next_id if settled else mark.event_id
    above = OrderEvent.objects.filter(pk__gt=mark.event_id).order_by()
    found = above.aggregate(
        newest=Max("pk"), known=Count("pk", filter=Q(pk__lte=mark.seen_id)), kept=Count("pk", filter=Q(pk__gt=base))
    )
    newest = found["newest"] or mark.event_id
    late = found["known"] != mark.seen_count
    months = set() if first_look else _touched(mark.event_id if late else max(mark.seen_id, mark.event_id), now)
    RolledMonth.objects.filter(month__in=[month.first for month in months]).update(stale=True)
    mark.seen_id, mark.seen_count = newest, found["kept"]
    if settled:
        mark.event_id, mark.next_id, mark.next_at = base, newest, now
    mark.save()
    return months


def _stale(now: datetime, book: Rulebook) -> set[Month]:
    first = Order.objects.aggregate(at=Min("registered_at"))["at"]
    if first is None:
        return set()
    rolled = {
        Month.of(row.month)
        for row in RolledMonth.objects.filter(calendar_version=book.calendar.version, stale=False)
        # counted while the month still ran: its last days are missing
        if row.counted_at >= Month.of(row.month).end
    }
    return set(Month.at(first).upto(Month.at(now))) - rolled


def _touched(after: int, now: datetime) -> set[Month]:
    """Months in which an order with newer events stands or may have stood."""
    rows = OrderEvent.objects.filter(pk__gt=after).order_by()
    lives = rows.values_list("order__registered_at", "order__closed_at").annotate(last=Max("at"))
    spans = {
        (Month.at(begun), now_month if ended is None else max(Month.at(ended), Month.at(last)))
        for now_month in (Month.at(now),)
        for begun, ended, last in lives.iterator(chunk_size=5000)
    }
    return {month for first, last in spans for month in first.upto(min(last, Month.at(now)))}


def refresh(month: Month, *, now: datetime, book: Rulebook | None = None) -> None:
    """Counts one month and replaces its rows."""
    book = book or rulebook.current()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + month.year * 100 + month.number])
        # Before the counting, and kept locked: who finds a change meanwhile marks the month stale after this.
        RolledMonth.objects.update_or_create(
            month=month.first,
            defaults={"counted_at": now, "calendar_version": book.calendar.version, "stale": False},
        )
        rows = [_row(month, cell) for cell in cells(span_of(month, now=now, book=book))]
        MonthCell.objects.filter(month=month.first).delete()
        MonthCell.objects.bulk_create(rows, batch_size=MOST)


def _row(month: Month, cell: Cell) -> MonthCell:
    return MonthCell(
        month=month.first, department_id=cell.department, kind=cell.kind, category=cell.category, **cell.counts
    )


def rolled(months: Iterable[Month]) -> dict[Month, list[Cell]]:
    """The cells of those months that have been counted and not moved since; two queries."""
    days = [month.first for month in months]
    counted = RolledMonth.objects.filter(month__in=days, stale=False).values_list("month", flat=True)
    found: dict[date, list[Cell]] = {day: [] for day in counted}
    # Plain rows, no objects: 36 months are thousands of them.
    for day, department, kind, category, *counts in MonthCell.objects.filter(month__in=list(found)).values_list(
        *COLUMNS
    ):
        found[day].append(Cell(department, kind, category, dict(zip(FIGURES, counts, strict=True))))
    return {Month.of(day): cells for day, cells in found.items()}
