"""Who may look at the rules and who may change them; the system administrator keeps the calendar, not the numbers."""

import datetime as dt

from django.contrib.auth.models import AnonymousUser

from people.models import User
from people.roles import Role
from people.standing import standing
from policy.limits import shanghai_day

Viewer = User | AnonymousUser

READERS = (Role.MANAGER, Role.HOTLINE_DIRECTOR, Role.SYSTEM_ADMIN)
RULE_KEEPERS = (Role.MANAGER,)
CALENDAR_KEEPERS = (Role.MANAGER, Role.SYSTEM_ADMIN)


def _has(user: Viewer, roles: tuple[Role, ...], now: dt.datetime) -> bool:
    return standing(user, shanghai_day(now)).has(*roles)


def may_read(user: Viewer, *, now: dt.datetime) -> bool:
    """The pages of this app and the preview."""
    return _has(user, READERS, now)


def may_change_rules(user: Viewer, *, now: dt.datetime) -> bool:
    """Numbers, routes, station duties, subcategories."""
    return _has(user, RULE_KEEPERS, now)


def may_change_calendar(user: Viewer, *, now: dt.datetime) -> bool:
    """Importing the yearly notice."""
    return _has(user, CALENDAR_KEEPERS, now)
