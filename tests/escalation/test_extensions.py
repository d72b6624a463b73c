"""More time is asked for in time, decided by the right people, and never beyond the cap (S4-R43..R45, A4..A6, A29)."""

from datetime import date
from typing import Any

import pytest

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.models import Extension
from escalation.services.cases import decide, withdraw
from escalation.services.extensions import request_extension
from escalation.vocabulary import ApprovalStatus, Decision, Ground
from people.models import User
from people.roles import Role
from policy.vocabulary import Kind
from tests.factories import MONDAY, Company, at, person

pytestmark = pytest.mark.django_db

TUESDAY = at("2026-09-08 10:00")


@pytest.fixture
def company() -> Company:
    return Company()


def accepted(company: Company, **fields: Any) -> Order:
    return perform(company.order(MONDAY, **fields), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def ask(order: Order, by: User, days: int = 20, now: Any = TUESDAY) -> Extension:
    return request_extension(
        order, by=by, now=now, limit_days=days, ground=Ground.OUTSIDE_EVIDENCE, text="需取得配电房移交协议"
    )


def say(case: Extension, by: User, decision: Decision = Decision.APPROVED, position: int = 1, **more: Any) -> Extension:
    more.setdefault("now", TUESDAY)
    more.setdefault("opinion", "情况属实" if decision != Decision.APPROVED else "")
    return decide(case, KINDS[case.kind], by=by, decision=decision, position=position, **more)  # type: ignore[return-value]


def test_the_head_grants_twenty_days_and_the_due_date_moves(company: Company) -> None:
    order = accepted(company)
    assert order.due_on == date(2026, 9, 20)
    case = ask(order, company.handler)
    order = Order.objects.get(pk=order.pk)
    assert order.due_on == date(2026, 9, 20), "the clock runs on until somebody decides (A4)"
    say(case, company.head)
    order = Order.objects.get(pk=order.pk)
    assert (str(order.due_on), order.limit_days) == ("2026-10-10", 20)
    case.refresh_from_db()
    assert (case.status, case.to_on) == (ApprovalStatus.APPROVED, order.due_on)


def test_beyond_day_twenty_the_deputy_leader_decides_too(company: Company) -> None:
    order = accepted(company)
    deputy = person(Role.DEPUTY_LEADER, "leadership")
    case = ask(order, company.handler, 21)
    say(case, company.head)
    assert Order.objects.get(pk=order.pk).limit_days == 10
    with pytest.raises(NotAllowed):
        say(case, company.head, position=2)
    say(case, deputy, position=2)
    assert Order.objects.get(pk=order.pk).limit_days == 21


def test_requester_and_handler_never_decide(company: Company) -> None:
    order = accepted(company)
    with pytest.raises(Blocked, match="没有可以审批"):
        ask(order, company.head)
    deputy = person(Role.DEPUTY_LEADER, "leadership")
    by_head = ask(order, company.head)
    for nobody in (company.head, company.handler, company.outsider):
        with pytest.raises(NotAllowed):
            say(by_head, nobody)
    say(by_head, deputy)
    assert Order.objects.get(pk=order.pk).limit_days == 20


def test_one_request_waits_at_a_time(company: Company) -> None:
    order = accepted(company)
    case = ask(order, company.handler)
    with pytest.raises(Blocked):
        ask(order, company.contact, 25)
    withdraw(case, KINDS[case.kind], by=company.handler, now=TUESDAY)
    ask(order, company.contact, 25)


def test_beyond_the_cap_the_last_possible_date_is_told(company: Company) -> None:
    order = accepted(company)
    with pytest.raises(Invalid, match=str(order.cap_on)):
        ask(order, company.handler, 31)


def test_only_complaints_and_reports_and_only_before_the_due_date(company: Company) -> None:
    with pytest.raises(Blocked, match="投诉、举报"):
        ask(accepted(company, kind=Kind.CONSULTATION), company.handler, 5)
    with pytest.raises(Blocked, match="到期前"):
        ask(accepted(company), company.handler, now=at("2026-09-21 00:00"))


def test_a_decision_is_taken_once(company: Company) -> None:
    case = ask(accepted(company), company.handler)
    say(case, company.head, Decision.REJECTED)
    with pytest.raises(NotNow, match="驳回"):
        say(case, company.head)
