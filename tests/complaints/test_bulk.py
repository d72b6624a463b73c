"""Acts on many orders, and taking acts back (DESIGN principle 5): each order its own result, nothing half done."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client

from complaints.errors import NotAllowed, NotNow
from complaints.models import BulkRun, Order, OrderEvent
from complaints.services import perform
from complaints.services.bulk import BULK_ACTS, run_bulk, undo_bulk
from complaints.services.undo import UNDO_FOR, undo
from people.models import AuditEntry, User
from people.roles import Role
from policy.vocabulary import Category
from tests.factories import MONDAY, Company, findings, person

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(hours=2)
TAKE, ASSIGN = BULK_ACTS["take"], BULK_ACTS["assign"]


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def at_work() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def picks(*orders: Order) -> list[tuple[str, int]]:
    return [(order.number, order.version) for order in orders]


def names(order: Order) -> list[str]:
    return list(OrderEvent.objects.filter(order=order).order_by("seq").values_list("name", flat=True))


def test_many_orders_are_taken_each_by_an_event_of_its_own(company: Company) -> None:
    orders = [company.order(), company.order(), company.order()]
    run = run_bulk(TAKE, picks(*orders), by=company.handler, now=NOW)
    assert [row["error"] for row in run.results] == ["", "", ""]
    for order in orders:
        order.refresh_from_db()
        assert (order.accepted_at, order.handler) == (NOW, company.handler)
        assert names(order)[-1] == "accept"
        assert AuditEntry.objects.filter(action="order.accept", subject_ref=order.number).count() == 1


def test_one_refusal_does_not_touch_the_others(company: Company) -> None:
    """Already taken, changed meanwhile, not in view, no such order: each is told for itself."""
    fine, taken, changed = company.order(), company.order(), company.order()
    hidden = company.order(category=Category.FACILITY_SAFETY)
    seen = [*picks(fine), *picks(taken), *picks(changed), *picks(hidden), ("20260907-9999", 1)]
    perform(taken, "accept", by=company.contact, now=NOW)
    Order.objects.filter(pk=changed.pk).update(version=9)
    run = run_bulk(TAKE, seen, by=company.handler, now=NOW)
    errors = {row["number"]: row["error"] for row in run.results}
    assert errors[fine.number] == ""
    assert "接单" in errors[taken.number] or "已有变化" in errors[taken.number]
    assert "已有变化" in errors[changed.number]
    assert errors[hidden.number] == errors["20260907-9999"], "out of view looks like not there"
    fine.refresh_from_db()
    assert fine.accepted_at == NOW
    assert "accept" not in names(changed)


def test_assigning_names_only_staff_of_the_lead_department(company: Company) -> None:
    order = perform(company.order(), "accept", by=company.contact, now=NOW)
    stranger = person(Role.HANDLER, "safety_section")
    run = run_bulk(ASSIGN, picks(order), by=company.contact, now=NOW, given=stranger.username)
    assert run.results[0]["error"]
    run = run_bulk(ASSIGN, picks(order), by=company.contact, now=NOW, given=company.handler.username)
    assert not run.results[0]["error"]
    run = run_bulk(ASSIGN, picks(order), by=company.outsider, now=NOW, given=company.handler.username)
    assert run.results[0]["error"], "another department sees no such order"


# --- undo -------------------------------------------------------------------------------------------------------------


def test_a_batch_is_taken_back_as_one(company: Company) -> None:
    orders = [company.order(), company.order()]
    run = run_bulk(TAKE, picks(*orders), by=company.handler, now=NOW)
    results = undo_bulk(run, by=company.handler, now=NOW + timedelta(seconds=7))
    assert [row["error"] for row in results] == ["", ""]
    for order in orders:
        order.refresh_from_db()
        assert (order.accepted_at, order.handler) == (None, None)
        assert names(order)[-2:] == ["accept", "undo"], "nothing is removed from the stream"
    assert undo_bulk(run, by=company.handler, now=NOW + timedelta(seconds=8)) == [], "once"
    with pytest.raises(BulkRun.DoesNotExist):
        undo_bulk(run, by=company.contact, now=NOW)


def test_undoing_an_assignment_brings_the_former_handler_back(company: Company) -> None:
    order = perform(company.order(), "accept", by=company.contact, now=NOW, handler=company.handler)
    order = perform(order, "assign_handler", by=company.contact, now=NOW, handler=company.head)
    order = undo(order, seq=order.event_seq, by=company.contact, now=NOW + UNDO_FOR)
    assert order.handler == company.handler
    assert order.accepted_at == NOW
    assert AuditEntry.objects.filter(action="order.undo", subject_ref=order.number).count() == 1


def test_undo_is_for_the_doer_at_once_and_while_nobody_went_on(company: Company) -> None:
    order = perform(company.order(), "accept", by=company.contact, now=NOW, handler=company.handler)
    seq = order.event_seq
    with pytest.raises(NotAllowed):
        undo(order, seq=seq, by=company.handler, now=NOW)
    with pytest.raises(NotNow):
        undo(order, seq=seq, by=company.contact, now=NOW + UNDO_FOR + timedelta(seconds=1))
    perform(order, "investigate", by=company.handler, now=NOW, **findings())
    with pytest.raises(NotNow) as error:
        undo(order, seq=seq, by=company.contact, now=NOW)
    assert error.value.changes, "it says who went on"
    order.refresh_from_db()
    assert order.accepted_at == NOW


def test_only_acts_with_an_inverse_are_undone(company: Company) -> None:
    order = perform(company.order(), "accept", by=company.contact, now=NOW, handler=company.handler)
    order = perform(order, "investigate", by=company.handler, now=NOW, **findings())
    with pytest.raises(NotAllowed):
        undo(order, seq=order.event_seq, by=company.handler, now=NOW)


# --- over HTTP --------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(*orders: Order, act: str = "take", **fields: str) -> dict[str, Any]:
    return {"act": act, "pick": [f"{order.number}@{order.version}" for order in orders], "back": "queue=mine", **fields}


def test_the_list_offers_it_and_the_toast_takes_it_back(company: Company, at_work: None) -> None:
    orders = [company.order(), company.order()]
    client = signed_in(company.contact)
    page = client.get("/orders/?queue=mine").content.decode()
    assert f'value="{orders[0].number}@{orders[0].version}"' in page
    answer = client.post("/orders/bulk/", body(*orders, request_key="0123456789abcdef"))
    assert answer["Location"] == "/orders/?queue=mine"
    (message,) = list(get_messages(answer.wsgi_request))
    assert "2 件已接单" in str(message)
    again = client.post("/orders/bulk/", body(*orders, request_key="0123456789abcdef"))
    assert again["Location"] == answer["Location"]
    assert BulkRun.objects.count() == 1, "sent twice is done once"
    address = message.extra_tags.removeprefix("undo:")
    assert signed_in(company.handler).post(address).status_code == 404
    assert client.post(address).status_code == 302
    assert not Order.objects.filter(accepted_at__isnull=False).exists()
    assert orders[0].number in client.get(address.removesuffix("undo/")).content.decode()


@pytest.mark.parametrize("fields", [{"act": "archive"}, {"pick": []}, {"pick": ["x"]}, {"pick": ["1@1", "2@x"]}])
def test_what_no_list_sends_is_refused(company: Company, at_work: None, fields: dict[str, Any]) -> None:
    assert signed_in(company.contact).post("/orders/bulk/", body(company.order()) | fields).status_code == 400
    assert not BulkRun.objects.exists()


def test_a_single_step_with_an_inverse_offers_undo(company: Company, at_work: None) -> None:
    order = company.order()
    client = signed_in(company.contact)
    answer = client.post(f"/orders/{order.number}/do/accept/", {"version": order.version})
    (message,) = list(get_messages(answer.wsgi_request))
    address = message.extra_tags.removeprefix("undo:")
    assert client.post(address).status_code == 302
    order.refresh_from_db()
    assert order.accepted_at is None
    assert client.post(address).status_code == 409


def test_chosen_orders_are_printed_masked_and_on_record(company: Company, at_work: None) -> None:
    mine, hidden = company.order(), company.order(category=Category.FACILITY_SAFETY)
    client = signed_in(company.contact)
    page = client.post("/orders/print/", {"pick": [f"{order.number}@1" for order in (mine, hidden)]}).content.decode()
    assert mine.number in page
    assert hidden.number not in page
    assert "13800001234" not in page
    rows = AuditEntry.objects.filter(action="order.print")
    assert [row.subject_ref for row in rows] == [mine.number]
    assert client.post("/orders/print/", {"pick": [f"{hidden.number}@1"]}).status_code == 404
