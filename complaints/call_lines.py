"""A file of call records, one JSON object a line: read, typed and keyed, or told what is wrong with which field.

Pure: no database. What the fields mean is judged by ``IntakeForm``; here only the shape is.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, NoReturn
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from complaints.forms.fields import EARLIEST_YEAR, LATEST_YEAR
from complaints.vocabulary import Disposition, NoOrderReason

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_LINE = 1_000_000  # bytes; the longest text a form takes is far below
LONGEST_ID = 64
BOM = b"\xef\xbb\xbf"

# What a value may be in JSON; null is always allowed, except in the fields of ENTERED. A missing field reads as null.
TEXTS = frozenset(
    [
        "id",
        "received_at",
        "channel",
        "external_ref",
        "caller_name",
        "caller_phone",
        "account_no",
        "address",
        "station",
        "kind",
        "category",
        "subcategory",
        "content",
        "occurred_on",
        "urgency",
        "callback_by",
        "callback_when",
        "reported_department",
        "emotion",
        "note",
        "disposition",
        "no_order_reason",
    ]
)
FLAGS = frozenset({"anonymous", "hide_caller"})
COUNTS = frozenset({"ring_count"})
LISTS = frozenset({"demands"})
KNOWN = TEXTS | FLAGS | COUNTS | LISTS
PRESENT = ("id", "received_at", "channel", "kind", "category", "content")
ENTERED = ("id", "received_at", "channel", "content")

# Where a call makes no order, the rule named in the note tells why (S4-R20, S4-R21), or its plain words do.
REASONS = (
    (re.compile(r"S4-R20(?!\d)|打错"), NoOrderReason.WRONG_NUMBER),
    (re.compile(r"S4-R21(?!\d)|骚扰"), NoOrderReason.HARASSMENT),
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with which field, and what would help."""

    field: str
    message: str


class Broken(Exception):
    """A line that cannot be taken. ``id`` as far as it could be read."""

    def __init__(self, *problems: Problem, id: str | None = None) -> None:
        super().__init__(problems)
        self.problems = problems
        self.id = id


@dataclass(frozen=True)
class Record:
    """One call as the file tells it; ``received_at`` in Shanghai time, absent values as None."""

    line: int
    id: str
    received_at: datetime
    values: dict[str, Any]
    unknown: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """Names this line for good: the same id at the same instant, in whatever time zone it is written."""
        return f"{self.id}@{self.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"

    @property
    def disposition(self) -> Disposition | None:
        """What the file itself says became of the call."""
        said = self.values.get("disposition")
        if said is None and self.values.get("no_order_reason"):
            return Disposition.NO_ORDER
        return Disposition(said) if said else None

    @property
    def no_order_reason(self) -> str:
        """Why no order is made; empty where nothing says so. A matter of a known kind is never dropped by a note."""
        if self.values.get("no_order_reason"):
            return str(self.values["no_order_reason"])
        if self.values.get("kind") and self.disposition != Disposition.NO_ORDER:
            return ""
        note = self.values.get("note") or ""
        return next((reason for words, reason in REASONS if words.search(note)), "")


def id_of(key: str) -> str:
    """The file's own id inside a ``Record.key``."""
    return key.rpartition("@")[0]


def numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; empty ones are left out, one that is too long is cut (and then refused)."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        if number == 1:
            line = line.removeprefix(BOM)
        if line.strip():
            yield number, line


def parse(number: int, line: bytes) -> Record:
    """The record of a line. Raises Broken with every problem found."""
    values = _object(line)
    name = values.get("id")
    known = {key: value for key, value in values.items() if key in KNOWN}
    problems = [*_missing(values), *(p for key, value in known.items() for p in _problems_of(key, value))]
    received_at = None
    if not any(problem.field == "received_at" for problem in problems):
        try:
            received_at = moment(known["received_at"])
        except ValueError as error:
            problems.append(Problem("received_at", str(error)))
    if problems or received_at is None:
        raise Broken(*problems, id=name if isinstance(name, str) and _is_clean(name) else None)
    return Record(number, known["id"].strip(), received_at, known, tuple(sorted(set(values) - KNOWN)))


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise Broken(Problem("", _("这一行超过 %(n)d 字节，请拆短。") % {"n": LONGEST_LINE}))
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(
            Problem("", _("第 %(n)d 个字节不是 UTF-8，请把文件另存为 UTF-8 编码。") % {"n": error.start + 1})
        ) from None
    try:
        found = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constants)
    except json.JSONDecodeError as error:
        where = {"n": error.pos + 1}
        raise Broken(
            Problem("", _("第 %(n)d 个字符处不合 JSON 格式，每行须是一个完整的 JSON 对象。") % where)
        ) from None
    except (ValueError, RecursionError) as error:
        raise Broken(Problem("", _("不是可用的 JSON：%(why)s") % {"why": str(error)[:80]})) from None
    if not isinstance(found, dict):
        raise Broken(Problem("", _("每行须是一个 JSON 对象，以 { 开头、以 } 结尾。")))
    return found


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("同一个字段出现了两次"))
    return found


def _no_constants(word: str) -> NoReturn:
    raise ValueError(_("%(word)s 不是数字") % {"word": word})


def _missing(values: dict[str, Any]) -> Iterator[Problem]:
    for name in PRESENT:
        if name not in values:
            yield Problem(name, _("缺少这个字段；没有内容请写 null。") if name not in ENTERED else _("缺少这个字段。"))
        elif name in ENTERED and values[name] in (None, ""):
            yield Problem(name, _("这个字段不能为空。"))


def _problems_of(name: str, value: Any) -> Iterator[Problem]:
    if value is None:
        return
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(text, str) and not _is_clean(text) for text in texts):
        yield Problem(name, _("含有不可用的字符（空字符或残缺的代理对），请删除。"))
    elif name in TEXTS and not isinstance(value, str):
        yield Problem(name, _("这里应是带引号的文字。"))
    elif name in FLAGS and not isinstance(value, bool):
        yield Problem(name, _("这里应是 true 或 false。"))
    elif name in COUNTS and (isinstance(value, bool) or not isinstance(value, int)):
        yield Problem(name, _("这里应是整数。"))
    elif name in LISTS and not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
        yield Problem(name, _('这里应是文字的列表，如 ["…", "…"]。'))
    elif name == "id" and not 0 < len(value.strip()) <= LONGEST_ID:
        yield Problem(name, _("编号须有 1 到 %(n)d 个字。") % {"n": LONGEST_ID})
    elif name == "disposition" and value not in Disposition.values:
        yield Problem(name, _("只能是 %(words)s 之一。") % {"words": "、".join(Disposition.values)})
    elif name == "no_order_reason" and value not in NoOrderReason.values:
        yield Problem(name, _("只能是 %(words)s 之一。") % {"words": "、".join(NoOrderReason.values)})


def _is_clean(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def moment(text: str) -> datetime:
    """An ISO 8601 moment with its zone, as Shanghai time. Raises ValueError with the remedy."""
    try:
        found = datetime.fromisoformat(text.strip())
        local = found.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise ValueError(_("不是时间，请写作 2026-09-18T20:16:00+08:00。")) from None
    if found.tzinfo is None:
        raise ValueError(_("缺少时区，请写作 2026-09-18T20:16:00+08:00。"))
    if not EARLIEST_YEAR <= local.year <= LATEST_YEAR:
        raise ValueError(_("年份须在 %(a)d 到 %(b)d 之间。") % {"a": EARLIEST_YEAR, "b": LATEST_YEAR})
    return local
