"""How many statements a page costs, whatever there is to show (P2, B20). Counted beside session and user."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.models import Order, OrderEvent
from complaints.services import perform, place_hold
from complaints.views.pages import FOLDED, unfold_all, with_everything
from complaints.vocabulary import State
from escalation.services.extensions import request_extension
from escalation.vocabulary import Ground
from people.models import User
from people.reading import reading
from people.roles import Role
from people.standing import department_tree
from policy import rulebook
from tests.factories import MONDAY, Company, contact, dept, person

pytestmark = pytest.mark.django_db

# The goal, with the panels of every app; the numbers of the rail come with the bell.
ORDER_PAGE = 12
NOT_COUNTED = ("django_session", 'FROM "people_user" WHERE "people_user"."id" =', "SAVEPOINT", "BEGIN", "COMMIT")
PHONE = "13800001234"


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    """A moment of the story, with the rule book read."""
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False):
        rulebook.current()
        yield


@pytest.fixture
def company() -> Company:
    return Company()


def asked(
    user: User, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> list[str]:
    """Statements of one request of somebody signed in, beside those for session and user."""
    client = Client(headers=headers)
    client.force_login(user)
    client.get("/keys/")  # the first request of a session writes it
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(path, body) if body is not None else client.get(path)
    assert answer.status_code in {200, 302}, answer.content.decode()[:500]
    return [query["sql"] for query in captured if not any(words in query["sql"] for words in NOT_COUNTED)]


def with_events(order: Order, many: int) -> None:
    """Remarks up to so many events; written directly, because 500 locked notes would take seconds."""
    first = order.events.count() + 1
    assert order.lead_department is not None
    OrderEvent.objects.bulk_create(
        OrderEvent(order=order, seq=seq, at=MONDAY, name="add_fact", text="进展", by_id=order.registered_by_id)
        for seq in range(first, many + 1)
    )


@pytest.mark.parametrize("state", [State.CLASSIFIED, State.INVESTIGATED, State.CALLBACK, State.ARCHIVED])
def test_the_order_page_costs_the_same_with_5_and_with_500_events(company: Company, state: State) -> None:
    """P2, for all who work on it or look at it, with every panel filled."""
    order = filled(company, state)
    leader = person(Role.DEPUTY_LEADER, "leadership")
    readers = [company.agent, company.director, company.contact, company.handler, company.head, leader]
    few = {reader: len(asked(reader, f"/orders/{order.number}/")) for reader in readers}
    with_events(order, 500)
    for reader in readers:
        statements = asked(reader, f"/orders/{order.number}/")
        assert len(statements) == few[reader], statements
        assert len(statements) <= ORDER_PAGE, statements


def test_a_concealed_caller_costs_no_statement_more(company: Company) -> None:
    order = company.order(hide_caller=True)
    assert len(asked(company.head, f"/orders/{order.number}/")) <= ORDER_PAGE


def test_an_order_whose_extension_waits_costs_no_more(company: Company) -> None:
    """P2, for who asked and who decides: the request, what it is judged by, and its buttons come with the panels."""
    order = company.taken_to(State.INVESTIGATED)
    leader = person(Role.DEPUTY_LEADER, "leadership")
    given: dict[str, Any] = {"limit_days": 20, "ground": Ground.OUTSIDE_EVIDENCE, "text": "计量所检定结果未出"}
    request_extension(order, by=company.handler, now=MONDAY + timedelta(days=1), **given)
    for reader in (company.agent, company.director, company.contact, company.handler, company.head, leader):
        statements = asked(reader, f"/orders/{order.number}/")
        assert len(statements) <= ORDER_PAGE, statements


def filled(company: Company, state: State) -> Order:
    """An order with another one of the same caller, a hold, a part of somebody else and several contacts."""
    company.order(MONDAY - timedelta(days=3))
    order = company.taken_to(state)
    if state == State.INVESTIGATED:
        step: dict[str, Any] = {"department": dept("line_unit"), "task": "现场测量", "due_on": MONDAY.date()}
        order = perform(order, "sub_assign", by=company.contact, now=MONDAY + timedelta(days=1), **step)
        for hour in range(3):
            at = MONDAY + timedelta(days=1, hours=hour)
            perform(order, "contact_customer", by=company.handler, now=at, **contact(at=at))
    place_hold(order, blocks="archive", reason="整改未完成", source="test", by=None, now=MONDAY + timedelta(days=1))
    return order


@pytest.mark.parametrize("queue", ["mine", "overdue", "soon", "all", "closed"])
def test_a_list_costs_the_same_however_many_rows_it_shows(company: Company, queue: str) -> None:
    """B20: with 2 and with 60 orders, for hotline, department and its head; nothing is counted in full."""
    path = f"/orders/?queue={queue}"
    readers = [company.agent, company.contact, company.head]
    orders = [company.order(), company.taken_to(State.ARCHIVED)]
    few = [len(asked(reader, path)) for reader in readers]
    orders += [company.order(MONDAY + timedelta(minutes=n)) for n in range(58)]
    for reader, before in zip(readers, few, strict=True):
        statements = asked(reader, path)
        assert len(statements) == before <= 8, statements
        assert not any("COUNT(" in statement for statement in statements)
        assert len(asked(reader, path, headers={"HX-Request": "true"})) <= 7


def test_a_search_costs_the_same_however_many_it_finds(company: Company) -> None:
    company.order()
    few = len(asked(company.agent, "/orders/?q=1234"))
    for n in range(20):
        company.order(MONDAY + timedelta(minutes=n))
    assert len(asked(company.agent, "/orders/?q=1234")) == few <= 8
    assert len(asked(company.agent, "/orders/?" + urlencode({"q": "电压"}))) <= 8


def test_the_intake_page_and_its_fragments_cost_the_same_for_a_frequent_caller(company: Company) -> None:
    """While the agent types, every letter counts: bounded whatever is known of the caller."""
    paths: list[tuple[str, dict[str, Any] | None, int]] = [
        ("/intake/", None, 9),
        (f"/intake/?phone={PHONE}", None, 20),
        ("/intake/caller/", {"caller_phone": PHONE}, 12),
        ("/intake/route/?kind=complaint&category=power_quality", None, 4),
    ]
    company.order()
    few = [len(asked(company.agent, path, body)) for path, body, _most in paths]
    for n in range(20):
        company.order(MONDAY + timedelta(minutes=n))
    for (path, body, most), before in zip(paths, few, strict=True):
        statements = asked(company.agent, path, body)
        assert len(statements) == before <= most, statements


def test_taking_a_call_takes_few_statements(company: Company) -> None:
    """P1: standing, key, rule book twice, open duplicates, number, earlier order, contact, all rows at once, draft,
    key."""
    body = {
        "channel": "hotline",
        "kind": "complaint",
        "category": "power_quality",
        "content": "每晚电压只有一百八十伏。",
        "demands": ["查明原因", "限期整改"],
        "caller_name": "王小明",
        "caller_phone": PHONE,
        "ring_count": "2",
        "read_back": "on",
        "request_key": "0123456789abcdef",
    }
    company.order(MONDAY + timedelta(days=2), caller_phone="13900001234")  # the day's first order also sets its base
    statements = asked(company.agent, "/intake/", body)
    assert Order.objects.filter(caller_phone=PHONE).count() == 1
    assert len(statements) <= 14, statements


def test_the_numbers_of_the_rail_cost_one_poll_and_are_bounded(company: Company) -> None:
    """P2: what no page asks for any more, the bell's polling asks for once, however much waits."""
    readers = [company.agent, company.contact, company.head]
    company.order()
    few = [len(asked(reader, "/inbox/bell/", headers={"HX-Request": "true"})) for reader in readers]
    for n in range(20):
        company.order(MONDAY + timedelta(minutes=n))
    for reader, before in zip(readers, few, strict=True):
        statements = asked(reader, "/inbox/bell/", headers={"HX-Request": "true"})
        assert len(statements) == before <= 8, statements


