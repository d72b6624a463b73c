"""Reading cases: what waits for a person, what he decided, what he asked for. Never more than the orders in view."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from complaints.models import Order
from escalation.approvals import KINDS
from escalation.kinds import ApprovalKind
from escalation.models import Approval, ApprovalStep
from escalation.services.authority import ROLES, Authority
from escalation.services.cases import barred_from, open_step
from escalation.vocabulary import ApprovalStatus, Rung
from people.models import User
from people.navigation import CAP
from people.standing import standing
from policy.limits import shanghai_day

MOST_SHOWN = 50
DECIDING_ROLES = frozenset(role for roles in ROLES.values() for role in roles)


def kind_of(case: Approval) -> ApprovalKind:
    return KINDS[case.kind]


def cases() -> QuerySet[Approval]:
    """Cases with what every list and sheet shows of them, in two queries."""
    children = [kind.child for kind in KINDS.values() if kind.child]
    steps = ApprovalStep.objects.select_related("decided_by", "acting_for", "department").order_by("position")
    return Approval.objects.select_related(
        "order__policy", "order__lead_department", "requested_by", "acting_for", "department", *children
    ).prefetch_related(Prefetch("steps", steps))


def in_view(rows: QuerySet[Approval], user: User, *, now: datetime) -> QuerySet[Approval]:
    """Only about orders this person may see."""
    return rows.filter(order__in=Order.objects.visible_to(user, now=now).values("pk"))


def waiting_for(user: User, *, now: datetime, authority: Authority | None = None) -> list[Approval]:
    """Undecided cases whose turn is this person's, longest waiting first."""
    if not standing(user, shanghai_day(now)).has(*DECIDING_ROLES):
        return []
    rows = in_view(cases().filter(status=ApprovalStatus.PENDING), user, now=now).order_by("requested_at", "pk")
    rule = authority or Authority(shanghai_day(now))
    return [case for case in rows if is_turn_of(user, case, rule)]


def is_turn_of(user: User, case: Approval, authority: Authority) -> bool:
    steps = list(case.steps.all())
    step = open_step(steps)
    if case.status != ApprovalStatus.PENDING or step is None:
        return False
    return authority.seat_of(user.pk, case.order, Rung(step.rung), barred_from(case, steps)) is not None


def has_a_rung(user: User, case: Approval, authority: Authority) -> bool:
    """Whether any rung of the case is, or was, this person's to decide: such a one is told who was quicker; everybody
    else is refused."""
    barred = barred_from(case, ())
    return any(authority.seat_of(user.pk, case.order, Rung(step.rung), barred) for step in case.steps.all())


def decided_by(user: User, *, now: datetime) -> list[Approval]:
    """What this person has had a say in, newest first."""
    mine = ApprovalStep.objects.filter(approval=OuterRef("pk"), decided_by=user)
    rows = in_view(cases().filter(Exists(mine)), user, now=now)
    return list(rows.order_by("-pk")[:MOST_SHOWN])


def requested_by(user: User, *, now: datetime) -> list[Approval]:
    """What this person has asked for, newest first."""
    rows = in_view(cases().filter(requested_by=user), user, now=now)
    return list(rows.order_by("-pk")[:MOST_SHOWN])


def waiting_count(user: User, now: datetime) -> int:
    """For the rail: how many wait for this person, at most one more than is shown."""
    return min(len(waiting_for(user, now=now)), CAP + 1)


def cases_of(order: Order) -> list[Approval]:
    """All cases of one order, newest first, with their steps."""
    return list(cases().filter(order=order).order_by("-pk"))


def pending(found: Iterable[Approval]) -> list[Approval]:
    return [case for case in found if case.status == ApprovalStatus.PENDING]
