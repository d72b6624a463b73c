"""The inbox over the API: own messages only, page by page, read, confirmed (S0-R01)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from notifications.expand import expand_due, new_delivery
from notifications.inbox import inbox
from notifications.models import Delivery, Message
from notifications.vocabulary import DeliveryState, Stream
from outage.vocabulary import ChainLevel
from people import tokens
from people.models import User
from people.roles import Role
from tests.factories import MONDAY, Company, person
from tests.outage.factories import Crew

pytestmark = pytest.mark.django_db
Api = Callable[[User | None], APIClient]
URL = "/api/v1/messages/"
EVENING = MONDAY + timedelta(hours=10)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(EVENING, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def api(clock: Any) -> Api:
    def client_of(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            _token, text = tokens.issue(user, now=timezone.now())
            client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
        return client

    return client_of


def told(user: User, count: int, *, ack: bool = False) -> list[Delivery]:
    rows = []
    for n in range(count):
        key = f"test:{user.pk}:{Message.objects.count()}"
        message = Message.objects.create(
            code="system.backlog", key=key, stream=Stream.SYSTEM, created_at=EVENING, due_at=EVENING
        )
        row = new_delivery(message, "inbox", f"第 {n} 条", "积压", now=EVENING)
        row.recipient, row.state, row.sent_at, row.ack_required = user, DeliveryState.SENT, EVENING, ack
        row.save()
        rows.append(row)
    return rows


def test_a_reader_gets_his_own_messages_newest_first_page_by_page(api: Api) -> None:
    reader, other = person(Role.SHIFT_LEADER), person(Role.SHIFT_LEADER)
    own = told(reader, 5)
    told(other, 3)
    client = api(reader)
    seen, before = [], None
    while True:
        answer = client.get(URL, {"page_size": 2} | ({"before": before} if before else {}))
        assert answer.status_code == 200
        seen += [row["id"] for row in answer.json()["results"]]
        before = answer.json()["next"]
        if before is None:
            break
    assert seen == [row.pk for row in reversed(own)]
    first = client.get(URL).json()["results"][0]
    assert (first["code"], first["topic"], first["page"]) == ("system.backlog", "system", "/inbox/")
    assert api(None).get(URL).status_code == 401


def test_unread_and_waiting_shrink_as_messages_are_read(api: Api) -> None:
    reader = person(Role.SHIFT_LEADER)
    rows = told(reader, 4)
    client = api(reader)
    assert client.get(f"{URL}unread/").json() == {"unread": 4, "more": False}
    answer = client.post(f"{URL}{rows[0].pk}/read/")
    assert answer.status_code == 200
    assert answer.json()["read_at"]
    assert client.post(f"{URL}read/", {"up_to": rows[2].pk}, format="json").json() == {"marked": 2}
    assert [row["id"] for row in client.get(URL, {"show": "waiting"}).json()["results"]] == [rows[3].pk]
    assert client.post(f"{URL}read/", {}, format="json").json() == {"marked": 1}
    assert client.get(f"{URL}unread/").json()["unread"] == 0


def test_nobody_reads_or_confirms_for_somebody_else(api: Api) -> None:
    reader, other = person(Role.SHIFT_LEADER), person(Role.SYSTEM_ADMIN)
    row = told(reader, 1, ack=True)[0]
    for act in ("read", "acknowledge"):
        assert api(other).post(f"{URL}{row.pk}/{act}/").status_code == 404
    api(other).post(f"{URL}read/", {}, format="json")
    row.refresh_from_db()
    assert row.read_at is None
    assert row.acknowledged_at is None


def test_what_left_the_readers_view_left_his_messages(api: Api) -> None:
    company = Company()
    company.order()
    expand_due(MONDAY)
    client = api(company.contact)
    row = client.get(URL).json()["results"][0]
    assert row["page"].startswith("/orders/")
    company.contact.assignments.update(valid_to=(MONDAY - timedelta(days=1)).date())
    assert client.get(URL).json()["results"] == []
    assert client.post(f"{URL}{row['id']}/read/").status_code == 404


def test_confirming_is_done_once_and_is_the_word_of_the_chain(api: Api) -> None:
    crew = Crew()
    outage = crew.outage(EVENING)
    expand_due(EVENING)
    row = inbox(crew.worker, now=EVENING).get(message__code="outage.chain_first")
    client = api(crew.worker)
    answer = client.post(f"{URL}{row.pk}/acknowledge/", headers={"Idempotency-Key": "confirm-0001"})
    assert answer.status_code == 200
    assert answer.json()["acknowledged_at"]
    assert outage.chain.get(level=ChainLevel.GRID_WORKER).acknowledged_by == crew.worker
    again = client.post(f"{URL}{row.pk}/acknowledge/", headers={"Idempotency-Key": "confirm-0001"})
    assert again.json() == answer.json()
    assert client.post(f"{URL}{row.pk}/acknowledge/").status_code == 409
    plain = told(crew.worker, 1)[0]
    assert client.post(f"{URL}{plain.pk}/acknowledge/").status_code == 409


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("?before=0", None, "before"),
        ("?before=x", None, "before"),
        ("?page_size=0", None, "page_size"),
        ("?show=mine", None, "show"),
        ("?unknown=1", None, "unknown"),
        ("unread/?x=1", None, "x"),
        ("read/", {"up_to": "1"}, "up_to"),
        ("read/", {"up_to": -1}, "up_to"),
        ("read/", {"user": 1}, "user"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name(api: Api, address: str, body: Any, field: str) -> None:
    client = api(person(Role.SHIFT_LEADER))
    answer = client.get(URL + address) if body is None else client.post(URL + address, body, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
