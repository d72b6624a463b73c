"""The hotline's duty roster: round the clock, each shift with agents, a shift leader and a supervisor (S4-R06)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people import audit
from people.models import Department, DutyShift, DutyShiftMember, User
from people.permissions import require_roster_manager
from people.roles import HOTLINE, Role
from people.standing import standing

LONGEST_SHIFT = timedelta(hours=24)


def plan_shift(
    department: Department,
    *,
    by: User | None,
    now: datetime,
    starts_at: datetime,
    ends_at: datetime,
    shift_leader: User,
    supervisor: User,
    members: Sequence[User],
) -> DutyShift:
    """One shift; times are moments, the end is exclusive. Everybody must hold the fitting hotline post on the day it
    begins, and nobody may sit in two shifts at once. A shift that has ended is history (``by=None`` may fill it in)."""
    require_roster_manager(by, department, on=timezone.localdate(now))
    _check_times(starts_at, ends_at, now=now, past_allowed=by is None)
    _check_people(department, starts_at, shift_leader=shift_leader, supervisor=supervisor, members=members)
    with transaction.atomic():
        Department.objects.select_for_update().get(pk=department.pk)
        _check_free(department, starts_at, ends_at)
        shift = DutyShift.objects.create(
            department=department,
            starts_at=starts_at,
            ends_at=ends_at,
            shift_leader=shift_leader,
            supervisor=supervisor,
        )
        DutyShiftMember.objects.bulk_create(DutyShiftMember(shift=shift, user=member) for member in set(members))
        audit.record(actor=by, action="shift.plan", subject=shift, now=now, detail=_facts(shift, members))
    return shift


def cancel_shift(shift: DutyShift, *, by: User | None, now: datetime) -> None:
    """Takes a shift that has not begun off the roster; to change one, cancel and plan it anew."""
    require_roster_manager(by, shift.department, on=timezone.localdate(now))
    with transaction.atomic():
        shift = DutyShift.objects.select_for_update().get(pk=shift.pk)
        if shift.starts_at <= now:
            raise ValidationError(_("班次已经开始，不能取消"))
        members = [row.user for row in shift.memberships.select_related("user")]
        audit.record(actor=by, action="shift.cancel", subject=shift, now=now, detail=_facts(shift, members))
        shift.delete()


def on_duty(now: datetime) -> DutyShift | None:
    """The shift running at the moment, with leader and supervisor loaded; None in a gap."""
    return (
        DutyShift.objects.filter(starts_at__lte=now, ends_at__gt=now)
        .select_related("shift_leader", "supervisor")
        .order_by("-starts_at")
        .first()
    )


def roster_gaps(*, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Stretches of [begin, end) without any shift: the line is open round the clock (S4-R06)."""
    gaps, covered = [], begin
    rows = DutyShift.objects.filter(ends_at__gt=begin, starts_at__lt=end).order_by("starts_at")
    for starts_at, ends_at in rows.values_list("starts_at", "ends_at"):
        if starts_at > covered:
            gaps.append((covered, starts_at))
        covered = max(covered, ends_at)
    return [*gaps, (covered, end)] if covered < end else gaps


def _check_times(starts_at: datetime, ends_at: datetime, *, now: datetime, past_allowed: bool) -> None:
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": _("结束时间须晚于开始时间")})
    if ends_at - starts_at > LONGEST_SHIFT:
        raise ValidationError({"ends_at": _("一个班次最长 24 小时")})
    if ends_at <= now and not past_allowed:
        raise ValidationError({"ends_at": _("班次已经过去，不能再排")})


def _check_people(
    department: Department, starts_at: datetime, *, shift_leader: User, supervisor: User, members: Sequence[User]
) -> None:
    on = timezone.localdate(starts_at)
    if not standing(shift_leader, on).holds(department.pk, Role.SHIFT_LEADER):
        raise ValidationError({"shift_leader": _("%(name)s 当天不是值长") % {"name": shift_leader.name}})
    if not standing(supervisor, on).holds(department.pk, Role.SUPERVISOR):
        raise ValidationError({"supervisor": _("%(name)s 当天不是主管") % {"name": supervisor.name}})
    if not members:
        raise ValidationError({"members": _("请至少排一位坐席")})
    for member in members:
        if not standing(member, on).holds(department.pk, *HOTLINE):
            raise ValidationError({"members": _("%(name)s 当天没有热线岗位") % {"name": member.name}})


def _check_free(department: Department, starts_at: datetime, ends_at: datetime) -> None:
    """The department's row is locked, so two planners cannot both find the time free."""
    if DutyShift.objects.filter(department=department, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
        raise ValidationError({"starts_at": _("这段时间已有班次，请先取消原来的")})


def _facts(shift: DutyShift, members: Sequence[User]) -> dict[str, object]:
    return {
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "shift_leader": shift.shift_leader.username,
        "supervisor": shift.supervisor.username,
        "members": sorted(member.username for member in members),
    }
