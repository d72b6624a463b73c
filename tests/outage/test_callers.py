"""Callers of an outage: proposed, linked, answered in one step, called back; clusters suggested (B10, B11, S0-R30)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.errors import NotAllowed, NotNow
from complaints.models import Order
from complaints.queries import Inquiry, proposals
from complaints.services import log_call, open_order
from complaints.vocabulary import Disposition
from complaints.vocabulary import State as OrderState
from customers.models import Customer
from outage.models import Suggestion
from outage.services import Facts, perform
from outage.services.callers import answer_orders, call_back, link_by_hand, to_answer
from outage.services.suggestions import dismiss, orders_of
from outage.services.sweep import settle_outages
from outage.texts import script_of
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, dept, matter, person
from tests.outage.factories import STATION, Crew, customer

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def crew() -> Crew:
    for code in ("repair_centre", STATION, "production_tech_dept", "dispatch_room"):
        person("ticket_contact", code)
    return Crew()


def order(crew: Crew, at: datetime, of: Customer | None = None, **fields: Any) -> Order:
    who = of or customer(crew.area)
    fields = {"kind": Kind.FAULT_REPORT, "category": Category.FAULT_REPAIR} | fields
    return open_order(by=crew.agent, now=at, matter=matter(customer=who, account_no=who.account_no, **fields))


def asked(crew: Crew, at: datetime, **fields: Any) -> list[str]:
    inquiry = Inquiry(received_at=at, area_id=crew.area.pk, **fields)
    return [one.ref for one in proposals(inquiry, now=at) if one.kind == "outage"]


def test_who_is_proposed_the_running_outage(crew: Crew) -> None:
    """B11: same area, detected_at <= received_at < restored_at; a complaint always makes an order."""
    outage = crew.outage()
    fault: dict[str, Any] = {"kind": Kind.FAULT_REPORT, "category": Category.FAULT_REPAIR}
    assert asked(crew, MONDAY, **fault) == [outage.number]
    assert asked(crew, MONDAY - timedelta(seconds=1), **fault) == []
    assert asked(crew, MONDAY, kind=Kind.CONSULTATION, category=Category.OUTAGE_LIMIT) == [outage.number]
    assert asked(crew, MONDAY, kind=Kind.CONSULTATION, category=Category.CONNECTION_COMMITMENT) == []
    assert asked(crew, MONDAY, kind=Kind.COMPLAINT, category=Category.OUTAGE_LIMIT) == []
    assert asked(crew, MONDAY) == [outage.number]
    [proposal] = proposals(Inquiry(received_at=MONDAY, area_id=crew.area.pk), now=MONDAY)
    assert proposal.script == script_of(outage), "the agent's words, S4-R19"
    perform(outage, "restore", by=crew.duty, now=MONDAY + 9 * MINUTE, at=MONDAY + 9 * MINUTE)
    assert asked(crew, MONDAY + 8 * MINUTE, **fault) == [outage.number]
    assert asked(crew, MONDAY + 9 * MINUTE, **fault) == []


def test_a_linked_caller_is_called_back_once_and_only_when_supply_is_back(crew: Crew) -> None:
    """S4-R19, B10."""
    outage = crew.outage()
    about = matter(kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR)
    ref = outage.number
    log_call(by=crew.agent, now=MONDAY, matter=about, disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
    for _twice in range(2):
        settle_outages(MONDAY)
    link = outage.calls.get()
    with pytest.raises(NotNow):
        call_back(link, result="reached", by=crew.agent, now=MONDAY)
    perform(outage, "restore", by=crew.duty, now=MONDAY + MINUTE, at=MONDAY + MINUTE)
    with pytest.raises(NotAllowed):
        call_back(link, result="reached", by=crew.worker, now=MONDAY + 2 * MINUTE)
    assert call_back(link, result="reached", by=crew.agent, now=MONDAY + 2 * MINUTE).called_back_by == crew.agent
    with pytest.raises(NotNow):
        call_back(link, result="reached", by=crew.agent, now=MONDAY + 3 * MINUTE)


def test_orders_of_the_area_are_linked_and_answered_in_one_step(crew: Crew) -> None:
    """B10: fault reports and questions get the answer and go to call-back; complaints stay with their department."""
    outage = crew.outage()
    fault = order(crew, MONDAY + MINUTE)
    question = order(crew, MONDAY + MINUTE, kind=Kind.CONSULTATION, category=Category.OUTAGE_LIMIT)
    complaint = order(crew, MONDAY + MINUTE, kind=Kind.COMPLAINT, category=Category.OUTAGE_LIMIT)
    other = order(crew, MONDAY + MINUTE, kind=Kind.CONSULTATION, category=Category.POWER_QUALITY)
    for _twice in range(2):
        settle_outages(MONDAY + 2 * MINUTE)
    linked = set(outage.orders.values_list("order_id", flat=True))
    assert linked == {fault.pk, question.pk, complaint.pk}
    assert other.pk not in linked
    with pytest.raises(NotNow):
        answer_orders(outage, text="已恢复", by=crew.shift_leader, now=MONDAY + 3 * MINUTE)
    now = MONDAY + 30 * MINUTE
    outage = perform(outage, "restore", by=crew.duty, now=now, at=now)
    with pytest.raises(NotAllowed):
        answer_orders(outage, text="已恢复", by=crew.agent, now=now)
    planned = to_answer(outage, by=crew.shift_leader, now=now)
    assert [one.pk for one in planned.staying] == [complaint.pk]
    done = answer_orders(outage, text="电缆已修复，10:00 送电", by=crew.shift_leader, now=now)
    assert {one.pk for one in done} == {fault.pk, question.pk}
    for one in (fault, question):
        one.refresh_from_db()
        assert one.state == OrderState.CALLBACK
    complaint.refresh_from_db()
    assert complaint.state == OrderState.CLASSIFIED
    assert answer_orders(outage, text="再答一次", by=crew.shift_leader, now=now) == []


def test_a_complaint_makes_head_and_deputy_attend(crew: Crew) -> None:
    """A19: below the threshold only they; B15: after restoration a joint visit."""
    outage = crew.outage()
    order(crew, MONDAY + MINUTE, kind=Kind.OPINION, category=Category.OUTAGE_LIMIT)
    settle_outages(MONDAY + 2 * MINUTE)
    asked_now = set(outage.attendances.values_list("person_id", "presence"))
    assert asked_now == {(crew.head.pk, "on_site"), (crew.deputy.pk, "on_site")}
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 9 * MINUTE, at=MONDAY + 9 * MINUTE)
    late = order(crew, MONDAY + timedelta(days=2), kind=Kind.COMPLAINT, category=Category.OUTAGE_LIMIT)
    link_by_hand(outage, late, by=crew.shift_leader, now=MONDAY + timedelta(days=2))
    with pytest.raises(NotNow):
        link_by_hand(outage, late, by=crew.shift_leader, now=MONDAY + timedelta(days=2))
    assert outage.attendances.filter(presence="joint_visit").count() == 2


# --- suggestions ------------------------------------------------------------------------------------------------------


def test_three_households_of_one_area_in_thirty_minutes_suggest_an_outage(crew: Crew) -> None:
    """S0-R30: at the second; the same customer three times is one."""
    same = customer(crew.area)
    for minute in (0, 1, 2):
        order(crew, MONDAY + minute * MINUTE, of=same)
    settle_outages(MONDAY + 3 * MINUTE)
    assert not Suggestion.objects.exists()
    order(crew, MONDAY + 20 * MINUTE)
    order(crew, MONDAY + 31 * MINUTE)
    settle_outages(MONDAY + 33 * MINUTE)
    assert not Suggestion.objects.exists()
    settle_outages(MONDAY + 31 * MINUTE)
    found = Suggestion.objects.get()
    assert (found.area_id, found.calls) == (crew.area.pk, 3)
    order(crew, MONDAY + 32 * MINUTE)
    settle_outages(MONDAY + 32 * MINUTE)
    assert Suggestion.objects.get().last_at == MONDAY + 32 * MINUTE


def test_one_act_registers_the_outage_and_links_the_orders(crew: Crew) -> None:
    orders = [order(crew, MONDAY + n * MINUTE) for n in range(3)]
    settle_outages(MONDAY + 3 * MINUTE)
    found = Suggestion.objects.get()
    facts = Facts(title="江湾新村停电", station=dept(STATION), areas=[crew.area], orders=orders_of(found))
    outage = crew.outage(now=MONDAY + 4 * MINUTE, orders=facts.orders)
    assert set(outage.orders.values_list("order_id", flat=True)) == {one.pk for one in orders}
    order(crew, MONDAY + 5 * MINUTE)
    settle_outages(MONDAY + 6 * MINUTE)
    assert outage.orders.count() == 4
    assert Suggestion.objects.count() == 1


def test_dismissed_calls_do_not_suggest_again(crew: Crew) -> None:
    for n in range(3):
        order(crew, MONDAY + n * MINUTE)
    settle_outages(MONDAY + 3 * MINUTE)
    found = Suggestion.objects.get()
    with pytest.raises(NotAllowed):
        dismiss(found, by=crew.agent, now=MONDAY + 4 * MINUTE)
    dismiss(found, by=crew.duty, now=MONDAY + 4 * MINUTE)
    with pytest.raises(NotNow):
        dismiss(found, by=crew.head, now=MONDAY + 4 * MINUTE)
    order(crew, MONDAY + 5 * MINUTE)
    settle_outages(MONDAY + 6 * MINUTE)
    assert Suggestion.objects.count() == 1
