"""Working days of the State Council calendar, as pure functions of a frozen ``Calendar`` value.

Rules: day 0 is the start, day 1 the next working day, make-up workdays count (A2, A3). Years without an official
notice are counted Monday to Friday, minus what a provisional version says, and every answer that touches such a
day says so (A31). Nothing here knows Django, a clock or a database.

A calendar turns its days once into a prefix table (rank of every day, day of every rank), so that "add N working
days" is two list look-ups whatever N is; outside the table the same two questions have a closed form.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

WEEK = 7
WORKDAYS_PER_WEEK = 5


class Reached(NamedTuple):
    """A day found by counting; ``provisional`` when any day from start to result is not officially known (A31)."""

    date: dt.date
    provisional: bool


class Mark(enum.StrEnum):
    """Why a day was counted or not."""

    START = "start"
    COUNTED = "counted"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class DayMark:
    """One day of an explanation: ``index`` is 1…n for counted days and None for the start and days off."""

    date: dt.date
    mark: Mark
    index: int | None
    name: str


class SpecialDay(NamedTuple):
    """A day that differs from plain Monday to Friday, or has a name."""

    is_workday: bool
    name: str


def _plain_rank(ordinal: int) -> int:
    """Mondays to Fridays among the days 1…ordinal (0001-01-01 was a Monday)."""
    weeks, rest = divmod(ordinal, WEEK)
    return weeks * WORKDAYS_PER_WEEK + min(rest, WORKDAYS_PER_WEEK)


def _plain_day(rank: int) -> int:
    """Ordinal of the Monday-to-Friday day number ``rank`` (1, 2, …)."""
    weeks, rest = divmod(rank - 1, WORKDAYS_PER_WEEK)
    return weeks * WEEK + rest + 1


class Calendar:
    """What is known about working days: exceptional days, officially known years, and a version number.

    ``days`` maps a date to ``SpecialDay``; days not in it are Monday to Friday. ``known_years`` are those with an
    official notice. Treat it as frozen: build a new one for a new version.
    """

    __slots__ = ("_base", "_days", "_ordinals", "_rank", "_unknown", "answers", "known_ranks", "known_years", "version")

    def __init__(
        self, days: Mapping[dt.date, SpecialDay] | None = None, *, known_years: Iterable[int] = (), version: int = 0
    ) -> None:
        self._days = dict(days or {})
        self.known_years = frozenset(known_years)
        self.version = version
        years = self.known_years | {day.year for day in self._days}
        first, last = (min(years), max(years)) if years else (2000, 2000)
        self._base = dt.date(first, 1, 1).toordinal() - 1  # position 0: the day before the table
        self._build(dt.date(last, 12, 31).toordinal())

    def _build(self, end: int) -> None:
        """Fill the prefix tables; position p is the day with ordinal ``_base + p``."""
        rank, unknown, ordinals = [0], [0], [0]
        for ordinal in range(self._base + 1, end + 1):
            day = dt.date.fromordinal(ordinal)
            if self.is_workday(day):
                ordinals.append(ordinal)
            rank.append(len(ordinals) - 1)
            unknown.append(unknown[-1] + (day.year not in self.known_years))
        self._rank, self._unknown, self._ordinals = rank, unknown, ordinals
        # Inside the last unbroken run of known years every answer is made once: counting is two look-ups.
        run = self._known_run()
        self.known_ranks = {dt.date.fromordinal(self._base + position): rank[position] for position in run}
        end_of_run = rank[run[-1]] + 1 if run else 0
        self.answers = [Reached(dt.date.fromordinal(ordinal or 1), False) for ordinal in ordinals[:end_of_run]]

    def _known_run(self) -> range:
        """Positions of the last unbroken run of officially known years."""
        if not self.known_years:
            return range(0)
        last = first = max(self.known_years)
        while first - 1 in self.known_years:
            first -= 1
        return range(dt.date(first, 1, 1).toordinal() - self._base, dt.date(last, 12, 31).toordinal() - self._base + 1)

    def is_workday(self, day: dt.date) -> bool:
        special = self._days.get(day)
        return special.is_workday if special else day.weekday() < WORKDAYS_PER_WEEK

    def day_name(self, day: dt.date) -> str:
        """The festival a day off or a make-up workday belongs to; empty for plain days."""
        special = self._days.get(day)
        return special.name if special else ""

    def known(self, day: dt.date) -> bool:
        """Whether the year of that day has an official notice."""
        return day.year in self.known_years

    def rank(self, ordinal: int) -> int:
        """Working days after the table's base up to and including that ordinal; negative before the base."""
        position = ordinal - self._base
        if 0 <= position < len(self._rank):
            return self._rank[position]
        if position < 0:
            return _plain_rank(ordinal) - _plain_rank(self._base)
        return self._rank[-1] + _plain_rank(ordinal) - _plain_rank(self._base + len(self._rank) - 1)

    def day_of_rank(self, rank: int) -> int:
        """Ordinal of the working day with that rank: the inverse of ``rank``."""
        if 0 < rank < len(self._ordinals):
            return self._ordinals[rank]
        if rank <= 0:
            return _plain_day(rank + _plain_rank(self._base))
        return _plain_day(rank - self._rank[-1] + _plain_rank(self._base + len(self._rank) - 1))

    def knows_all(self, first: int, last: int) -> bool:
        """Whether every day between two ordinals (inclusive) is officially known."""
        start, end = first - self._base, last - self._base
        if start < 1 or end >= len(self._unknown):
            return False
        return self._unknown[end] == self._unknown[start - 1]

    def reach(self, start: dt.date, n: int) -> Reached:
        """``add_workdays`` for every start and length, in or out of the table."""
        if n < 0:
            raise ValueError(f"cannot count {n} working days: n must be 0 or more")
        first = start.toordinal()
        last = self.day_of_rank(self.rank(first) + n) if n else first
        return Reached(dt.date.fromordinal(last), not self.knows_all(first, last))


