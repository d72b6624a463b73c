"""Who sees a disconnection and who may take which step of it. The station that feeds the customer carries it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from complaints.permissions import post_of
from customers.permissions import Reach, restricted
from people.models import DepartmentKind, User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Post, Standing, department_tree, standing

if TYPE_CHECKING:
    from outage.disconnection.models import Disconnection

READERS = frozenset({*HOTLINE, *LEADERS, *DEPARTMENT_STAFF, Role.MANAGER, Role.AUDITOR})


def reach(user: User, *, now: datetime) -> Reach:
    """Whose disconnections a person sees: those customers whose marks he may know of, and the auditor all."""
    if standing(user, timezone.localdate(now)).has(Role.AUDITOR):
        return Reach(everywhere=True)
    return restricted(user, now=now)


def may_open(held: Standing) -> frozenset[int]:
    """The stations whose customers this person may propose to disconnect; empty for nobody's."""
    return held.departments(*DEPARTMENT_STAFF) & station_ids()


def station_ids() -> frozenset[int]:
    return frozenset(node.id for node in department_tree().nodes.values() if node.kind == DepartmentKind.STATION)


def _of_station(case: Disconnection, held: Standing, roles: Collection[Role]) -> Post | None:
    return post_of(held, roles, [case.customer.station_id])


def station_staff(case: Disconnection, held: Standing) -> Post | None:
    return _of_station(case, held, DEPARTMENT_STAFF)


def approver(case: Disconnection, held: Standing) -> Post | None:
    """The station's head or deputy, or a leader; never who proposed or checked it (A29's rule for requesters)."""
    if held.user_id in {case.created_by_id, case.checked_by_id}:
        return None
    return _of_station(case, held, HEADS) or post_of(held, LEADERS)


def desk(case: Disconnection, held: Standing) -> Post | None:
    """The station's heads: planning of a delicate case and withdrawal."""
    return _of_station(case, held, HEADS) or post_of(held, LEADERS)


def payment_taker(case: Disconnection, held: Standing) -> Post | None:
    """Whoever learns that the customer has paid: the station or the hotline."""
    return station_staff(case, held) or post_of(held, HOTLINE)
