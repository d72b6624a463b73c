"""Who may see an outage, and who may take which step: both answered from the user's dated posts.

A grid worker sees the outages of the grids looked after, a station's people those of the station; the hotline,
dispatch, repair centre, specialist departments and leaders all of them; the system administrator none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from people.models import DepartmentKind
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Post, Standing, department_tree

if TYPE_CHECKING:
    from outage.models import Outage

SEES_ALL = frozenset({*HOTLINE, *LEADERS, Role.MANAGER, Role.AUDITOR, Role.CENTRE_DEPARTMENT})
STATION_STAFF = DEPARTMENT_STAFF - {Role.GRID_WORKER}
# Departments whose staff work on the outages of the whole company (S4-R29, R31).
OPERATIONS = ("dispatch_room", "repair_centre", "orderly_use_office")
DESK = frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR})


def post_of(standing: Standing, roles: Collection[Role], departments: Collection[int] | None = None) -> Post | None:
    """The first post with one of the roles (in one of the departments), own posts before substitute posts."""
    found = [
        post
        for post in standing.posts
        if post.role in roles and (departments is None or post.department_id in departments)
    ]
    return min(found, key=lambda post: post.acting_for_id is not None) if found else None


def operations_ids() -> frozenset[int]:
    """The departments that work company-wide, and the teams below them."""
    tree = department_tree()
    return tree.below(tree.by_code[code].id for code in OPERATIONS if code in tree.by_code)


def sees_every_outage(standing: Standing) -> bool:
    return bool(standing.roles & SEES_ALL) or not standing.departments(*DEPARTMENT_STAFF).isdisjoint(operations_ids())


def visible_q(standing: Standing) -> Q:
    """Outages of a standing, as a condition on ``Outage`` rows."""
    from outage.models import OutageArea, OutageGroup  # noqa: PLC0415 - the models ask this module

    if not standing.posts:
        return Q(pk__in=[])
    if sees_every_outage(standing):
        return Q()
    stations = standing.departments(*STATION_STAFF) | standing.subtree_ids
    areas, groups = (
        OutageArea.objects.filter(outage=OuterRef("pk")),
        OutageGroup.objects.filter(outage=OuterRef("pk")),
    )
    seen = Q(station_id__in=stations) | Q(Exists(areas.filter(area__station_id__in=stations)))
    if standing.has(Role.GRID_WORKER):
        seen |= Q(Exists(areas.filter(area__grid__worker=standing.user_id)))
        seen |= Q(Exists(groups.filter(group__grid__worker=standing.user_id)))
    return seen


# --- who may take a step --------------------------------------------------------------------------------------------


def desk(outage: Outage, standing: Standing) -> Post | None:
    """The duty desk: duty officers everywhere, hotline shift leader and above, the station's head and deputy."""
    return (
        post_of(standing, {Role.DUTY_OFFICER}, operations_ids() | {outage.station_id})
        or post_of(standing, DESK)
        or post_of(standing, HEADS, [outage.station_id])
    )


def crew(outage: Outage, standing: Standing) -> Post | None:
    """Whoever works on it: the desk, the station's people, its grid workers, the repair centre and its teams."""
    return desk(outage, standing) or post_of(
        standing, DEPARTMENT_STAFF, operations_ids() | {outage.station_id, *outage.station_ids}
    )


def may_register(standing: Standing) -> Post | None:
    """Who may register an outage: the hotline's leads, duty officers, and a station's heads and grid workers."""
    station_roles = {Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD, Role.GRID_WORKER}
    return post_of(standing, {Role.DUTY_OFFICER, *DESK, *station_roles})


def registers_everywhere(standing: Standing) -> bool:
    """Whether an outage may be registered for any station; otherwise only for the own one."""
    if post_of(standing, DESK) is not None:
        return True
    tree = department_tree()
    posts = [post.department_id for post in standing.posts if post.role == Role.DUTY_OFFICER]
    return any(tree.nodes[pk].kind != DepartmentKind.STATION for pk in posts)


def hotline(outage: Outage, standing: Standing) -> Post | None:
    return post_of(standing, HOTLINE)
