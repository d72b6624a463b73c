"""Against money: an appeal within three working days, a waiver, a question about the rules. Decided by somebody who
had no part in it (A14, S4-R52, B4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.services import note
from escalation.ledger import live
from escalation.models import Appeal, Penalty, Ruling
from escalation.money import AppealKind, AppealStatus, Cause, PenaltyKind, RulingStatus
from escalation.permissions import hears_appeals, may_propose, office_id, speaks_for
from escalation.services import rulings
from escalation.services.charges import void_lines
from escalation.services.ledger import lock_ledger, settle_order
from people import audit
from people.models import User
from people.roles import HEADS
from people.standing import Standing, standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.workdays import add_workdays


def appeal_until(line: Penalty) -> date:
    """Three working days from the day the line was written (A14)."""
    book = rulebook.current()
    written = shanghai_day(line.at)
    return add_workdays(written, book.policy_on(written).appeal_days, book.calendar).date


@transaction.atomic
def appeal_ruling(ruling: Ruling, *, text: str, by: User, now: datetime) -> Appeal:
    """The department that pays contests a confirmed ruling. Raises NotAllowed, Invalid, Blocked, NotNow."""
    row = Ruling.objects.select_for_update(of=("self",)).get(pk=ruling.pk)
    _expect_department(row.department_id, by=by, now=now)
    if row.status != RulingStatus.CONFIRMED or row.appeal_until is None:
        raise NotNow(_("只能对已作出的裁定申诉。"))
    _expect_in_time(row.appeal_until, now=now)
    if row.appeals.exists():
        raise NotNow(_("这件裁定已经申诉过。"))
    return _file(AppealKind.APPEAL, row.order, row.department_id, text, by=by, now=now, ruling=row)


@transaction.atomic
def appeal_lines(order: Order, *, text: str, by: User, now: datetime) -> Appeal:
    """Contests the order's overdue lines that may still be contested, all together."""
    rows = live(Penalty.objects.filter(order=order, kind=PenaltyKind.OVERDUE)).exclude(appeals__isnull=False)
    own = [line for line in rows.select_related("department") if _speaks(line.department_id, by=by, now=now)]
    if not own:
        raise NotAllowed(_("申诉由承担扣罚部门的工单联系人或负责人提出。"))
    lines = [line for line in own if shanghai_day(now) <= appeal_until(line)]
    if not lines:
        _expect_in_time(max(appeal_until(line) for line in own), now=now)
    return _file(AppealKind.APPEAL, order, lines[0].department_id, text, by=by, now=now, lines=lines)


@transaction.atomic
def ask_waiver(order: Order, lines: Sequence[Penalty], *, text: str, by: User, now: datetime) -> Appeal:
    """Asks that lines be waived: the hotline director, or the head of the department that pays. A second person
    decides; no time limit."""
    who = standing(by, shanghai_day(now))
    chosen = list(live(Penalty.objects.filter(order=order, pk__in=[line.pk for line in lines])))
    if not chosen:
        raise Invalid(_("请选择要减免的扣罚。"), field="lines")
    departments = {line.department_id for line in chosen}
    if len(departments) > 1:
        raise Invalid(_("一次只能减免同一部门的扣罚。"), field="lines")
    head = departments <= who.departments(*HEADS)
    if may_propose(who) is None and not head:
        raise NotAllowed(_("减免由热线主任或承担部门的负责人提出。"))
    if Appeal.objects.filter(lines__in=chosen, status=AppealStatus.PENDING).exists():
        raise Blocked(_("这些扣罚已有一件待决定。"))
    return _file(AppealKind.WAIVER, order, departments.pop(), text, by=by, now=now, lines=chosen)


@transaction.atomic
def raise_dispute(order: Order, *, text: str, by: User, now: datetime) -> Appeal:
    """A question about the rules themselves, answered by the Party & Admin Office (S4-R52); money does not move."""
    if order.lead_department_id is None:
        raise Blocked(_("工单还没有责任部门。"))
    _expect_department(order.lead_department_id, by=by, now=now)
    return _file(AppealKind.DISPUTE, order, order.lead_department_id, text, by=by, now=now)


