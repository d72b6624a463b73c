"""A file as rows of text: CSV in UTF-8, UTF-16 or GB18030 with any usual separator, or xlsx. No database.

What a file claims to be counts for nothing: the content decides. Damage of the whole file raises CustomerError;
damage of one cell is carried in ``Row.faults`` so that the other rows can still be used.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from customers.errors import CustomerError, TooLarge
from customers.imports import workbook
from customers.imports.limits import MIB, Limits

SEPARATORS = (",", ";", "\t", "|", "，")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LONGEST_CELL = 32_767


@dataclass(frozen=True)
class Row:
    """``line`` counts as the user's spreadsheet does (header = 1). ``faults``: column index -> what is wrong there."""

    line: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """``encoding`` is what was recognised (UTF-8, GB18030, UTF-16, xlsx); ``rows`` without blank ones."""

    encoding: str
    header: list[str]
    rows: list[Row]


def read(data: bytes, *, limits: Limits) -> Sheet:
    """The rows of a file. Raises CustomerError (unreadable) or TooLarge, each with a remedy."""
    if not data.strip():
        raise CustomerError(_("文件是空的，请选择有内容的文件"), field="file")
    if len(data) > limits.size:
        raise TooLarge(_("文件超过 %(limit)d MB，请分成几个文件导入") % {"limit": limits.size // MIB}, field="file")
    if data.startswith(_OLE):
        raise CustomerError(_("这是旧版 .xls 或加密文件，请另存为 .xlsx 或 CSV 后再导入"), field="file")
    if data.startswith(_ZIP):
        encoding, rows = "xlsx", _from_workbook(data, limits)
    else:
        text, encoding = decode(data)
        rows = _from_text(text)
    return _sheet(encoding, rows, limits)


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding name: a byte-order mark decides, else strict UTF-8, else strict GB18030."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _strictly(data, codec), "UTF-8" if codec == "utf-8-sig" else "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _strictly(data, "gb18030"), "GB18030"


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = _("第 %(line)d 行无法识别：文件不是 UTF-8 也不是 GB18030，请另存为“CSV UTF-8”后再导入")
        raise CustomerError(message % {"line": line}, field="file") from error


def _from_workbook(data: bytes, limits: Limits) -> Iterator[Row]:
    for line, cells in workbook.rows(data, limits=limits):
        texts = [text for text, _fault in cells]
        yield Row(line, texts, {index: fault for index, (_text, fault) in enumerate(cells) if fault})


def _from_text(text: str) -> Iterator[Row]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        message = _("第 %(line)d 行无法读取：某一格超过 %(limit)d 个字或引号没有成对，请检查这一行")
        raise CustomerError(message % {"line": line, "limit": _LONGEST_CELL}, field="file") from error


def _sheet(encoding: str, rows: Iterator[Row], limits: Limits) -> Sheet:
    header: list[str] | None = None
    kept: list[Row] = []
    for row in rows:
        if not any(cell.strip() for cell in row.cells) and not row.faults:
            continue
        if len(row.cells) > limits.columns:
            values = {"line": row.line, "limit": limits.columns}
            raise TooLarge(_("第 %(line)d 行超过 %(limit)d 列，请只保留要导入的列") % values, field="file")
        if header is None:
            header = row.cells
        else:
            kept.append(row)
        if len(kept) > limits.rows:
            raise TooLarge(_("文件超过 %(limit)d 行，请分成几个文件导入") % {"limit": limits.rows}, field="file")
    if header is None:
        raise CustomerError(_("文件里没有表头，第一行应为“户号、户名、地址…”"), field="file")
    return Sheet(encoding, header, kept)
