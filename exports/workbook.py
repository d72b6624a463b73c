"""Rows to an .xlsx file in which nothing can run: every text is a text cell, whatever it begins with (S2, T13).

1. A text cell is typed as text, so ``=1+1`` stays those four characters; texts that a program would take for a formula
   when they are typed in again also carry the quote prefix, so that editing the cell does not bring them to life.
2. What XML cannot carry is shown by its control picture (U+2400 …) or U+FFFD, never dropped unseen.
3. ``_x0041_`` in a text is escaped, because spreadsheets would read it as a character of its own.
4. A text beyond the 32 767 characters of a cell ends with a note of how many are missing.
5. Numbers, days and moments are cells of their type, moments in Shanghai time; account and telephone numbers come as
   texts and stay them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter

from exports.kinds import Sheet, Value

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST_ROWS = 1_048_000  # of a sheet; the format ends at 1 048 576
MOST_CHARACTERS = 32_767
MOST_DIGITS = 15  # a whole number beyond is rounded by spreadsheets
MOMENT, DAY = "yyyy-mm-dd hh:mm", "yyyy-mm-dd"
RISKY = frozenset("=+-@＝＋－＠\t\r|%")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
SHEET_NAME_LENGTH = 28
SPOOL = ".part"  # as of an unfinished export: what a killed process leaves is swept with those


@dataclass(frozen=True)
class Cover:
    """Who took what out of the house, when and by whose leave: a sheet of its own, and every printed page's edge."""

    lines: Sequence[tuple[str, str]]
    mark: str


def clean(text: str) -> str:
    """The text as a cell can hold it; equal to what was given unless it holds what no cell can."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _NOT_XML.sub(_picture, text)
    text = _ESCAPED.sub("_x005F_", text)
    if len(text) > MOST_CHARACTERS:
        note = _("…（共 %(n)d 字，此格放不下其余部分）") % {"n": len(text)}
        text = text[: MOST_CHARACTERS - len(note)] + note
    return text


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x7F:
        return "\u2421"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def write(path: Path, sheets: Iterable[Sheet], cover: Cover) -> Iterator[int]:
    """Writes the file and yields the number of rows written after each one; the file is complete when this ends.

    Memory does not grow with the rows: each row goes to the disk as it comes, beside the file to be, never into the
    system's folder for temporary files, which may be small or read-only.
    """
    book = Workbook(write_only=True)
    book.properties.creator = cover.mark
    book.properties.title = cover.lines[0][1] if cover.lines else ""
    try:
        yield from _filled(book, sheets, cover, path)
    except BaseException:
        _give_up(book)
        raise
    _cover(book, cover, path)
    book.save(path)


def _filled(book: Any, sheets: Iterable[Sheet], cover: Cover, path: Path) -> Iterator[int]:
    written = 0
    for sheet in sheets:
        page, room, part = _page(book, sheet, cover, 1, path), MOST_ROWS, 1
        for row in sheet.rows:
            if not room:
                part += 1
                page, room = _page(book, sheet, cover, part, path), MOST_ROWS
            page.append([_cell(page, value) for value in row])
            written, room = written + 1, room - 1
            yield written


def _give_up(book: Any) -> None:
    """The rows written so far lie in temporary files, which openpyxl removes only when it saves."""
    for page in book.worksheets:
        page.close()
        page._writer.cleanup()


def _page(book: Any, sheet: Sheet, cover: Cover, part: int, path: Path) -> Any:
    name = _SHEET_NAME.sub(" ", sheet.title)[:SHEET_NAME_LENGTH].strip() or "1"
    page = book.create_sheet(name if part == 1 else f"{name[: SHEET_NAME_LENGTH - 4]} {part}")
    _edges(page, cover)
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    for place, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(place)].width = column.width
    head = [_cell(page, str(column.label)) for column in sheet.columns]
    for cell in head:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E4ECEE")
    _spool(page, path)
    page.append(head)
    return page


def _spool(page: Any, path: Path) -> None:
    """Lets the rows of a page, whose properties are complete, wait in a file of their own beside ``path``."""
    out = path.with_name(f"{path.stem}-{len(page.parent.worksheets)}{SPOOL}")
    page._writer = WorksheetWriter(page, out=str(out))
    ALL_TEMP_FILES.append(str(out))  # what the library removes when it has saved, or the process ends
    page._writer.write_top()


def _edges(page: Any, cover: Cover) -> None:
    """The mark on every printed page. ``&`` begins a code in there."""
    mark = clean(cover.mark).replace("&", "&&")
    page.oddHeader.center.text, page.oddHeader.center.size = mark, 9
    page.oddFooter.left.text, page.oddFooter.right.text = mark, "&P / &N"


def _cover(book: Any, cover: Cover, path: Path) -> None:
    page = book.create_sheet(_("导出说明"))
    _edges(page, cover)
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 16, 90
    _spool(page, path)
    for label, text in cover.lines:
        name = _cell(page, label)
        name.font = Font(bold=True)
        page.append([name, _cell(page, text)])


def _cell(page: Any, value: Value) -> Any:
    """A cell of the value's type; never a formula."""
    if value is None or value == "":
        return WriteOnlyCell(page)
    if isinstance(value, bool):
        value = _("是") if value else _("否")
    if isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        return _formatted(page, local, MOMENT)
    if isinstance(value, date):
        return _formatted(page, value, DAY)
    if isinstance(value, (int, float, Decimal)):
        if not isfinite(value):
            return WriteOnlyCell(page)
        if len(str(abs(int(value)))) <= MOST_DIGITS:
            return WriteOnlyCell(page, value=value)  # type: ignore[arg-type]
        value = str(value)
    return _text(page, clean(value))


def _formatted(page: Any, value: date, pattern: str) -> Any:
    cell = WriteOnlyCell(page, value=value)  # type: ignore[arg-type]
    cell.number_format = pattern
    return cell


def _text(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    if text[:1] in RISKY or text.lstrip()[:1] in RISKY or text in ERROR_CODES:
        cell.quotePrefix = True
    cell.data_type = "s"
    return cell
