"""People in their posts and signed-in clients for the rule pages."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from people.models import Assignment, Department, User
from people.roles import Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
TOMORROW = dt.date(2126, 3, 2)  # a future no clock of a test machine has reached


def at(text: str) -> dt.datetime:
    """``at("2026-09-18 20:16")``: that Shanghai moment."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def department(code: str) -> Department:
    return Department.objects.get(code=code)


@pytest.fixture
def person(db: Any) -> Callable[..., User]:
    """``person(Role.MANAGER)``: a user with that one post."""

    def make(role: Role, code: str = "marketing_dept") -> User:
        n = User.objects.count()
        user = User.objects.create(username=f"user{n}", name=f"员工{n}", agent_no=f"{8000 + n}")
        Assignment.objects.create(user=user, role=role, department=department(code), valid_from=dt.date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def manager(person: Callable[..., User]) -> User:
    return person(Role.MANAGER)


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """A client signed in as that user, second factor included."""

    def sign_in(user: User) -> Client:
        client.force_login(user)
        device = TOTPDevice.objects.create(user=user, name="t", confirmed=True)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
        return client

    return sign_in
