"""Rectification orders and what goes with them: issued, proven, accepted; self-inspection; people held to account
(S4-R48, S1-R27, S1-R28, S2-R16)."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.permissions import post_of
from complaints.services import note, place_hold, release_hold, share_with
from escalation.models import Accountability, Rectification, SelfInspection, ServiceRecord
from escalation.money import Measure, RecordKind
from people import audit
from people.models import Department, User
from people.roles import DEPARTMENT_STAFF, HEADS, LEADERS, Role
from people.standing import Post, Standing, standing
from policy.limits import shanghai_day
from policy.vocabulary import Kind

SOURCE = "escalation.rectification"
ISSUERS = frozenset({Role.HOTLINE_DIRECTOR, Role.ADJUDICATOR, *LEADERS})
DESK = frozenset({Role.TICKET_CONTACT, *HEADS})
RECORDERS = frozenset({Role.ADJUDICATOR, Role.MANAGER, *LEADERS})


def may_issue(order: Order, who: Standing) -> Post | None:
    """The hotline director, the Party & Admin Office, leaders: never the department that has to put it right."""
    return post_of(who, ISSUERS)


def may_record(who: Standing) -> Post | None:
    return post_of(who, RECORDERS)


def follow_findings(order_id: int, *, now: datetime) -> None:
    """Called when an order was investigated: a verified complaint may not be archived before an order is issued."""
    order = Order.objects.get(pk=order_id)
    if order.kind == Kind.COMPLAINT and order.verified and not order.rectifications.exists():
        reason = _("投诉属实，须先下达限期整改通知。")
        place_hold(order, blocks="archive", reason=reason, source=SOURCE, by=None, now=now)
    elif order.verified is False:
        release_hold(order, blocks="archive", source=SOURCE, by=None, now=now)


@transaction.atomic
def issue(order: Order, *, owner: User, measures: str, due_on: date, by: User, now: datetime) -> Rectification:
    """Raises NotAllowed 403, Blocked 409, Invalid 400. Releases the archive."""
    today = shanghai_day(now)
    order = Order.objects.select_for_update(of=("self",)).select_related("lead_department").get(pk=order.pk)
    if may_issue(order, standing(by, today)) is None:
        raise NotAllowed(_("整改通知由热线主任、党政办或公司领导下达。"))
    if order.lead_department_id is None or not order.verified:
        raise Blocked(_("调查认定属实后才能下达整改通知。"))
    if due_on < today:
        raise Invalid(_("整改期限不能早于今天。"), field="due_on")
    if order.lead_department_id not in standing(owner, today).departments(*DEPARTMENT_STAFF):
        raise Invalid(_("整改负责人须是责任部门的人员。"), field="owner")
    row = Rectification.objects.create(
        order=order,
        department_id=order.lead_department_id,
        owner=owner,
        measures=_needed(measures, "measures"),
        due_on=due_on,
        issued_by=by,
        issued_at=now,
    )
    release_hold(order, blocks="archive", source=SOURCE, by=by, now=now)
    text = _("%(name)s 负责，%(day)s 前：%(text)s") % {"name": owner.name, "day": due_on, "text": row.measures}
    _tell(order, "rectify_issue", by=by, now=now, text=text, row=row.pk)
    return row


@transaction.atomic
def submit(row: Rectification, *, proof: str, by: User, now: datetime) -> Rectification:
    """The owner or the department's desk shows what was done."""
    row = _locked(row)
    desk = post_of(standing(by, shanghai_day(now)), DESK, [row.department_id])
    if by.pk != row.owner_id and desk is None:
        raise NotAllowed(_("整改情况由整改负责人或责任部门提交。"))
    if row.accepted_at is not None or (row.submitted_at is not None and not row.missing):
        raise NotNow(_("整改情况已经提交，正在等待验收或已验收。"))
    row.proof, row.submitted_by, row.submitted_at, row.missing = _needed(proof, "proof"), by, now, ""
    row.save()
    _tell(row.order, "rectify_submit", by=by, now=now, text=row.proof, row=row.pk)
    return row


