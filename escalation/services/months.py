"""A month of money: confirmed once, hashed, and locked (B8, invariant 12).

Confirmation takes the ledger's lock, so no line can slip in between the check and the lock; afterwards a database
trigger refuses rows for the month, and everything later is booked in the first month still open.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from complaints.errors import Blocked, NotAllowed
from escalation.ledger import live, with_status
from escalation.models import LedgerState, Penalty, PenaltyMonth
from escalation.money import PenaltyKind, PersonsFrom, Status
from escalation.penalties import reductions
from escalation.permissions import may_confirm_months
from escalation.services.holds import is_unknown, live_holds
from escalation.services.ledger import lock_ledger
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.rulebook import Rulebook

ROWS = """
SELECT id, order_id, day, kind, department_id, generation, rate, persons, amount, coalesce(voids_id, 0)
  FROM escalation_penalty WHERE month = %s ORDER BY id
"""


@dataclass(frozen=True)
class Digest:
    """What a confirmed month is held against: number of rows, their sum, SHA-256 (hex) over all of them."""

    rows: int
    total: Decimal
    sha256: str


def first_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def digest(month: date) -> Digest:
    """One line of text per row, in the order they were written."""
    text, rows, total = hashlib.sha256(), 0, Decimal(0)
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [month])
        for row in cursor.fetchall():
            text.update(("|".join(str(value) for value in row) + "\n").encode())
            rows += 1
            total += row[8]
    return Digest(rows, total, text.hexdigest())


def why_not(month: date, *, now: datetime, book: Rulebook) -> str:
    """Why this month cannot be confirmed yet; empty when it can."""
    if PenaltyMonth.objects.filter(month=month).exists():
        return _("这个月已经确认。")
    if next_month(month) > shanghai_day(now):
        return _("本月还没有结束，月底后才能确认。")
    if live_holds():
        return _("扣罚已暂停，核实并恢复后才能确认。")
    if is_unknown(month, book):
        return _("%(year)d 年的放假安排还没有正式导入，不能确认最终扣罚。") % {"year": month.year}
    through = LedgerState.objects.values_list("settled_through", flat=True).get()
    if through is None or through < next_month(month) - timedelta(days=1):
        return _("这个月还没有核完，请稍后再试。")
    earlier = Penalty.objects.filter(month__lt=month).exclude(month__in=PenaltyMonth.objects.values("month"))
    if first := earlier.order_by("month").values_list("month", flat=True).first():
        return _("请先确认 %(month)s。") % {"month": f"{first:%Y-%m}"}
    waiting: Any = with_status(live(Penalty.objects.filter(month=month)))
    waiting = waiting.filter(status=Status.PROVISIONAL)
    numbers = sorted(set(waiting.values_list("order__number", flat=True)[:20]))
    if numbers:
        return _("还有暂记的扣罚，先办结延期审批或反馈审核：%(numbers)s") % {"numbers": "、".join(numbers)}
    return ""


@transaction.atomic
def confirm_month(month: date, *, by: User, now: datetime) -> PenaltyMonth:
    """Locks a month for good. Raises NotAllowed 403, Blocked 409 with the reason."""
    if not may_confirm_months(standing(by, shanghai_day(now))):
        raise NotAllowed(_("扣罚月份由党政办裁定人确认。"))
    lock_ledger()
    book = rulebook.current()
    if reason := why_not(month, now=now, book=book):
        raise Blocked(reason)
    _apply_ceiling(month, now, book)
    found = digest(month)
    row = PenaltyMonth.objects.create(
        month=month,
        rows=found.rows,
        total=found.total,
        sha256=found.sha256,
        confirmed_by=by,
        confirmed_at=now,
    )
    detail = {"rows": found.rows, "total": str(found.total), "sha256": found.sha256}
    audit.record(actor=by, action="money.confirm_month", subject=row, ref=f"{month:%Y-%m}", now=now, detail=detail)
    return row


def _apply_ceiling(month: date, now: datetime, book: Rulebook) -> None:
    """A10: what passes the monthly ceiling per person is taken off by rows of their own, when a ceiling is set."""
    ceiling = book.policy_on(month).penalty_monthly_cap_per_person
    if ceiling is None:
        return
    lines = list(live(Penalty.objects.filter(month=month)).exclude(kind=PenaltyKind.CAP).order_by("day", "id"))
    by_pk = {line.pk: line for line in lines}
    for department in sorted({line.department_id for line in lines}):
        own = [(line.pk, line.rate) for line in lines if line.department_id == department]
        Penalty.objects.bulk_create(
            [_cut(by_pk[one.line], one.per_person, now) for one in reductions(own, ceiling)], ignore_conflicts=True
        )


def _cut(line: Penalty, per_person: Decimal, now: datetime) -> Penalty:
    return Penalty(
        order_id=line.order_id,
        day=line.day,
        kind=PenaltyKind.CAP,
        department_id=line.department_id,
        rate=-per_person,
        persons=line.persons,
        amount=-per_person * line.persons,
        month=line.month,
        policy_id=line.policy_id,
        persons_from=PersonsFrom(line.persons_from),
        headcount_id=line.headcount_id,
        calendar_version=line.calendar_version,
        at=now,
    )


def totals(month: date, departments: Any = None) -> list[dict[str, Any]]:
    """Per department of the month: lines, yuan, and yuan per person, from the ledger alone (B8)."""
    rows = Penalty.objects.filter(month=month)
    if departments is not None:
        rows = rows.filter(department_id__in=departments)
    found: Any = (
        rows.values("department_id", "department__code", "department__name")
        .annotate(lines=Count("pk"), total=Sum("amount"))
        .order_by("department__position", "department_id")
    )
    return list(found)
