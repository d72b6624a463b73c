"""The figures of a month counted from the orders themselves: one statement for all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Min, Q, Sum, Value, When

from complaints.models import Order, OrderQuerySet
from policy import rulebook
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from reports.figures import FIGURES, Figure, Span
from reports.months import Month

GRAIN = ("lead_department_id", "kind", "category")
"""What a cell stands for; the published table adds cells up, it never counts anew."""


@dataclass
class Cell:
    """The figures of one department, kind and category; None and "" where an order has none yet."""

    department: int | None
    kind: str
    category: str
    counts: dict[str, int] = field(default_factory=dict)


def span_of(month: Month, *, now: datetime, book: Rulebook | None = None, oldest: date | None = None) -> Span:
    """``oldest`` is the day of the first order, where it is known already."""
    first = min(month.first, oldest or oldest_day() or month.first)
    return Span(month, now, book or rulebook.current(), first - timedelta(days=1))


def oldest_day() -> date | None:
    """When the first order was registered."""
    oldest = Order.objects.aggregate(at=Min("registered_at"))["at"]
    return shanghai_day(oldest) if oldest else None


def of_month(span: Span, orders: OrderQuerySet | None = None) -> OrderQuerySet:
    """Every order some figure of the month may count."""
    rows = Order.objects.all() if orders is None else orders
    alive = Q(closed_at__isnull=True) | Q(closed_at__gte=span.start)
    return rows.filter(alive, registered_at__lt=span.end).order_by()


def _aggregate(one: Figure, span: Span) -> Any:
    where = one.where(span)
    if one.amount is None:
        return Count("pk", filter=where)
    return Sum(one.amount(span), filter=where, default=0)


def cells(span: Span, *, figures: Iterable[Figure] | None = None, grain: tuple[str, ...] = GRAIN) -> Iterator[Cell]:
    """One cell per department, kind and category that has an order in the month."""
    wanted = list(FIGURES.values() if figures is None else figures)
    rows = of_month(span).values(*grain).annotate(**{f"n_{one.key}": _aggregate(one, span) for one in wanted})
    for row in rows.order_by():
        counts = {one.key: int(row[f"n_{one.key}"]) for one in wanted}
        yield Cell(row.get("lead_department_id"), row.get("kind", ""), row.get("category", ""), counts)


def counted(orders: OrderQuerySet, key: str, span: Span) -> OrderQuerySet:
    """Exactly the orders that figure counts, among these."""
    return of_month(span, orders).filter(FIGURES[key].where(span))


def each_order(span: Span) -> Iterator[tuple[int, Cell, list[str]]]:
    """Every order of the month with what it adds to each figure, and the figures that count it: what a frozen report
    keeps of it."""
    marks: dict[str, Any] = {}
    for key, one in FIGURES.items():
        marks[f"n_{key}"] = Case(When(one.where(span), then=Value(True)), default=Value(False))
        if one.amount is not None:
            marks[f"a_{key}"] = Case(When(one.where(span), then=one.amount(span)), default=Value(0))
    rows = of_month(span).annotate(**marks).values("pk", *GRAIN, *marks).order_by("pk")
    for row in rows.iterator(chunk_size=5000):
        keys = [key for key in FIGURES if row[f"n_{key}"]]
        cell = Cell(row["lead_department_id"], row["kind"], row["category"])
        cell.counts = {key: row.get(f"a_{key}", 1) for key in keys}
        yield row["pk"], cell, keys
