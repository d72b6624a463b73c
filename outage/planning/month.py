"""A month of planned outages as weeks of days, for the calendar page. Pure."""

import calendar as months_of
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from outage.planning.models import OutagePlan, SensitiveDay
from policy.workdays import Calendar


@dataclass
class Day:
    """``inside``: belongs to the month; ``off``: name of the holiday, or empty."""

    day: date
    inside: bool
    off: str = ""
    is_workday: bool = True
    plans: list[OutagePlan] = field(default_factory=list)
    spared: list[SensitiveDay] = field(default_factory=list)


def span_of(year: int, month: int) -> tuple[date, date]:
    """First and last day the sheet shows: whole weeks from Monday."""
    weeks = months_of.Calendar().monthdatescalendar(year, month)
    return weeks[0][0], weeks[-1][-1]


def weeks_of(
    year: int, month: int, *, plans: Iterable[OutagePlan], spared: Iterable[SensitiveDay], calendar: Calendar
) -> list[list[Day]]:
    """Every plan on each day it touches, in the order of their start."""
    sheet = [
        [Day(day, day.month == month) for day in week] for week in months_of.Calendar().monthdatescalendar(year, month)
    ]
    days = {cell.day: cell for week in sheet for cell in week}
    for cell in days.values():
        cell.is_workday = calendar.is_workday(cell.day)
        cell.off = "" if cell.is_workday else calendar.day_name(cell.day)
    for plan in sorted(plans, key=lambda one: one.starts_at):
        first, last = timezone.localdate(plan.starts_at), timezone.localdate(plan.ends_at)
        for on, cell in days.items():
            if first <= on <= last:
                cell.plans.append(plan)
    for row in spared:
        for on, cell in days.items():
            if row.first_on <= on <= row.last_on:
                cell.spared.append(row)
    return sheet
