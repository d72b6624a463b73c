"""Everything in force, read once and kept until somebody changes it.

``current()`` costs one query (the stamp); a request that needs calendar, numbers and routes takes one book and asks
it for all three. A book is a value: what was computed from it stays right for the moment it was taken.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from people.models import Department
from policy import version
from policy.models import CalendarDay, CalendarVersion, Policy, RoutingRule, StationDuty, Subcategory
from policy.vocabulary import CalendarStatus
from policy.workdays import Calendar, SpecialDay


@dataclass(frozen=True, slots=True)
class Place:
    """A department as routes need it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A routing rule with its departments resolved."""

    pk: int
    category: str
    kind: str
    subcategory_id: int | None
    variant: str
    lead: Place | None
    by_station: bool
    cc: tuple[Place, ...]
    cooperating: tuple[Place, ...]
    rule_id: str
    basis: str
    effective_from: dt.date
    is_active: bool

    @property
    def key(self) -> tuple[str, str, int | None, str]:
        return self.category, self.kind, self.subcategory_id, self.variant


@dataclass(frozen=True, slots=True)
class DutyRow:
    station: Place
    category: str
    effective_from: dt.date
    carries: bool


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Numbers, routes, duties (newest first), subcategories by id, and the calendar, as of one stamp."""

    stamp: int
    calendar: Calendar
    policies: tuple[Policy, ...]
    routes: tuple[RouteRow, ...]
    duties: tuple[DutyRow, ...]
    subcategories: dict[int, Subcategory]

    def policy_on(self, on: dt.date) -> Policy:
        """The numbers in force on that day. Raises Policy.DoesNotExist before the first row."""
        for row in self.policies:
            if row.effective_from <= on:
                return row
        raise Policy.DoesNotExist(f"no policy row is in force on {on:%Y-%m-%d}")


_book: Rulebook | None = None


def current() -> Rulebook:
    """The book in force: one query when nothing changed, a full read (about ten queries) when something did.

    The stamp is read before the rows, so a cached book is never older than its stamp; threads that read at the same
    time each get a right book and the last one stays.
    """
    global _book
    stamp = version.current()
    book = _book
    if book is None or book.stamp != stamp:
        book = _book = _read(stamp)
    return book


def policy_on(on: dt.date) -> Policy:
    """The numbers in force on that day (one query when unchanged). Raises Policy.DoesNotExist."""
    return current().policy_on(on)


def _read(stamp: int) -> Rulebook:
    return Rulebook(
        stamp=stamp,
        calendar=assemble(years_in_force()),
        policies=tuple(Policy.objects.order_by("-effective_from")),
        routes=tuple(_read_routes()),
        duties=tuple(
            DutyRow(_place(row.station), row.category, row.effective_from, row.carries)
            for row in StationDuty.objects.select_related("station").order_by("-effective_from")
        ),
        subcategories={row.pk: row for row in Subcategory.objects.order_by("category", "position", "id")},
    )


def _place(department: Department) -> Place:
    return Place(department.pk, department.code, department.name)


def _read_routes() -> Iterable[RouteRow]:
    rows = RoutingRule.objects.select_related("lead").prefetch_related("cc", "cooperating").order_by("-effective_from")
    for row in rows:
        yield RouteRow(
            pk=row.pk,
            category=row.category,
            kind=row.kind,
            subcategory_id=row.subcategory_id,
            variant=row.variant,
            lead=_place(row.lead) if row.lead else None,
            by_station=row.by_station,
            cc=tuple(_place(place) for place in row.cc.all()),
            cooperating=tuple(_place(place) for place in row.cooperating.all()),
            rule_id=row.rule_id,
            basis=row.basis,
            effective_from=row.effective_from,
            is_active=row.is_active,
        )


@dataclass(frozen=True, slots=True)
class YearDays:
    """What the newest version says about a year."""

    pk: int
    number: int
    status: str
    days: dict[dt.date, SpecialDay]


def years_in_force() -> dict[int, YearDays]:
    """The newest version of every year with its days. Two queries."""
    newest = {row.year: row for row in CalendarVersion.objects.order_by("year", "number")}
    years = {year: YearDays(row.pk, row.number, row.status, {}) for year, row in newest.items()}
    by_pk = {row.pk: row for row in years.values()}
    for day in CalendarDay.objects.filter(version_id__in=list(by_pk)).order_by("date"):
        by_pk[day.version_id].days[day.date] = SpecialDay(day.is_workday, day.name)
    return years


def assemble(years: dict[int, YearDays]) -> Calendar:
    """One calendar of all years. A notice may name December days of the year before it: the later notice wins."""
    days: dict[dt.date, SpecialDay] = {}
    for year in sorted(years):
        days.update(years[year].days)
    known = {year for year, row in years.items() if row.status == CalendarStatus.OFFICIAL}
    return Calendar(days, known_years=known, version=max((row.pk for row in years.values()), default=0))
