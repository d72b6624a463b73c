"""One company per module, built once inside one transaction that is never committed."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction

from tests.security.people_and_orders import NOW, World, build


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True, scope="session")
def quiet() -> Iterator[None]:
    """Thousands of refusals are what these tests are made of; their log lines cost more than the requests."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
