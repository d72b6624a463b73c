"""Who reaches which customers (S2-R13). Read from the posts a user holds on that day, never from one role field."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from people.models import User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Standing, standing

Viewer = User | AnonymousUser


@dataclass(frozen=True)
class Reach:
    """The stations whose customers are reachable: all, some or (empty) none."""

    everywhere: bool = False
    station_ids: frozenset[int] = frozenset()

    def covers(self, station_id: int) -> bool:
        return self.everywhere or station_id in self.station_ids


def local_day(now: datetime) -> date:
    """The calendar day of ``now`` in the company's time zone."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _standing(user: Viewer, now: datetime) -> Standing:
    return standing(user, local_day(now))


def viewing(user: Viewer, *, now: datetime) -> Reach:
    """Customers a user may find and read masked: hotline, leaders, manager and auditor all, station staff and heads
    their own; everybody else, the system administrator included, none."""
    posts = _standing(user, now)
    if posts.has(*HOTLINE, *LEADERS, Role.MANAGER, Role.AUDITOR):
        return Reach(everywhere=True)
    return Reach(station_ids=posts.departments(*DEPARTMENT_STAFF) | posts.subtree_ids)


def revealing(user: Viewer, *, now: datetime) -> Reach:
    """Customers whose full data a user may ask for with a reason: as ``viewing``, without the auditor."""
    posts = _standing(user, now)
    if posts.has(*HOTLINE, *LEADERS, Role.MANAGER):
        return Reach(everywhere=True)
    return Reach(station_ids=posts.departments(*DEPARTMENT_STAFF) | posts.subtree_ids)


def restricted(user: Viewer, *, now: datetime) -> Reach:
    """Customers whose vulnerable, important and sensitive marks a user may know of (S1-R08, S1-R31, S0-R08).

    Narrower than ``revealing``: a head of a department above a station does not count, only the station's own people.
    """
    posts = _standing(user, now)
    if posts.has(*HOTLINE, *LEADERS, Role.MANAGER):
        return Reach(everywhere=True)
    return Reach(station_ids=posts.departments(*DEPARTMENT_STAFF))


def editing(user: Viewer, *, now: datetime) -> Reach:
    """Customers a user may change: hotline director and manager all, a station's heads their own."""
    posts = _standing(user, now)
    if posts.has(Role.HOTLINE_DIRECTOR, Role.MANAGER):
        return Reach(everywhere=True)
    return Reach(station_ids=posts.departments(*HEADS))


def may_import(user: Viewer, *, now: datetime) -> bool:
    """Whole files are for the hotline director and the manager."""
    return _standing(user, now).has(Role.HOTLINE_DIRECTOR, Role.MANAGER)
