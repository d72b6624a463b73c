"""Where an order goes: the dated routing rules, most specific first (S4-R25 to R32, B12)."""

import datetime as dt
from dataclasses import dataclass

from policy import rulebook
from policy.models import Subcategory
from policy.rulebook import Place, RouteRow, Rulebook


@dataclass(frozen=True, slots=True)
class Route:
    """The department that leads, those copied and cooperating, and the rule it follows from.

    ``lead_id`` is None (and ``lead_code`` empty) only where no rule covers the category; dispatch is then blocked.
    ``by_station`` says that the station leads because it carries the duty (B12).
    """

    lead_id: int | None
    lead_code: str
    lead_name: str
    cc_ids: tuple[int, ...]
    cc_names: tuple[str, ...]
    cooperating_ids: tuple[int, ...]
    cooperating_names: tuple[str, ...]
    rule_id: str
    basis: str
    rule_pk: int | None
    by_station: bool


NOWHERE = Route(None, "", "", (), (), (), (), "", "", None, False)


def route(
    category: str,
    kind: str,
    subcategory: Subcategory | int | None,
    station_id: int | None,
    on: dt.date,
    *,
    book: Rulebook | None = None,
) -> Route:
    """The route in force on a day. ``book`` saves the stamp query when the caller already holds one."""
    book = book or rulebook.current()
    subcategory_id = subcategory.pk if isinstance(subcategory, Subcategory) else subcategory
    known = book.subcategories.get(subcategory_id) if subcategory_id else None
    row = matching(book, category, kind, subcategory_id, known.variant if known else "", on)
    if row is None:
        return NOWHERE
    station = carrying_station(book, category, station_id, on) if row.by_station else None
    return _as_route(row, station)


def matching(
    book: Rulebook, category: str, kind: str, subcategory_id: int | None, variant: str, on: dt.date
) -> RouteRow | None:
    """The most specific live rule: subcategory before variant before kind before the category's own rule."""
    live = [
        row
        for row in rules_on(book, on)
        if row.category == category
        and row.kind in {"", kind}
        and row.subcategory_id in {None, subcategory_id}
        and row.variant in {"", variant}
    ]
    return max(live, key=lambda row: (row.subcategory_id is not None, row.variant != "", row.kind != ""), default=None)


def rules_on(book: Rulebook, on: dt.date) -> list[RouteRow]:
    """The live rule of every key on that day; a key whose newest row is inactive has none."""
    newest: dict[tuple[str, str, int | None, str], RouteRow] = {}
    for row in book.routes:  # newest first
        if row.effective_from <= on:
            newest.setdefault(row.key, row)
    return [row for row in newest.values() if row.is_active]


def carrying_station(book: Rulebook, category: str, station_id: int | None, on: dt.date) -> Place | None:
    """The order's station if it carries the category on that day (B12), else None."""
    for duty in book.duties:  # newest first
        if duty.station.id == station_id and duty.category == category and duty.effective_from <= on:
            return duty.station if duty.carries else None
    return None


def _as_route(row: RouteRow, station: Place | None) -> Route:
    lead = station or row.lead
    cc = [place for place in row.cc if place != lead]
    cooperating = [place for place in row.cooperating if place != lead]
    return Route(
        lead_id=lead.id if lead else None,
        lead_code=lead.code if lead else "",
        lead_name=lead.name if lead else "",
        cc_ids=tuple(place.id for place in cc),
        cc_names=tuple(place.name for place in cc),
        cooperating_ids=tuple(place.id for place in cooperating),
        cooperating_names=tuple(place.name for place in cooperating),
        rule_id=row.rule_id,
        basis=row.basis,
        rule_pk=row.pk,
        by_station=station is not None,
    )
