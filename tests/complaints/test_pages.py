"""The pages work for those whose work they are."""

import pytest
import time_machine
from django.test import Client

from complaints.vocabulary import State
from people.roles import Role
from tests.factories import MONDAY, Company, person

pytestmark = pytest.mark.django_db


def test_the_intake_page_opens_for_an_agent(client: Client) -> None:
    client.force_login(person(Role.HOTLINE_AGENT))
    assert client.get("/intake/").status_code == 200


def test_lists_open(client: Client) -> None:
    company = Company()
    company.order()
    for user in (company.agent, company.handler, company.director, company.head):
        client.force_login(user)
        with time_machine.travel(MONDAY):
            assert client.get("/orders/").status_code == 200, user


@pytest.mark.parametrize("state", [s for s in State if s not in {State.MERGED, State.WITHDRAWN, State.REGISTERED}])
def test_the_order_page_opens_in_every_state(client: Client, state: State) -> None:
    company = Company()
    order = company.taken_to(state)
    for user in (company.agent, company.handler, company.director, company.head):
        client.force_login(user)
        answer = client.get(f"/orders/{order.number}/")
        assert answer.status_code == 200, user
