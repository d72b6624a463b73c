"""Money back to the customer, only after approval (S0-R37, S1-R13, S3-R12)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import permissions as may
from complaints.errors import Blocked, Invalid, NotAllowed
from complaints.models import Order
from complaints.services import place_hold, release_hold
from escalation.kinds import ApprovalKind
from escalation.models import Approval, Compensation
from escalation.money import CompensationKind
from escalation.services.cases import lock_order, open_case
from escalation.vocabulary import Rung
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.models import Policy


@transaction.atomic
def ask_compensation(
    order: Order,
    *,
    form: CompensationKind | str,
    amount: Decimal,
    text: str,
    charged: Decimal | None = None,
    correct: Decimal | None = None,
    visit_on: date | None = None,
    by: User,
    now: datetime,
) -> Compensation:
    """Puts it before the department head and, from the amount on that is set, the deputy leader; archive waits
    (S3-R12). Raises NotAllowed, Invalid, Blocked."""
    order = lock_order(order.pk)
    post = may.lead_department(order, standing(by, shanghai_day(now)))
    if post is None:
        raise NotAllowed(_("补偿、退费由责任部门提出。"))
    if order.closed_at is not None:
        raise Blocked(_("工单已结束，不能再提补偿。"))
    if form == CompensationKind.REFUND and (charged is None or correct is None or charged - correct != amount):
        raise Invalid(_("退补电费须填原收费和应收费，二者之差等于金额。"), field="amount")
    case = Compensation(
        order=order,
        text=text,
        form=form,
        amount=amount,
        charged=charged,
        correct=correct,
        visit_on=visit_on,
        requested_by=by,
        requested_at=now,
        acting_for_id=post.acting_for_id,
        department_id=post.department_id,
    )
    policy = rulebook.current().policy_on(shanghai_day(now))
    data = {"amount": str(amount), "form": str(form), "numbers_since": str(policy.effective_from)}
    case = open_case(case, COMPENSATION, rungs=rungs_for(amount, policy), now=now, data=data)
    place_hold(order, blocks="archive", reason=_("补偿退费待批，批完才能归档。"), source=_source(case), by=by, now=now)
    return case


def rungs_for(amount: Decimal, policy: Policy) -> list[Rung]:
    """S3-R12: two steps from the amount on that the numbers of the day of the request name; always where none is set.
    The case keeps its steps, whatever the number becomes."""
    threshold = policy.compensation_two_step_yuan
    if threshold is not None and amount < threshold:
        return [Rung.HEAD]
    return [Rung.HEAD, Rung.DEPUTY_LEADER]


def _source(case: Approval) -> str:
    return f"escalation.compensation.{case.pk}"


def _let_go(case: Approval, *, by: User, now: datetime) -> None:
    release_hold(case.order, blocks="archive", source=_source(case), by=by, now=now)


def _compensation(case: Approval) -> Compensation:
    return case if isinstance(case, Compensation) else case.compensation


def _money(case: Approval) -> str:
    row = _compensation(case)
    return _("%(form)s %(amount)s 元") % {"form": row.get_form_display(), "amount": f"{row.amount:,.2f}"}


def _compensation_details(case: Approval, *, now: datetime) -> dict[str, Any]:
    return {"compensation": _compensation(case)}


COMPENSATION = ApprovalKind(
    code="compensation",
    label=gettext_lazy("补偿退费"),
    icon="note",
    style="wait",
    detail_template="escalation/_compensation_sheet.html",
    summary=_money,
    grant_label=lambda case: _("同意%(what)s") % {"what": _money(case)},
    after=gettext_lazy("按批准的金额兑现，工单可以归档"),
    child="compensation",
    details=_compensation_details,
    granted=_let_go,
    refused=_let_go,
    quick=(gettext_lazy("同意，尽快兑现"), gettext_lazy("请补充损失证明")),
)
