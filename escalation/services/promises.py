"""Times told to the customer, and the times of faults: rows that limits rest on (S1-R16, R19, R25, A7, A24, B22)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints import permissions as may
from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.services import note
from escalation.models import FaultTimes, Promise
from escalation.services.cases import lock_order
from escalation.services.deadlines import follow
from escalation.vocabulary import PromiseKind
from people import audit
from people.models import User
from people.standing import standing
from people.templatetags.ui import day_text, hour
from policy import rulebook
from policy.limits import end_of, shanghai_day
from policy.models import Policy
from policy.vocabulary import Kind
from policy.workdays import add_workdays


def may_promise(order: Order, user: User, *, now: datetime) -> bool:
    """The lead department and the hotline speak with the customer."""
    return may.lead_or_hotline(order, standing(user, shanghai_day(now))) is not None


def connection_due(starts_on: date, *, resident: bool, waited_days: int, policy: Policy) -> datetime:
    """S1-R25, A24: end of the n-th working day after application (residents) or acceptance and contract (others); the
    customer's own waiting does not count."""
    days = (policy.residential_connection_days if resident else None) or policy.connection_days
    return end_of(add_workdays(starts_on, days + waited_days, rulebook.current().calendar).date, policy)


@transaction.atomic
def make_promise(
    order: Order,
    *,
    by: User,
    now: datetime,
    kind: PromiseKind | str,
    what: str,
    promised_at: datetime | None = None,
    reason: str = "",
    starts_on: date | None = None,
    resident: bool = True,
    waited_days: int = 0,
) -> Promise:
    """Keeps what was told to the customer as a limit. A delay needs its concrete reason; a connection's time follows
    from its first day. Raises NotAllowed 403, Blocked 409, Invalid 400."""
    kind, order = PromiseKind(kind), lock_order(order.pk)
    if not may_promise(order, by, now=now):
        raise NotAllowed(_("承诺由责任部门或热线登记。"))
    if order.closed_at is not None:
        raise Blocked(_("工单已经结束，不能再登记承诺。"))
    if kind == PromiseKind.CONNECTION:
        if starts_on is None:
            raise Invalid(_("请填写起算日：居民为申请日，其他为受理与签订合同中较晚的一天。"), field="starts_on")
        promised_at = connection_due(starts_on, resident=resident, waited_days=waited_days, policy=order.policy)
    if promised_at is None or (kind != PromiseKind.CONNECTION and promised_at <= now):
        raise Invalid(_("请填写承诺的时间，须晚于现在。"), field="promised_at")
    if (kind == PromiseKind.DELAY or waited_days) and not reason:
        raise Invalid(_("请写明具体原因。"), field="reason")
    row = Promise.objects.create(
        order=order,
        kind=kind,
        what=what,
        reason=reason,
        promised_at=promised_at,
        starts_on=starts_on if kind == PromiseKind.CONNECTION else None,
        waited_days=waited_days if kind == PromiseKind.CONNECTION else 0,
        made_at=now,
        made_by=by,
    )
    _tell(row, "promise", by=by, now=now, text=_("%(what)s，%(at)s 前") % {"what": what, "at": _moment(promised_at)})
    return row


@transaction.atomic
def settle_promise(promise: Promise, *, by: User, now: datetime, kept: bool) -> Promise:
    """Kept, or called off with the customer. Raises NotAllowed 403, NotNow 409 when that was said already."""
    order = lock_order(promise.order_id)
    row = Promise.objects.select_for_update().get(pk=promise.pk)
    row.order = order
    if not may_promise(order, by, now=now):
        raise NotAllowed(_("承诺由责任部门或热线登记。"))
    if row.kept_at is not None or row.called_off_at is not None:
        raise NotNow(_("这项承诺已经登记过结果。"))
    if kept:
        row.kept_at, row.kept_by = now, by
    else:
        row.called_off_at = now
    row.save(update_fields=["kept_at", "kept_by", "called_off_at"])
    _tell(row, "promise_kept" if kept else "promise_called_off", by=by, now=now, text=row.what)
    return row


@transaction.atomic
def record_fault_times(
    order: Order, *, by: User, now: datetime, arrived_at: datetime | None, restored_at: datetime | None
) -> FaultTimes:
    """When the crew arrived and when supply was back (B22). Raises NotAllowed 403, Blocked 409, Invalid 400."""
    order = lock_order(order.pk)
    if order.kind != Kind.FAULT_REPORT:
        raise Blocked(_("只有故障报修登记抢修时间。"))
    if may.lead_department(order, standing(by, shanghai_day(now))) is None:
        raise NotAllowed(_("抢修时间由责任部门登记。"))
    row = FaultTimes.objects.filter(order=order).first() or FaultTimes(order=order)
    row.arrived_at, row.restored_at = arrived_at or row.arrived_at, restored_at or row.restored_at
    if row.arrived_at is None and row.restored_at is None:
        raise Invalid(_("请填写到场时间。"), field="arrived_at")
    for name, moment in (("arrived_at", row.arrived_at), ("restored_at", row.restored_at)):
        if moment is not None and moment < order.registered_at:
            raise Invalid(_("不能早于登记时间。"), field=name)
    if row.arrived_at and row.restored_at and row.restored_at < row.arrived_at:
        raise Invalid(_("复电时间不能早于到场时间。"), field="restored_at")
    row.recorded_by, row.recorded_at = by, now
    row.save()
    told = [(_("到场"), row.arrived_at), (_("复电"), row.restored_at)]
    text = "，".join(f"{word} {_moment(moment)}" for word, moment in told if moment)
    note(order, "fault_times", by=by, now=now, text=text)
    audit.record(actor=by, action="order.fault_times", subject=order, now=now)
    follow([order.pk], now=now)
    return row


def _tell(row: Promise, event: str, *, by: User, now: datetime, text: str) -> None:
    note(row.order, event, by=by, now=now, text=text, data={"promise": row.pk, "label": row.get_kind_display()})
    audit.record(actor=by, action=f"order.{event}", subject=row.order, now=now, detail={"promise": row.pk})
    follow([row.order_id], now=now)


def _moment(moment: datetime) -> str:
    return f"{day_text(moment)} {hour(moment)}"
