"""What can be exported. An app registers its kinds in ``AppConfig.ready()``; this app knows none of them.

A kind finds its rows again from ``params`` with the rights the requester has *when the file is written*, not when it
was asked for: who lost the post meanwhile gets nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from people.models import User

Value = str | int | float | Decimal | date | datetime | bool | None
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its heading and its width in characters."""

    label: str | Promise
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """One table of the file; ``rows`` may be a generator, it is read once. Moments are aware, days are plain dates."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]] = field(repr=False)


@dataclass(frozen=True)
class ExportKind:
    """``allowed(user, now)``: may this person export this at all. ``count`` and ``sheets``: ``(params, by, now)``."""

    name: str
    label: str | Promise
    allowed: Callable[[User, datetime], bool]
    count: Callable[[Params, User, datetime], int]
    sheets: Callable[[Params, User, datetime], Sequence[Sheet]]


_kinds: dict[str, ExportKind] = {}


def register_kind(kind: ExportKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> ExportKind | None:
    return _kinds.get(name)
