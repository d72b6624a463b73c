"""What speaks against a date: exams, festivals and events, official holidays, another plan for the same area. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from policy.workdays import Calendar

if TYPE_CHECKING:
    from outage.planning.models import OutagePlan, SensitiveDay


@dataclass(frozen=True)
class Conflict:
    label: str
    note: str
    first_on: date
    last_on: date


def conflicts_of(
    first: date, last: date, *, days: Iterable[SensitiveDay], plans: Iterable[OutagePlan], calendar: Calendar
) -> list[Conflict]:
    """Everything a plan of these days would meet; shown before approval, never enforced."""
    found = [Conflict(f"{day.get_kind_display()}：{day.name}", day.note, day.first_on, day.last_on) for day in days]
    found += _holidays(first, last, calendar)
    for plan in plans:
        label = _("同一台区已有计划：%(number)s") % {"number": plan.number}
        found.append(Conflict(label, plan.title, timezone.localdate(plan.starts_at), timezone.localdate(plan.ends_at)))
    return found


def _holidays(first: date, last: date, calendar: Calendar) -> Iterator[Conflict]:
    """Runs of official days off with a name: 春节, 国庆."""
    day, begun, name = first, first, ""
    while day <= last + timedelta(days=1):
        here = "" if day > last or calendar.is_workday(day) else calendar.day_name(day)
        if here != name:
            if name:
                yield Conflict(_("法定节日：%(name)s") % {"name": name}, "", begun, day - timedelta(days=1))
            begun, name = day, here
        day += timedelta(days=1)
