"""Who may see an order, and who may take which step: both answered from the user's dated posts.

A step's ``who`` is a function ``(order, standing) -> Post | None``: the post that gives the right, so that the event
can say in whose place somebody acted. Own posts come before substitute posts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from django.db.models import Q

from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Post, Standing, department_tree
from policy.vocabulary import Kind

if TYPE_CHECKING:
    from complaints.models.order import Order

Who = Callable[["Order", Standing], Post | None]

PARTY_ADMIN_OFFICE = "party_admin_office"
SEES_ALL = frozenset({*HOTLINE, *LEADERS, Role.MANAGER, Role.AUDITOR})


def post_of(standing: Standing, roles: Collection[Role], departments: Collection[int] | None = None) -> Post | None:
    """The first post with one of the roles (in one of the departments), own posts before substitute posts."""
    found = [
        post
        for post in standing.posts
        if post.role in roles and (departments is None or post.department_id in departments)
    ]
    return min(found, key=lambda post: post.acting_for_id is not None) if found else None


def visible_q(standing: Standing, *, led_by: int | None = None) -> Q:
    """The orders of a standing: hotline and leaders all; a department those it leads, cooperates in or is copied on;
    heads their subtree; auditor all (masked by the pages); system administrator none (S2-R13).

    A conduct report is invisible to the reported department and person, whatever else they are (A27).
    ``led_by`` asks only for those that one department leads: who sees the department's orders sees all of these, and
    an equality is what an index can be read by.
    """
    if not standing.posts:
        return Q(pk__in=[])
    departments = standing.departments(*DEPARTMENT_STAFF, Role.ADJUDICATOR) | standing.subtree_ids
    if led_by is not None and led_by in departments:
        seen = Q(lead_department_id=led_by)
    elif standing.roles & SEES_ALL:
        seen = Q()
    else:
        seen = Q(handler=standing.user_id) | Q(audience__overlap=sorted(departments))
        if standing.has(Role.API_CLIENT):
            seen |= Q(registered_by=standing.user_id)
        if standing.has(Role.ADJUDICATOR):
            seen |= Q(needs_ruling=True)
        if standing.roles <= {Role.SYSTEM_ADMIN}:
            return Q(pk__in=[])
    own = standing.departments(*DEPARTMENT_STAFF, *HOTLINE, Role.ADJUDICATOR) | _headed(standing)
    return seen & ~Q(reported_person=standing.user_id) & ~Q(reported_department__in=sorted(own))


def _headed(standing: Standing) -> frozenset[int]:
    return standing.subtree_ids if standing.has(*HEADS) else frozenset()


def may_reveal(order: Order, standing: Standing) -> bool:
    """Whether full personal data may be shown on a logged request: those who must call the customer (S2-R13).

    ``conceals_caller`` leaves the hotline alone with it (A27)."""
    if post_of(standing, HOTLINE):
        return True
    return not order.conceals_caller and lead_department(order, standing) is not None


# --- who may take a step --------------------------------------------------------------------------------------------


def hotline(order: Order, standing: Standing) -> Post | None:
    return post_of(standing, HOTLINE)


def hotline_director(order: Order, standing: Standing) -> Post | None:
    return post_of(standing, {Role.HOTLINE_DIRECTOR})


def agent_then_director(order: Order, standing: Standing) -> Post | None:
    """Any hotline desk until the department has accepted, the director later (B7)."""
    if order.accepted_at is None:
        return hotline(order, standing)
    return hotline_director(order, standing)


def lead_department(order: Order, standing: Standing) -> Post | None:
    return post_of(standing, DEPARTMENT_STAFF, _lead(order))


def lead_desk(order: Order, standing: Standing) -> Post | None:
    """Ticket contact or head of the lead department."""
    return post_of(standing, {Role.TICKET_CONTACT, *HEADS}, _lead(order))


def handler(order: Order, standing: Standing) -> Post | None:
    """The named handler, or the desk of the lead department in the handler's place."""
    if order.handler_id == standing.user_id:
        return lead_department(order, standing)
    return lead_desk(order, standing)


def lead_or_hotline(order: Order, standing: Standing) -> Post | None:
    return lead_department(order, standing) or hotline(order, standing)


def part_taker(order: Order, standing: Standing) -> Post | None:
    """Staff of any department that has a part in the order: lead, cooperating, copied or sub-assigned."""
    return post_of(standing, DEPARTMENT_STAFF, order.audience)


def part_taker_or_hotline(order: Order, standing: Standing) -> Post | None:
    return part_taker(order, standing) or hotline(order, standing)


def referee(order: Order, standing: Standing) -> Post | None:
    """Party & Admin Office; the deputy leader where that office refused the order itself (B4)."""
    office = department_tree().by_code.get(PARTY_ADMIN_OFFICE) if order.needs_ruling else None
    if office is not None and office.id in order.refused_by:
        return post_of(standing, {Role.DEPUTY_LEADER})
    return post_of(standing, {Role.ADJUDICATOR})


def outage_duty(order: Order, standing: Standing) -> Post | None:
    return post_of(standing, {Role.DUTY_OFFICER, Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR})


def _lead(order: Order) -> list[int]:
    return [order.lead_department_id] if order.lead_department_id else []


def may_register(standing: Standing) -> Post | None:
    """Who may open orders: the hotline, and machines acting for it."""
    return post_of(standing, {*HOTLINE, Role.API_CLIENT})


def may_take_over(standing: Standing) -> Post | None:
    """Who takes difficult calls from the desk and is told of harassing ones (S4-R21, R23)."""
    return post_of(standing, {Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR})


def is_sealed_from(order: Order, department: int) -> bool:
    """Whether a department may not handle this report because it is about the department itself (A27)."""
    return order.kind == Kind.REPORT_MISCONDUCT and order.reported_department_id == department
