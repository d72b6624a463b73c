"""Urging, supervising, and what a head does with an order that lies before him (催办, 督办, B23).

Locks: the order's row first, always. One open escalation per order; every act is one event and one row.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order, OrderEvent
from complaints.permissions import post_of
from complaints.services import note, note_many, perform
from complaints.vocabulary import BEFORE_CALLBACK
from escalation.models import Escalation, EscalationStep, Supervision, Urge
from escalation.services.authority import ABOVE, Authority, Seat
from escalation.services.cases import lock_order
from escalation.vocabulary import EscalationAct, EscalationCause, Rung, UrgeLevel
from people import audit
from people.models import User
from people.roles import HOTLINE, LEADERS, Role
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.workdays import workdays_between

BATCH = 5000
EVENTS = {UrgeLevel.URGE: "urge", UrgeLevel.NOTICE: "urge_notice", UrgeLevel.CRITICISM: "urge_criticism"}
SUPERVISES = LEADERS | {Role.HOTLINE_DIRECTOR, Role.MANAGER}


# --- urging ---------------------------------------------------------------------------------------------------------


def why_no_urge(order: Order, level: UrgeLevel, *, now: datetime) -> str:
    """Why this level is not open now, empty when it is: each level needs the one before to have brought nothing."""
    if order.state not in BEFORE_CALLBACK or order.lead_department_id is None:
        return _("工单不在责任部门手中，无须催办。")
    if level == UrgeLevel.URGE:
        return ""
    wanted = UrgeLevel.URGE if level == UrgeLevel.NOTICE else UrgeLevel.NOTICE
    sent = Urge.objects.filter(order=order, level=wanted, department=order.lead_department_id)
    last = sent.order_by("-pk").first()
    if last is None:
        return _("须先“%(step)s”，仍无回应再发。") % {"step": wanted.label}
    if OrderEvent.objects.filter(order=order, seq__gt=last.seq, department=last.department_id).exists():
        return _("责任部门在上次催办后已有办理记录。")
    policy, calendar = order.policy, rulebook.current().calendar
    needed = policy.urge_notice_days if level == UrgeLevel.NOTICE else policy.criticism_days
    if workdays_between(shanghai_day(last.at), shanghai_day(now), calendar) < needed:
        return _("“%(step)s”后满 %(n)d 个工作日仍无回应，才可进行这一步。") % {"step": wanted.label, "n": needed}
    return ""


def may_urge(user: User, level: UrgeLevel, *, now: datetime) -> bool:
    """The call is any desk's; paper and criticism are the director's."""
    roles = HOTLINE if level == UrgeLevel.URGE else {Role.HOTLINE_DIRECTOR}
    return post_of(standing(user, shanghai_day(now)), roles) is not None


@transaction.atomic
def urge(order: Order, *, by: User, now: datetime, level: UrgeLevel | str, text: str) -> Urge:
    """Presses the lead department and lays the order before its head. Raises NotAllowed 403, Blocked 409."""
    level, order = UrgeLevel(level), lock_order(order.pk)
    if not may_urge(by, level, now=now):
        raise NotAllowed(_("催办由热线办理，书面催办和通报批评由热线主任办理。"))
    if reason := why_no_urge(order, level, now=now):
        raise Blocked(reason)
    assert order.lead_department_id is not None
    event = note(order, EVENTS[level], by=by, now=now, text=text)
    row = Urge.objects.create(
        order=order, level=level, text=text, department_id=order.lead_department_id, by=by, at=now, seq=event.seq
    )
    audit.record(actor=by, action="order.urge", subject=order, now=now, detail={"level": level})
    raise_one(order, EscalationCause.URGED, since=now, now=now)
    return row


# --- supervising ----------------------------------------------------------------------------------------------------


def may_supervise(user: User, *, now: datetime) -> bool:
    return post_of(standing(user, shanghai_day(now)), SUPERVISES) is not None


@transaction.atomic
def supervise(order: Order, *, by: User, now: datetime, text: str) -> Supervision:
    """A leader follows the order from now on. Raises NotAllowed 403, Blocked 409 when it is followed already."""
    order = lock_order(order.pk)
    if not may_supervise(by, now=now):
        raise NotAllowed(_("督办由分管领导、主要领导、管理人员或热线主任提出。"))
    if order.closed_at is not None:
        raise Blocked(_("工单已经结束，无须督办。"))
    if Supervision.objects.filter(order=order, ended_at__isnull=True).exists():
        raise Blocked(_("这张工单已在督办。"))
    row = Supervision.objects.create(order=order, text=text, by=by, at=now)
    note(order, "supervise", by=by, now=now, text=text)
    audit.record(actor=by, action="order.supervise", subject=order, now=now)
    if order.state in BEFORE_CALLBACK and order.lead_department_id is not None:
        raise_one(order, EscalationCause.SUPERVISED, since=now, now=now)
    return row


@transaction.atomic
def end_supervision(order: Order, *, by: User, now: datetime) -> Supervision:
    """Raises NotAllowed 403, NotNow 409 when nobody follows it (any more)."""
    order = lock_order(order.pk)
    if not may_supervise(by, now=now):
        raise NotAllowed(_("督办由分管领导、主要领导、管理人员或热线主任解除。"))
    row = Supervision.objects.filter(order=order, ended_at__isnull=True).first()
    if row is None:
        raise NotNow(_("这张工单没有在督办。"))
    row.ended_at, row.ended_by = now, by
    row.save(update_fields=["ended_at", "ended_by"])
    note(order, "supervise_end", by=by, now=now)
    audit.record(actor=by, action="order.supervise_end", subject=order, now=now)
    return row


# --- escalation -----------------------------------------------------------------------------------------------------


def raise_one(order: Order, cause: EscalationCause, *, since: datetime, now: datetime) -> None:
    """Lays the order before its head, unless it lies somewhere already. The caller holds the order's lock."""
    if Escalation.objects.filter(order=order, closed_at__isnull=True).exists():
        return
    Escalation.objects.create(order=order, cause=cause, since=since, raised_at=now, rung_since=now)
    note(order, "escalated", by=None, now=now, text=_("%(cause)s，报部门负责人") % {"cause": cause.label})


