"""Rulings, repeats, appeals, waivers: who may, what it costs, what it takes back (A14-A16, B4, B5, S4-R49 to R52)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.services import perform
from escalation.models import Penalty, Ruling
from escalation.services import appeals, rulings
from escalation.services.charges import name_person, reattribute
from escalation.services.money import settle
from people.roles import Role
from tests.escalation.money.lived import DUE_20_SEPTEMBER, agrees, days, hand_in, heads, lines, sweep
from tests.factories import Company, at, contact, dept, person

pytestmark = pytest.mark.django_db
TUESDAY = at("2026-09-22 09:00")
DAY = timedelta(days=1)


class House(Company):
    """The company with its deciders."""

    def __init__(self, lead: str = "production_tech_dept") -> None:
        heads(lead, 12)
        super().__init__(lead)
        self.adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
        self.deputy = person(Role.DEPUTY_LEADER, "leadership")
        self.main = person(Role.MAIN_LEADER, "leadership")

    def archived(self, feedback_at: str = "2026-09-10 10:00", **fields: Any) -> Order:
        order = self.order(DUE_20_SEPTEMBER, account_no="330100004418", **fields)
        if order.lead_department_id != dept(self.lead).pk:
            there = dept(self.lead)
            order = perform(
                order, "transfer", by=self.director, now=DUE_20_SEPTEMBER, lead_department=there, reason="x"
            )
        order = perform(order, "accept", by=self.contact, now=DUE_20_SEPTEMBER, handler=self.handler)
        order = hand_in(self, order, feedback_at)
        now = at(feedback_at) + timedelta(hours=1)
        order = perform(order, "accept_feedback", by=self.director, now=now)
        answered = contact(answered=True, satisfaction="fair")
        order = perform(order, "attempt_callback", by=self.agent, now=now, at=now, **answered)
        return perform(order, "archive", by=self.agent, now=now)

    def proposed(self, order: Order, now: Any = TUESDAY) -> Ruling:
        return rulings.propose(order, ground="inaccurate", text="答复与事实不符", by=self.director, now=now)

    def confirmed(self, order: Order, now: Any = TUESDAY) -> Ruling:
        return self.confirmed_one(self.proposed(order, now), now)

    def confirmed_one(self, ruling: Ruling, now: Any = TUESDAY) -> Ruling:
        return rulings.decide(ruling, confirm=True, opinion="属实", by=self.adjudicator, now=now)


@pytest.fixture
def house() -> House:
    return House()


def test_a_confirmed_ruling_charges_once_on_its_day(house: House) -> None:
    """A14, S4-R49: the director alone proposes, the office alone confirms; dissatisfaction alone costs nothing."""
    order = house.archived()
    with pytest.raises(NotAllowed):
        rulings.propose(order, ground="inaccurate", text="x", by=house.agent, now=TUESDAY)
    with pytest.raises(Invalid):
        rulings.propose(order, ground="ugly", text="x", by=house.director, now=TUESDAY)
    ruling = house.proposed(order)
    assert lines(order) == []
    with pytest.raises(Blocked):
        house.proposed(order)
    for wrong in (house.director, house.contact, house.deputy):
        with pytest.raises(NotAllowed):
            rulings.decide(ruling, confirm=True, opinion="x", by=wrong, now=TUESDAY)
    rulings.decide(ruling, confirm=True, opinion="属实", by=house.adjudicator, now=TUESDAY)
    assert lines(order) == [("2026-09-22", "unqualified", "production_tech_dept", 12, Decimal(600))]
    with pytest.raises(NotNow):
        rulings.decide(ruling, confirm=False, opinion="x", by=house.adjudicator, now=TUESDAY)
    settle(TUESDAY + 10 * DAY)
    assert len(lines(order)) == 1
    assert agrees()


def test_a_late_feedback_is_ruled_without_the_fifty(house: House) -> None:
    """B5: it was charged by the day already."""
    order = house.archived("2026-09-22 10:00")
    sweep("2026-09-23 00:05")
    ruling = house.confirmed(order, at("2026-09-23 09:00"))
    assert (ruling.status, ruling.charges) == ("confirmed", False)
    assert days(order) == ["09-21", "09-22"]
    assert agrees()


def test_where_the_office_is_party_a_leader_confirms(house: House) -> None:
    """B4."""
    theirs = House("party_admin_office")
    order = theirs.archived()
    ruling = theirs.proposed(order)
    with pytest.raises(NotAllowed):
        rulings.decide(ruling, confirm=True, opinion="x", by=theirs.adjudicator, now=TUESDAY)
    assert rulings.decide(ruling, confirm=True, opinion="属实", by=theirs.deputy, now=TUESDAY).charges


@pytest.mark.parametrize(("ruled", "amounts"), [(True, [Decimal(1200)]), (False, [])])
def test_a_repeat_costs_a_hundred_only_after_a_ruling(house: House, ruled: bool, amounts: list[Decimal]) -> None:
    """A15, A16, B5: proposed by the system, confirmed by the adjudicator; without a ruling it is only linked."""
    order = house.archived()
    if ruled:
        house.confirmed(order)
    again = house.order(at("2026-10-12 09:00"), account_no="330100004418")
    assert again.original_id == order.pk
    for _again in range(2):
        settle(at("2026-10-12 09:05"))
    repeat = Ruling.objects.get(order=order, kind="repeat")
    assert (repeat.proposed_by_id, repeat.repeat_order_id) == (None, again.pk)
    rulings.decide(repeat, confirm=True, opinion="同一事由", by=house.adjudicator, now=at("2026-10-13 09:00"))
    assert [row[4] for row in lines(order)] == amounts
    assert agrees()


def test_the_ninety_first_day_is_no_repeat(house: House) -> None:
    """A16: closed on 10 September; 9 December counts whole, the 10th no more."""
    order = house.archived()
    assert house.order(at("2026-12-09 23:30"), account_no="330100004418").original_id == order.pk
    assert house.order(at("2026-12-10 00:30"), account_no="330100004418").original_id is None


def test_a_ruling_is_appealed_within_three_working_days_and_heard_by_a_leader(house: House) -> None:
    """A14, B4: confirmed on Tuesday 22 September; Friday is a holiday, so Monday the 28th is the third day."""
    order = house.archived()
    ruling = house.confirmed(order)
    assert ruling.appeal_until == date(2026, 9, 28)
    for wrong in (house.outsider, house.handler):
        with pytest.raises(NotAllowed):
            appeals.appeal_ruling(ruling, text="不服", by=wrong, now=TUESDAY)
    with pytest.raises(NotNow):
        appeals.appeal_ruling(ruling, text="不服", by=house.head, now=at("2026-09-29 00:01"))
    appeal = appeals.appeal_ruling(ruling, text="答复属实", by=house.head, now=at("2026-09-28 23:00"))
    for wrong in (house.adjudicator, house.director, house.head):
        with pytest.raises(NotAllowed):
            appeals.decide(appeal, uphold=True, opinion="x", by=wrong, now=at("2026-09-29 09:00"))
    appeals.decide(appeal, uphold=True, opinion="理由成立", by=house.deputy, now=at("2026-09-29 09:00"))
    ruling.refresh_from_db()
    assert (ruling.status, lines(order)) == ("overturned", [])
    with pytest.raises(NotNow):
        appeals.decide(appeal, uphold=False, opinion="x", by=house.main, now=at("2026-09-29 10:00"))
    assert agrees()


def test_upheld_overdue_lines_never_come_back(house: House) -> None:
    """The office hears it: the first decision was the rule's own."""
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    appeal = appeals.appeal_lines(order, text="系统故障期间", by=house.head, now=at("2026-09-23 09:00"))
    appeals.decide(appeal, uphold=True, opinion="成立", by=house.adjudicator, now=at("2026-09-23 10:00"))
    sweep("2026-09-25 00:05")
    assert days(order) == ["09-23", "09-24"]
    assert Penalty.objects.filter(bars=True).count() == 2
    assert agrees()


