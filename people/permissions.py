"""Who may manage people: pure questions to a ``Standing``, asked by pages for buttons and by services before writing.

``by=None`` in a service is the operator at the server (command line, demo, first start), who is bound by none of these.
"""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from people.models import Department, User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, Role
from people.standing import Standing, department_tree, standing

# What an administrator of accounts may read of the trail; the rest is for the auditor.
ACCOUNT_ACTIONS = ("sign_", "session.", "user.", "assignment.", "department.", "headcount.", "second_factor.", "token.")


def may_manage_people(held: Standing) -> bool:
    return held.has(Role.SYSTEM_ADMIN)


def may_manage_roster(held: Standing) -> bool:
    return held.has(Role.HOTLINE_DIRECTOR)


def may_see_roster(held: Standing) -> bool:
    return held.has(*HOTLINE, Role.SYSTEM_ADMIN)


def may_read_audit(held: Standing) -> bool:
    return held.has(Role.AUDITOR, Role.SYSTEM_ADMIN)


def reads_every_audit_row(held: Standing) -> bool:
    return held.has(Role.AUDITOR)


def sees_every_department(held: Standing) -> bool:
    """The hotline director dispatches to all of them and so reads who their contacts are."""
    return held.has(Role.SYSTEM_ADMIN, Role.HOTLINE_DIRECTOR)


def led_departments(held: Standing) -> frozenset[int]:
    """Departments whose contacts this person names: those headed, with everything below them."""
    headed = held.departments(*HEADS)
    return department_tree().below(headed) if headed else frozenset()


def may_assign(held: Standing, *, role: Role, department_id: int, substitute: bool) -> bool:
    """System administrator: every post. Heads: contacts, and substitutes for staff, in their own departments.
    Hotline director: substitutes on the hotline."""
    if may_manage_people(held):
        return True
    if held.has(*HEADS) and department_id in led_departments(held):
        return role == Role.TICKET_CONTACT or (substitute and role in DEPARTMENT_STAFF)
    return substitute and role in HOTLINE and held.holds(department_id, Role.HOTLINE_DIRECTOR)


def require(allowed: bool) -> None:
    """Raises PermissionDenied (403) with a text people can act on."""
    if not allowed:
        raise PermissionDenied(_("这个操作不在你的职责内，请找系统管理员"))


def require_people_manager(by: User | None, *, on: date) -> None:
    require(by is None or may_manage_people(standing(by, on)))


def require_roster_manager(by: User | None, department: Department, *, on: date) -> None:
    require(by is None or standing(by, on).holds(department.pk, Role.HOTLINE_DIRECTOR))
