"""Two programs, one moment (T4): of two acts that exclude each other one is done, the other is told 409."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from complaints.models import Order
from complaints.services import perform
from escalation.models import Approval, EscalationStep, Supervision
from escalation.services.pressure import urge
from escalation.services.promises import make_promise
from people import tokens
from people.models import User
from people.roles import Role
from tests.api.bodies import version_of
from tests.conftest import COMMITTED
from tests.factories import MONDAY, Company, person

pytestmark = COMMITTED
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]
NOW = MONDAY + timedelta(hours=1)
EXTENSION = {"limit_days": 20, "ground": "outside_evidence", "text": "须向表厂取证"}


class Programs:
    """Clients with tokens of their own, and orders to meet at."""

    def __init__(self) -> None:
        self.company = Company()
        self.other = person(Role.DEPARTMENT_HEAD, self.company.lead)
        self.leader = person(Role.DEPUTY_LEADER, "leadership")

    def client(self, user: User) -> APIClient:
        client, (_row, text) = APIClient(), tokens.issue(user, now=NOW)
        client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
        return client

    def accepted(self) -> Order:
        company = self.company
        return perform(company.order(MONDAY), "accept", by=company.contact, now=MONDAY, handler=company.handler)


@pytest.fixture
def programs(committed: None) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield Programs()


def one_done(outcomes: list[Any]) -> None:
    done = sorted(answer.status_code for answer in outcomes)
    assert done in ([200, 409], [201, 409]), [answer.content for answer in outcomes]


def sender(client: APIClient, address: str, body: dict[str, Any]) -> Callable[[], Any]:
    return lambda: client.post(address, body)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_requests_for_more_time(rounds: int, at_once: Run, programs: Programs) -> None:
    """Invariant 3."""
    first, second = programs.client(programs.company.handler), programs.client(programs.company.contact)
    for _round in range(rounds):
        order = programs.accepted()
        address, body = f"/api/v1/orders/{order.number}/extensions/", EXTENSION | {"version": version_of(order)}
        one_done(at_once(sender(first, address, body), sender(second, address, body)))
        assert Approval.objects.filter(order=order).count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_grant_and_a_take_back(rounds: int, at_once: Run, programs: Programs) -> None:
    """Invariant 16."""
    company = programs.company
    asks, decides = programs.client(company.handler), programs.client(company.head)
    word = {"decision": "approved", "position": 1, "opinion": ""}
    for _round in range(rounds):
        order = programs.accepted()
        body = EXTENSION | {"version": version_of(order)}
        case = asks.post(f"/api/v1/orders/{order.number}/extensions/", body).json()["id"]
        place = f"/api/v1/approvals/{case}"
        one_done(at_once(sender(decides, f"{place}/decision/", word), sender(asks, f"{place}/take-back/", {})))
        row = Approval.objects.get(pk=case)
        assert (Order.objects.get(pk=order.pk).limit_days == 20) == (row.status == "approved")


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_heads_take_it(rounds: int, at_once: Run, programs: Programs) -> None:
    """B23."""
    company = programs.company
    first, second = programs.client(company.head), programs.client(programs.other)
    for _round in range(rounds):
        order = programs.accepted()
        urge(order, by=company.agent, now=NOW, level="urge", text="客户再次来电")
        address, body = f"/api/v1/orders/{order.number}/escalations/", {"act": "taken", "version": version_of(order)}
        one_done(at_once(sender(first, address, body), sender(second, address, body)))
        assert EscalationStep.objects.filter(escalation__order=order).count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_leaders_supervise(rounds: int, at_once: Run, programs: Programs) -> None:
    first, second = programs.client(programs.leader), programs.client(programs.company.director)
    for _round in range(rounds):
        order = programs.accepted()
        address, body = f"/api/v1/orders/{order.number}/supervisions/", {"text": "督办", "version": version_of(order)}
        one_done(at_once(sender(first, address, body), sender(second, address, body)))
        one_done(at_once(*[sender(who, f"{address}end/", {"version": body["version"]}) for who in (first, second)]))
        assert Supervision.objects.filter(order=order, ended_at__isnull=False).count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_promise_kept_and_called_off(rounds: int, at_once: Run, programs: Programs) -> None:
    company = programs.company
    first, second = programs.client(company.handler), programs.client(company.agent)
    for _round in range(rounds):
        order = programs.accepted()
        row = make_promise(
            order, by=company.agent, now=NOW, kind="appointment", what="上门", promised_at=NOW + timedelta(days=1)
        )
        address = f"/api/v1/orders/{order.number}/promises/{row.pk}/outcome/"
        kept, off = ({"outcome": word, "version": version_of(order)} for word in ("kept", "off"))
        one_done(at_once(sender(first, address, kept), sender(second, address, off)))
        row.refresh_from_db()
        assert (row.kept_at is None) != (row.called_off_at is None)
