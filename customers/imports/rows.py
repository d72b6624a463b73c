"""One line of a file as a checked entry, or the list of what is wrong with it: line, column and remedy each time."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, TypedDict

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _

from customers import phones
from customers.bigrams import fold
from customers.errors import CustomerError
from customers.imports import columns, files
from customers.imports.limits import Limits
from customers.imports.places import Places
from customers.permissions import local_day
from customers.queries import account_key, is_account
from customers.texts import clean
from customers.vocabulary import Segment, Supply, VulnerableKind

NAME_LIMIT, ADDRESS_LIMIT, WORD_LIMIT = 100, 200, 30
FIRST_YEAR = 1900
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[Ee]\+?\d+$")
_DATE = re.compile(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?$")
_SEVERAL = re.compile(r"[、;；,，/|\n]+")
_EVERYDAY: dict[str, TextChoices] = {
    "公变": Supply.PUBLIC,
    "公用变": Supply.PUBLIC,
    "专用变": Supply.DEDICATED,
    "专用变压器": Supply.DEDICATED,
    "居民生活": Segment.RESIDENTIAL,
    "一般工商业": Segment.COMMERCIAL,
    "大工业": Segment.INDUSTRIAL,
}


class Problem(TypedDict):
    """``line`` as the spreadsheet counts, ``field`` the column's name, ``message`` what is wrong and the remedy."""

    line: int
    field: str
    message: str


class Entry(TypedDict, total=False):
    """A checked line, ready for JSON. Missing keys mean an empty cell: the stored value stays."""

    line: int
    account_no: str
    name: str
    address: str
    station_id: int
    area_id: int
    segment: str
    supply: str
    opened_on: str
    phones: list[str]
    vulnerable: list[str]


@dataclass(frozen=True)
class Check:
    """A whole file: usable entries, problems of the others, headings nobody asked for."""

    encoding: str
    total: int
    entries: list[Entry]
    problems: list[Problem]
    unused: list[str] = field(default_factory=list)

    @property
    def broken(self) -> int:
        return self.total - len(self.entries)


def check(data: bytes, *, limits: Limits, now: dt.datetime) -> Check:
    """Reads and checks a file against the stations and areas known; writes nothing. Raises CustomerError when the
    file as a whole cannot be used."""
    sheet = files.read(data, limits=limits)
    found, unused = columns.match(sheet.header)
    places, today = Places.load(), local_day(now)
    entries: list[Entry] = []
    problems: list[Problem] = []
    first_line: dict[str, int] = {}
    for row in sheet.rows:
        reader = _Line(row, found, places, today)
        entry = reader.entry()
        earlier = first_line.setdefault(entry.get("account_no", f"?{row.line}"), row.line)
        if earlier != row.line:
            reader.refuse("account_no", _("与第 %(line)d 行重复，请只留一行") % {"line": earlier})
        if reader.problems:
            problems += reader.problems
        else:
            entries.append(entry)
    return Check(sheet.encoding, len(sheet.rows), entries, problems, unused)


class _Line:
    """The cells of one line by field name, collecting problems instead of stopping at the first."""

    def __init__(self, row: files.Row, found: dict[str, int], places: Places, today: dt.date) -> None:
        self.row, self.found, self.places, self.today = row, found, places, today
        self.problems: list[Problem] = []

    def refuse(self, field: str, message: str) -> None:
        self.problems.append({"line": self.row.line, "field": str(columns.LABELS[field]), "message": message})

    def entry(self) -> Entry:
        entry: Entry = {"line": self.row.line}
        readers: Sequence[tuple[str, Callable[[str], Any]]] = (
            ("account_no", _account_no), ("name", self._text("name", NAME_LIMIT)),
            ("address", self._text("address", ADDRESS_LIMIT)), ("segment", partial(_word, kind=Segment)),
            ("supply", partial(_word, kind=Supply)),
            ("opened_on", self._date), ("vulnerable", _vulnerable),
        )  # fmt: skip
        for name, read in readers:
            value = self._read(name, read)
            if value not in (None, ""):
                entry[name] = value  # type: ignore[literal-required]
        numbers = [*(self._read("phones", _numbers) or []), *(self._read("second_phone", _numbers) or [])]
        if numbers:
            entry["phones"] = list(dict.fromkeys(numbers))
        self._place(entry)
        return entry

    def _read(self, field: str, read: Callable[[str], Any]) -> Any:
        index = self.found.get(field)
        if index is None:
            return None
        if index in self.row.faults:
            self.refuse(field, self.row.faults[index])
            return None
        cell = self.row.cells[index].strip() if index < len(self.row.cells) else ""
        if not cell:
            if field in columns.REQUIRED:
                self.refuse(field, _("是空的，请补填"))
            return None
        try:
            return read(cell)
        except CustomerError as error:
            self.refuse(field, error.message)
            return None

    def _text(self, field: str, limit: int) -> Callable[[str], str]:
        label = str(columns.LABELS[field])

        def read(cell: str) -> str:
            return clean(cell, label=label, limit=limit) or _raise(_("只有看不见的字符，请补填"))

        return read

    def _place(self, entry: Entry) -> None:
        station = self._read("station", self.places.station)
        if station is None:
            return
        entry["station_id"] = station
        area = self._read("area", lambda cell: self.places.area(station, cell))
        if area is not None:
            entry["area_id"] = area

    def _date(self, cell: str) -> str:
        match = _DATE.match(fold_digits(cell))
        try:
            day = dt.date(*(int(part) for part in match.groups())) if match else None
        except ValueError:
            day = None
        if day is None or not day.year >= FIRST_YEAR or day > self.today:
            _raise(_("不是可用的日期，请写成 2020-05-31，不晚于今天"))
        return day.isoformat() if day else ""


def _raise(message: str) -> Any:
    raise CustomerError(message)


def fold_digits(text: str) -> str:
    """Full-width digits and signs as ASCII, the rest as written."""
    return "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text)


def _account_no(cell: str) -> str:
    if _SCIENTIFIC.match(cell):
        _raise(_("被表格软件写成了科学计数，请把这一列设为“文本”后重新填写"))
    key = account_key(cell)
    if not is_account(key):
        _raise(_("应为 6 到 20 位数字或字母，请核对"))
    return key


def _numbers(cell: str) -> list[str]:
    numbers = [part for part in _SEVERAL.split(cell) if part.strip()]
    for number in numbers:
        if trouble := phones.advice(number):
            _raise(trouble)
    return [phones.normalise(number) for number in numbers]


@cache
def _words(kind: type[TextChoices]) -> dict[str, str]:
    """Folded Chinese label, code or everyday word -> code; files are Chinese whatever language the reader chose."""
    with translation.override("zh-hans"):
        labels = {fold(str(choice.label)): str(choice.value) for choice in kind}
    codes = {fold(str(choice.value)): str(choice.value) for choice in kind}
    return labels | codes | {fold(word): str(code.value) for word, code in _EVERYDAY.items() if isinstance(code, kind)}


def _word(cell: str, kind: type[TextChoices]) -> str:
    value = _words(kind).get(fold(cell))
    if value is None:
        choices = "、".join(str(label) for label in kind.labels)
        _raise(_("没有“%(word)s”这一类，可填：%(choices)s") % {"word": cell[:WORD_LIMIT], "choices": choices})
    return str(value)


def _vulnerable(cell: str) -> list[str]:
    kinds = (_word(part, VulnerableKind) for part in _SEVERAL.split(cell) if part.strip())
    return list(dict.fromkeys(kinds))
