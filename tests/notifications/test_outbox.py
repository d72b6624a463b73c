"""From event to inbox: written with the business, told to those who may see it, never to the doer (invariant 22)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from complaints.models import Order
from complaints.services import note_many, perform
from notifications.expand import expand_due
from notifications.models import Delivery, Message
from notifications.vocabulary import INBOX, DeliveryState
from people.models import User
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, Company, dept, person, post
from tests.notifications.conftest import reachable

pytestmark = pytest.mark.django_db

LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def company() -> Company:
    return Company()


def told(code: str) -> set[User]:
    return {row.recipient for row in Delivery.objects.filter(channel=INBOX, message__code=code) if row.recipient}


def test_a_message_is_written_in_the_transaction_of_its_event_and_goes_with_it(company: Company) -> None:
    order = company.taken_to("classified")
    before = Message.objects.count()

    def half() -> None:
        with transaction.atomic():
            perform(
                order, "transfer", by=company.director, now=LATER, lead_department=dept("safety_section"), reason="x"
            )
            assert Message.objects.count() > before
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert Message.objects.count() == before


def test_one_statement_tells_of_any_number_of_orders(company: Company) -> None:
    orders = [company.order(caller_phone=f"1380000{n:04d}").pk for n in range(30)]
    with CaptureQueriesContext(connection) as captured:
        note_many(orders, "overdue", now=LATER)
    told = [query["sql"] for query in captured if "INSERT INTO notifications_message" in query["sql"]]
    assert len(told) == 1
    assert Message.objects.filter(code="order.overdue").count() == 30


def test_the_contacts_of_the_lead_are_told_and_others_are_not(company: Company) -> None:
    company.order()
    expand_due(LATER)
    assert told("order.dispatched") == {company.contact}
    row = Delivery.objects.get(channel=INBOX, message__code="order.dispatched")
    assert row.state == DeliveryState.SENT
    assert "生产技术部" in row.text
    assert "9 月 20 日到期" in row.text


def test_the_doer_is_not_told_of_his_own_deed(company: Company) -> None:
    order = company.taken_to("classified")
    order = perform(
        order,
        "sub_assign",
        by=company.contact,
        now=LATER,
        department=dept("safety_section"),
        task="查",
        due_on=order.due_on,
    )
    perform(order, "assign_handler", by=company.contact, now=LATER, handler=company.contact)
    expand_due(LATER)
    assert told("order.assigned") == set()
    assert len(told("order.sub_assigned")) == 1


def test_disabled_people_are_skipped(company: Company) -> None:
    company.order()
    User.objects.filter(pk=company.contact.pk).update(is_active=False)
    expand_due(LATER)
    assert told("order.dispatched") == set()


def test_a_report_about_a_department_is_told_to_nobody_of_it(company: Company) -> None:
    """A27: the audience goes through ``visible_to``, whatever the table says."""
    company.order(
        kind=Kind.REPORT_MISCONDUCT, category=Category.THEFT_TARIFF, reported_department=dept("marketing_dept")
    )
    copied = person(Role.TICKET_CONTACT, "marketing_dept")
    investigator = person(Role.TICKET_CONTACT, "inspection_group")
    order = Order.objects.get()
    order.refresh_from_db()
    note_many([order.pk], "urge", now=LATER)
    expand_due(LATER)
    assert copied not in told("order.copied")
    assert not Delivery.objects.filter(recipient=copied).exists()
    assert investigator in told("order.urged") or order.lead_department is None


def test_a_substitute_is_told_instead_on_the_telephone(company: Company) -> None:
    stand_in = reachable(person(None))
    away = company.contact.assignments.get()
    day = MONDAY.date()
    post(stand_in, Role.TICKET_CONTACT, company.lead, substitute_for=away, valid_from=day, valid_to=day)
    reachable(company.contact)
    company.order()
    expand_due(LATER)
    assert told("order.dispatched") == {company.contact, stand_in}
    outside = Delivery.objects.filter(message__code="order.dispatched", channel="wecom_app")
    assert {row.recipient for row in outside} == {stand_in}


def test_handler_then_contact_then_head(company: Company) -> None:
    order = company.taken_to("investigated")
    note_many([order.pk], "due_soon", now=LATER)
    expand_due(LATER)
    assert company.handler in told("order.due_soon")
    other = company.order(caller_phone="13800009999")
    company.contact.assignments.update(valid_to=MONDAY.date() - timedelta(days=1))
    note_many([other.pk], "due_soon", now=LATER)
    expand_due(LATER)
    assert company.head in told("order.due_soon")


def test_expanding_twice_changes_nothing(company: Company) -> None:
    company.order()
    assert expand_due(LATER) > 0
    rows = Delivery.objects.count()
    assert expand_due(LATER) == 0
    Message.objects.update(expanded_at=None)
    expand_due(LATER)
    assert (
        Delivery.objects.filter(recipient__isnull=False).count()
        == Delivery.objects.filter(recipient__isnull=False, pk__in=Delivery.objects.values("pk")).count()
    )
    assert Delivery.objects.count() == rows


def test_a_message_that_cannot_be_worded_keeps_no_other_back(company: Company, monkeypatch: Any) -> None:
    company.order()
    Message.objects.filter(code="order.dispatched").update(code="order.gone")
    company.order(caller_phone="13800007777")
    expand_due(LATER)
    assert Message.objects.get(code="order.gone").problem
    assert told("order.dispatched") == {company.contact}


def test_without_a_provider_it_says_what_would_have_been_sent(company: Company) -> None:
    reachable(company.contact)
    company.order()
    expand_due(LATER)
    outside = Delivery.objects.filter(recipient=company.contact).exclude(channel=INBOX)
    assert {row.state for row in outside} == {DeliveryState.UNSENT}
    customer = Delivery.objects.get(message__code="customer.accepted")
    assert customer.state == DeliveryState.UNSENT
    assert "138****1234" in customer.subject
    assert "13800001234" not in f"{customer.subject}{customer.text}{customer.target}"
