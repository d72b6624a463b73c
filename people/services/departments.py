"""The company tree and its dated headcount."""

from collections.abc import Callable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from people import audit
from people.models import Department, DepartmentHeadcount, DepartmentKind, User
from people.permissions import require_people_manager
from people.standing import department_tree

# Apps above that have counted by a day's number say why it must stay ("" where it need not); each takes its own lock.
_keepers: list[Callable[[Department, date], str]] = []


def keep_headcount(why: Callable[[Department, date], str]) -> None:
    """Registers such a voice (from ``AppConfig.ready``)."""
    _keepers.append(why)


def create_department(
    *,
    by: User | None,
    now: datetime,
    code: str,
    name: str,
    kind: DepartmentKind | str,
    parent: Department | None,
    phone: str = "",
    position: int = 0,
) -> Department:
    require_people_manager(by, on=timezone.localdate(now))
    department = Department(
        code=code, name=name.strip(), kind=kind, parent=parent, phone=phone.strip(), position=position
    )
    with transaction.atomic():
        department.full_clean()
        department.save()
        audit.record(actor=by, action="department.create", subject=department, now=now, detail=_facts(department))
    return department


def update_department(
    department: Department,
    *,
    by: User | None,
    now: datetime,
    name: str,
    kind: DepartmentKind | str,
    parent: Department | None,
    phone: str = "",
    position: int = 0,
    is_active: bool = True,
) -> Department:
    """Everything but the code, which routes and reports refer to. The tree stays a tree."""
    require_people_manager(by, on=timezone.localdate(now))
    with transaction.atomic():
        # All rows in key order: two moves at once could otherwise make a circle that neither of them sees.
        list(Department.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
        department = Department.objects.get(pk=department.pk)
        before = _facts(department)
        _check_move(department, parent, is_active=is_active)
        department.name, department.kind, department.parent = name.strip(), DepartmentKind(kind), parent
        department.phone, department.position, department.is_active = phone.strip(), position, is_active
        department.full_clean()
        department.save()
        detail = {"before": before, "after": _facts(department)}
        audit.record(actor=by, action="department.update", subject=department, now=now, detail=detail)
    return department


def set_headcount(
    department: Department, *, by: User | None, now: datetime, valid_from: date, count: int
) -> DepartmentHeadcount:
    """The number of people from a day on (B16). A day that has ended keeps its number: penalties were counted by it; so
    does today once a line of money rests on it (a ruling is charged at once).

    ``by=None`` (demo, first start) may record the past, but only before the department's first row of its own.
    """
    today = timezone.localdate(now)
    require_people_manager(by, on=today)
    if count < 0:
        raise ValidationError({"count": _("人数不能小于 0")})
    with transaction.atomic():
        # Before the department's row: a charge holds the ledger first and the department after it.
        if why := next((text for keeper in _keepers if (text := keeper(department, valid_from))), ""):
            raise ValidationError({"valid_from": why})
        Department.objects.select_for_update().get(pk=department.pk)
        rows = DepartmentHeadcount.objects.filter(department=department)
        if valid_from < today and (by is not None or rows.exists()):
            raise ValidationError({"valid_from": _("不能改已过去的日子，最早从今天起")})
        before = rows.filter(valid_from=valid_from).values_list("count", flat=True).first()
        row, _created = rows.update_or_create(
            valid_from=valid_from,
            defaults={"count": count, "recorded_by": by, "recorded_at": now},
            create_defaults={"department": department, "count": count, "recorded_by": by, "recorded_at": now},
        )
        detail = {"valid_from": valid_from.isoformat(), "count": count, "before": before}
        audit.record(actor=by, action="headcount.set", subject=department, now=now, detail=detail)
    return row


def _check_move(department: Department, parent: Department | None, *, is_active: bool) -> None:
    tree = department_tree()
    if parent is None and department.parent_id is not None:
        raise ValidationError({"parent": _("请选择上级部门")})
    if parent is not None and parent.pk in tree.below([department.pk]):
        raise ValidationError({"parent": _("上级部门不能是自己或自己的下级")})
    open_below = [tree.nodes[pk] for pk in tree.below([department.pk]) if pk != department.pk]
    if not is_active and any(node.is_active for node in open_below):
        raise ValidationError({"is_active": _("下级部门还在用，请先停用下级")})


def _facts(department: Department) -> dict[str, object]:
    return {
        "name": department.name,
        "kind": str(department.kind),
        "parent": department.parent_id,
        "phone": department.phone,
        "position": department.position,
        "is_active": department.is_active,
    }