def test_what_is_done_at_an_order_comes_with_it_unchanged(company: Company) -> None:
    """P2: rows brought along as JSON are the rows of the database, column by column, and can be narrowed further."""
    order = filled(company, State.INVESTIGATED)
    found = with_everything().get(pk=order.pk)
    unfold_all(found)
    for name in FOLDED:
        stored, brought = list(getattr(order, name).all()), list(getattr(found, name).all())
        columns = [field.attname for field in getattr(order, name).model._meta.concrete_fields]
        assert [[getattr(row, c) for c in columns] for row in brought] == [
            [getattr(row, c) for c in columns] for row in stored
        ], name
    assert found.contacts.count() == 3
    assert found.sub_assignments.filter(done_at__isnull=True).get().department.name == dept("line_unit").name


def test_what_writes_keeps_nothing_it_read(company: Company) -> None:
    """A page reads the departments once; outside of a reading each question is asked anew."""
    with CaptureQueriesContext(connection) as captured, reading():
        assert department_tree() is department_tree()
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        assert department_tree() is not department_tree()
    assert len(captured) == 2


@pytest.mark.parametrize("events", [5, 500])
def test_the_form_of_a_step_is_bounded(company: Company, events: int) -> None:
    order = company.order()
    with_events(order, events)
    for name, user in [("accept", company.contact), ("add_fact", company.agent), ("transfer", company.director)]:
        assert len(asked(user, f"/orders/{order.number}/do/{name}/")) <= 16, name
