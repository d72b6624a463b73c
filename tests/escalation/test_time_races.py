"""Two people, one moment: approve and reject, decide and take back, decide and sweep leave exactly one effect (T4).

A few rounds in every run; ``make proof`` runs 200 rounds of each.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from complaints.errors import Blocked, NotNow, Refused
from complaints.models import Order, OrderEvent
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.models import Approval, Deadline, Escalation, EscalationStep, Extension, Reminder
from escalation.services import settle_due
from escalation.services.cases import decide, withdraw
from escalation.services.extensions import request_extension
from escalation.services.pressure import deal_with
from escalation.vocabulary import ApprovalStatus, Decision, EscalationAct, Ground
from people.roles import Role
from tests.conftest import COMMITTED
from tests.factories import MONDAY, Company, at, person

pytestmark = COMMITTED
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]
TUESDAY = MONDAY + timedelta(days=1)
LATE = at("2026-09-21 00:00")


def accepted(company: Company) -> Order:
    return perform(company.order(MONDAY), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def asked(company: Company, order: Order) -> Extension:
    return request_extension(
        order, by=company.handler, now=TUESDAY, limit_days=20, ground=Ground.OUTSIDE_EVIDENCE, text="取证"
    )


def told_off(outcomes: list[Any]) -> None:
    """Exactly one was too late and reads why; nothing else went wrong."""
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert len(refused) == 1, outcomes
    assert isinstance(refused[0], (NotNow, Blocked)), refused


@pytest.mark.parametrize("rounds", ROUNDS)
def test_approve_and_reject_at_once(rounds: int, at_once: Run) -> None:
    """Invariant 16: each approval is decided once; two decisions never both succeed."""
    company = Company()
    other = person(Role.DEPARTMENT_HEAD, company.lead)
    for _round in range(rounds):
        order = accepted(company)
        case = asked(company, order)

        def say(by: Any, decision: Decision, case: Extension = case) -> Approval:
            return decide(case, KINDS["extension"], by=by, now=TUESDAY, decision=decision, position=1, opinion="意见")

        told_off(at_once(lambda: say(company.head, Decision.APPROVED), lambda: say(other, Decision.REJECTED)))
        case.refresh_from_db()
        order = Order.objects.get(pk=order.pk)
        assert (order.limit_days == 20) == (case.status == ApprovalStatus.APPROVED)
        assert case.steps.exclude(decision="").count() == 1
        moved = OrderEvent.objects.filter(order=order, name="reschedule").count()
        assert moved == (case.status == ApprovalStatus.APPROVED)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_approve_and_take_back_at_once(rounds: int, at_once: Run) -> None:
    company, kind = Company(), KINDS["extension"]
    for _round in range(rounds):
        order = accepted(company)
        case = asked(company, order)
        told_off(
            at_once(
                lambda case=case: decide(
                    case, kind, by=company.head, now=TUESDAY, decision=Decision.APPROVED, position=1
                ),
                lambda case=case: withdraw(case, kind, by=company.handler, now=TUESDAY),
            )
        )
        assert not order.holds.filter(released_at__isnull=True).exists()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_requests_at_once_leave_one(rounds: int, at_once: Run) -> None:
    """Invariant 3."""
    company = Company()
    for _round in range(rounds):
        order = accepted(company)
        told_off(at_once(lambda order=order: asked(company, order), lambda order=order: asked(company, order)))
        assert Extension.objects.filter(order=order, status=ApprovalStatus.PENDING).count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_decision_and_the_sweep_at_once(rounds: int, at_once: Run) -> None:
    """The grant wins over the breach in whatever order they come; nothing waits for ever."""
    company = Company()
    for _round in range(rounds):
        order = accepted(company)
        case = asked(company, order)
        outcomes = at_once(
            lambda case=case: decide(
                case, KINDS["extension"], by=company.head, now=LATE, decision=Decision.APPROVED, position=1
            ),
            lambda: settle_due(LATE),
        )
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
        settle_due(LATE)
        order = Order.objects.get(pk=order.pk)
        row = Deadline.objects.get(order=order, rule="answer")
        assert (order.overdue_since, row.breached_at, row.due_at) == (None, None, order.due_at)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_sweeps_at_once_mark_and_remind_once(rounds: int, at_once: Run) -> None:
    company = Company()
    for _round in range(rounds):
        order = accepted(company)
        outcomes = at_once(lambda: settle_due(LATE), lambda: settle_due(LATE))
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
        settle_due(LATE)
        assert Escalation.objects.filter(order=order).count() == 1
        assert Deadline.objects.filter(order=order, rule="answer").count() == 1
        names = list(OrderEvent.objects.filter(order=order).values_list("name", flat=True))
        assert (names.count("overdue"), names.count("escalated")) == (1, 1)
        reminded = Reminder.objects.filter(order=order, deadline__rule="answer", user=company.head)
        assert reminded.count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_heads_at_once_take_an_escalated_order_once(rounds: int, at_once: Run) -> None:
    """B23."""
    company = Company()
    other = person(Role.DEPARTMENT_HEAD, company.lead)
    for _round in range(rounds):
        order = accepted(company)
        settle_due(LATE)
        row = Escalation.objects.get(order=order)

        def take(by: Any, row: Escalation = row) -> Escalation:
            return deal_with(row, by=by, now=LATE, act=EscalationAct.TAKEN)

        outcomes = at_once(lambda: take(company.head), lambda: take(other))
        assert [isinstance(one, Refused) for one in outcomes].count(True) == 1, outcomes
        assert EscalationStep.objects.filter(escalation=row).count() == 1
