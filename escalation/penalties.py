"""What a department owes for an order: pure, from facts alone; neither ORM nor clock (S4-R47, R49, R50, A1, A8-A16).

``expected_penalties`` names every line that should stand in the ledger once ``through`` has ended. The sweep writes
the same set by one SQL statement; ``manage.py audit_ledger`` compares the two in both directions (invariant 7).

Money rules, in the order they are applied:

1. Each working day after the due date, up to and including the day the accepted feedback was submitted, is owed
   (A1, A11); a started day counts (B2). Only days that have ended by ``through`` are looked at.
2. The department that leads at 24:00 of the day pays (B3), unless the director gave the day to another (A12).
3. Rate and persons are those of that very day (A8, B16); amount = rate x persons, exactly.
4. A day that was waived, or whose appeal was upheld, is owed no more.
5. A confirmed unqualified ruling is owed once, when the feedback was on time (A14, B5); a confirmed repeat costs its
   own rate instead of it, or beside it where the rule in force says so (A15).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from policy.vocabulary import PenaltyDayUnit, PenaltyPersons, RepeatPenaltyMode
from policy.workdays import Calendar

OVERDUE, UNQUALIFIED, REPEAT = "overdue", "unqualified", "repeat"
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lead:
    """Who leads from a moment on; ``department`` None while nobody does."""

    since: dt.datetime
    department: int | None


@dataclass(frozen=True, slots=True)
class FeedbackFacts:
    """``pending`` while the hotline looks at it (B2); days are Shanghai dates."""

    submitted_on: dt.date
    pending: bool


@dataclass(frozen=True, slots=True)
class RulingFacts:
    """A confirmed ruling that was not overturned. ``charges`` is False where the rules give no money (B5)."""

    kind: str
    confirmed_on: dt.date
    department: int
    charges: bool


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """``due_on`` is the date in force (extensions included); ``stopped_on`` the day the department's clock stopped;
    ``barred`` the (kind, day, department) that were waived or appealed away; ``named`` the days from which persons were
    named, per department (A8, second reading)."""

    order: int
    due_on: dt.date | None
    stopped_on: dt.date | None
    leads: tuple[Lead, ...]
    extension_pending: bool = False
    feedbacks: tuple[FeedbackFacts, ...] = ()
    rulings: tuple[RulingFacts, ...] = ()
    reattributed: Mapping[dt.date, int] = field(default_factory=dict)
    barred: frozenset[tuple[str, dt.date, int]] = frozenset()
    named: Mapping[int, tuple[dt.date, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rates:
    """The money numbers of one dated policy row."""

    effective_from: dt.date
    overdue: Decimal
    unqualified: Decimal
    repeat: Decimal
    day_unit: str = PenaltyDayUnit.WORKING
    persons: str = PenaltyPersons.HEADCOUNT
    repeat_mode: str = RepeatPenaltyMode.REPLACE


Headcounts = Mapping[int, Sequence[tuple[dt.date, int]]]
"""Per department (valid_from, count), oldest first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that should stand: its key, and the arithmetic behind its amount."""

    order: int
    day: dt.date
    kind: str
    department: int
    rate: Decimal
    persons: int
    provisional: bool

    @property
    def amount(self) -> Decimal:
        return self.rate * self.persons

    @property
    def key(self) -> tuple[int, dt.date, str, int]:
        return self.order, self.day, self.kind, self.department


def rates_on(day: dt.date, rates: Sequence[Rates]) -> Rates:
    """The row in force on that day: the newest not after it. Raises LookupError before the first."""
    found = [row for row in rates if row.effective_from <= day]
    if not found:
        raise LookupError(f"no rates are in force on {day:%Y-%m-%d}")
    return max(found, key=lambda row: row.effective_from)


def persons_on(facts: OrderFacts, department: int, day: dt.date, rates: Rates, headcounts: Headcounts) -> int:
    """Heads the rate is multiplied by; 0 where nothing was recorded, which pages flag (F23)."""
    if rates.persons == PenaltyPersons.NAMED_PERSONS:
        return sum(since <= day for since in facts.named.get(department, ()))
    return next((count for since, count in reversed(headcounts.get(department, ())) if since <= day), 0)


def lead_at_end_of(day: dt.date, leads: Sequence[Lead], ends_at: dt.datetime) -> int | None:
    """Who led at 24:00 of the day (B3)."""
    return next((lead.department for lead in reversed(leads) if lead.since < ends_at), None)


def is_charged(day: dt.date, calendar: Calendar, rates: Rates) -> bool:
    """A1: working days count, or every day where the rule in force says so."""
    return rates.day_unit == PenaltyDayUnit.NATURAL or calendar.is_workday(day)


def overdue_days(facts: OrderFacts, through: dt.date) -> Iterator[dt.date]:
    """Days after the due date up to the stop, or to ``through``."""
    if facts.due_on is None:
        return
    last = through if facts.stopped_on is None else min(facts.stopped_on, through)
    day = facts.due_on + ONE_DAY
    while day <= last:
        yield day
        day += ONE_DAY


def is_provisional(day: dt.date, *, extension_pending: bool, feedbacks: Sequence[FeedbackFacts]) -> bool:
    """A4: an extension waits; B2: the day lies after the submission of a feedback that waits."""
    return extension_pending or any(one.pending and one.submitted_on < day for one in feedbacks)


def expected_penalties(
    facts: OrderFacts,
    *,
    calendar: Calendar,
    rates: Sequence[Rates],
    headcounts: Headcounts,
    through: dt.date,
    zone: dt.tzinfo,
) -> list[Line]:
    """Every line that should stand once ``through`` has ended, by day. ``zone`` is where days end (Shanghai)."""
    lines = []
    for day in overdue_days(facts, through):
        row = rates_on(day, rates)
        if not is_charged(day, calendar, row):
            continue
        ends_at = dt.datetime.combine(day + ONE_DAY, dt.time.min, tzinfo=zone)
        lead = lead_at_end_of(day, facts.leads, ends_at)
        payer = facts.reattributed.get(day, lead)
        if lead is None or payer is None or (OVERDUE, day, payer) in facts.barred:
            continue
        waits = is_provisional(day, extension_pending=facts.extension_pending, feedbacks=facts.feedbacks)
        persons = persons_on(facts, payer, day, row, headcounts)
        lines.append(Line(facts.order, day, OVERDUE, payer, row.overdue, persons, waits))
    return lines + ruled_lines(facts, rates=rates, headcounts=headcounts)


def ruled_lines(facts: OrderFacts, *, rates: Sequence[Rates], headcounts: Headcounts) -> list[Line]:
    """A14: once per order, dated on its confirmation. A15: a repeat instead of, or beside, the unqualified one."""
    repeat = next((one for one in facts.rulings if one.kind == REPEAT and one.charges), None)
    lines = []
    for ruling in facts.rulings:
        if not ruling.charges or (ruling.kind, ruling.confirmed_on, ruling.department) in facts.barred:
            continue
        if ruling.kind == UNQUALIFIED and repeat is not None:
            mode = rates_on(repeat.confirmed_on, rates).repeat_mode
            if mode == RepeatPenaltyMode.REPLACE:
                continue
        row = rates_on(ruling.confirmed_on, rates)
        rate = row.repeat if ruling.kind == REPEAT else row.unqualified
        persons = persons_on(facts, ruling.department, ruling.confirmed_on, row, headcounts)
        lines.append(Line(facts.order, ruling.confirmed_on, ruling.kind, ruling.department, rate, persons, False))
    return lines


# --- the monthly ceiling (A10), off unless a number is set ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reduction:
    """What the ceiling takes off one line, per person."""

    line: int
    per_person: Decimal


def reductions(lines: Sequence[tuple[int, Decimal]], ceiling: Decimal | None) -> list[Reduction]:
    """``lines`` are (line, yuan per person) of one department's month, in the order they were owed: what passes the
    ceiling per person is taken off the later ones. Empty without a ceiling (A10)."""
    if ceiling is None:
        return []
    found, so_far = [], Decimal(0)
    for line, per_person in lines:
        over = max(so_far + per_person - ceiling, Decimal(0))
        cut = min(over, per_person)
        if cut:
            found.append(Reduction(line, cut))
        so_far += per_person - cut
    return found
