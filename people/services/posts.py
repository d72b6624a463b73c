"""Posts: who is what, where, from when to when. A post's past is never changed; it is ended and a new one made."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from people import audit
from people.models import Assignment, Department, User
from people.permissions import may_assign, require
from people.roles import NEEDS_AGENT_NO, Role
from people.services.accounts import keep_an_administrator
from people.standing import standing

# Who keeps the accounts does not check the trail of it.
SEPARATE_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})


def assign(
    user: User,
    *,
    by: User | None,
    now: datetime,
    role: Role,
    department: Department,
    valid_from: date,
    valid_to: date | None = None,
    substitute_for: Assignment | None = None,
    is_backup: bool = False,
) -> Assignment:
    """Gives the user a post from a day on, to a last day if one is known; with ``substitute_for`` as its dated
    substitute. Nobody gives himself a post, and no post begins in the past (``by=None`` may: first start)."""
    today = timezone.localdate(now)
    if by is not None:
        held = standing(by, today)
        require(
            may_assign(held, role=role, department_id=department.pk, substitute=substitute_for is not None)
            and by.pk != user.pk
        )
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if by is not None and valid_from < today:
            raise ValidationError({"valid_from": _("任职不能从过去的日子开始，最早从今天起")})
        if valid_to is not None and valid_to < valid_from:
            raise ValidationError({"valid_to": _("终止日不能早于起始日")})
        _check_holder(user, role=role, department=department, is_backup=is_backup)
        _check_overlap(user, role=role, department=department, valid_from=valid_from, valid_to=valid_to)
        if substitute_for is not None:
            _check_substitute(
                substitute_for, user=user, role=role, department=department, valid_from=valid_from, valid_to=valid_to
            )
        row = Assignment.objects.create(
            user=user,
            role=role,
            department=department,
            valid_from=valid_from,
            valid_to=valid_to,
            substitute_for=substitute_for,
            is_backup=is_backup,
        )
        audit.record(actor=by, action="assignment.create", subject=user, now=now, detail=_facts(row))
    return row


def end_assignment(assignment: Assignment, *, by: User | None, now: datetime, last_day: date) -> Assignment:
    """Ends a post, and its substitutes, with ``last_day`` (today at the earliest: today's acts stay explained).

    A post that has not begun yet is ended before it began by removing it; the audit row keeps it.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
        _check_may_end(assignment, by=by, on=today)
        if last_day < today:
            raise ValidationError({"valid_to": _("终止日最早是今天")})
        if assignment.valid_to is not None and assignment.valid_to < today:
            raise ValidationError({"valid_to": _("任职已经结束")})
        if assignment.role == Role.SYSTEM_ADMIN:
            keep_an_administrator(assignment.user, on=last_day)
        detail = {**_facts(assignment), "last_day": last_day.isoformat()}
        audit.record(actor=by, action="assignment.end", subject=assignment.user, now=now, detail=detail)
        for row in (*assignment.substitutes.select_for_update(), assignment):
            _close(row, last_day)
    return assignment


def _close(row: Assignment, last_day: date) -> None:
    if row.valid_from > last_day:
        row.delete()
    elif row.valid_to is None or row.valid_to > last_day:
        row.valid_to = last_day
        row.save(update_fields=["valid_to"])


def _check_may_end(assignment: Assignment, *, by: User | None, on: date) -> None:
    if by is None:
        return
    role, substitute = Role(assignment.role), assignment.substitute_for_id is not None
    held = standing(by, on)
    require(may_assign(held, role=role, department_id=assignment.department_id, substitute=substitute))


def _check_holder(user: User, *, role: Role, department: Department, is_backup: bool) -> None:
    if not user.is_active:
        raise ValidationError({"user": _("账号已停用，请先启用")})
    if not department.is_active:
        raise ValidationError({"department": _("部门已停用，请选择在用的部门")})
    if role in NEEDS_AGENT_NO and not user.agent_no:
        raise ValidationError({"user": _("坐席、值长、主管和热线主任必须先有工号")})
    if is_backup and role != Role.TICKET_CONTACT:
        raise ValidationError({"is_backup": _("只有工单联系人分正、备")})


def _check_overlap(user: User, *, role: Role, department: Department, valid_from: date, valid_to: date | None) -> None:
    rows = Assignment.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from), user=user)
    if valid_to is not None:
        rows = rows.filter(valid_from__lte=valid_to)
    if rows.filter(role=role, department=department).exists():
        raise ValidationError({"valid_from": _("这段日子里已有同一任职，请先结束原来的")})
    others = set(rows.values_list("role", flat=True)) - {role}
    if Role.API_CLIENT in others or (role == Role.API_CLIENT and others):
        raise ValidationError({"role": _("接口账号不能兼任其他角色")})
    if role in SEPARATE_ROLES and others & SEPARATE_ROLES:
        raise ValidationError({"role": _("系统管理员和审计员不能由同一人担任")})


def _check_substitute(
    base: Assignment, *, user: User, role: Role, department: Department, valid_from: date, valid_to: date | None
) -> None:
    if base.role != role or base.department_id != department.pk:
        raise ValidationError({"substitute_for": _("代理人的角色和部门须与被代理的任职相同")})
    if base.user_id == user.pk:
        raise ValidationError({"user": _("不能代理自己，请选择另一位同事")})
    if base.substitute_for_id is not None:
        raise ValidationError({"substitute_for": _("代理不能再由别人代理，请直接代理原任职")})
    if valid_to is None:
        raise ValidationError({"valid_to": _("代理须有终止日")})
    if not base.covers(valid_from) or not base.covers(valid_to):
        raise ValidationError({"valid_to": _("代理日期须在被代理任职的日期之内")})


def _facts(row: Assignment) -> dict[str, object]:
    return {
        "assignment": row.pk,
        "role": str(row.role),
        "department": row.department.code,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "substitute_for": row.substitute_for_id,
        "is_backup": row.is_backup,
    }
