"""Which transformer area feeds which account, from a file: areas are created, customers linked (B11).

Columns: account number, station, area, address. An account nobody has registered yet becomes a customer without a
name, so that a call or an outage finds its area; a later customer import fills the rest in.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from customers import queries
from customers.bigrams import fold
from customers.errors import CustomerError
from customers.imports import Limits, Problem, columns, files
from customers.imports.places import Places
from customers.models import Customer, Grid, GridGroup, TransformerArea
from customers.services import search_columns
from customers.texts import clean
from people.audit import record
from people.models import Department

NAME_LIMIT, ADDRESS_LIMIT = 80, 200
REQUIRED = ("account_no", "station", "area")


@dataclass
class AreaReport:
    """What was written; nothing at all when there are ``problems``."""

    areas: int = 0
    created: int = 0
    linked: int = 0
    same: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Link:
    account_no: str
    station_id: int
    area: str
    address: str


def import_areas(data: bytes, *, limits: Limits, now: dt.datetime) -> AreaReport:
    """Creates missing areas and links every account to its own; the same file again changes nothing.

    One transaction; raises CustomerError for a file that cannot be read, returns ``problems`` for broken lines.
    """
    sheet = files.read(data, limits=limits)
    found, _unused = columns.match(sheet.header, required=REQUIRED)
    places, report, links = Places.load(), AreaReport(), []
    for row in sheet.rows:
        try:
            links.append(_link(row, found, places))
        except CustomerError as error:
            report.problems.append({"line": row.line, "field": error.field, "message": error.message})
    if not report.problems:
        with transaction.atomic():
            _write(links, report, now)
            detail = {"areas": report.areas, "created": report.created, "linked": report.linked}
            record(actor=None, action="customer.import_areas", now=now, detail=detail)
    return report


def _link(row: files.Row, found: dict[str, int], places: Places) -> _Link:
    def cell(name: str) -> str:
        index = found.get(name)
        return row.cells[index].strip() if index is not None and index < len(row.cells) else ""

    label = str(columns.LABELS["account_no"])
    account_no = queries.account_key(cell("account_no"))
    if not queries.is_account(account_no):
        raise CustomerError(_("应为 6 到 20 位数字或字母，请核对"), field=label)
    try:
        station_id = places.station(cell("station"))
    except CustomerError as error:
        raise CustomerError(error.message, field=str(columns.LABELS["station"])) from error
    area_label, address_label = str(columns.LABELS["area"]), str(columns.LABELS["address"])
    area = clean(cell("area"), label=area_label, limit=NAME_LIMIT, field=area_label)
    if not area:
        raise CustomerError(_("是空的，请补填"), field=area_label)
    address = clean(cell("address"), label=address_label, limit=ADDRESS_LIMIT, field=address_label)
    return _Link(account_no, station_id, area, address)


def _write(links: list[_Link], report: AreaReport, now: dt.datetime) -> None:
    areas = _areas(links, report)
    accounts = [link.account_no for link in links]
    known = {row.account_no: row for row in Customer.objects.select_for_update().filter(account_no__in=accounts)}
    made: dict[str, Customer] = {}
    changed: list[Customer] = []
    for link in links:
        area = areas[link.station_id, fold(link.area)]
        row = known.get(link.account_no) or made.get(link.account_no)
        if row is None:
            made[link.account_no] = Customer(
                account_no=link.account_no, station_id=link.station_id, area=area, address=link.address,
                created_at=now, updated_at=now, **search_columns("", link.address),
            )  # fmt: skip
        elif row.area_id == area.pk:
            report.same += 1
        else:
            row.area, row.station_id, row.updated_at, row.version = area, link.station_id, now, row.version + 1
            changed.append(row)
    Customer.objects.bulk_create(made.values())
    Customer.objects.bulk_update([row for row in changed if row.pk], ["area", "station", "updated_at", "version"])
    report.created, report.linked = len(made), len(changed) + len(made)


def _areas(links: list[_Link], report: AreaReport) -> dict[tuple[int, str], TransformerArea]:
    areas, report.areas = ensure_areas((link.station_id, link.area) for link in links)
    return areas


def ensure_areas(wanted: Iterable[tuple[int, str]]) -> tuple[dict[tuple[int, str], TransformerArea], int]:
    """Every area by station and folded name or alias, missing ones created with the station's next code; and how many
    were created. ``wanted`` are pairs of station and name."""
    areas: dict[tuple[int, str], TransformerArea] = {}
    created = 0
    for row in TransformerArea.objects.all():
        for word in (*row.aliases, row.name):
            areas[row.station_id, fold(word)] = row
    codes = dict(Department.objects.values_list("pk", "code"))
    used = Counter(TransformerArea.objects.values_list("station_id", flat=True))
    for station_id, name in wanted:
        key = (station_id, fold(name))
        if key not in areas:
            used[station_id] += 1
            prefix = codes[station_id].removeprefix("station_").upper()
            code = f"{prefix}-{used[station_id]:03d}"
            areas[key] = TransformerArea.objects.create(code=code, name=name, station_id=station_id)
            created += 1
    return areas, created


def ensure_group(name: str, area: TransformerArea) -> GridGroup:
    """The group of that name at the area's station; a missing one is made in the area's grid, which is made if need
    be."""
    found = GridGroup.objects.filter(grid__station=area.station_id, name=name).first()
    if found is not None:
        return found
    if area.grid is None:
        area.grid, _made = Grid.objects.get_or_create(station_id=area.station_id, name=area.name[:60])
        area.save(update_fields=["grid"])
    return GridGroup.objects.create(grid=area.grid, name=name)
