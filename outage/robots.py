"""Which grid groups a robot posts to. The app that sends (``notifications``) tells; without it all is done by hand."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class Robots(Protocol):
    def __call__(self, group_ids: Collection[int], /, *, pictures: bool, now: datetime) -> Collection[int]:
        """Those of the groups that have a working robot, one that carries pictures where there are any."""


_known: list[Robots] = []


def register_robots(robots: Robots) -> None:
    _known.append(robots)


def with_robot(group_ids: Collection[int], *, pictures: bool, now: datetime) -> frozenset[int]:
    return frozenset(pk for robots in _known for pk in robots(group_ids, pictures=pictures, now=now))
