"""``manage.py audit`` sees every kind of breakage it is there for."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from complaints.invariants import INVARIANTS
from complaints.models import Order
from complaints.vocabulary import State
from notifications.models import Message
from tests.factories import Company

pytestmark = pytest.mark.django_db


def broken() -> set[int]:
    return {invariant.number for invariant in INVARIANTS if invariant.find()}


def tamper(sql: str, order: Order | None = None) -> None:
    """As a superuser may who switches the guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, [order.pk] if order else None)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def company() -> Company:
    return Company()


def test_orders_taken_through_the_door_keep_every_invariant(company: Company) -> None:
    for state in (State.CLASSIFIED, State.INVESTIGATED, State.RESOLVED, State.CALLBACK, State.ARCHIVED):
        company.taken_to(state)
    assert broken() == set()


def forget_messages(order: Order) -> None:
    """What was told of an event holds on to it; without this the database itself would refuse the breakage."""
    Message.objects.filter(event__order=order).delete()


EVENT = "complaints_orderevent WHERE order_id = %s AND name"
BREAKAGES = [
    ("UPDATE complaints_order SET due_on = due_on + 1, due_at = due_at + interval '1 day' WHERE id = %s", {1, 5}),
    ("UPDATE complaints_order SET limit_days = 11 WHERE id = %s", {1}),
    ("UPDATE complaints_order SET due_provisional = true WHERE id = %s", {1}),
    ("UPDATE complaints_order SET cap_on = cap_on + 1 WHERE id = %s", {1}),
    ("UPDATE complaints_orderevent SET data = data - 'calendar' WHERE order_id = %s AND name = 'classify'", {5}),
    ("UPDATE complaints_orderevent SET data = data - 'due_on' WHERE order_id = %s AND name = 'classify'", {5}),
    (f"DELETE FROM {EVENT} = 'resolve'", {6, 13}),
    (f"DELETE FROM {EVENT} = 'contact_customer'", {6}),
    ("UPDATE complaints_order SET event_seq = event_seq + 1 WHERE id = %s", {6}),
    ("UPDATE complaints_orderevent SET at = at - interval '9 days' WHERE order_id = %s AND name = 'resolve'", {6}),
    ("UPDATE complaints_orderevent SET name = 'withdraw' WHERE order_id = %s AND name = 'archive'", {13}),
    ("UPDATE complaints_orderevent SET to_state = 'callback' WHERE order_id = %s AND name = 'archive'", {13}),
    ("UPDATE complaints_order SET state = 'withdrawn' WHERE id = %s", {13}),
    ("UPDATE complaints_feedback SET status = 'returned' WHERE order_id = %s", {14}),
    ("DELETE FROM complaints_contact WHERE order_id = %s AND purpose = 'callback'", {14}),
    ("UPDATE complaints_contact SET answered = false WHERE order_id = %s", {14}),
    ("UPDATE complaints_order SET archive_ground = '' WHERE id = %s", {14}),
    ("UPDATE complaints_order SET archive_ground = 'anonymous' WHERE id = %s", {14}),
    ("UPDATE complaints_order SET archive_ground = 'answered_on_call' WHERE id = %s", {14}),
    ("UPDATE complaints_order SET lead_department_id = NULL WHERE id = %s", {15}),
    ("UPDATE complaints_order SET master_id = id WHERE id = %s", {15}),
]


@pytest.mark.parametrize(("sql", "numbers"), BREAKAGES, ids=[str(n) for n in range(len(BREAKAGES))])
def test_a_broken_row_is_found(company: Company, sql: str, numbers: set[int]) -> None:
    order = company.taken_to(State.ARCHIVED)
    forget_messages(order)
    tamper(sql, order)
    assert broken() == numbers


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("ALTER TABLE people_requestkey DROP CONSTRAINT one_answer_per_user_and_key", 17),
        ("ALTER TABLE complaints_call DROP CONSTRAINT complaints_call_source_key_key CASCADE", 17),
        ("ALTER TABLE complaints_order DROP CONSTRAINT complaints_order_number_key CASCADE", 18),
    ],
)
def test_a_missing_unique_key_is_found_before_it_matters(sql: str, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert broken() == {number}


def test_a_number_given_twice_is_found(company: Company) -> None:
    first, second = company.order(), company.order()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE complaints_order DROP CONSTRAINT complaints_order_number_key CASCADE")
    Order.objects.filter(pk=first.pk)
    tamper(f"UPDATE complaints_order SET number = '{first.number}' WHERE id = %s", second)
    found = next(invariant for invariant in INVARIANTS if invariant.number == 18).find()
    assert found[0] == f"{first.number} 2"


def test_the_command_tells_and_fails(company: Company) -> None:
    out = io.StringIO()
    call_command("audit", stdout=out)
    assert out.getvalue().endswith("全部相符\n")
    order = company.taken_to(State.ARCHIVED)
    tamper("UPDATE complaints_order SET archive_ground = '' WHERE id = %s", order)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 项不符") as refused:
        call_command("audit", stdout=out)
    assert refused.value.returncode == 1
    assert order.number in out.getvalue()


def test_the_command_cannot_write(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    order = company.order()
    careless = type(INVARIANTS[0])(99, "写", lambda: [str(Order.objects.filter(pk=order.pk).update(title="x"))])
    monkeypatch.setattr("complaints.invariants.INVARIANTS", (careless,))
    with pytest.raises(Exception, match="read-only"):
        call_command("audit", stdout=io.StringIO())
