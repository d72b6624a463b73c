"""Who plans, approves, announces and begins a planned outage; who keeps the days to spare."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from complaints.permissions import post_of
from people.models import DepartmentKind, User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Post, Standing, department_tree, standing

if TYPE_CHECKING:
    from outage.planning.models import OutagePlan

READERS = frozenset({*HOTLINE, *LEADERS, *DEPARTMENT_STAFF, Role.MANAGER, Role.AUDITOR})
STARTERS = frozenset({Role.DUTY_OFFICER, Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD})
PLANNERS = HEADS | {Role.CENTRE_DEPARTMENT, Role.DUTY_OFFICER}


def is_reader(user: User, *, now: datetime) -> bool:
    return standing(user, timezone.localdate(now)).has(*READERS)


def planned_stations(held: Standing) -> frozenset[int]:
    """The stations this person may plan for: a station's heads and duty officers their own, planners of company-wide
    departments every station."""
    nodes = department_tree().nodes
    stations = frozenset(node.id for node in nodes.values() if node.kind == DepartmentKind.STATION and node.is_active)
    own = held.departments(*PLANNERS)
    return stations if any(nodes[pk].kind != DepartmentKind.STATION for pk in own) else own & stations


def planner(plan: OutagePlan, held: Standing) -> Post | None:
    """Whoever could have drawn this plan up."""
    if plan.station_id not in planned_stations(held):
        return None
    return post_of(held, PLANNERS)


def starter(plan: OutagePlan, held: Standing) -> Post | None:
    """Whoever may register an outage and could have planned this one."""
    return post_of(held, STARTERS) if planner(plan, held) else None


def approver(plan: OutagePlan, held: Standing) -> Post | None:
    """A leader, and not the one who drew it up."""
    return None if held.user_id == plan.created_by_id else post_of(held, LEADERS)


def announcer(plan: OutagePlan, held: Standing) -> Post | None:
    return planner(plan, held) or post_of(held, HOTLINE)


def may_keep_days(held: Standing) -> bool:
    """Who keeps the days to spare."""
    return held.has(Role.MANAGER, Role.HOTLINE_DIRECTOR, Role.CENTRE_DEPARTMENT)


def may_set_leads(held: Standing) -> bool:
    return held.has(Role.MANAGER)
