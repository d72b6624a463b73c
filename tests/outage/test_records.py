"""Records around outages (S0-R26, R32, R33, R39): filled in by the own unit, printed, borrowed and given back."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from complaints.errors import Invalid, NotAllowed, NotNow
from outage.records.models import Kind, OutageRecord
from outage.records.services import fill_in, give_back
from people.models import User
from tests.factories import MONDAY, dept
from tests.outage.factories import STATION, Crew

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(hours=2)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def borrowed(crew: Crew, **changes: Any) -> OutageRecord:
    values = {"unit": dept(STATION), "happened_at": MONDAY, "material": "电缆头", "lender": "城东供电所", "quantity": 2}
    return fill_in(Kind.MATERIAL, values=values | changes, by=crew.head, now=LATER)


def test_borrowed_material_is_given_back_once_by_the_borrower() -> None:
    """S0-R39."""
    crew = Crew()
    row = borrowed(crew)
    assert row.waits_for_return
    with pytest.raises(NotAllowed):
        give_back(row, by=crew.agent, now=LATER)
    row = give_back(row, by=crew.deputy, now=LATER)
    assert (row.returned_by, row.waits_for_return) == (crew.deputy, False)
    with pytest.raises(NotNow):
        give_back(row, by=crew.deputy, now=LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutageRecord.objects.filter(pk=row.pk).update(lender="")


def test_a_report_that_supply_is_not_soon_back_moves_the_expected_time() -> None:
    """S0-R32: leader, dispatch, line unit, a new time; it stands in the outage's stream."""
    crew = Crew()
    outage = crew.outage(MONDAY)
    values = {
        "unit": dept("dispatch_room"),
        "happened_at": MONDAY,
        "outage": outage,
        "reported_to": crew.leader,
        "text": "杆塔倒塌，须重新立杆",
        "dispatch_at": MONDAY,
        "expected_at": LATER + timedelta(hours=6),
    }
    fill_in(Kind.NOT_SOON, values=values, by=crew.duty, now=LATER)
    outage.refresh_from_db()
    assert outage.expected_at == LATER + timedelta(hours=6)
    assert {"record", "report_progress"} <= set(outage.events.values_list("name", flat=True))
    with pytest.raises(Invalid):
        fill_in(Kind.NOT_SOON, values=values | {"outage": None}, by=crew.duty, now=LATER)


def test_nobody_fills_in_for_another_unit() -> None:
    crew = Crew()
    with pytest.raises(NotAllowed):
        borrowed(crew, unit=dept("station_binhai"))


def test_records_over_http_are_seen_by_their_unit_and_hide_the_owner() -> None:
    """S0-R33: the owner of a customer's line is personal data."""
    crew = Crew()
    values = {
        "unit": STATION,
        "happened_at": "2026-09-07T10:00",
        "place": "江湾新村 3 幢",
        "owner_name": "王小明",
        "owner_phone": "13800001234",
        "measures": "协助断开故障支路",
    }
    with time_machine.travel(LATER, tick=False):
        assert browser(crew.head).post(reverse("outage_record_new", args=["customer_line"]), values).status_code == 302
        row = OutageRecord.objects.get()
        page = browser(crew.head).get(reverse("outage_record", args=[row.pk])).content.decode()
        assert "138****1234" in page
        assert "王小明" not in page
        assert row.number in browser(crew.agent).get(reverse("outage_records")).content.decode()
        bad = browser(crew.head).post(reverse("outage_record_new", args=["accident"]), {"text": "跳闸"})
        assert bad.status_code == 400
        assert "请填写“设备”" in bad.content.decode()
        assert "跳闸" in bad.content.decode()
        assert browser(crew.agent).get(reverse("outage_record_new", args=["accident"])).status_code == 403
        for kind in Kind:
            assert browser(crew.head).get(reverse("outage_record_new", args=[kind])).status_code == 200
