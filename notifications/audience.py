"""Whom a message is for, found from the dated posts of the day. Pure look-ups in ``Posts``; one read per batch.

What an audience finds is a wish: ``expand`` then leaves out the doer, disabled people and everybody who may not see
the order (invariant 22).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.models import Order, OrderEvent
from complaints.permissions import PARTY_ADMIN_OFFICE
from escalation.models import Reminder
from notifications.reminding import open_reminders
from outage.models import Disconnection, DisconnectionEvent, Outage, OutageEvent, OutagePlan, PlanEvent
from outage.permissions import OPERATIONS
from outage.services.chain import people_of
from outage.vocabulary import ChainLevel
from people.models import Assignment, DutyShift
from people.roles import HEADS, LEADERS, Role
from people.standing import DepartmentTree, department_tree, valid_on


@dataclass(frozen=True)
class Seat:
    """One post in force on the day, held by an enabled account."""

    user_id: int
    role: Role
    department_id: int
    is_backup: bool
    stands_in_for: int | None


@dataclass(frozen=True)
class Posts:
    """All seats of one day and who is on shift at the moment: two queries for any number of messages."""

    now: datetime
    seats: tuple[Seat, ...]
    tree: DepartmentTree

    @cached_property
    def people(self) -> frozenset[int]:
        return frozenset(seat.user_id for seat in self.seats)

    @cached_property
    def substitutes(self) -> dict[int, set[int]]:
        """Absent person -> those who stand in today."""
        found: dict[int, set[int]] = {}
        for seat in self.seats:
            if seat.stands_in_for is not None:
                found.setdefault(seat.stands_in_for, set()).add(seat.user_id)
        return found

    @cached_property
    def shift(self) -> DutyShift | None:
        rows = DutyShift.objects.filter(starts_at__lte=self.now, ends_at__gt=self.now)
        return rows.order_by("-starts_at").first()

    def holding(self, *roles: Role, departments: Collection[int] | None = None) -> set[int]:
        return {
            seat.user_id
            for seat in self.seats
            if seat.role in roles and (departments is None or seat.department_id in departments)
        }

    def contacts(self, department_id: int) -> set[int]:
        """Ticket contacts with their backups (S4-R03)."""
        return self.holding(Role.TICKET_CONTACT, departments=[department_id])

    def heads(self, department_id: int) -> set[int]:
        """The heads of the department, else those of the nearest one above."""
        node = self.tree.nodes.get(department_id)
        for above in reversed(node.path if node else ()):
            found = self.holding(*HEADS, departments=[above])
            if found:
                return found
        return set()


def read_posts(now: datetime, on: date) -> Posts:
    rows = Assignment.objects.filter(valid_on(on), user__is_active=True).order_by("id")
    seats = tuple(
        Seat(user, Role(role), department, backup, stands_in)
        for user, role, department, backup, stands_in in rows.values_list(
            "user_id", "role", "department_id", "is_backup", "substitute_for__user_id"
        )
    )
    return Posts(now, seats, department_tree())


@dataclass(frozen=True)
class Happened:
    """What a message tells of: the event and its order, outage, plan or disconnection, where there are any, and small
    facts."""

    order: Order | None
    event: OrderEvent | OutageEvent | PlanEvent | DisconnectionEvent | None
    data: dict[str, Any] = field(default_factory=dict)
    outage: Outage | None = None
    plan: OutagePlan | None = None
    cut: Disconnection | None = None
    now: datetime | None = None

    @cached_property
    def level(self) -> int | None:
        """Of the reporting chain. The opening of an outage asks the lowest, or the next where a grid worker opened it
        and so has spoken for the lowest."""
        found = self.fact("level")
        if isinstance(found, int) or self.outage is None or self.event is None or self.event.name != "open":
            return found if isinstance(found, int) else None
        spoken = self.outage.chain.filter(level=ChainLevel.GRID_WORKER, acknowledged_at__lte=self.event.at)
        opener = self.event.by_id
        own = opener is not None and spoken.filter(acknowledged_by_id=opener).exists()
        return ChainLevel.STATION_HEAD if own else ChainLevel.GRID_WORKER

    @cached_property
    def reminders(self) -> list[Reminder]:
        """What the digest it tells of still has to say."""
        digest = self.data.get("digest")
        return open_reminders(digest, now=self.now) if isinstance(digest, int) and self.now else []

    @property
    def case(self) -> OutagePlan | Disconnection | None:
        return self.plan or self.cut

    def fact(self, name: str) -> Any:
        """A value the writer of the event put down, wherever it stands."""
        if name in self.data:
            return self.data[name]
        return self.event.data.get(name) if self.event else None

    @property
    def lead(self) -> int | None:
        """The department whose matter it is: the order's lead, the station of all else."""
        if self.order is not None:
            return self.order.lead_department_id
        if self.cut is not None:
            return self.cut.customer.station_id
        place = self.outage or self.plan
        return place.station_id if place else None


Find = Callable[[Happened, Posts], set[int]]


@dataclass(frozen=True)
class Audience:
    label: str | Promise
    find: Find


def _contacts(it: Happened, posts: Posts) -> set[int]:
    return posts.contacts(it.lead) if it.lead else set()


def _heads(it: Happened, posts: Posts) -> set[int]:
    return posts.heads(it.lead) if it.lead else set()


def _worker(it: Happened, posts: Posts) -> set[int]:
    """Handler, and while there is none the contacts, and where there are none the heads: somebody is always told."""
    if it.order is not None and it.order.handler_id in posts.people:
        return {it.order.handler_id}
    return _contacts(it, posts) or _heads(it, posts)


def _handler(it: Happened, posts: Posts) -> set[int]:
    return {it.order.handler_id} if it.order is not None and it.order.handler_id else set()


