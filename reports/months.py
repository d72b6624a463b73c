"""A reported month: its days, its instants in Shanghai time, its neighbours. Pure (S4-R38)."""

import datetime as dt
import re
from typing import NamedTuple

from policy.limits import SHANGHAI, shanghai_day
from policy.workdays import Calendar, next_workday, publication_day

MONTHS_OF_YEAR = 12
_WRITTEN = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class Month(NamedTuple):
    """``Month(2026, 7)`` sorts and hashes like what it is."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def at(cls, moment: dt.datetime) -> "Month":
        """The Shanghai month of an aware moment."""
        return cls.of(shanghai_day(moment))

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """``2026-07``; None for anything else."""
        found = _WRITTEN.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> dt.date:
        return dt.date(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        return self.plus(1).first - dt.timedelta(days=1)

    @property
    def start(self) -> dt.datetime:
        """00:00 of the first day; the month holds ``start <= t < end``."""
        return dt.datetime.combine(self.first, dt.time.min, tzinfo=SHANGHAI)

    @property
    def end(self) -> dt.datetime:
        return self.plus(1).start

    def plus(self, months: int) -> "Month":
        year, month = divmod(self.year * MONTHS_OF_YEAR + self.number - 1 + months, MONTHS_OF_YEAR)
        return Month(year, month + 1)

    @property
    def before(self) -> "Month":
        return self.plus(-1)

    @property
    def year_before(self) -> "Month":
        return self.plus(-MONTHS_OF_YEAR)

    def upto(self, last: "Month") -> "list[Month]":
        """This month, the next, … up to ``last``."""
        many = (last.year - self.year) * MONTHS_OF_YEAR + last.number - self.number + 1
        return [self.plus(n) for n in range(many)]


def generation_day(month: Month, calendar: Calendar) -> dt.date:
    """The first working day after the month: the report is drawn up then."""
    return next_workday(month.plus(1).first, calendar)


def publish_by(month: Month, calendar: Calendar, *, day_of_month: int) -> dt.date:
    """Last day to publish, moved past weekends and holidays (S4-R39, A21)."""
    return publication_day(month.first, calendar, day_of_month=day_of_month)
