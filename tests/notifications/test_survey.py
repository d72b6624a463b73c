"""The customer's one-time link: rating without preset, one use, no disclosure, a limit on guessing (S0-R22, T14)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from complaints.models import Order
from complaints.services import perform
from complaints.vocabulary import CallbackBy, Satisfaction
from notifications import keys
from notifications.models import CustomerLink, Delivery, Knock, Message
from notifications.survey import OPEN_FOR, WRONG_PER_HOUR
from notifications.vocabulary import INBOX, ToKind
from people.models import AuditEntry
from tests.factories import MONDAY, Company
from tests.notifications.conftest import answer, deliver, endpoint

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def invited(company: Company, receiver: Any) -> tuple[Order, str]:
    """An order handled, its customer invited by SMS; the link as it arrived."""
    gateway = receiver(answer(body={"code": "0"}))
    endpoint("sms", gateway.url, config={"app_id": "a"})
    order = company.taken_to("resolved", callback_by=CallbackBy.SMS)
    perform(order, "accept_feedback", by=company.director, now=NOW)
    deliver(NOW)
    deliver(NOW + timedelta(minutes=10))
    text = next(body["content"] for body in gateway.bodies() if "/r/" in body["content"])
    path = "/r/" + text.partition("/r/")[2].split(" ")[0]
    return order, path


def test_the_customer_rates_once_and_the_hotline_hears_of_it(company: Company, invited: tuple[Order, str]) -> None:
    order, path = invited
    client = Client()
    page = client.get(path)
    assert page.status_code == 200
    assert " checked" not in page.content.decode(), "no rating is preset"
    assert order.caller_phone not in page.content.decode()
    assert client.post(path, {}).status_code == 422
    done = client.post(path, {"rating": Satisfaction.DISSATISFIED, "suggestion": "请加快"})
    assert done.status_code == 200
    event = order.events.get(name="customer_rating")
    assert event.text == "客户短信评价：不满意；建议：请加快"
    order.refresh_from_db()
    assert order.satisfaction == "", "the hotline confirms; the link alone closes nothing"
    deliver(NOW + timedelta(minutes=11))
    told = Delivery.objects.filter(channel=INBOX, message__code="order.rated")
    assert {row.recipient for row in told} == {company.agent, company.director}
    assert AuditEntry.objects.filter(action="rating.receive").count() == 1


def test_used_expired_and_wrong_links_say_the_same(invited: tuple[Order, str]) -> None:
    _order, path = invited
    client = Client()
    client.post(path, {"rating": Satisfaction.SATISFIED})
    used = client.get(path)
    wrong = client.get("/r/" + "A" * 22 + "/")
    assert used.status_code == wrong.status_code == 404
    assert used.content == wrong.content
    again = client.post(path, {"rating": Satisfaction.DISSATISFIED})
    assert again.status_code == 404
    assert CustomerLink.objects.get().rating == Satisfaction.SATISFIED
    CustomerLink.objects.update(used_at=None, rating="")
    with time_machine.travel(NOW + OPEN_FOR + timedelta(minutes=11), tick=False):
        assert client.get(path).content == wrong.content


def test_a_rating_that_is_not_on_the_form_is_refused(invited: tuple[Order, str]) -> None:
    _order, path = invited
    for odd in ("not_rated", "x", "", "very_satisfied\x00"):
        assert Client().post(path, {"rating": odd}).status_code in {400, 422}
    assert Client().post(path, {"rating": "satisfied", "suggestion": "x" * 501}).status_code == 422
    assert CustomerLink.objects.get().used_at is None


def test_looking_does_not_use_it_up(invited: tuple[Order, str]) -> None:
    _order, path = invited
    for _n in range(3):
        assert Client().get(path).status_code == 200


def test_guessing_is_turned_away_and_a_rotated_header_does_not_help(invited: tuple[Order, str]) -> None:
    _order, path = invited
    statuses = [
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").get(f"/r/{n:022d}/").status_code for n in range(WRONG_PER_HOUR + 5)
    ]
    assert statuses == [404] * WRONG_PER_HOUR + [429] * 5
    assert Client().get(path).status_code == 429, "not even a right one: an attacker learns nothing"
    with time_machine.travel(NOW + timedelta(hours=1, minutes=11), tick=False):
        assert Client().get(path).status_code == 200
    assert Knock.objects.count() == WRONG_PER_HOUR


def test_the_token_is_stored_nowhere(invited: tuple[Order, str]) -> None:
    _order, path = invited
    token = path.split("/")[2]
    link = CustomerLink.objects.get()
    assert link.token_hash == keys.token_hash(token)
    row = Delivery.objects.get(to=ToKind.CUSTOMER, message=link.message)
    assert token not in f"{row.text}{row.subject}{row.reference}{row.provider_ref}"
    assert len(token) == 22
    other = Message.objects.exclude(pk=link.message_id)[0]
    assert keys.link_token(other.pk) != token


def test_the_address_tells_nothing_of_the_order(invited: tuple[Order, str]) -> None:
    order, path = invited
    assert order.number not in path
    assert reverse("rate", args=["x"]) == "/r/x/"