@transaction.atomic
def decide(appeal: Appeal, *, uphold: bool, opinion: str, by: User, now: datetime) -> Appeal:
    """Once, with reasons. Upheld: the lines are void for good, the ruling overturned. Raises NotAllowed 403, Invalid
    400, NotNow 409."""
    lock_ledger()
    order = Order.objects.select_for_update(of=("self",)).get(pk=appeal.order_id)
    row = Appeal.objects.select_for_update(of=("self",)).select_related("decided_by", "ruling").get(pk=appeal.pk)
    if why := why_may_not_decide(row, order, standing(by, shanghai_day(now))):
        raise NotAllowed(why)
    if row.status != AppealStatus.PENDING:
        who = row.decided_by.name if row.decided_by else ""
        raise NotNow(_("已由%(who)s决定：%(status)s。") % {"who": who, "status": row.get_status_display()})
    if not opinion.strip():
        raise Invalid(_("请写明决定意见。"), field="opinion")
    row.status = AppealStatus.UPHELD if uphold else AppealStatus.REFUSED
    row.decided_by, row.decided_at, row.opinion = by, now, opinion.strip()
    row.save()
    if uphold:
        _grant(row, by=by, now=now)
    _tell(row, "appeal_upheld" if uphold else "appeal_refused", by=by, now=now, text=row.opinion)
    return row


def _grant(appeal: Appeal, *, by: User, now: datetime) -> None:
    if appeal.ruling is not None:
        rulings.overturn(appeal.ruling, now=now)
    elif appeal.kind != AppealKind.DISPUTE:
        cause = Cause.WAIVED if appeal.kind == AppealKind.WAIVER else Cause.APPEALED
        keys = appeal.lines.values_list("pk", flat=True)
        void_lines(live(Penalty.objects.filter(pk__in=keys)), cause, by=by, now=now, reason=appeal.opinion)
    settle_order(appeal.order_id, now=now)


def why_may_not_decide(appeal: Appeal, order: Order, who: Standing) -> str:
    """B4: neither a party, nor who filed it, nor who took the first decision; empty where this person may."""
    ruling = appeal.ruling
    first = {ruling.decided_by_id, ruling.proposed_by_id} if ruling else set()
    parties = {pk for pk in (appeal.department_id, order.reported_department_id) if pk}
    if hears_appeals(who, parties=parties, office_decided=ruling is not None) is None:
        if ruling is not None or office_id() in parties:
            return _("党政办已参与或作过决定，由公司领导决定。")
        return _("由党政办裁定人决定。")
    if who.user_id in first | {appeal.filed_by_id, order.handler_id}:
        return _("您参与过这件事，须由没有参与的人决定。")
    return ""


def _speaks(department: int, *, by: User, now: datetime) -> bool:
    return speaks_for(standing(by, shanghai_day(now)), department) is not None


def _expect_department(department: int, *, by: User, now: datetime) -> None:
    if not _speaks(department, by=by, now=now):
        raise NotAllowed(_("由承担扣罚部门的工单联系人或负责人提出。"))


def _expect_in_time(until: date, *, now: datetime) -> None:
    if shanghai_day(now) > until:
        raise NotNow(_("申诉期限已过（%(day)s 截止）。") % {"day": f"{until:%Y-%m-%d}"})


def _file(
    kind: AppealKind,
    order: Order,
    department: int,
    text: str,
    *,
    by: User,
    now: datetime,
    ruling: Ruling | None = None,
    lines: Collection[Penalty] = (),
) -> Appeal:
    if not text.strip():
        raise Invalid(_("请写明理由。"), field="text")
    row = Appeal.objects.create(
        kind=kind,
        order=order,
        ruling=ruling,
        department_id=department,
        text=text.strip(),
        filed_by=by,
        filed_at=now,
    )
    row.lines.set([line.pk for line in lines])
    rulings.put_before_office(order, now=now)
    _tell(row, "appeal_file", by=by, now=now, text=row.text)
    return row


def _tell(appeal: Appeal, kind: str, *, by: User, now: datetime, text: str) -> None:
    data = {"appeal": appeal.pk, "kind": str(appeal.kind)}
    note(appeal.order, kind, by=by, now=now, text=text, data=data)
    audit.record(actor=by, action=f"money.{kind}", subject=appeal.order, now=now, detail=data)
