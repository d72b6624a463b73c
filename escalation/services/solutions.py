"""A complex solution is reviewed before it is issued (S0-R20): while it waits, and after it was refused, the
department's feedback is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import permissions as may
from complaints.errors import Blocked, NotAllowed
from complaints.models import Attachment, Order
from complaints.services import place_hold, release_hold
from complaints.vocabulary import BEFORE_CALLBACK
from escalation.kinds import ApprovalKind
from escalation.models import Approval
from escalation.services.cases import lock_order, open_case
from escalation.vocabulary import ApprovalStatus, Rung
from people.models import User
from people.standing import standing
from policy.limits import shanghai_day

HELD, SOURCE = "resolve", "escalation.solution"
LONGEST_SUMMARY = 60


@transaction.atomic
def request_solution(
    order: Order, *, by: User, now: datetime, text: str, to_leader: bool = False, evidence: Sequence[Attachment] = ()
) -> Approval:
    """Puts a solution before the head, and with ``to_leader`` before the deputy leader too; feedback waits for it.

    Raises NotAllowed 403, Blocked 409 when the order is not being worked on or one waits already."""
    order = lock_order(order.pk)
    post = may.lead_department(order, standing(by, shanghai_day(now)))
    if post is None:
        raise NotAllowed(_("方案由责任部门报审。"))
    if order.state not in BEFORE_CALLBACK or order.accepted_at is None:
        raise Blocked(_("工单接单后、反馈前才能报审方案。"))
    case = Approval(order=order, text=text, requested_by=by, requested_at=now)
    case.acting_for_id, case.department_id = post.acting_for_id, post.department_id
    rungs = [Rung.HEAD, Rung.DEPUTY_LEADER] if to_leader else [Rung.HEAD]
    case = open_case(case, SOLUTION, rungs=rungs, evidence=evidence, now=now)
    release_hold(order, blocks=HELD, source=SOURCE, by=by, now=now)
    place_hold(order, blocks=HELD, reason=_("处理方案待审核，审核后才能反馈。"), source=SOURCE, by=by, now=now)
    return case


def _granted(case: Approval, *, by: User, now: datetime) -> None:
    release_hold(case.order, blocks=HELD, source=SOURCE, by=by, now=now)


def _refused(case: Approval, *, by: User, now: datetime) -> None:
    """Taken back, nothing is held; refused, another solution must be put forward first."""
    release_hold(case.order, blocks=HELD, source=SOURCE, by=by, now=now)
    if case.status == ApprovalStatus.REJECTED:
        reason = _("处理方案未通过审核，请修改后重新报审。")
        place_hold(case.order, blocks=HELD, reason=reason, source=SOURCE, by=by, now=now)


def _summary(case: Approval) -> str:
    return case.text if len(case.text) <= LONGEST_SUMMARY else case.text[:LONGEST_SUMMARY] + "…"


def _grant_label(case: Approval) -> str:
    return _("同意按此方案办理")


def _meanwhile(case: Approval) -> str:
    return _("审核后才能反馈")


SOLUTION = ApprovalKind(
    code="solution",
    label=gettext_lazy("方案审核"),
    icon="stamp",
    style="info",
    detail_template="escalation/_plain_sheet.html",
    summary=_summary,
    grant_label=_grant_label,
    after=gettext_lazy("按方案办理并反馈"),
    granted=_granted,
    refused=_refused,
    meanwhile=_meanwhile,
    quick=(gettext_lazy("同意，按方案办理"), gettext_lazy("请补充依据"), gettext_lazy("请与客户再沟通")),
)