def test_a_waiver_needs_a_second_person(house: House) -> None:
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    first = Penalty.objects.filter(order=order).order_by("day")[:1]
    with pytest.raises(NotAllowed):
        appeals.ask_waiver(order, list(first), text="x", by=house.contact, now=at("2026-09-23 09:00"))
    asked = appeals.ask_waiver(order, list(first), text="台风停产", by=house.director, now=at("2026-09-23 09:00"))
    with pytest.raises(Blocked):
        appeals.ask_waiver(order, list(first), text="x", by=house.head, now=at("2026-09-23 09:30"))
    with pytest.raises(NotAllowed):
        appeals.decide(asked, uphold=True, opinion="x", by=house.director, now=at("2026-09-23 10:00"))
    appeals.decide(asked, uphold=True, opinion="同意", by=house.adjudicator, now=at("2026-09-23 10:00"))
    assert days(order) == ["09-22"]
    assert Penalty.objects.get(bars=True).cause == "waived"
    assert agrees()


def test_a_dispute_about_the_rules_moves_no_money(house: House) -> None:
    """S4-R52."""
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    asked = appeals.raise_dispute(order, text="一天如何计算", by=house.head, now=at("2026-09-23 09:00"))
    appeals.decide(asked, uphold=True, opinion="按工作日", by=house.adjudicator, now=at("2026-09-23 10:00"))
    assert days(order) == ["09-21", "09-22"]


def test_days_cannot_be_given_to_a_department_without_a_late_part(house: House) -> None:
    """A12."""
    order = house.order(DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    section = dept("safety_section")
    with pytest.raises(Invalid):
        reattribute(order, [date(2026, 9, 21)], to=section, by=house.director, now=at("2026-09-23 09:00"), reason="x")
    with pytest.raises(NotAllowed):
        reattribute(order, [date(2026, 9, 21)], to=section, by=house.head, now=at("2026-09-23 09:00"), reason="x")


def test_a_person_is_named_from_today_on(house: House) -> None:
    """A8, B16."""
    order = house.order(DUE_20_SEPTEMBER)
    assert name_person(order, house.handler, by=house.head, now=TUESDAY).since == date(2026, 9, 22)
    with pytest.raises(Invalid):
        name_person(order, house.outsider, by=house.head, now=TUESDAY)
    with pytest.raises(NotAllowed):
        name_person(order, house.handler, by=house.director, now=TUESDAY)
