"""A month's reliability from what is stored: outages, their areas and their restoration steps. Reads only."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from customers.models import TransformerArea
from outage.models import Outage, OutageArea
from outage.reliability.figures import Back, Figures, Interruption, Period, customer_minutes, figures, shares
from outage.vocabulary import State
from people.models import Department, DepartmentKind

MONTHS = 12


@dataclass(frozen=True)
class StationMonth:
    """``station`` None is the whole company."""

    station: Department | None
    figures: Figures


@dataclass(frozen=True)
class OutageMinutes:
    outage: Outage
    minutes: float


@dataclass(frozen=True)
class Month:
    """``running``: the month is not over or somebody is still without supply, so the figures will change."""

    first: date
    period: Period
    company: StationMonth
    stations: list[StationMonth]
    outages: list[OutageMinutes]
    running: bool


def month_of(first: date, *, now: datetime, station_ids: frozenset[int] | None = None) -> Month:
    """The figures of a month up to ``now``; ``station_ids`` narrows stations and outages to those in view.

    Customers are the households of the areas as they stand today; an outage over several stations is shared among
    them by the areas each step gave back.
    """
    period = period_of(first, now)
    bases = _customers()
    rows = _outages(period)
    parts = [(outage, _parts(outage, now)) for outage in rows]
    by_station: dict[int, list[Interruption]] = defaultdict(list)
    for _outage, found in parts:
        for station_id, interruption in found.items():
            by_station[station_id].append(interruption)
    stations = [
        StationMonth(station, figures(by_station[station.pk], customers=bases.get(station.pk, 0), period=period))
        for station in Department.objects.filter(kind=DepartmentKind.STATION, is_active=True)
        if station_ids is None or station.pk in station_ids
    ]
    whole = figures((_whole(outage, now) for outage in rows), customers=sum(bases.values()), period=period)
    minutes = [
        OutageMinutes(outage, sum(customer_minutes(part, period) for part in found.values()))
        for outage, found in parts
        if station_ids is None or not station_ids.isdisjoint(found)
    ]
    return Month(
        first,
        period,
        StationMonth(None, whole),
        stations,
        sorted(minutes, key=lambda one: -one.minutes),
        running=period.end == now or any(outage.restored_at is None for outage in rows),
    )


def period_of(first: date, now: datetime) -> Period:
    """The month from its first midnight in Shanghai to its last, or to now while it runs."""
    zone = timezone.get_current_timezone()
    following = date(first.year + first.month // MONTHS, first.month % MONTHS + 1, 1)
    begin, end = (datetime.combine(day, time.min, zone) for day in (first, following))
    return Period(begin, max(begin, min(end, now)))


def minutes_of(outage: Outage, *, now: datetime) -> float:
    """Customer-minutes of one outage from its beginning to its end, or to now."""
    whole = _whole(outage, now)
    end = max([now if whole.left else whole.began_at, *(step.at for step in whole.steps)])
    return customer_minutes(whole, Period(whole.began_at, max(end, whole.began_at)))


def _customers() -> dict[int, int]:
    rows = TransformerArea.objects.values("station").annotate(total=Sum("households"))
    return {row["station"]: row["total"] or 0 for row in rows}


def _outages(period: Period) -> list[Outage]:
    """Those that touch the period: dark before its end, not back before its beginning. Merged ones live on in their
    master, cancelled ones never were."""
    rows = Outage.objects.annotate(began=Coalesce("occurred_at", "detected_at")).filter(
        Q(restored_at__isnull=True) | Q(restored_at__gt=period.begin), began__lt=period.end
    )
    gone = [State.PLANNED, State.MERGED, State.CANCELLED]
    return list(
        rows.exclude(state__in=gone)
        .select_related("station")
        .prefetch_related("restoration_steps", "areas__area")
        .order_by(F("began"), "pk")
    )


def _whole(outage: Outage, now: datetime) -> Interruption:
    steps = tuple(Back(step.at, step.households) for step in outage.restoration_steps.all())
    return Interruption(_begin(outage, now), outage.households, steps)


def _begin(outage: Outage, now: datetime) -> datetime:
    return outage.occurred_at or outage.detected_at or now


def _parts(outage: Outage, now: datetime) -> dict[int, Interruption]:
    """The outage as each of its stations saw it."""
    areas = list(outage.areas.all())
    stations = {row.area_id: row.area.station_id for row in areas}
    if len(set(stations.values())) <= 1:
        return {next(iter(stations.values()), outage.station_id): _whole(outage, now)}
    lost = _split(outage.households, areas)
    steps: dict[int, list[Back]] = defaultdict(list)
    for step in outage.restoration_steps.all():
        came_back = [row for row in areas if row.area_id in step.area_ids] or areas
        for station_id, customers in _split(step.households, came_back).items():
            steps[station_id].append(Back(step.at, customers))
    began = _begin(outage, now)
    return {station: Interruption(began, customers, tuple(steps[station])) for station, customers in lost.items()}


def _split(total: int, areas: Iterable[OutageArea]) -> dict[int, int]:
    weights: dict[int, int] = defaultdict(int)
    for row in areas:
        weights[row.area.station_id] += row.households
    return dict(zip(weights, shares(total, list(weights.values())), strict=True))
