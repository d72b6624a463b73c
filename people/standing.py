"""What a person may act as on a day: the one place that turns dated posts into rights.

``standing(user, on)`` is all a rule needs: roles, departments, subtree, and for whom a substitute acts.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, DateField, Func, Q, QuerySet

from people.models import RESPONSIBLE_KINDS, Assignment, Department, DepartmentHeadcount, DepartmentKind, User
from people.reading import asked_once
from people.roles import HEADS, SEES_EVERY_DEPARTMENT, Role
from people.statements import Given, Prepared


@dataclass(frozen=True)
class Post:
    """One post held on the day. ``acting_for_id`` is the user a substitute stands in for; ``department`` the name of
    its department where the post was read from the database."""

    role: Role
    department_id: int
    acting_for_id: int | None = None
    department: str = field(default="", compare=False)


@dataclass(frozen=True)
class Standing:
    """Everything rights depend on, for one user and one day. Anonymous and disabled users have no posts."""

    user_id: int
    on: date
    posts: tuple[Post, ...]
    subtree_ids: frozenset[int]

    @cached_property
    def roles(self) -> frozenset[Role]:
        return frozenset(post.role for post in self.posts)

    def has(self, *roles: Role) -> bool:
        """True when at least one of the roles is held."""
        return not self.roles.isdisjoint(roles)

    def departments(self, *roles: Role) -> frozenset[int]:
        """Ids of the departments of the posts with these roles; of all posts when no role is given."""
        return frozenset(post.department_id for post in self.posts if not roles or post.role in roles)

    def holds(self, department_id: int, *roles: Role) -> bool:
        """True when one of the roles (any role when none is given) is held in this very department."""
        return department_id in self.departments(*roles)

    def acting_for(self, role: Role, department_id: int) -> int | None:
        """The user this person substitutes for in the post, None when the post is held in own right or not at all."""
        found = [p.acting_for_id for p in self.posts if p.role == role and p.department_id == department_id]
        return None if not found or None in found else found[0]


NOBODY_ID = 0


@dataclass(frozen=True)
class Node:
    """A department without its row's weight. ``path`` begins at the root and ends with the node itself."""

    id: int
    code: str
    name: str
    kind: DepartmentKind
    parent_id: int | None
    is_active: bool
    path: tuple[int, ...]

    @property
    def depth(self) -> int:
        return len(self.path) - 1


@dataclass(frozen=True)
class DepartmentTree:
    nodes: dict[int, Node]

    @cached_property
    def by_code(self) -> dict[str, Node]:
        return {node.code: node for node in self.nodes.values()}

    def below(self, department_ids: Iterable[int]) -> frozenset[int]:
        """Ids of these departments and of everything under them."""
        wanted = set(department_ids)
        return frozenset(node.id for node in self.nodes.values() if not wanted.isdisjoint(node.path))

    def nearest(self, department_id: int, *kinds: DepartmentKind) -> Node | None:
        """The department itself or its closest ancestor of one of the kinds."""
        for ancestor_id in reversed(self.nodes[department_id].path):
            if self.nodes[ancestor_id].kind in kinds:
                return self.nodes[ancestor_id]
        return None


@asked_once
def department_tree() -> DepartmentTree:
    """All departments in tree order (depth first, by position).

    One query of a few dozen narrow rows, once per page: cheaper than keeping several processes' caches right.
    """
    rows = Department.objects.order_by("position", "id").values_list(
        "id", "code", "name", "kind", "parent_id", "is_active"
    )
    children: dict[int | None, list[tuple[int, str, str, str, bool]]] = defaultdict(list)
    for pk, code, name, kind, parent_id, is_active in rows:
        children[parent_id].append((pk, code, name, kind, is_active))
    nodes: dict[int, Node] = {}

    def walk(parent_id: int | None, path: tuple[int, ...]) -> None:
        for pk, code, name, kind, is_active in children[parent_id]:
            nodes[pk] = Node(pk, code, name, DepartmentKind(kind), parent_id, is_active, (*path, pk))
            walk(pk, (*path, pk))

    walk(None, ())
    return DepartmentTree(nodes)


def valid_on(on: date | Given) -> Q:
    """Assignments in force on the day (both ends inclusive)."""
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gte=on))


def department_id(code: str) -> int | None:
    """Id of the department with this code; None where an installation has no such department."""
    return Department.objects.filter(code=code).values_list("id", flat=True).first()


