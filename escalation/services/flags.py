"""Valued or malicious: proposed by whoever works on the order, decided by the hotline director, and for a malicious one
by the deputy leader too (S0-R17, A25)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import permissions as may
from complaints.errors import Blocked, NotAllowed
from complaints.models import Attachment, Order
from escalation.kinds import ApprovalKind
from escalation.models import Approval, OrderFlag
from escalation.services.cases import lock_order, open_case
from escalation.vocabulary import ApprovalStatus, Flag, Rung
from people.models import User
from people.standing import standing
from policy.limits import shanghai_day

CHAINS = {Flag.VALUED: [Rung.HOTLINE_DIRECTOR], Flag.MALICIOUS: [Rung.HOTLINE_DIRECTOR, Rung.DEPUTY_LEADER]}


@transaction.atomic
def request_flag(
    order: Order, *, by: User, now: datetime, flag: Flag | str, text: str, evidence: Sequence[Attachment] = ()
) -> OrderFlag:
    """Raises NotAllowed 403, Blocked 409 while one waits or the same flag holds already."""
    order, flag = lock_order(order.pk), Flag(flag)
    post = may.lead_or_hotline(order, standing(by, shanghai_day(now)))
    if post is None:
        raise NotAllowed(_("标记由责任部门或热线提出。"))
    held = OrderFlag.objects.filter(order=order, flag=flag, status=ApprovalStatus.APPROVED)
    if held.exists():
        raise Blocked(_("这张工单已有这个标记。"))
    case = OrderFlag(order=order, flag=flag, text=text, requested_by=by, requested_at=now)
    case.acting_for_id, case.department_id = post.acting_for_id, post.department_id
    return open_case(case, FLAG, rungs=CHAINS[flag], evidence=evidence, now=now, data={"flag": flag})


def own_row(case: Approval) -> OrderFlag:
    return case if isinstance(case, OrderFlag) else case.orderflag


def _summary(case: Approval) -> str:
    return str(own_row(case).get_flag_display())


def _grant_label(case: Approval) -> str:
    return _("同意标记“%(flag)s”") % {"flag": own_row(case).get_flag_display()}


FLAG = ApprovalKind(
    code="flag",
    label=gettext_lazy("诉求标记"),
    icon="flag",
    style="info",
    detail_template="escalation/_plain_sheet.html",
    summary=_summary,
    grant_label=_grant_label,
    after=gettext_lazy("在工单上标记，不影响受理与时限"),
    child="orderflag",
    quick=(gettext_lazy("依据充分，同意"), gettext_lazy("依据不足")),
)
