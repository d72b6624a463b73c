"""The report as a file: what is on the page, with its definitions, marked with who took it out of the house and when.

Figures go out as numbers, never as texts; a text that a spreadsheet could take for a formula is quoted."""

import csv
import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from exports.kinds import Column, Sheet
from exports.store import part_of
from exports.workbook import Cover, write
from reports.errors import Refused
from reports.paper import pdf_of
from reports.penalties import PenaltySheet
from reports.permissions import Reach
from reports.sheet import ANNEX_KINDS
from reports.sheet import Sheet as MonthSheet
from reports.tables import ANNEX, TABLES, as_rows
from reports.tables import Column as Figures

RISKY = frozenset("=+-@\t\r＝＋－＠|%")
BOM = "\ufeff"
Cell = str | int | Decimal | None


@dataclass(frozen=True)
class Table:
    """A table of a file: headings and typed rows, the total last."""

    title: str
    headings: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Taken:
    """Who takes the file, when: printed on every page of it."""

    name: str
    post: str
    at: datetime

    @property
    def mark(self) -> str:
        moment = timezone.localtime(self.at)
        return _("%(name)s %(post)s 于 %(at)s 导出，仅供内部使用") % {
            "name": self.name,
            "post": self.post,
            "at": f"{moment:%Y-%m-%d %H:%M}",
        }


def tables_of(sheet: MonthSheet, money: PenaltySheet, *, reach: Reach, definitions: Iterable[list[str]]) -> list[Table]:
    """Every table of the page, then the definitions."""
    found = [_table(str(title), columns, sheet, reach) for title, columns in TABLES.values()]
    found[0].headings.append(_("扣罚（元/人）"))
    lines = [line for line in sheet.lines if reach.reads(line.department)]
    for line, row in zip(lines, found[0].rows, strict=False):
        owed = money.line(line.department)
        row.append(owed.per_person if owed else Decimal(0))
    found[0].rows[-1].append(None)
    found.append(_table(_("其他类型"), ANNEX, sheet.of_kinds(ANNEX_KINDS), reach))
    found.append(
        Table(
            _("扣罚"),
            [_("部门"), _("元/人"), _("人数"), _("金额（元）")],
            [
                [line.name, line.per_person, line.persons, line.amount]
                for line in money.lines
                if reach.reads(line.department)
            ],
        )
    )
    headings = [_("指标"), _("单位"), _("说明")]
    found.append(Table(_("指标说明"), headings, [[label, unit, words] for _key, label, unit, words in definitions]))
    return found


def _table(title: str, columns: Iterable[Figures], sheet: MonthSheet, reach: Reach) -> Table:
    wanted = list(columns)
    headings = [_("部门"), *(column.heading for column in wanted)]
    return Table(title, headings, as_rows(wanted, sheet, reach=reach))


def safe(text: str) -> str:
    """A text no spreadsheet runs: one that begins like a formula is quoted."""
    return f"'{text}" if text[:1] in RISKY else text


def csv_of(tables: Iterable[Table], *, title: str, taken: Taken) -> bytes:
    """All tables below one another, for spreadsheets (UTF-8 with its mark) and for programs."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    write([safe(title)])
    write([safe(taken.mark)])
    for table in tables:
        write([])
        write([safe(table.title)])
        write([safe(heading) for heading in table.headings])
        for row in table.rows:
            write(["" if cell is None else safe(cell) if isinstance(cell, str) else cell for cell in row])
    return (BOM + out.getvalue()).encode()


def pdf_file(context: dict[str, Any], *, taken: Taken) -> bytes:
    """The printed page as a PDF; raises Refused where the machine lacks the libraries for it."""
    html = render_to_string("reports/paper.html", context | {"mark": taken.mark})
    try:
        return pdf_of(html)
    except OSError as error:
        raise Refused(
            _("这台服务器没有生成 PDF 所需的排版库（Pango）。请用“打印”另存为 PDF，或请系统管理员安装。")
        ) from error


def workbook_of(tables: Iterable[Table], *, title: str, taken: Taken) -> bytes:
    """One sheet per table, written as every export is: typed cells, nothing that runs, the mark on every edge."""
    sheets = [
        Sheet(
            table.title,
            [Column(heading, _width(table, place)) for place, heading in enumerate(table.headings)],
            table.rows,
        )
        for table in tables
    ]
    cover = Cover([(_("名称"), title), (_("导出"), taken.mark)], taken.mark)
    path = part_of(uuid.uuid4())
    try:
        for _written in write(path, sheets, cover):
            pass
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)


WIDEST, NARROWEST = 60, 9


def _width(table: Table, place: int) -> int:
    texts = [table.headings[place], *(str(row[place]) for row in table.rows if row[place] is not None)]
    return min(WIDEST, max(NARROWEST, *(2 * len(text) + 2 for text in texts)))
