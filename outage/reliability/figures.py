"""SAIDI, SAIFI, CAIDI and RS-1 as pure functions (S2-R03, outside fact 12: DL/T 836.1-2016, public formula pages).

With N customers of the area and the interruptions i of the period, each of which left n(i) customers without supply
and gave it back in steps s, n(s) customers at a time t(s):

* customer-minutes = Σ over steps n(s) × (t(s) − begin), cut to the period;
* SAIDI = customer-hours / N, in hours per customer;
* SAIFI = Σ n(i) / N, in interruptions per customer; an interruption counts in the period in which it began;
* CAIDI = customer-hours / Σ n(i) = SAIDI / SAIFI, in hours per interrupted customer; none where nobody was interrupted;
* RS-1 (ASAI) = (1 − SAIDI / hours of the period) × 100 %.

RS-2 and RS-3 leave out external causes and shortage; their definition is unconfirmed, so they are not computed.
Money is not derived from these; they are floats, rounded only when shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WHOLE = 100.0


@dataclass(frozen=True)
class Period:
    """``end`` is exclusive; for a running month it is now."""

    begin: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.begin) / HOUR

    def holds(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end


@dataclass(frozen=True)
class Back:
    """So many customers had supply again at that moment."""

    at: datetime
    customers: int


@dataclass(frozen=True)
class Interruption:
    """``steps`` are what came back so far; whoever is left is without supply still."""

    began_at: datetime
    customers: int
    steps: tuple[Back, ...] = ()

    @property
    def left(self) -> int:
        return max(0, self.customers - sum(step.customers for step in self.steps))


def customer_minutes(interruption: Interruption, period: Period) -> float:
    """Minutes without supply inside the period, summed over customers; who is not back counts to the period's end."""
    begin = max(interruption.began_at, period.begin)
    steps = [*interruption.steps, Back(period.end, interruption.left)]
    spans = ((min(step.at, period.end) - begin, step.customers) for step in steps)
    return sum(span / MINUTE * customers for span, customers in spans if span > timedelta(0))


@dataclass(frozen=True)
class Figures:
    """``customers`` 0: nothing can be said, and the indices are None."""

    customers: int
    hours: float
    interruptions: int
    interrupted: int
    minutes: float

    @property
    def customer_hours(self) -> float:
        return self.minutes / (HOUR / MINUTE)

    @property
    def saidi(self) -> float | None:
        """Hours without supply per customer."""
        return self.customer_hours / self.customers if self.customers else None

    @property
    def saifi(self) -> float | None:
        """Interruptions per customer."""
        return self.interrupted / self.customers if self.customers else None

    @property
    def caidi(self) -> float | None:
        """Hours per interrupted customer; None where nobody was interrupted in the period."""
        return self.customer_hours / self.interrupted if self.interrupted else None

    @property
    def rs1(self) -> float | None:
        """Share of the time with supply, in per cent."""
        saidi = self.saidi
        return (1 - saidi / self.hours) * WHOLE if saidi is not None and self.hours else None


def figures(interruptions: Iterable[Interruption], *, customers: int, period: Period) -> Figures:
    """The indices of one area and period."""
    rows = list(interruptions)
    began = [row for row in rows if period.holds(row.began_at)]
    return Figures(
        customers=customers,
        hours=period.hours,
        interruptions=len(began),
        interrupted=sum(row.customers for row in began),
        minutes=sum(customer_minutes(row, period) for row in rows),
    )


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split in proportion to the weights, nothing lost: the largest remainders get what is over. Weights that
    are all zero count alike."""
    parts = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(parts)
    given = [total * part // whole for part in parts]
    rest = sorted(range(len(parts)), key=lambda n: (-(total * parts[n] % whole), n))
    for n in rest[: total - sum(given)]:
        given[n] += 1
    return given
