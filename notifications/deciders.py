"""Audiences of approvals: whose turn it is, and who asked; read from the case the event names."""

from django.utils.translation import gettext_lazy as _

from escalation.models import Approval
from escalation.services.authority import Authority
from escalation.services.cases import barred_from, open_step
from escalation.vocabulary import ApprovalStatus, Rung
from notifications.audience import Audience, Happened, Posts
from policy.limits import shanghai_day


def _case(it: Happened) -> Approval | None:
    pk = it.fact("approval")
    return Approval.objects.filter(pk=pk).prefetch_related("steps").first() if isinstance(pk, int) else None


def _deciders(it: Happened, posts: Posts) -> set[int]:
    """Everybody who may decide the rung that is open now (A29); nobody once the case is closed."""
    case = _case(it)
    if case is None or it.order is None or case.status != ApprovalStatus.PENDING:
        return set()
    steps = list(case.steps.all())
    step = open_step(steps)
    if step is None:
        return set()
    seats = Authority(shanghai_day(posts.now), posts.tree).deciders(it.order, Rung(step.rung), barred_from(case, steps))
    return {seat.user_id for seat in seats}


def _requester(it: Happened, posts: Posts) -> set[int]:
    case = _case(it)
    return {case.requested_by_id} if case else set()


DECIDERS = Audience(_("轮到审批的人"), _deciders)
REQUESTER = Audience(_("申请人"), _requester)
