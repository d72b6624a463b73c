"""Reading the first sheet of an xlsx without trusting it: sizes are checked before anything is unpacked, formulas are
never computed, entity definitions and macros are refused."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from customers.errors import CustomerError, TooLarge
from customers.imports.limits import MIB, Limits

Cell = tuple[str, str]
_MANY_BLANK_ROWS = 1000
_HEAD = 4096
_FORMULA, _ERROR = "f", "e"
# Everything a damaged or hostile package makes zipfile, the XML parser or openpyxl raise.
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    OSError, EOFError, NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


def rows(data: bytes, *, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """Line number and cells (text, fault) of the first sheet; a fault is ``""`` for a good cell."""
    try:
        _inspect(data, limits)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        blank = 0
        for line, cells in enumerate(sheet.iter_rows(max_col=limits.columns + 1), start=1):
            found = [_cell(cell) for cell in cells]
            while found and found[-1] == ("", ""):
                found.pop()
            blank = 0 if found else blank + 1
            if blank > _MANY_BLANK_ROWS:
                return
            if found:
                yield line, found
    except _BROKEN as error:
        raise CustomerError(_("xlsx 文件已损坏或不是表格，请用表格软件重新另存为 .xlsx"), field="file") from error


def _inspect(data: bytes, limits: Limits) -> None:
    """Refuses a package that would unpack too big, hides entities or carries macros; reads only directory and heads."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = package.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > limits.unpacked or len(members) > limits.members:
            limit = limits.unpacked // MIB
            raise TooLarge(
                _("xlsx 解开后超过 %(limit)d MB，请删去多余内容或分成几个文件") % {"limit": limit}, field="file"
            )
        names = {member.filename for member in members}
        if "xl/workbook.xml" not in names:
            raise CustomerError(_("文件不是 xlsx 表格，请另存为 .xlsx 或 CSV 后再导入"), field="file")
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise CustomerError(_("不接受含宏的文件，请另存为 .xlsx 后再导入"), field="file")
        for member in members:
            if member.filename.endswith((".xml", ".rels")):
                with package.open(member) as part:
                    head = part.read(_HEAD).replace(b"\x00", b"").replace(b"<!--", b"")
                    if b"<!" in head:
                        raise CustomerError(_("xlsx 文件含有不允许的定义，请用表格软件重新另存为 .xlsx"), field="file")


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == _FORMULA:
        return "", _("是公式，请复制后“选择性粘贴—数值”")
    if cell.data_type == _ERROR:
        return "", _("是错误值 %(value)s，请改正") % {"value": str(value)[:20]}
    if isinstance(value, dt.datetime):
        return value.date().isoformat(), ""
    if isinstance(value, bool):
        return "1" if value else "0", ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value)), ""
    return str(value), ""
