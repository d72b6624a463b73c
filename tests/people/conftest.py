"""Browsers and codes for the tests of people."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from people.models import AuditEntry, User
from people.roles import Role
from tests.factories import MONDAY, PASSWORD, person

SignIn = Callable[..., Client]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.people.urls"
    settings.DEMO = False


@pytest.fixture
def clock() -> Any:
    """The frozen moment; ``clock.shift(timedelta)`` moves it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def enter(client: Client, username: str, password: str = PASSWORD, *, to: str = "/login/") -> HttpResponse:
    return client.post(to, {"username": username, "password": password})  # type: ignore[return-value]


def opened(user: User) -> Client:
    """A browser signed in as this person, second factor included where there is one."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    if device is not None:
        session = client.session
        session["otp_device_id"] = device.persistent_id
        session.save()
    return client


def with_device(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="totp", confirmed=True)


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    return f"{totp(device.bin_key, device.step, device.t0 - steps * device.step, device.digits):06d}"


@pytest.fixture
def admin(db: None, clock: Any) -> User:
    user = person(Role.SYSTEM_ADMIN, "company")
    with_device(user)
    return user


@pytest.fixture
def admin_page(admin: User) -> Client:
    return opened(admin)


def audited(action: str, **wanted: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action, **wanted).order_by("pk"))
