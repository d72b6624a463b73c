"""The calendar in force and the yearly notice that replaces it (A31, F21, F22).

A new version never changes an old one: due dates carry the ``CalendarVersion`` id they were computed with. Whoever
keeps due dates recomputes open orders after ``import_year`` by comparing that id with ``current_calendar().version``.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from people.audit import record
from people.models import User
from policy import notices, rulebook
from policy.models import CalendarDay, CalendarVersion, Stamp
from policy.notices import DECEMBER, Notice
from policy.rulebook import Rulebook, YearDays, assemble, years_in_force
from policy.vocabulary import CalendarStatus
from policy.workdays import Calendar, Mark, mark_of, workdays_between


class Change(NamedTuple):
    """A day that a notice changes; ``counts`` when it becomes or stops being a working day."""

    date: dt.date
    before: str
    after: str
    counts: bool


class Difference(NamedTuple):
    """What an import would change, with the year's number of working days before and after."""

    year: int
    changes: list[Change]
    workdays_before: int
    workdays_after: int
    status_before: str
    status_after: str

    @property
    def is_empty(self) -> bool:
        return not self.changes and self.status_before == self.status_after


def current_calendar(*, book: Rulebook | None = None) -> Calendar:
    """The calendar of the newest version of every year (one query when unchanged, none with a book)."""
    return (book or rulebook.current()).calendar


def provisional_warning(today: dt.date, *, book: Rulebook | None = None) -> str | None:
    """The warning to show on that day, or None (F22): this year unknown, or from 1 December the next one."""
    calendar = current_calendar(book=book)
    if not calendar.known(today):
        return unknown_year_text(today.year)
    if today.month == DECEMBER and today.year + 1 not in calendar.known_years:
        return unknown_year_text(today.year + 1)
    return None


def unknown_year_text(year: int) -> str:
    """Why a year without official notice matters and what to do about it."""
    return _(
        "%(year)d 年放假安排尚未正式导入：涉及该年的到期日暂按周一至周五推算，遇调休上班日实际到期可能更早。"
        "请管理人员在“工作日历”中导入国务院通知"
    ) % {"year": year}


def preview(notice: Notice, *, official: bool) -> Difference:
    """What ``import_year`` would change, day by day. Reads only."""
    years = years_in_force()
    before = assemble(years)
    old = years.get(notice.year)
    status = _status(official)
    after = assemble({**years, notice.year: YearDays(0, 0, status, notice.days)})
    changes = [
        Change(day, describe(day, before), describe(day, after), before.is_workday(day) != after.is_workday(day))
        for day in _days_of(notice.year)
        if describe(day, before) != describe(day, after)
    ]
    first, last = dt.date(notice.year - 1, 12, 31), dt.date(notice.year, 12, 31)
    return Difference(
        year=notice.year,
        changes=changes,
        workdays_before=workdays_between(first, last, before),
        workdays_after=workdays_between(first, last, after),
        status_before=old.status if old else "",
        status_after=status,
    )


def describe(day: dt.date, calendar: Calendar) -> str:
    """A day in words: working day, weekend, festival off, make-up workday."""
    name = calendar.day_name(day)
    if not calendar.is_workday(day):
        return _("放假（%(name)s）") % {"name": name} if name else _("周末")
    if mark_of(day, calendar) is Mark.MAKEUP or name:
        return _("调休上班（%(name)s）") % {"name": name}
    return _("工作日")


def _days_of(year: int) -> list[dt.date]:
    first = dt.date(year - 1, DECEMBER, 1)
    return [first + dt.timedelta(days=n) for n in range((dt.date(year + 1, 1, 1) - first).days)]


def _status(official: bool) -> CalendarStatus:
    return CalendarStatus.OFFICIAL if official else CalendarStatus.PROVISIONAL


def import_year(
    payload: bytes | str | Mapping[str, Any] | Notice,
    *,
    by: User | None,
    now: dt.datetime,
    official: bool = False,
    source: str = "",
    request: HttpRequest | None = None,
) -> CalendarVersion:
    """Adds the next version of the notice's year and returns it; the versions before it stay as they are.

    ``payload`` is holiday-cn JSON or CSV (bytes, text or parsed). Raises ValidationError for unreadable lines, for a
    notice equal to the version in force, and for a provisional one after an official one. One transaction; the
    calendar is in force for everybody at its commit. Due dates of open orders are not touched here (F21).
    """
    notice = payload if isinstance(payload, Notice) else notices.read(payload)
    with transaction.atomic():
        Stamp.objects.select_for_update().first()  # one import at a time: version numbers stay gapless
        years = years_in_force()
        old = years.get(notice.year)
        if old and old.status == CalendarStatus.OFFICIAL and not official:
            raise ValidationError(_("%(year)d 年已有正式日历，不能再导入暂定的") % {"year": notice.year})
        if old and old.days == notice.days and old.status == _status(official):
            raise ValidationError(_("与 %(year)d 年现行版本完全相同，不必再导入") % {"year": notice.year})
        version = _insert(
            notice, number=(old.number if old else 0) + 1, official=official, source=source, by=by, now=now
        )
        record(
            actor=by,
            action="calendar.import",
            subject=version,
            ref=str(version),
            now=now,
            request=request,
            detail={"year": version.year, "number": version.number, "status": version.status, "days": len(notice.days)},
        )
    return version


def _insert(
    notice: Notice, *, number: int, official: bool, source: str, by: User | None, now: dt.datetime
) -> CalendarVersion:
    version = CalendarVersion.objects.create(
        year=notice.year,
        number=number,
        status=_status(official),
        source=(source or "；".join(notice.papers))[:300],
        imported_by=by,
        imported_at=now,
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(version=version, date=day, is_workday=special.is_workday, name=special.name)
        for day, special in notice.days.items()
    )
    return version
