"""Who reads and writes the records around outages."""

from datetime import datetime

from django.utils import timezone

from outage.permissions import sees_every_outage
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import Standing, standing


def stations_of(user: User, *, now: datetime) -> frozenset[int] | None:
    """None: the records of every unit."""
    held = standing(user, timezone.localdate(now))
    return None if sees_every_outage(held) else held.departments(*DEPARTMENT_STAFF) | held.subtree_ids


def units_of(held: Standing) -> frozenset[int]:
    """The departments this person fills records in for."""
    return held.departments(*DEPARTMENT_STAFF)