def raise_overdue(*, now: datetime) -> int:
    """Overdue orders that still lie with their department and were not laid before its head since; set-based."""
    total = 0
    while found := _raise_batch(now=now):
        total += found
        if found < BATCH:
            break
    return total


@transaction.atomic(savepoint=False)
def _raise_batch(*, now: datetime) -> int:
    raised = Escalation.objects.filter(order=OuterRef("pk"))
    rows = Order.objects.open().filter(
        ~Exists(raised.filter(raised_at__gte=OuterRef("overdue_since"))),
        ~Exists(raised.filter(closed_at__isnull=True)),
        overdue_since__isnull=False,
        state__in=BEFORE_CALLBACK,
        lead_department__isnull=False,
    )
    found = list(
        rows.order_by("pk").select_for_update(skip_locked=True, no_key=True).values_list("pk", "overdue_since")[:BATCH]
    )
    # What another sweep laid before the head since our look is seen only now, under the lock.
    laid = Escalation.objects.filter(order_id__in=[pk for pk, _since in found])
    laid = laid.filter(Q(closed_at__isnull=True) | Q(raised_at__gte=F("order__overdue_since")))
    done = set(laid.values_list("order_id", flat=True))
    new = [(pk, since) for pk, since in found if since is not None and pk not in done]
    Escalation.objects.bulk_create(
        [
            Escalation(order_id=pk, cause=EscalationCause.OVERDUE, since=since, raised_at=now, rung_since=now)
            for pk, since in new
        ],
        ignore_conflicts=True,
    )
    text = _("%(cause)s，报部门负责人") % {"cause": EscalationCause.OVERDUE.label}
    note_many([pk for pk, _since in new], "escalated", now=now, text=text)
    return len(found)


def seat_for(user: User, escalation: Escalation, authority: Authority) -> Seat | None:
    """From which post this person deals with it where it lies; None when it does not lie before him."""
    return authority.seat_of(user.pk, escalation.order, Rung(escalation.rung), ())


