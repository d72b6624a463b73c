"""A case's chain as people read it: who asked, who said what, whose turn it is, who comes after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from escalation.kinds import ApprovalKind
from escalation.models import Approval, ApprovalStep
from escalation.services.authority import Authority
from escalation.services.cases import barred_from, open_step
from escalation.vocabulary import ApprovalStatus, Rung
from people.models import User


@dataclass(frozen=True)
class Link:
    """``state`` is done, current or ahead; ``quote`` the opinion."""

    who: str
    what: str
    at: datetime | None = None
    quote: str = ""
    state: str = "ahead"


def chain_of(case: Approval, kind: ApprovalKind, *, reader: User, authority: Authority) -> list[Link]:
    steps = list(case.steps.all())
    turn = open_step(steps) if case.status == ApprovalStatus.PENDING else None
    links = [Link(_asker(case), _("%(d)s · 提交") % {"d": case.department.name}, case.requested_at, state="done")]
    for step in steps:
        if step.decided_by is not None:
            links.append(_decided(step))
        elif case.status == ApprovalStatus.PENDING:
            links.append(_waiting(case, step, steps, current=step is turn, reader=reader, authority=authority))
    if case.status in {ApprovalStatus.PENDING, ApprovalStatus.APPROVED}:
        done = case.status == ApprovalStatus.APPROVED
        links.append(
            Link(_("自动"), str(kind.after), case.closed_at if done else None, state="done" if done else "ahead")
        )
    else:
        who = case.requested_by.name if case.status == ApprovalStatus.TAKEN_BACK else _("系统")
        if case.status != ApprovalStatus.REJECTED:
            links.append(Link(who, case.get_status_display(), case.closed_at, state="done"))
    return links


def _asker(case: Approval) -> str:
    if case.acting_for is None:
        return case.requested_by.name
    return _("%(who)s（代 %(for)s）") % {"who": case.requested_by.name, "for": case.acting_for.name}


def _decided(step: ApprovalStep) -> Link:
    assert step.decided_by is not None
    who = step.decided_by.name
    if step.acting_for is not None:
        who = _("%(who)s（代 %(for)s）") % {"who": who, "for": step.acting_for.name}
    place = step.department.name if step.department else step.get_rung_display()
    what = _("%(place)s · %(what)s") % {"place": place, "what": step.get_decision_display()}
    return Link(who, what, step.decided_at, step.opinion, "done")


def _waiting(
    case: Approval, step: ApprovalStep, steps: list[ApprovalStep], *, current: bool, reader: User, authority: Authority
) -> Link:
    seats = authority.deciders(case.order, Rung(step.rung), barred_from(case, steps))
    if current and any(seat.user_id == reader.pk for seat in seats):
        return Link(_("我"), _("%(role)s · 待审批") % {"role": seats[0].role.label}, state="current")
    names = "、".join(dict.fromkeys(seat.name for seat in seats)) or step.get_rung_display()
    place = seats[0].role.label if seats else _("目前无人可审批")
    what = _("%(role)s · 待审批") if current else _("%(role)s · 随后")
    return Link(names, what % {"role": place}, state="current" if current else "ahead")
