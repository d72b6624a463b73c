"""A file of outages, one JSON object a line: read and typed, or told what is wrong with which field. No database."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.call_lines import SHANGHAI, Broken, Problem
from complaints.forms.fields import EARLIEST_YEAR, LATEST_YEAR
from outage.vocabulary import OutageKind, Slot
from policy.vocabulary import Kind

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
TEXTS = ("id", "type", "title", "cause", "area", "station", "explain")
TIMES = ("occurred_at", "detected_at", "repair_started_at", "restored_at", "as_of")
LISTS = ("areas", "grid_groups", "notices", "linked_tickets")
KNOWN = {*TEXTS, *TIMES, *LISTS, "households", "expected"}
LONGEST_NAME, LONGEST_TITLE, LONGEST_TEXT, MOST_HOUSEHOLDS = 80, 80, 200, 10_000_000


@dataclass(frozen=True)
class Posted:
    """A notice as posted: which one, in which group, when, with how many photos."""

    slot: int
    group: str
    at: datetime
    photos: int


@dataclass(frozen=True)
class Ticket:
    kind: str
    received_at: datetime


@dataclass(frozen=True)
class Line:
    """One outage as the file tells it; times in Shanghai, absent ones None. ``as_of`` is when the file was written."""

    number: str
    kind: str
    title: str
    place: str
    cause_text: str
    station: str
    areas: tuple[str, ...]
    groups: tuple[str, ...]
    households: int
    detected_at: datetime
    occurred_at: datetime | None
    repair_started_at: datetime | None
    restored_at: datetime | None
    as_of: datetime | None
    posted: tuple[Posted, ...]
    tickets: tuple[Ticket, ...]
    unknown: tuple[str, ...]


def parse(raw: bytes) -> Line:
    """Raises ``Broken`` with every problem found."""
    values = _object(raw)
    reader = _Reader(values)
    number = reader.text("id", LONGEST_NAME, needed=True)
    if number and not NUMBER.fullmatch(number):
        reader.say("id", _("应为 1 到 32 位字母、数字或 . _ -"))
    kind = reader.one_of("type", OutageKind.values)
    areas = reader.names("areas", needed=True)
    groups = reader.names("grid_groups", needed=kind not in {OutageKind.PLANNED, OutageKind.TEMPORARY})
    detected_at = reader.moment("detected_at", needed=True)
    title, station = reader.text("title", LONGEST_TITLE, needed=True), reader.text("station", LONGEST_NAME, needed=True)
    place, cause = reader.text("area", LONGEST_TEXT), reader.text("cause", LONGEST_TEXT)
    households = reader.count("households")
    times = {name: reader.moment(name) for name in TIMES if name != "detected_at"}
    _check_order(reader, times | {"detected_at": detected_at})
    posted, tickets = reader.posted(groups), reader.tickets()
    if reader.problems or detected_at is None:
        raise Broken(*reader.problems, id=number or None)
    return Line(
        number=number,
        kind=kind,
        title=title,
        place=place or "、".join(areas)[:LONGEST_TEXT],
        cause_text=cause,
        station=station,
        areas=areas,
        groups=groups,
        households=households,
        detected_at=detected_at,
        posted=posted,
        tickets=tickets,
        unknown=tuple(sorted(set(values) - KNOWN)),
        **times,
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        values = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Broken(Problem("", _("不是 UTF-8 编码的 JSON 对象，请检查引号和逗号"))) from None
    if not isinstance(values, dict):
        raise Broken(Problem("", _("每行应为一个 JSON 对象，即用花括号括起")))
    return values


def _check_order(reader: "_Reader", times: Mapping[str, datetime | None]) -> None:
    for earlier, later in (
        ("occurred_at", "detected_at"),
        ("occurred_at", "repair_started_at"),
        ("occurred_at", "restored_at"),
        ("detected_at", "as_of"),
        ("repair_started_at", "restored_at"),
        ("restored_at", "as_of"),
    ):
        first, second = times[earlier], times[later]
        if first is not None and second is not None and first > second:
            reader.say(later, _("早于 %(name)s，请核对") % {"name": earlier})


class _Reader:
    """Takes typed values out of one object and keeps what is wrong with them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values
        self.problems: list[Problem] = []

    def say(self, field: str, message: str) -> None:
        self.problems.append(Problem(field, message))

    def text(self, name: str, limit: int, *, needed: bool = False) -> str:
        value = self.values.get(name)
        if value is None or value == "":
            if needed:
                self.say(name, _("缺少，请补填"))
            return ""
        if not isinstance(value, str) or len(value) > limit or "\x00" in value:
            self.say(name, _("应为不超过 %(limit)d 字的文字") % {"limit": limit})
            return ""
        return value.strip()

    def one_of(self, name: str, choices: list[str]) -> str:
        value = self.values.get(name)
        if value not in choices:
            self.say(name, _("应为 %(all)s 之一") % {"all": "、".join(choices)})
            return ""
        return str(value)

    def names(self, name: str, *, needed: bool) -> tuple[str, ...]:
        value = self.values.get(name) or []
        good = isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= LONGEST_NAME for one in value)
        if not good or (needed and not value):
            self.say(name, _("应为名称的列表，至少一个，每个不超过 %(limit)d 字") % {"limit": LONGEST_NAME})
            return ()
        return tuple(dict.fromkeys(one.strip() for one in value))

    def count(self, name: str) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_HOUSEHOLDS:
            self.say(name, _("应为 0 到 %(most)d 的整数") % {"most": MOST_HOUSEHOLDS})
            return 0
        return value

    def moment(self, name: str, value: Any = None, *, needed: bool = False) -> datetime | None:
        value = self.values.get(name) if value is None else value
        if value is None:
            if needed:
                self.say(name, _("缺少，请补填"))
            return None
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            self.say(name, _("应为带时区的时间，如 2026-09-22T09:52:00+08:00"))
            return None
        return found.astimezone(SHANGHAI)

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.say(name, _("应为对象的列表"))
            return []
        return value

    def posted(self, groups: tuple[str, ...]) -> tuple[Posted, ...]:
        found = []
        for row in self.rows("notices"):
            at = self.moment("notices", row.get("posted_at") or "")
            photos = row.get("photos", 0)
            if row.get("slot") not in Slot.values or row.get("group") not in groups:
                self.say("notices", _("slot 应为 1、2、3，group 应为 grid_groups 中的一个"))
            elif not isinstance(photos, int) or isinstance(photos, bool) or not 0 <= photos <= MOST_PHOTOS:
                self.say("notices", _("photos 应为照片张数"))
            elif at is not None:
                found.append(Posted(row["slot"], row["group"], at, photos))
        return tuple(found)

    def tickets(self) -> tuple[Ticket, ...]:
        found = []
        for row in self.rows("linked_tickets"):
            at = self.moment("linked_tickets", row.get("received_at") or "")
            if row.get("kind") not in Kind.values:
                self.say("linked_tickets", _("kind 应为 %(all)s 之一") % {"all": "、".join(Kind.values)})
            elif at is not None:
                found.append(Ticket(row["kind"], at))
        return tuple(found)


MOST_PHOTOS = 1000
