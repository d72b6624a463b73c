"""Two people, one order: each sees the other, neither waits for the other, nobody else learns of it (PEERS 15)."""

from datetime import timedelta

import pytest

from complaints.models import Order, OrderEvent, Presence
from complaints.services.desk import STILL_THERE, leave, note_presence, others_at
from people.models import User
from people.roles import Role
from tests.complaints.desk.conftest import at_desk
from tests.factories import MONDAY, Company, person

pytestmark = pytest.mark.django_db


def names(order: Order, by: User) -> list[str]:
    return [one.name for one in others_at(order, by=by, now=MONDAY)]


def test_a_colleague_is_seen_by_masked_name_with_what_he_fills_in(company: Company) -> None:
    order = company.order()
    company.handler.name = "陈大文"
    company.handler.save()
    note_presence(order, by=company.handler, now=MONDAY, doing="")
    note_presence(order, by=company.handler, now=MONDAY, doing="investigate")
    (seen,) = note_presence(order, by=company.head, now=MONDAY)
    assert (seen.name, seen.doing) == ("陈××", "investigate")
    page = at_desk(company.head).post(f"/orders/{order.number}/presence/", {})
    assert page.status_code == 200
    assert OrderEvent.objects.filter(order=order).count() == 2, "register and classify: presence leaves no event"


def test_presence_goes_when_the_page_is_left_or_silent(company: Company) -> None:
    order = company.order()
    note_presence(order, by=company.handler, now=MONDAY)
    assert len(others_at(order, by=company.head, now=MONDAY + STILL_THERE)) == 1
    assert others_at(order, by=company.head, now=MONDAY + STILL_THERE + timedelta(seconds=1)) == []
    leave(order, by=company.handler)
    assert not Presence.objects.exists()


def test_presence_leaks_nothing_across_departments(company: Company) -> None:
    """The hotline sees everybody; a department its own people, and the hotline as such, without a name."""
    order = company.order()
    cooperating = person(Role.HANDLER, "customer_service_centre", name="江南")
    order.parts.create(department=cooperating.assignments.get().department, part="cooperating")
    for user in (company.handler, cooperating, company.agent):
        note_presence(order, by=user, now=MONDAY)
    assert len(names(order, company.director)) == 3
    assert names(order, company.handler) == ["热线"]
    assert names(order, cooperating) == ["热线"]
    assert len(names(order, company.agent)) == 2


def test_only_who_sees_the_order_is_told_or_counted(company: Company) -> None:
    order = company.order()
    address = f"/orders/{order.number}/presence/"
    assert at_desk(company.outsider).post(address, {}).status_code == 404
    assert at_desk(company.handler).post(address, {"doing": "nonsense<script>"}).status_code == 200
    assert list(Presence.objects.values_list("user", "doing")) == [(company.handler.pk, "")]
    assert at_desk(company.handler).post(address, {"left": "1"}).status_code == 204
    assert not Presence.objects.exists()
    assert at_desk(company.handler).get(address).status_code == 405


def test_forgotten_rows_are_swept_by_their_owner(company: Company) -> None:
    order = company.order()
    note_presence(order, by=company.handler, now=MONDAY - timedelta(days=2), doing="resolve")
    note_presence(order, by=company.handler, now=MONDAY)
    assert Presence.objects.count() == 1
