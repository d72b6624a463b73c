"""A case before its deciders: opened, decided rung by rung, withdrawn, lapsed. The same for every kind of approval.

Locks are always taken order first, then case, as the door and its receivers do; so of two decisions, or a decision
and a withdrawal, exactly one succeeds and the other reads who was quicker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Attachment, Order
from complaints.services import note
from escalation.kinds import ApprovalKind
from escalation.models import Approval, ApprovalStep
from escalation.services.authority import ABOVE, Authority, Seat
from escalation.vocabulary import ApprovalStatus, Decision, Rung
from people import audit
from people.models import User
from policy.limits import shanghai_day

Case = TypeVar("Case", bound=Approval)
LONGEST_OPINION = 500
CLOSING = {Decision.APPROVED: ApprovalStatus.APPROVED, Decision.REJECTED: ApprovalStatus.REJECTED}
EVENTS = {
    Decision.APPROVED: "approval_granted",
    Decision.REJECTED: "approval_refused",
    Decision.PASSED_UP: "approval_passed_up",
}


def lock_order(pk: int) -> Order:
    """A fresh instance under the order's row lock; every write about an order begins here."""
    return Order.objects.select_for_update(of=("self",)).select_related("policy").get(pk=pk)


def open_case(
    case: Case,
    kind: ApprovalKind,
    *,
    rungs: Sequence[Rung],
    evidence: Iterable[Attachment] = (),
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Case:
    """Saves the case with its chain and tells the stream; the caller holds the order's lock and has checked the kind's
    own rules. Raises Blocked while another one of the kind waits, or when nobody could decide this one."""
    waiting = Approval.objects.filter(order=case.order, kind=kind.code, status=ApprovalStatus.PENDING)
    if waiting.exists():
        raise Blocked(_("这张工单已有一件“%(kind)s”待批，批完或撤回后才能再提。") % {"kind": kind.label})
    if not Authority(shanghai_day(now)).deciders(case.order, rungs[0], barred_from(case, ())):
        raise Blocked(_("目前没有可以审批的负责人或分管领导，请系统管理员先维护任职。"))
    case.kind = kind.code
    case.save()
    case.evidence.set(evidence)
    ApprovalStep.objects.bulk_create(
        ApprovalStep(approval_id=case.pk, position=place, rung=rung) for place, rung in enumerate(rungs, start=1)
    )
    _tell(case, kind, "approval_request", by=case.requested_by, now=now, text=case.text, data=data)
    return case


def barred_from(case: Approval, steps: Iterable[ApprovalStep]) -> set[int]:
    """Never who asked, in whose place it was asked, or the handler (A29); nobody decides two rungs of one case."""
    asked = {case.requested_by_id, case.acting_for_id, case.order.handler_id}
    return {pk for pk in asked | {step.decided_by_id for step in steps} if pk is not None}


def open_step(steps: Collection[ApprovalStep]) -> ApprovalStep | None:
    """The rung whose turn it is: the first undecided one."""
    return next((step for step in sorted(steps, key=lambda step: step.position) if not step.decision), None)


@transaction.atomic
def decide(
    case: Approval, kind: ApprovalKind, *, by: User, now: datetime, decision: Decision, position: int, opinion: str = ""
) -> Approval:
    """One rung's decision, kept with its case for ever; the last one closes it and lets the kind act.

    ``position`` is the rung the decider had before him: if it is decided already he reads by whom (409). Rejecting
    and passing up need an opinion. Raises Invalid 400, NotAllowed 403, NotNow 409, and whatever the kind refuses.
    """
    order = lock_order(case.order_id)
    case = _locked(case, order)
    steps = list(case.steps.select_related("decided_by"))
    step = _expect_turn(case, kind, steps, position)
    seat = _expect_seat(case, kind, step, steps, by=by, now=now)
    if decision != Decision.APPROVED and not opinion:
        raise Invalid(_("驳回或转交须写明意见。"), field="opinion")
    if decision == Decision.PASSED_UP:
        _extend_chain(case, step, steps, seat)
    step.decision, step.opinion, step.decided_by, step.decided_at = decision, opinion, by, now
    step.acting_for_id, step.department_id = seat.acting_for_id, seat.department_id
    step.save()
    last = decision == Decision.REJECTED or (decision == Decision.APPROVED and open_step(steps) is None)
    if last:
        case.status, case.closed_at = CLOSING[decision], now
        case.save(update_fields=["status", "closed_at"])
        (kind.granted if decision == Decision.APPROVED else kind.refused)(case, by=by, now=now)
    event = EVENTS[decision] if last or decision == Decision.PASSED_UP else "approval_step"
    data = {"position": step.position, "rung": step.rung}
    _tell(case, kind, event, by=by, now=now, text=opinion, data=data)
    return case


def _locked(case: Approval, order: Order) -> Approval:
    """The kind's own row, fresh and locked, with the locked order on it."""
    found = type(case).objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=case.pk)
    found.order = order
    return found


