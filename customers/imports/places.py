"""Stations and transformer areas by the names a file may use; loaded once per file."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.bigrams import fold
from customers.errors import CustomerError
from customers.models import TransformerArea
from people.models import Department, DepartmentKind

_SHOWN = 30


@dataclass(frozen=True)
class Places:
    """Folded name or code -> station id; (station id, folded name, alias or code) -> area id."""

    stations: dict[str, int]
    areas: dict[tuple[int, str], int]
    station_names: tuple[str, ...]

    @classmethod
    def load(cls) -> Places:
        stations: dict[str, int] = {}
        rows = list(Department.objects.filter(kind=DepartmentKind.STATION, is_active=True))
        for row in rows:
            stations |= {fold(row.name): row.pk, fold(row.code): row.pk}
        areas: dict[tuple[int, str], int] = {}
        for area in TransformerArea.objects.only("code", "name", "station_id", "aliases"):
            for word in (*area.aliases, area.code, area.name):
                areas[area.station_id, fold(word)] = area.pk
        return cls(stations, areas, tuple(row.name for row in rows))

    def station(self, cell: str) -> int:
        """Id of a station by name or code; raises CustomerError naming the known ones."""
        found = self.stations.get(fold(cell))
        if found is None:
            values = {"word": cell[:_SHOWN], "known": "、".join(self.station_names)}
            raise CustomerError(_("没有“%(word)s”，可填：%(known)s") % values)
        return found

    def area(self, station_id: int, cell: str) -> int:
        """Id of an area of that station by name, alias or code; raises CustomerError."""
        found = self.areas.get((station_id, fold(cell)))
        if found is None:
            message = _("该供电所没有台区“%(word)s”，请核对名称，或先用 import_areas 导入台区")
            raise CustomerError(message % {"word": cell[:_SHOWN]})
        return found
