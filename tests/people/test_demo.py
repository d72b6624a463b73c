"""The demo company: one account per role, a contact and a backup everywhere, a roster without gaps."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from people import demo, services
from people.models import Department, DutyShift, User
from people.roles import NEEDS_AGENT_NO, Role
from people.standing import departments_without_contact, headcount, standing
from tests.factories import MONDAY
from tests.people.conftest import enter

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 7)


@pytest.fixture
def built(clock: Any) -> dict[str, Any]:
    return demo.build(MONDAY)


def test_there_is_an_account_for_every_role(built: dict[str, Any], client: Client) -> None:
    for account in demo.ACCOUNTS:
        assert standing(built["users"][account.username], DAY).has(account.role)
    assert {account.role for account in demo.ACCOUNTS} == set(Role)
    assert enter(client, "agent", demo.DEMO_PASSWORD).status_code == 302


def test_it_is_complete(built: dict[str, Any]) -> None:
    """Contact, backup and headcount everywhere (S4-R03, B16), agent numbers (S4-R08), no gap on duty (S4-R06)."""
    assert departments_without_contact(DAY) == []
    for code, department in built["departments"].items():
        assert (headcount(department.pk, DAY) is not None) == (code != "company")
    assert not User.objects.filter(assignments__role__in=NEEDS_AGENT_NO, agent_no=None).exists()
    begin = MONDAY.replace(hour=0, minute=0)
    assert services.roster_gaps(begin=begin, end=begin + timedelta(days=7)) == []


def test_building_twice_changes_nothing(built: dict[str, Any]) -> None:
    counts = [model.objects.count() for model in (User, Department, DutyShift)]
    demo.build(MONDAY + timedelta(days=1))
    assert [model.objects.count() for model in (User, Department, DutyShift)] == counts


def test_the_first_administrator_is_made_at_the_command_line(client: Client, clock: Any) -> None:
    told = StringIO()
    call_command("create_admin", "chengli", "程立", stdout=told)
    name, password = told.getvalue().split()
    assert enter(client, name, password).status_code == 302
    assert standing(User.objects.get(username=name), DAY).has(Role.SYSTEM_ADMIN)
    with pytest.raises(CommandError):
        call_command("create_admin", "chengli", "程立")