def _expect_turn(case: Approval, kind: ApprovalKind, steps: list[ApprovalStep], position: int) -> ApprovalStep:
    step = open_step(steps)
    if case.status == ApprovalStatus.PENDING and step is not None and step.position == position:
        return step
    done = next((one for one in steps if one.position == position and one.decided_by), None)
    if done is not None and done.decided_by is not None:
        raise NotNow(
            _("“%(kind)s”已由 %(who)s 于 %(at)s %(what)s。")
            % {
                "kind": kind.label,
                "who": done.decided_by.name,
                "at": timezone.localtime(done.decided_at).strftime("%m-%d %H:%M"),
                "what": done.get_decision_display(),
            }
        )
    raise NotNow(
        _("这件“%(kind)s”%(status)s，不能再审批。") % {"kind": kind.label, "status": case.get_status_display()}
    )


def _expect_seat(
    case: Approval, kind: ApprovalKind, step: ApprovalStep, steps: list[ApprovalStep], *, by: User, now: datetime
) -> Seat:
    seat = Authority(shanghai_day(now)).seat_of(by.pk, case.order, Rung(step.rung), barred_from(case, steps))
    if seat is None or not by.is_active:
        raise NotAllowed(
            _("这件“%(kind)s”由%(who)s审批；申请人和经办人不能审批自己的申请。")
            % {"kind": kind.label, "who": step.get_rung_display()}
        )
    return seat


def _extend_chain(case: Approval, step: ApprovalStep, steps: list[ApprovalStep], seat: Seat) -> None:
    """Passing up leaves it to the next rung; one is added where the chain ends here."""
    if any(one.position > step.position for one in steps):
        return
    above = ABOVE.get(Rung(step.rung))
    if above is None:
        raise Blocked(_("您就是最后一级，请直接同意或驳回。"))
    ApprovalStep.objects.create(approval_id=case.pk, position=step.position + 1, rung=above)


@transaction.atomic
def withdraw(case: Approval, kind: ApprovalKind, *, by: User, now: datetime) -> Approval:
    """The requester takes an undecided case back. Raises NotAllowed 403, NotNow 409."""
    order = lock_order(case.order_id)
    case = _locked(case, order)
    if case.requested_by_id != by.pk:
        raise NotAllowed(_("只有申请人可以撤回申请。"))
    if case.status != ApprovalStatus.PENDING:
        raise NotNow(
            _("这件“%(kind)s”%(status)s，不能撤回。") % {"kind": kind.label, "status": case.get_status_display()}
        )
    case.status, case.closed_at = ApprovalStatus.TAKEN_BACK, now
    case.save(update_fields=["status", "closed_at"])
    kind.refused(case, by=by, now=now)
    _tell(case, kind, "approval_taken_back", by=by, now=now)
    return case


def lapse(order_ids: Collection[int], *, now: datetime) -> int:
    """Undecided cases of orders that ended by merge or withdrawal; set-based, for the receiver. Returns how many."""
    waiting = Approval.objects.filter(order_id__in=order_ids, status=ApprovalStatus.PENDING)
    return waiting.update(status=ApprovalStatus.LAPSED, closed_at=now)


def _tell(
    case: Approval,
    kind: ApprovalKind,
    event: str,
    *,
    by: User,
    now: datetime,
    text: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """One event and one audit row per change of a case, in its transaction."""
    detail = {"approval": case.pk, "kind": kind.code, "label": str(kind.label), **(data or {})}
    note(case.order, event, by=by, now=now, text=text, data=detail)
    audit.record(actor=by, action=event.replace("_", ".", 1), subject=case.order, now=now, detail=detail)
