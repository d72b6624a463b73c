"""An agent at the desk, and what a browser would post from there."""

from typing import Any

import pytest
from django.test import Client

from people.models import User
from people.roles import Role
from tests.factories import Company, person

CALL = {
    "channel": "hotline",
    "kind": "complaint",
    "category": "power_quality",
    "content": "每晚七点到十点电压只有一百八十伏，空调无法启动。",
    "demands": "查明原因",
    "caller_name": "王小明",
    "caller_phone": "13800001234",
    "address": "江湾新村 5 幢 402",
    "ring_count": "2",
    "read_back": "on",
}
FAULT = {
    **CALL,
    "kind": "fault_report",
    "category": "",
    "ownership": "utility",
    "fault_symptom": "全屋无电",
    "fault_scope": "neighbours",
}


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def leader() -> User:
    return person(Role.SHIFT_LEADER)


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(client: Client, **fields: Any) -> Any:
    """The intake form with these fields; None leaves one out."""
    body = {name: value for name, value in (CALL | fields).items() if value is not None}
    return client.post("/intake/", body)
