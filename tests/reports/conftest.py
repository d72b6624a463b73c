"""A signed-in client per person, second factor included."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from people.models import User
from tests.reports.golden import NOW, Golden, play

SignIn = Callable[[User], Client]


@pytest.fixture(scope="module")
def played(django_db_setup: None, django_db_blocker: Any) -> Iterator[Golden]:
    """The golden month, played once for a module inside one transaction that is never committed."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        yield play()
        transaction.set_rollback(True)


@pytest.fixture
def golden(played: Golden, db: None) -> Iterator[Golden]:
    """The month as played, on its own day; what a test does to it is taken back."""
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        yield played
        transaction.set_rollback(True)


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        device = TOTPDevice.objects.create(user=user, name="t", confirmed=True)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
        return client

    return sign_in