def department_name(pk: int) -> str:
    """Name of the department, empty for an unknown id."""
    return Department.objects.filter(pk=pk).values_list("name", flat=True).first() or ""


def standing(user: AbstractBaseUser | AnonymousUser, on: date) -> Standing:
    """Posts of an active user on the day; one query (two for heads and leaders), kept on the user object per day.

    The kept value does not see later changes: load the user again after changing its assignments.
    """
    kept: dict[date, Standing] = user.__dict__.setdefault("_standings", {}) if user.pk is not None else {}
    if on not in kept:
        kept[on] = _read(user, on)
    return kept[on]


def _read(user: AbstractBaseUser | AnonymousUser, on: date) -> Standing:
    if user.pk is None or not user.is_active:
        return Standing(NOBODY_ID, on, (), frozenset())
    posts = tuple(
        Post(Role(role), department_id, acting_for_id, name)
        for role, department_id, acting_for_id, name in _POSTS(user=user.pk, on=on)
    )
    return Standing(user.pk, on, posts, _subtree(posts))


_DAY = Given("on", DateField())
# Asked by every request.
_POSTS = Prepared(
    lambda: (
        Assignment.objects.filter(valid_on(_DAY), user_id=Given("user", BigIntegerField()), user__is_active=True)
        .order_by("id")
        .values_list("role", "department_id", "substitute_for__user_id", "department__name")
    )
)


def _subtree(posts: tuple[Post, ...]) -> frozenset[int]:
    if any(post.role in SEES_EVERY_DEPARTMENT for post in posts):
        return frozenset(department_tree().nodes)
    headed = {post.department_id for post in posts if post.role in HEADS}
    return department_tree().below(headed) if headed else frozenset()


def holders(*roles: Role, on: date, department_ids: Iterable[int] | None = None) -> QuerySet[User]:
    """Active users holding one of the roles on the day, in these departments or anywhere."""
    rows = Assignment.objects.filter(valid_on(on), role__in=roles)
    if department_ids is not None:
        rows = rows.filter(department_id__in=list(department_ids))
    return User.objects.filter(is_active=True, pk__in=rows.values("user_id")).order_by("username")


def contacts(department_ids: Iterable[int], on: date) -> dict[int, list[User]]:
    """Active ticket contacts per department, main before backup; every asked id is a key (S4-R03)."""
    found: dict[int, list[User]] = {department_id: [] for department_id in department_ids}
    for row in _CONTACTS(departments=list(found), on=on):
        if row.user not in found[row.department_id]:
            found[row.department_id].append(row.user)
    return found


_AMONG = "(SELECT unnest(%(expressions)s::bigint[]))"
_CONTACTS = Prepared(
    lambda: (
        Assignment.objects.filter(
            valid_on(_DAY),
            department_id__in=Func(Given("departments", BigIntegerField()), template=_AMONG),
            role=Role.TICKET_CONTACT,
            user__is_active=True,
        )
        .select_related("user")
        .order_by("is_backup", "id")
    )
)


@dataclass(frozen=True)
class MissingContact:
    """A responsible department that cannot be dispatched to (no main contact) or has nobody to fall back on."""

    department: Department
    no_contact: bool
    no_backup: bool


def departments_without_contact(on: date) -> list[MissingContact]:
    """Active responsible departments lacking a ticket contact or a backup on the day (S4-R03, F23).

    One person is not his own backup: the backup must be somebody else.
    """
    rows = Assignment.objects.filter(valid_on(on), role=Role.TICKET_CONTACT, user__is_active=True)
    main: dict[int, set[int]] = defaultdict(set)
    backup: dict[int, set[int]] = defaultdict(set)
    for department_id, user_id, is_backup in rows.values_list("department_id", "user_id", "is_backup"):
        (backup if is_backup else main)[department_id].add(user_id)
    missing = []
    for department in Department.objects.filter(is_active=True, kind__in=RESPONSIBLE_KINDS):
        mains, backups = main[department.pk], backup[department.pk]
        nobody, alone = not mains and not backups, not backups or len(mains | backups) < len(("main", "backup"))
        if nobody or alone:
            missing.append(MissingContact(department, no_contact=nobody, no_backup=alone))
    return missing


def headcount(department_id: int, on: date) -> int | None:
    """People of the department on the day (B16); None when nothing was recorded up to then."""
    return (
        DepartmentHeadcount.objects.filter(department_id=department_id, valid_from__lte=on)
        .order_by("-valid_from")
        .values_list("count", flat=True)
        .first()
    )
