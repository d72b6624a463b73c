"""An export kind of the tests' own, its clock, and a folder of its own for the files."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from exports.kinds import Column, ExportKind, Sheet, Value, _kinds, register_kind
from exports.models import Export
from exports.services import request_export
from people.models import User
from people.roles import Role
from people.standing import standing
from tests.factories import MONDAY


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class Numbers:
    """A kind whose rows the test sets; handlers may have it."""

    def __init__(self) -> None:
        self.rows: Sequence[Sequence[Value]] = [[n, f"行{n}"] for n in range(3)]
        self.reads = 0
        self.during: Any = None

    def count(self, params: Any, by: User, now: datetime) -> int:
        return len(self.rows)

    def sheets(self, params: Any, by: User, now: datetime) -> list[Sheet]:
        return [Sheet("数", [Column("号"), Column("名", 20)], self._read())]

    def _read(self) -> Iterator[Sequence[Value]]:
        self.reads += 1
        for row in self.rows:
            if self.during is not None:
                self.during(row)
            yield row


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def numbers() -> Iterator[Numbers]:
    kind = Numbers()
    register_kind(
        ExportKind(
            "numbers",
            "数",
            lambda user, now: standing(user, now.astimezone().date()).has(Role.HANDLER, Role.MANAGER),
            kind.count,
            kind.sheets,
        )
    )
    yield kind
    del _kinds["numbers"]


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    settings.DEMO = True  # the second factor is told in the tests of people
    return tmp_path / "exports"


def ask(by: User, now: datetime, kind: str = "numbers", **fields: Any) -> Export:
    given: dict[str, Any] = {"params": {"query": ""}, "title": "数", "told": "全部", "reason": "月度核对"}
    return request_export(kind, by=by, now=now, **(given | fields))
