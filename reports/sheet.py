"""A month's figures as lines of departments: the same value for page, print, files, API and the frozen report."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from people.models import Department
from policy.vocabulary import Kind
from reports.figures import FIGURES, Figure, Span
from reports.live import Cell, cells
from reports.months import Month
from reports.rates import RATES, Rate

PUBLISHED_KINDS = (Kind.CONSULTATION, Kind.COMPLAINT, Kind.REPORT_MISCONDUCT)
"""The table covers the kinds with a limit; an annex the rest (B17)."""
ANNEX_KINDS = (*(kind for kind in Kind if kind not in PUBLISHED_KINDS), "")


@dataclass(frozen=True)
class Line:
    """A department with its figures, added up and by kind."""

    department: int | None
    code: str
    name: str
    counts: Mapping[str, int]
    by_kind: Mapping[str, Mapping[str, int]]

    def rate(self, key: str) -> Decimal | None:
        return RATES[key].of(self.counts)

    @property
    def hash(self) -> str:
        """Changes exactly when a figure of the line does."""
        return digest({kind: dict(counts) for kind, counts in self.by_kind.items()})


@dataclass(frozen=True)
class Sheet:
    """``lines`` in the order of the departments, ``total`` over them. ``as_of`` is when it was counted."""

    month: Month
    as_of: datetime
    lines: list[Line]
    total: Line
    kinds: tuple[str, ...]
    names: Mapping[int, tuple[str, str]] = field(repr=False, default_factory=dict)
    cells: list[Cell] = field(repr=False, default_factory=list)

    def of_kinds(self, kinds: Iterable[str]) -> "Sheet":
        """The same month and cells for other kinds: the annex."""
        return sheet_of(self.cells, self.month, as_of=self.as_of, kinds=kinds, names=self.names)

    def line(self, department: int | None) -> Line | None:
        return next((line for line in self.lines if line.department == department), None)


def nowhere() -> str:
    """The line of orders no department leads: answered on the call, or not dispatched yet."""
    return _("热线（当场答复或未派出）")


def names_of_departments() -> dict[int, tuple[str, str]]:
    """id -> (code, name) in the order of the departments page."""
    rows = Department.objects.order_by("position", "id").values_list("id", "code", "name")
    return {pk: (code, name) for pk, code, name in rows}


def sheet_of(
    found: Iterable[Cell],
    month: Month,
    *,
    as_of: datetime,
    kinds: Iterable[str] = PUBLISHED_KINDS,
    names: Mapping[int, tuple[str, str]] | None = None,
) -> Sheet:
    """Adds cells up. A department stands in it when it has an order of these kinds in the month."""
    every = list(found)
    wanted = tuple(str(kind) for kind in kinds)
    named = names_of_departments() if names is None else names
    sums: dict[int | None, dict[str, Counter[str]]] = {}
    for cell in every:
        if cell.kind in wanted:
            sums.setdefault(cell.department, {}).setdefault(cell.kind, Counter()).update(cell.counts)
    places: list[int | None] = [pk for pk in named if pk in sums]
    lines = [_line(pk, named.get(pk or 0, ("", nowhere())), sums[pk], wanted) for pk in places]
    if None in sums:
        lines.append(_line(None, ("", nowhere()), sums[None], wanted))
    whole: dict[str, Counter[str]] = {}
    for parts in sums.values():
        for kind, counts in parts.items():
            whole.setdefault(kind, Counter()).update(counts)
    return Sheet(month, as_of, lines, _line(None, ("", _("合计")), whole, wanted), wanted, named, every)


NONE: Counter[str] = Counter()


def _line(
    department: int | None, named: tuple[str, str], parts: Mapping[str, Counter[str]], kinds: tuple[str, ...]
) -> Line:
    code, name = named
    by_kind = {kind: {key: parts.get(kind, NONE)[key] for key in FIGURES} for kind in kinds}
    counts = {key: sum(by_kind[kind][key] for kind in kinds) for key in FIGURES}
    return Line(department, code, name, counts, by_kind)


def live_sheet(
    span: Span, *, kinds: Iterable[str] = PUBLISHED_KINDS, names: Mapping[int, tuple[str, str]] | None = None
) -> Sheet:
    """The month as the orders say now."""
    return sheet_of(cells(span), span.month, as_of=span.now, kinds=kinds, names=names)


# --- for ever ---------------------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """One spelling of a JSON value: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def freeze(sheet: Sheet, *, calendar: int, extras: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the report shows, with the words it is shown in: nothing of it is looked up again."""
    return {
        "month": str(sheet.month),
        "as_of": sheet.as_of.isoformat(),
        "calendar": calendar,
        "departments": [[pk, code, name] for pk, (code, name) in names_of_departments().items()],
        "cells": [
            [cell.department, cell.kind, cell.category, dict(sorted(cell.counts.items()))] for cell in sheet.cells
        ],
        "definitions": definitions(),
        **extras,
    }


def thaw(frozen: Mapping[str, Any], *, kinds: Iterable[str] = PUBLISHED_KINDS) -> Sheet:
    """The sheet again, from nothing but what was frozen."""
    names = {pk: (code, name) for pk, code, name in frozen["departments"]}
    found = [Cell(department, kind, category, counts) for department, kind, category, counts in frozen["cells"]]
    month = Month.read(frozen["month"])
    assert month is not None
    return sheet_of(found, month, as_of=datetime.fromisoformat(frozen["as_of"]), kinds=kinds, names=names)


def definitions() -> list[list[str]]:
    """[key, label, unit, sentence] of every figure and rate, as printed with the report."""
    rows: list[Figure | Rate] = [*FIGURES.values(), *RATES.values()]
    return [[row.key, str(row.label), str(row.unit), str(row.definition)] for row in rows]