@transaction.atomic
def deal_with(
    escalation: Escalation,
    *,
    by: User,
    now: datetime,
    act: EscalationAct | str,
    opinion: str = "",
    handler: User | None = None,
) -> Escalation:
    """Takes it, names another handler, passes it up with an opinion, or sends it back down with an instruction (B23).

    Raises NotNow 409 when it no longer lies there, NotAllowed 403, Invalid 400, and what the order's own step refuses.
    """
    act, order = EscalationAct(act), lock_order(escalation.order_id)
    row = Escalation.objects.select_for_update().get(pk=escalation.pk)
    row.order = order
    if row.closed_at is not None:
        raise NotNow(_("这张工单已有人处理，不再待您处理。"))
    seat = seat_for(by, row, Authority(shanghai_day(now)))
    if seat is None:
        raise NotAllowed(_("这张工单现由%(who)s处理。") % {"who": row.get_rung_display()})
    if act not in acts_for(seat, row):
        raise Invalid(_("这一级不能选择“%(act)s”。") % {"act": act.label}, field="act")
    if act in {EscalationAct.PASSED_UP, EscalationAct.INSTRUCTED} and not opinion:
        raise Invalid(_("上报或批示须写明意见。"), field="opinion")
    if act == EscalationAct.REASSIGNED and handler is None:
        raise Invalid(_("请选择新的经办人。"), field="handler")
    rung = row.rung
    _do(row, act, by=by, now=now, handler=by if act == EscalationAct.TAKEN else handler)
    EscalationStep.objects.create(
        escalation=row,
        act=act,
        rung=rung,
        opinion=opinion,
        handler=by if act == EscalationAct.TAKEN else handler,
        by=by,
        acting_for_id=seat.acting_for_id,
        at=now,
    )
    note(order, "escalation_act", by=by, now=now, text=opinion, data={"act": act, "label": str(act.label)})
    audit.record(actor=by, action="order.escalation", subject=order, now=now, detail={"act": act})
    return row


def acts_for(seat: Seat, escalation: Escalation) -> tuple[EscalationAct, ...]:
    """The department's own head works on it; whoever stands above instructs him, or passes it on."""
    up = (EscalationAct.PASSED_UP,) if Rung(escalation.rung) in ABOVE else ()
    if seat.department_id == escalation.order.lead_department_id:
        return (EscalationAct.TAKEN, EscalationAct.REASSIGNED, *up)
    return (EscalationAct.INSTRUCTED, *up)


def _do(row: Escalation, act: EscalationAct, *, by: User, now: datetime, handler: User | None) -> None:
    if act == EscalationAct.PASSED_UP:
        row.rung, row.rung_since = ABOVE[Rung(row.rung)], now
    elif act == EscalationAct.INSTRUCTED:
        row.rung, row.rung_since = Rung.HEAD, now
    else:
        step = "assign_handler" if row.order.accepted_at else "accept"
        row.order = perform(row.order, step, by=by, now=now, handler=handler)
        row.closed_at = now
    row.save(update_fields=["rung", "rung_since", "closed_at"])


def feedback_given(order_ids: Collection[int], *, now: datetime) -> None:
    """What lay before a head is done with once the department has reported; set-based, for the receiver."""
    Escalation.objects.filter(order_id__in=order_ids, closed_at__isnull=True).update(closed_at=now, fed_back=True)


def feedback_returned(order_ids: Collection[int]) -> None:
    """A returned feedback was none: what it had ended lies before the head again."""
    lies = Escalation.objects.filter(order=OuterRef("order"), closed_at__isnull=True)
    newest = Escalation.objects.filter(order=OuterRef("order")).order_by("-pk").values("pk")[:1]
    rows = Escalation.objects.filter(~Exists(lies), order_id__in=order_ids, fed_back=True, pk=Subquery(newest))
    rows.update(closed_at=None, fed_back=False)


def end_all(order_ids: Collection[int], *, now: datetime) -> None:
    """An ended order is neither escalated nor supervised any more."""
    Escalation.objects.filter(order_id__in=order_ids, closed_at__isnull=True).update(closed_at=now)
    Supervision.objects.filter(order_id__in=order_ids, ended_at__isnull=True).update(ended_at=now)
