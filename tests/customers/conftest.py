"""One customer of a station, and browsers signed in as its people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from customers.models import Customer, TransformerArea
from customers.services import create_customer
from people.models import AuditEntry, User
from people.roles import Role
from tests.factories import MONDAY, dept, person

MakeCustomer = Callable[..., Customer]
SignIn = Callable[..., Client]

ROLES_OUTSIDE = [
    (Role.HANDLER, "production_tech_dept"),
    (Role.DEPARTMENT_HEAD, "marketing_dept"),
    (Role.ADJUDICATOR, "party_admin_office"),
    (Role.SYSTEM_ADMIN, "company"),
    (Role.API_CLIENT, "company"),
    (Role.STATION_HEAD, "station_binhai"),
    (Role.GRID_WORKER, "station_binhai"),
]


@pytest.fixture(autouse=True)
def signed_in_fully(settings: Settings) -> None:
    settings.DEMO = True  # the second factor is told in the tests of people


@pytest.fixture
def area(db: None) -> TransformerArea:
    return TransformerArea.objects.create(
        code="JW-001", name="柳浪新村", station=dept("station_jiangwan"), households=273
    )


@pytest.fixture
def make_customer(db: None) -> MakeCustomer:
    def make(account_no: str = "6100975513", *, numbers: tuple[str, ...] = ("13800002236",), **fields: Any) -> Customer:
        station = dept(fields.pop("station", "station_jiangwan"))
        fields.setdefault("name", "李承洲")
        fields.setdefault("address", "江湾街道柳浪新村 14 幢 301")
        return create_customer(by=None, now=MONDAY, account_no=account_no, station=station, numbers=numbers, **fields)

    return make


@pytest.fixture
def customer(make_customer: MakeCustomer, area: TransformerArea) -> Customer:
    return make_customer(area=area)


@pytest.fixture
def sign_in(db: None) -> SignIn:
    def enter(role: Role | None, department: str = "hotline", *, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or person(role, department), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


def audited(action: str, **wanted: Any) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action, **wanted).order_by("pk"))
