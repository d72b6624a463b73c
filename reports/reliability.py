"""How reliably customers were supplied in a month, from the outages and their steps of restoration (S2-R03).

By DL/T 836: SAIDI = Σ(hours × customers) / all customers, SAIFI = Σ customers interrupted / all customers,
CAIDI = SAIDI / SAIFI, RS-1 = (1 − SAIDI / hours of the period) × 100 %. An outage that reaches into the month counts
with its hours in it; customers who got supply back earlier count up to their own step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from customers.models import TransformerArea
from outage.models import Outage, RestorationStep
from outage.vocabulary import OutageKind, State
from reports.figures import Span

HOUR = 3600
PLANNED = frozenset({OutageKind.PLANNED, OutageKind.TEMPORARY})


@dataclass(frozen=True)
class Supply:
    """``customer_hours`` without supply and ``interrupted`` customers of ``outages``, among ``customers`` in all."""

    label: str
    outages: int
    interrupted: int
    customer_hours: Decimal
    customers: int
    hours: Decimal

    @property
    def saidi(self) -> Decimal | None:
        return _divide(self.customer_hours, self.customers, "0.0001")

    @property
    def saifi(self) -> Decimal | None:
        return _divide(Decimal(self.interrupted), self.customers, "0.0001")

    @property
    def caidi(self) -> Decimal | None:
        return _divide(self.customer_hours, self.interrupted, "0.01")

    @property
    def rs1(self) -> Decimal | None:
        if not self.customers or not self.hours:
            return None
        share = 1 - self.customer_hours / self.customers / self.hours
        return (share * 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _divide(above: Decimal, below: int, places: str) -> Decimal | None:
    return (above / below).quantize(Decimal(places), ROUND_HALF_UP) if below else None


@dataclass(frozen=True)
class Reliability:
    rows: list[Supply]
    target: Decimal | None

    @property
    def total(self) -> Supply:
        return self.rows[-1]

    @property
    def missed(self) -> bool:
        rs1 = self.total.rs1
        return rs1 is not None and self.target is not None and rs1 < self.target


def reliability(span: Span) -> Reliability:
    """Unforeseen outages, planned and temporary ones, and both together. Three queries."""
    customers = TransformerArea.objects.aggregate(n=Sum("households"))["n"] or 0
    ended = Q(restored_at__isnull=True) | Q(restored_at__gt=span.start)
    alive = Outage.objects.exclude(state__in=[State.MERGED, State.CANCELLED, State.PLANNED])
    rows = alive.filter(ended, detected_at__lt=span.until, detected_at__isnull=False)
    outages = list(rows.prefetch_related("restoration_steps"))
    hours = Decimal(int((span.until - span.start).total_seconds())) / HOUR
    policy = span.book.policy_on(span.last_day)
    parts = (
        (_("故障停电"), [row for row in outages if row.kind not in PLANNED]),
        (_("计划与临时停电"), [row for row in outages if row.kind in PLANNED]),
        (_("合计"), outages),
    )
    return Reliability(
        [_supply(label, found, span, customers, hours) for label, found in parts], policy.reliability_target_percent
    )


def _supply(label: str, outages: list[Outage], span: Span, customers: int, hours: Decimal) -> Supply:
    lost = sum((customer_hours(row, row.restoration_steps.all(), span) for row in outages), Decimal(0))
    begun = sum(row.households for row in outages if (row.occurred_at or row.detected_at or span.end) >= span.start)
    return Supply(label, len(outages), begun, lost.quantize(Decimal("0.01")), customers, hours)


def customer_hours(row: Outage, steps: Iterable[RestorationStep], span: Span) -> Decimal:
    """Hours × customers of one outage within the month: each step ends the outage for its customers, what is left ends
    with the outage, or runs until now."""
    since = row.occurred_at or row.detected_at
    assert since is not None
    left, total = row.households, Decimal(0)
    for step in steps:
        if not step.is_final:
            homes = min(step.households, left)
            total += _hours(since, step.at, span) * homes
            left -= homes
    return total + _hours(since, row.restored_at or span.until, span) * left


def _hours(since: datetime, until: datetime, span: Span) -> Decimal:
    begin, end = max(since, span.start), min(until, span.until)
    return Decimal(max(0, int((end - begin).total_seconds()))) / HOUR