@transaction.atomic
def accept(row: Rectification, *, accepted: bool, missing: str = "", by: User, now: datetime) -> Rectification:
    """Accepted by somebody who neither owns it nor submitted it; or sent back with what is missing."""
    row = _locked(row)
    if may_issue(row.order, standing(by, shanghai_day(now))) is None or by.pk in {row.owner_id, row.submitted_by_id}:
        raise NotAllowed(_("验收由下达方进行，整改负责人和提交人不能验收。"))
    if row.submitted_at is None or row.missing or row.accepted_at is not None:
        raise NotNow(_("没有待验收的整改情况。"))
    if accepted:
        row.accepted_by, row.accepted_at = by, now
    else:
        row.missing = _needed(missing, "missing")
    row.save()
    kind = "rectify_accept" if accepted else "rectify_return"
    _tell(row.order, kind, by=by, now=now, text=row.missing, row=row.pk)
    return row


@transaction.atomic
def inspect(
    order: Order, *, departments: Iterable[Department], task: str, due_on: date, by: User, now: datetime
) -> list[SelfInspection]:
    """S1-R28: the same question to several departments."""
    if post_of(standing(by, shanghai_day(now)), ISSUERS) is None:
        raise NotAllowed(_("自查任务由热线主任、党政办或公司领导布置。"))
    if due_on < shanghai_day(now):
        raise Invalid(_("完成期限不能早于今天。"), field="due_on")
    rows = SelfInspection.objects.bulk_create(
        SelfInspection(
            order=order, department=place, task=_needed(task, "task"), due_on=due_on, issued_by=by, issued_at=now
        )
        for place in departments
    )
    for row in rows:
        share_with(order, row.department_id, now=now)
    _tell(order, "self_inspect", by=by, now=now, text=task, row=rows[0].pk if rows else 0)
    return rows


@transaction.atomic
def finish_inspection(row: SelfInspection, *, result: str, by: User, now: datetime) -> SelfInspection:
    if post_of(standing(by, shanghai_day(now)), DEPARTMENT_STAFF, [row.department_id]) is None:
        raise NotAllowed(_("自查结果由被布置的部门填报。"))
    row = SelfInspection.objects.select_for_update().get(pk=row.pk)
    if row.done_at is not None:
        raise NotNow(_("自查结果已经填报。"))
    row.result, row.done_by, row.done_at = _needed(result, "result"), by, now
    row.save()
    _tell(row.order, "self_inspect_done", by=by, now=now, text=row.result, row=row.pk)
    return row


@transaction.atomic
def hold_accountable(
    order: Order,
    *,
    person: User,
    role: str,
    measure: Measure | str,
    notice: str,
    amount: Decimal | None = None,
    by: User,
    now: datetime,
) -> Accountability:
    """S1-R27: one row per person; several may answer for one order."""
    if may_record(standing(by, shanghai_day(now))) is None:
        raise NotAllowed(_("责任追究由党政办、管理人员或公司领导登记。"))
    row = Accountability.objects.create(
        order=order, person=person, role=role, measure=measure, amount=amount, notice=notice, by=by, at=now
    )
    text = f"{person.name}（{role}）{Measure(measure).label}"
    _tell(order, "accountability", by=by, now=now, text=text, row=row.pk)
    return row


@transaction.atomic
def record_service(
    order: Order,
    *,
    kind: RecordKind | str,
    text: str,
    person: User | None = None,
    amount: Decimal | None = None,
    by: User,
    now: datetime,
) -> ServiceRecord:
    """S2-R16, S0-R17: praise and blame, and a suggestion that was worth something."""
    if may_record(standing(by, shanghai_day(now))) is None:
        raise NotAllowed(_("奖惩由党政办、管理人员或公司领导登记。"))
    row = ServiceRecord.objects.create(
        kind=kind,
        order=order,
        person=person,
        department_id=order.lead_department_id,
        text=_needed(text, "text"),
        amount=amount,
        by=by,
        at=now,
    )
    _tell(order, "service_record", by=by, now=now, text=f"{RecordKind(kind).label}：{row.text}", row=row.pk)
    return row


def _locked(row: Rectification) -> Rectification:
    return Rectification.objects.select_for_update(of=("self",)).select_related("order").get(pk=row.pk)


def _needed(text: str, field: str) -> str:
    if not text.strip():
        raise Invalid(_("请填写内容。"), field=field)
    return text.strip()


def _tell(order: Order, kind: str, *, by: User, now: datetime, text: str, row: int) -> None:
    note(order, kind, by=by, now=now, text=text, data={"row": row})
    audit.record(actor=by, action=f"money.{kind}", subject=order, now=now, detail={"row": row})
