"""What people do to lines of the ledger: take one back, have one counted anew, give a day to another department, name
persons. Every act locks the ledger before the order (``ledger`` rule 2), writes one event and one audit row."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order, SubAssignment
from complaints.services import note
from escalation.ledger import live
from escalation.models import NamedPerson, Penalty, Reattribution
from escalation.money import BARRING, Cause, PenaltyKind, PersonsFrom
from escalation.permissions import may_confirm_months, may_propose, speaks_for
from escalation.services.ledger import lock_ledger, open_month, settle_order
from people import audit
from people.models import Department, User
from people.standing import standing
from policy.limits import SHANGHAI, shanghai_day

LONGEST = 200


def why_headcount_stays(department: Department, valid_from: date) -> str:
    """A line counted by the number of a day keeps it (A8, B16): a ruling is charged on the day it is confirmed, before
    the day ends. Locks the ledger, so that no line comes while the number is being changed."""
    lock_ledger()
    counted = Penalty.objects.filter(department=department, day__gte=valid_from)
    last = counted.exclude(persons_from=PersonsFrom.NAMED).order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return ""
    return _("%(day)s 已按在册人数记了扣罚，新人数最早从次日起。") % {"day": last.isoformat()}


def void_lines(lines: Iterable[Penalty], cause: Cause, *, by: User | None, now: datetime, reason: str) -> list[Penalty]:
    """One void row per line, booked in the first open month from the line's own on. The caller holds the ledger's lock.
    Raises NotNow where a line was taken back already."""
    lines = list(lines)
    taken = Penalty.objects.filter(voids__in=lines).select_related("by").first()
    if taken is not None:
        raise NotNow(_("这条扣罚已于 %(at)s 撤销。") % {"at": taken.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")})
    from_month = open_month()
    return Penalty.objects.bulk_create([_void_of(line, cause, from_month, by, now, reason) for line in lines])


def _void_of(line: Penalty, cause: Cause, from_month: date, by: User | None, now: datetime, reason: str) -> Penalty:
    return Penalty(
        order_id=line.order_id,
        day=line.day,
        kind=line.kind,
        department_id=line.department_id,
        generation=line.generation,
        rate=line.rate,
        persons=line.persons,
        amount=-line.amount,
        month=max(line.month, from_month),
        policy_id=line.policy_id,
        persons_from=line.persons_from,
        headcount_id=line.headcount_id,
        calendar_version=line.calendar_version,
        ruling_id=line.ruling_id,
        voids=line,
        cause=cause,
        bars=cause in BARRING,
        reason=reason[:LONGEST],
        by=by,
        at=now,
    )


@transaction.atomic
def correct(line: Penalty, *, by: User, now: datetime, reason: str) -> Penalty | None:
    """Counts a line anew by what is recorded for its day now (B16): a void and, if still owed, the next generation.
    Returns the new line. Raises NotAllowed 403, Invalid 400, NotNow 409."""
    if not may_confirm_months(standing(by, shanghai_day(now))):
        raise NotAllowed(_("扣罚由党政办裁定人更正。"))
    text = _needed(reason)
    lock_ledger()
    void_lines([line], Cause.CORRECTED, by=by, now=now, reason=text)
    settle_order(line.order_id, now=now)
    _tell(line.order, "penalty_void", [line], by=by, now=now, text=text)
    key = {"order": line.order_id, "day": line.day, "kind": line.kind, "department": line.department_id}
    return live(Penalty.objects.filter(**key)).first()


@transaction.atomic
def reattribute(
    order: Order, days: Sequence[date], *, to: Department, by: User, now: datetime, reason: str
) -> list[Reattribution]:
    """A12: gives overdue days to a department whose part of the order was late on them, or back to the lead.
    Raises NotAllowed 403, Invalid 400 naming what is wrong with a day."""
    if may_propose(standing(by, shanghai_day(now))) is None:
        raise NotAllowed(_("扣罚改归由热线主任决定。"))
    text = _needed(reason)
    if not days:
        raise Invalid(_("请选择要改归的日期。"), field="days")
    lock_ledger()
    order = Order.objects.get(pk=order.pk)
    for day in days:
        if not live(Penalty.objects.filter(order=order, day=day, kind=PenaltyKind.OVERDUE)).exists():
            raise Invalid(_("%(day)s 没有可改归的扣罚。") % {"day": f"{day:%Y-%m-%d}"}, field="days")
        if to.pk != order.lead_department_id and not part_was_late(order, to.pk, day):
            text = _("%(name)s在 %(day)s 没有逾期的子任务，不能改归。")
            raise Invalid(text % {"name": to.name, "day": f"{day:%Y-%m-%d}"}, field="department")
    rows = Reattribution.objects.bulk_create(
        [Reattribution(order=order, day=day, department=to, reason=text, by=by, at=now) for day in sorted(set(days))]
    )
    settle_order(order.pk, now=now)
    told = "、".join(f"{row.day:%m-%d}" for row in rows)
    data = {"department": to.pk, "days": [str(row.day) for row in rows]}
    line = _("%(days)s 改归%(name)s：%(reason)s") % {"days": told, "name": to.name, "reason": text}
    note(order, "penalty_reattribute", by=by, now=now, text=line, data=data)
    audit.record(actor=by, action="money.reattribute", subject=order, now=now, reason=text, detail=data)
    return rows


def part_was_late(order: Order, department: int, day: date) -> bool:
    """Whether the department's sub-task of the order was past its date and not done before that day (A12)."""
    done_by = Q(done_at__isnull=True) | Q(done_at__gte=datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))
    return SubAssignment.objects.filter(done_by, order=order, department=department, due_on__lt=day).exists()


@transaction.atomic
def name_person(order: Order, person: User, *, by: User, now: datetime) -> NamedPerson:
    """Names somebody answerable for the order from today on (A8, second reading; B16: never back-dated)."""
    today = shanghai_day(now)
    lead = order.lead_department_id
    if lead is None or speaks_for(standing(by, today), lead) is None:
        raise NotAllowed(_("责任人由责任部门的工单联系人或负责人指定。"))
    if lead not in standing(person, today).departments():
        raise Invalid(_("责任人须是责任部门的人员。"), field="person")
    row, created = NamedPerson.objects.get_or_create(
        order=order, person=person, defaults={"department_id": lead, "since": today, "by": by, "at": now}
    )
    if not created:
        raise Blocked(_("%(name)s已经是责任人。") % {"name": person.name})
    text = _("指定责任人：%(name)s") % {"name": person.name}
    note(order, "named_person", by=by, now=now, text=text, data={"person": person.pk})
    audit.record(actor=by, action="money.name_person", subject=order, now=now, detail={"person": person.pk})
    return row


def _needed(reason: str) -> str:
    text = reason.strip()
    if not text:
        raise Invalid(_("请写明理由。"), field="reason")
    return text[:LONGEST]


def _tell(order: Order, kind: str, lines: Sequence[Penalty], *, by: User, now: datetime, text: str) -> None:
    data = {"lines": [line.pk for line in lines], "amount": str(sum(line.amount for line in lines))}
    note(order, kind, by=by, now=now, text=text, data=data)
    audit.record(actor=by, action=f"money.{kind}", subject=order, now=now, reason=text, detail=data)