def add_workdays(start: dt.date, n: int, calendar: Calendar) -> Reached:
    """The n-th working day after ``start``, which is day 0 and never counts itself (A2).

    ``n = 0`` gives ``start``. Raises ValueError for a negative n and for results beyond the year 9999.
    """
    if n > 0:
        try:
            return calendar.answers[calendar.known_ranks[start] + n]
        except (KeyError, IndexError):
            pass  # start or result outside the known run
    return calendar.reach(start, n)


def workdays_between(a: dt.date, b: dt.date, calendar: Calendar) -> int:
    """Working days d with a < d <= b; negative when b lies before a."""
    return calendar.rank(b.toordinal()) - calendar.rank(a.toordinal())


def next_workday(day: dt.date, calendar: Calendar) -> dt.date:
    """``day`` itself if it is a working day, else the next one (postponement, 顺延)."""
    return dt.date.fromordinal(calendar.day_of_rank(calendar.rank(day.toordinal() - 1) + 1))


def publication_day(report_month: dt.date, calendar: Calendar, *, day_of_month: int) -> dt.date:
    """Last day to publish the report of a month: that day of the following month, postponed if it is no workday.

    ``report_month`` is any day of the reported month; make-up workdays count as workdays (S4-R39, A21).
    """
    year, month = divmod(report_month.year * 12 + report_month.month, 12)
    return next_workday(dt.date(year, month + 1, day_of_month), calendar)


def explain(start: dt.date, n: int, calendar: Calendar) -> list[DayMark]:
    """Every day from ``start`` to the n-th working day, saying why it was counted or skipped."""
    marks = [DayMark(start, Mark.START, None, calendar.day_name(start))]
    end = add_workdays(start, n, calendar).date
    index = 0
    for ordinal in range(start.toordinal() + 1, end.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        mark = mark_of(day, calendar)
        counted = mark in {Mark.COUNTED, Mark.MAKEUP, Mark.ASSUMED}
        index += counted
        marks.append(DayMark(day, mark, index if counted else None, calendar.day_name(day)))
    return marks


def mark_of(day: dt.date, calendar: Calendar) -> Mark:
    """Why a day (other than the start) is counted or not."""
    if not calendar.is_workday(day):
        return Mark.HOLIDAY if calendar.day_name(day) or day.weekday() < WORKDAYS_PER_WEEK else Mark.WEEKEND
    if not calendar.known(day):
        return Mark.ASSUMED
    return Mark.COUNTED if day.weekday() < WORKDAYS_PER_WEEK else Mark.MAKEUP
