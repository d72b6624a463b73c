"""Reads of this app that are more than one line. Lists page by key, never by number, and count nothing."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from people.models import Assignment, AuditEntry, Department, DepartmentKind, DutyShift, User
from people.permissions import (
    ACCOUNT_ACTIONS,
    led_departments,
    may_assign,
    reads_every_audit_row,
    sees_every_department,
)
from people.roles import HOTLINE, Role
from people.standing import Standing, valid_on


def user_page(wanted: str, *, after: str, on: date, size: int) -> tuple[list[User], str]:
    """Accounts by user name with the posts of the day; the second value is the key of the next page, or empty."""
    rows = User.objects.order_by("username")
    if wanted:
        rows = rows.filter(Q(username__startswith=wanted) | Q(name__contains=wanted) | Q(agent_no=wanted))
    if after:
        rows = rows.filter(username__gt=after)
    found = list(rows.prefetch_related(posts_of_the_day(on))[: size + 1])
    return found[:size], found[size - 1].username if len(found) > size else ""


def posts_of_the_day(on: date) -> "Prefetch[str, QuerySet[Assignment], str]":
    """``user.posts_today`` with departments, for lists of people."""
    posts = Assignment.objects.filter(valid_on(on)).select_related("department")
    return Prefetch("assignments", queryset=posts, to_attr="posts_today")


def visible_departments(held: Standing) -> QuerySet[Department]:
    """All for the administrator and, to read, the hotline director; for heads what they lead; else none."""
    if sees_every_department(held):
        return Department.objects.all()
    return Department.objects.filter(pk__in=led_departments(held))


def department_or_404(held: Standing, code: str) -> Department:
    found = visible_departments(held).select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def assignment_or_404(held: Standing, pk: int) -> Assignment:
    """A post this person may end or have substituted; out of reach is as good as absent."""
    row = Assignment.objects.select_related("user", "department", "substitute_for__user").filter(pk=pk).first()
    if row is None or not may_assign(held, role=Role(row.role), department_id=row.department_id, substitute=True):
        raise Http404
    return row


def department_posts(department: Department, *, on: date) -> QuerySet[Assignment]:
    """Posts in force or still to come."""
    return (
        Assignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), department=department)
        .select_related("user", "substitute_for__user")
        .order_by("role", "is_backup", "valid_from", "id")
    )


def hotline_of(held: Standing) -> Department | None:
    """The hotline whose roster this person reads: the one worked in, else the only one there is."""
    own = held.departments(*HOTLINE)
    rows = Department.objects.filter(kind=DepartmentKind.HOTLINE, is_active=True)
    return (rows.filter(pk__in=own) if own else rows).order_by("position").first()


def audit_rows(held: Standing, values: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Rows this person may read, newest first, by person, action and days (both ends inclusive, local days)."""
    rows = AuditEntry.objects.select_related("actor").order_by("-at", "-id")
    if not reads_every_audit_row(held):
        rows = rows.filter(_starts_with_any(ACCOUNT_ACTIONS))
    if values.get("actor"):
        rows = rows.filter(
            Q(actor__username=values["actor"]) | Q(subject_type="people.user", subject_ref=values["actor"])
        )
    if values.get("action"):
        rows = rows.filter(action__startswith=values["action"])
    if values.get("since"):
        rows = rows.filter(at__gte=_midnight(values["since"]))
    if values.get("until"):
        rows = rows.filter(at__lt=_midnight(values["until"] + timedelta(days=1)))
    return rows


def older_than(rows: QuerySet[AuditEntry], key: str) -> QuerySet[AuditEntry]:
    """Rows after the key in the list: (at, id) below it. Raises ValueError for a key this program never gave out."""
    moment, _separator, number = key.rpartition("_")
    at, row_id = parse_datetime(moment), int(number)
    if at is None or at.tzinfo is None or not 0 < row_id < 2**63:
        raise ValueError(key)
    return rows.filter(Q(at__lt=at) | Q(at=at, id__lt=row_id), at__lte=at)


def key_of(row: AuditEntry) -> str:
    return f"{row.at.isoformat()}_{row.pk}"


def _starts_with_any(prefixes: tuple[str, ...]) -> Q:
    condition = Q()
    for prefix in prefixes:
        condition |= Q(action__startswith=prefix)
    return condition


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def shifts_between(department: Department, *, begin: datetime, end: datetime) -> QuerySet[DutyShift]:
    """Shifts that touch [begin, end), with everybody in them."""
    return (
        DutyShift.objects.filter(department=department, starts_at__lt=end, ends_at__gt=begin)
        .select_related("shift_leader", "supervisor")
        .prefetch_related("members")
        .order_by("starts_at")
    )
