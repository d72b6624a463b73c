"""Which grid groups a robot posts to. The app that sends (``notifications``) tells; without it all is done by hand."""

from collections.abc import Callable, Collection

Robots = Callable[[Collection[int]], Collection[int]]

_known: list[Robots] = []


def register_robots(robots: Robots) -> None:
    """``robots(group_ids)`` returns those of the groups that have a working robot."""
    _known.append(robots)


def with_robot(group_ids: Collection[int]) -> frozenset[int]:
    return frozenset(pk for robots in _known for pk in robots(group_ids))
