"""The inbox and the order page, as requester, decider and onlooker see them (S4-R43..R45, A29, B21)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from complaints.models import Order, OrderEvent
from complaints.services import perform
from escalation.models import Approval, Extension
from escalation.vocabulary import ApprovalStatus
from people.models import Assignment, User
from people.roles import Role
from tests.factories import MONDAY, Company, person, post

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def order(company: Company) -> Order:
    return perform(company.order(MONDAY), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(order: Order, by: User, **changes: Any) -> Any:
    body = {"limit_days": 20, "ground": "outside_evidence", "text": "需取得配电房移交协议", **changes}
    return client_of(by).post(f"/orders/{order.number}/extension/", body)


def say(case: Approval, by: User, decision: str = "approved", **changes: Any) -> Any:
    return client_of(by).post(f"/approvals/{case.pk}/", {"decision": decision, "position": 1, **changes})


def test_from_request_to_moved_due_date(company: Company, order: Order) -> None:
    """S4-R43..R45: asked for on the order's page, decided in the inbox, told on the order's page again."""
    page = client_of(company.handler).get(f"/orders/{order.number}/extension/").content.decode()
    assert "10 月 10 日 周六（第 20 个工作日）" in page
    assert "最迟可延至" in page
    assert ask(order, company.handler).status_code == 302
    case = Extension.objects.get()
    shown = client_of(company.handler).get(f"/orders/{order.number}/").content.decode()
    for words in ("延期申请待批", "获批前仍按 9 月 20 日计", "若获批", "待站所或部门负责人审批"):
        assert words in shown
    inbox = client_of(company.head).get("/approvals/").content.decode()
    assert "同意延至 10 月 10 日" in inbox
    assert "还没有联系客户的记录" in inbox
    assert say(case, company.head).status_code == 302
    order.refresh_from_db()
    assert str(order.due_on) == "2026-10-10"
    assert "若获批" not in client_of(company.handler).get(f"/orders/{order.number}/").content.decode()
    assert "没有等您审批的事项" in client_of(company.head).get("/approvals/").content.decode()
    assert "同意" in client_of(company.head).get("/approvals/?view=decided").content.decode()


def test_a_refusal_needs_words_and_keeps_them(company: Company, order: Order) -> None:
    ask(order, company.handler)
    case = Extension.objects.get()
    answer = say(case, company.head, "rejected")
    assert answer.status_code == 400
    assert "须写明审批意见" in answer.content.decode()
    assert say(case, company.head, "rejected", opinion="请先现场测量").status_code == 302
    case.refresh_from_db()
    assert case.status == ApprovalStatus.REJECTED
    events = OrderEvent.objects.filter(order=order, name="approval_refused")
    assert [event.text for event in events] == ["请先现场测量"]


def test_who_comes_second_reads_who_was_quicker(company: Company, order: Order) -> None:
    """Invariant 16; a decision never lands on another request than the one it was meant for."""
    other_head = person(Role.DEPARTMENT_HEAD, company.lead)
    ask(order, company.handler)
    case = Extension.objects.get()
    say(case, company.head)
    answer = say(case, other_head, "rejected", opinion="不同意")
    assert answer.status_code == 409
    assert company.head.name in answer.content.decode()
    assert "不同意" not in OrderEvent.objects.filter(order=order).values_list("text", flat=True)


def test_beyond_the_cap_the_server_refuses_with_the_last_date(company: Company, order: Order) -> None:
    """S4-R45: whatever the page offered."""
    answer = ask(order, company.handler, limit_days=31)
    assert answer.status_code == 400
    assert str(order.cap_on) in answer.content.decode()
    assert not Extension.objects.exists()


def test_a_substitute_decides_on_the_days_of_the_post_only(company: Company, order: Order) -> None:
    """B21: dated; who stands in for the requester does not decide either."""
    substitute = person()
    head_post = Assignment.objects.get(user=company.head)
    post(
        substitute,
        Role.DEPARTMENT_HEAD,
        company.lead,
        valid_from=NOW.date() + timedelta(days=1),
        valid_to=NOW.date() + timedelta(days=2),
        substitute_for=head_post,
    )
    ask(order, company.handler)
    case = Extension.objects.get()
    assert say(case, substitute).status_code == 404, "without a post the order is not even in view"
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert say(case, substitute).status_code == 302
    step = case.steps.get()
    assert (step.decided_by, step.acting_for) == (substitute, company.head)


def test_taking_back_is_the_requesters_alone(company: Company, order: Order) -> None:
    ask(order, company.handler)
    case = Extension.objects.get()
    url = f"/approvals/{case.pk}/take-back/"
    assert client_of(company.head).post(url).status_code == 403
    assert client_of(company.handler).post(url).status_code == 302
    assert client_of(company.handler).post(url).status_code == 409
    assert not order.holds.filter(released_at__isnull=True).exists()


def test_passing_up_asks_the_deputy_leader(company: Company, order: Order) -> None:
    deputy = person(Role.DEPUTY_LEADER, "leadership")
    ask(order, company.handler)
    case = Extension.objects.get()
    assert say(case, company.head, "passed_up", opinion="涉及多部门").status_code == 302
    order.refresh_from_db()
    assert order.limit_days == 10
    assert say(case, deputy, position=2).status_code == 302
    order.refresh_from_db()
    assert order.limit_days == 20
