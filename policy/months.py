"""A year of the calendar as months of weeks, for the calendar page. Pure."""

import calendar as months_of
import datetime as dt
from typing import NamedTuple

from policy.workdays import Calendar, Mark, mark_of

MONTHS = range(1, 13)


class DayCell(NamedTuple):
    """A day of the month, or an empty corner when ``day`` is None. ``css`` is off, makeup, assumed or empty."""

    day: dt.date | None
    css: str
    name: str


class Month(NamedTuple):
    number: int
    weeks: list[list[DayCell]]
    workdays: int


CSS = {Mark.WEEKEND: "rest", Mark.HOLIDAY: "off", Mark.MAKEUP: "makeup", Mark.ASSUMED: "assumed"}


def year_view(year: int, calendar: Calendar) -> list[Month]:
    """Twelve months, weeks beginning on Monday, each with its number of working days."""
    return [_month(year, number, calendar) for number in MONTHS]


def _month(year: int, number: int, calendar: Calendar) -> Month:
    weeks = [
        [_cell(day, number, calendar) for day in week] for week in months_of.Calendar().monthdatescalendar(year, number)
    ]
    days = [cell.day for week in weeks for cell in week if cell.day]
    return Month(number, weeks, sum(calendar.is_workday(day) for day in days))


def _cell(day: dt.date, month: int, calendar: Calendar) -> DayCell:
    if day.month != month:
        return DayCell(None, "", "")
    return DayCell(day, CSS.get(mark_of(day, calendar), ""), calendar.day_name(day))
