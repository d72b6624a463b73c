from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from complaints.models import Order
from people import tokens
from people.models import User
from tests.factories import MONDAY, Company

Api = Callable[[User | None], APIClient]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Monday evening of an ordinary week; ``clock.shift`` moves on."""
    with time_machine.travel(MONDAY + timedelta(hours=10), tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def company(db: None, clock: time_machine.Traveller) -> Company:
    return Company()


@pytest.fixture
def api(db: None, clock: time_machine.Traveller) -> Api:
    """A client with the user's token; without a user, nobody's."""

    def client_of(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            _token, text = tokens.issue(user, now=timezone.now())
            client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
        return client

    return client_of


@pytest.fixture
def order(company: Company) -> Order:
    """A dispatched complaint, not yet accepted."""
    return company.order()