def _first_contact(it: Happened, posts: Posts) -> set[int]:
    """Who registered it stays its owner (S4-R23, first-contact ownership)."""
    return {it.order.registered_by_id} if it.order is not None else set()


def _director(it: Happened, posts: Posts) -> set[int]:
    return posts.holding(Role.HOTLINE_DIRECTOR)


def _copied(it: Happened, posts: Posts) -> set[int]:
    """Contacts of copied and cooperating departments (S4-R26, R30, R32)."""
    if it.order is None:
        return set()
    return {user for part in it.order.parts.all() for user in posts.contacts(part.department_id)}


def _sub_unit(it: Happened, posts: Posts) -> set[int]:
    department = it.fact("department")
    if not isinstance(department, int):
        return set()
    return posts.contacts(department) or posts.heads(department)


def _left_department(it: Happened, posts: Posts) -> set[int]:
    pk = it.event.from_department_id if isinstance(it.event, OrderEvent) else None
    return posts.contacts(pk) if pk else set()


def _referee(it: Happened, posts: Posts) -> set[int]:
    """Party & Admin Office, or the deputy leader where that office is a party (B4)."""
    office = posts.tree.by_code.get(PARTY_ADMIN_OFFICE)
    if it.order is not None and office is not None and office.id in it.order.refused_by:
        return posts.holding(Role.DEPUTY_LEADER)
    return posts.holding(Role.ADJUDICATOR)


def _leaders(it: Happened, posts: Posts) -> set[int]:
    return posts.holding(*LEADERS)


def _on_duty(it: Happened, posts: Posts) -> set[int]:
    """Shift leader and supervisor of the running shift; all of them where the roster is empty (S4-R21)."""
    if posts.shift is not None:
        return {posts.shift.shift_leader_id, posts.shift.supervisor_id} & posts.people
    return posts.holding(Role.SHIFT_LEADER, Role.SUPERVISOR)


def _administrators(it: Happened, posts: Posts) -> set[int]:
    return posts.holding(Role.SYSTEM_ADMIN)


def _named(it: Happened, posts: Posts) -> set[int]:
    """People the event itself names: ``data["users"]``, ``["people"]``, ``["user"]`` or ``["person"]``."""
    found: set[object] = {it.fact("user"), it.fact("person")}
    for name in ("users", "people"):
        many = it.fact(name)
        found |= set(many) if isinstance(many, list) else set()
    return {pk for pk in found if isinstance(pk, int)}


def _grid_workers(it: Happened, posts: Posts) -> set[int]:
    """Those of the station; ``visible_to`` leaves the ones whose grids are dark."""
    return posts.holding(Role.GRID_WORKER, departments=[it.lead]) if it.lead else set()


def _operations(it: Happened, posts: Posts) -> set[int]:
    """Duty officers of dispatch, repair centre and station."""
    ids = {posts.tree.by_code[code].id for code in OPERATIONS if code in posts.tree.by_code}
    return posts.holding(Role.DUTY_OFFICER, departments=ids | ({it.lead} if it.lead else set()))


def _centre(it: Happened, posts: Posts) -> set[int]:
    return posts.holding(Role.CENTRE_DEPARTMENT)


def _chain_level(it: Happened, posts: Posts) -> set[int]:
    """Those of the level of the reporting chain the event names (S0-R01)."""
    if it.outage is None or it.level is None:
        return set()
    return {user.pk for user in people_of(it.outage, it.level, now=posts.now)}


def _case_people(it: Happened, posts: Posts) -> set[int]:
    """Who drew it up, and whoever took a step of it so far."""
    if it.case is None:
        return set()
    steps = it.case.events.exclude(by=None).values_list("by_id", flat=True)
    return ({it.case.created_by_id} | set(steps)) & posts.people


def _cut_approvers(it: Happened, posts: Posts) -> set[int]:
    """Heads of the station except who proposed or checked it; the leaders where none is left."""
    own = {it.cut.created_by_id, it.cut.checked_by_id} if it.cut else set()
    return _heads(it, posts) - own or _leaders(it, posts) - own


CONTACTS = Audience(_("责任部门工单联系人"), _contacts)
HEADS_OF_LEAD = Audience(_("责任部门负责人"), _heads)
WORKER = Audience(_("经办人（无则联系人、负责人）"), _worker)
HANDLER = Audience(_("经办人"), _handler)
FIRST_CONTACT = Audience(_("首问责任人"), _first_contact)
DIRECTOR = Audience(_("热线主任"), _director)
COPIED = Audience(_("协办和抄送部门联系人"), _copied)
SUB_UNIT = Audience(_("子任务承办单位"), _sub_unit)
LEFT_DEPARTMENT = Audience(_("原责任部门联系人"), _left_department)
REFEREE = Audience(_("派单裁定人"), _referee)
LEADERS_ALL = Audience(_("公司领导"), _leaders)
ON_DUTY = Audience(_("当班值长、主管"), _on_duty)
GRID_WORKERS = Audience(_("供电所网格员"), _grid_workers)
STATION_HEADS = Audience(_("站长、副站长"), _heads)
OPERATIONS_DESK = Audience(_("调度、抢修和供电所值班"), _operations)
CENTRE = Audience(_("专业部室"), _centre)
ADMINISTRATORS = Audience(_("系统管理员"), _administrators)
CHAIN_LEVEL = Audience(_("报告链这一级的人"), _chain_level)
CASE_PEOPLE = Audience(_("提出和办过这一件的人"), _case_people)
CUT_APPROVERS = Audience(_("停电审批人（站长、副站长，无则公司领导）"), _cut_approvers)
NAMED = Audience(_("事件指定的人"), _named)
# Not a set of users: the customer of the order, by SMS.
CUSTOMER = Audience(_("客户"), lambda it, posts: set())
