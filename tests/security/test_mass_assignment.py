"""T11 for pages: a field nobody asked for changes nothing, whatever column it is named like."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from complaints.forms import FORMS, IntakeForm
from complaints.models import Order, OrderEvent
from people.models import User
from tests.security.people_and_orders import World
from tests.security.routes import page_addresses
from tests.security.test_bad_input import DOES, doer, orders_at_work

pytestmark = pytest.mark.django_db

COLUMNS = sorted(
    {name for field in Order._meta.get_fields() for name in (field.name, getattr(field, "attname", ""))} - {""}
)
# One value per kind of column that would be visible at once if it were taken.
VALUES: dict[str, str] = {
    "state": "archived",
    "number": "20990101-0001",
    "query_code": "HACKED",
    "due_on": "2099-01-01",
    "due_at": "2099-01-01T00:00",
    "registered_at": "2001-01-01T00:00",
    "closed_at": "2001-01-01T00:00",
    "audience": "1",
    "priority": "1",
    "lead_department": "hotline",
}
GOOD: dict[str, dict[str, str]] = {
    "add_fact": {"text": "补充说明"},
    "contact_customer": {"at": "2026-09-07T15:00", "means": "phone", "result": "reached", "note": "已说明"},
    "investigate": {
        "plan": "测量",
        "findings": "电压偏低",
        "verified": "no",
        "cause_party": "third_party",
        "cause": "未移交",
    },
    "accept": {"handler": ""},
    "withdraw": {"reason": "客户撤回"},
    "reject_dispatch": {"reason": "应由调度承办"},
    "accept_feedback": {"text": ""},
    "return_feedback": {"missing": "缺测量记录"},
}


def extras(asked: set[str]) -> dict[str, str]:
    return {name: VALUES.get(name, "7") for name in COLUMNS if name not in asked}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def test_a_step_writes_the_same_columns_whatever_else_is_sent(world: World) -> None:
    """The step with and without fields named like every column of an order: the same row results."""
    numbers = orders_at_work(world)
    for step, good in GOOD.items():
        asked = set(getattr(FORMS[step], "base_fields", {})) | {"version"}
        assert len(extras(asked)) > 40
        address = reverse("order_act", args=[numbers[step], step])
        rows, answers = [], []
        for more in ({}, extras(asked)):
            with transaction.atomic():
                answer = world.client(DOES.get(step) or doer(step)).post(address, good | more)
                rows.append(Order.objects.values().get(number=numbers[step]))
                answers.append(answer.status_code)
                transaction.set_rollback(True)
        assert answers == [302, 302], step
        assert changed(rows[0], rows[1]) == set(), step


def test_an_older_or_newer_version_is_refused_and_a_wrong_one_named(world: World) -> None:
    """F20: the picture a form was opened on is checked, not taken over."""
    order = world.orders["own"]
    address = reverse("order_act", args=[order.number, "add_fact"])
    for version in ("1", str(order.version + 1), "0", "-1", "x", "9" * 30):
        before = Order.objects.values().get(pk=order.pk)
        answer = world.client("handler").post(address, {"text": "补充", "version": version})
        assert answer.status_code in {400, 409}, version
        assert Order.objects.values().get(pk=order.pk) == before


def test_the_intake_registers_what_its_form_asks(world: World) -> None:
    asked = set(IntakeForm.base_fields)
    good = {
        "channel": "hotline",
        "kind": "complaint",
        "category": "power_quality",
        "content": "电压低",
        "caller_name": "王小明",
        "caller_phone": "13800009999",
        "read_back": "on",
    }
    rows = []
    for more in ({}, extras(asked)):
        with transaction.atomic():
            answer = world.client("agent").post("/intake/", good | more)
            assert answer.status_code == 302
            rows.append(Order.objects.values().order_by("-pk")[0])
            transaction.set_rollback(True)
    assert changed(rows[0], rows[1]) <= {"id", "query_code", "number"}
    assert rows[1]["query_code"] != VALUES["query_code"]
    assert rows[1]["number"] != VALUES["number"]


def test_the_account_gives_itself_no_rights(world: World) -> None:
    """Neither the own account nor the administrator's edit form takes a column it does not show."""
    addresses = page_addresses(world)
    tricks = {
        "is_active": "",
        "session_epoch": "9",
        "must_change_password": "",
        "role": "manager",
        "username": "root",
        "id": "1",
    }
    for who, route, good in (
        ("agent", "preferences", {"theme": "dark"}),
        ("admin", "user_edit", {"name": "新名", "agent_no": "", "phone": ""}),
    ):
        person = world.users["agent" if who == "agent" else "coop"]
        rows = []
        for more in ({}, tricks):
            with transaction.atomic():
                assert world.client(who).post(addresses[route], good | more).status_code == 302
                rows.append((User.objects.values().get(pk=person.pk), person.assignments.count()))
                transaction.set_rollback(True)
        assert rows[0] == rows[1]


def test_an_order_is_deleted_by_nobody(world: World) -> None:
    number = world.orders["own"].number
    for who in ("director", "manager", "admin", "auditor", "contact"):
        for address in (reverse("order", args=[number]), f"/api/v1/orders/{number}/"):
            assert world.client(who).delete(address).status_code in {403, 404, 405}
    assert Order.objects.filter(number=number).exists()
    assert OrderEvent.objects.filter(order__number=number).exists()
