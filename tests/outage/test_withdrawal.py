"""A restoration taken back: history kept, clocks void and started anew, orders held, figures follow (S0-R04, B10)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints import services as complaints
from complaints.errors import Held, NotAllowed, NotNow, Refused
from complaints.models import Order
from complaints.services import log_call
from complaints.vocabulary import Disposition
from complaints.vocabulary import State as OrderState
from outage.models import Announcement, Notice, Outage
from outage.reliability.services import minutes_of, month_of
from outage.services import perform
from outage.services.callers import answer_orders, call_back
from outage.services.posting import post_by_hand, publish
from outage.services.sweep import settle_outages
from outage.vocabulary import Slot, State
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.conftest import COMMITTED
from tests.factories import MONDAY, matter, person
from tests.outage.factories import STATION, Crew, area, customer

MINUTE = timedelta(minutes=1)
WHY = "用户反映仍然无电，合闸未成功"


@pytest.fixture
def crew(db: None) -> Crew:
    for code in ("repair_centre", STATION, "production_tech_dept", "dispatch_room"):
        person("ticket_contact", code)
    return Crew()


def restored(crew: Crew, minutes: int = 30, **fields: Any) -> Outage:
    outage = crew.outage(**fields)
    at = MONDAY + minutes * MINUTE
    return perform(outage, "restore", by=crew.duty, now=at, at=at)


def take_back(outage: Outage, crew: Crew, minutes: int = 40) -> Outage:
    return perform(outage, "withdraw_restoration", by=crew.duty, now=MONDAY + minutes * MINUTE, reason=WHY)


def third(outage: Outage) -> list[Notice]:
    return list(outage.notices.filter(slot=Slot.RESTORATION).order_by("group_id"))


def test_the_outage_goes_on_as_it_stood_and_keeps_what_was_said(crew: Crew) -> None:
    outage = take_back(restored(crew), crew)
    assert (outage.state, outage.restored_at) == (State.INTERRUPTED, None)
    assert not outage.areas.filter(restored_at__isnull=False).exists()
    assert not outage.restoration_steps.exists()
    event = outage.events.last()
    assert event is not None
    assert (event.name, event.text) == ("withdraw_restoration", WHY)
    assert event.data["changed"]["restored_at"]["to"] is None
    assert event.data["step"]["households"] == crew.area.households


def test_repair_that_had_begun_has_not_to_begin_again(crew: Crew) -> None:
    outage = perform(crew.outage(), "start_repair", by=crew.worker, now=MONDAY + MINUTE, at=MONDAY + MINUTE)
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 9 * MINUTE, at=MONDAY + 9 * MINUTE)
    outage = take_back(outage, crew)
    assert (outage.state, outage.repair_started_at) == (State.REPAIRING, MONDAY + MINUTE)


def test_third_clocks_are_void_and_start_anew(crew: Crew) -> None:
    """S0-R04: neither an alarm for what is not owed, nor a notice already posted that would serve for the next."""
    outage = restored(crew)
    first, second = publish(outage, 3, text="{范围}已送电。", by=crew.worker, now=MONDAY + 31 * MINUTE)
    post_by_hand(first, proof="已发", proof_photo=None, by=crew.worker, now=MONDAY + 32 * MINUTE)
    outage = take_back(outage, crew)
    with pytest.raises(NotNow):
        post_by_hand(second, proof="已发", proof_photo=None, by=crew.worker, now=MONDAY + 41 * MINUTE)
    settle_outages(MONDAY + 60 * MINUTE)
    assert all(row.void_at and row.breached_at is None for row in third(outage))
    with pytest.raises(NotNow):
        publish(outage, 3, text="{范围}已送电。", by=crew.worker, now=MONDAY + 61 * MINUTE)
    now = MONDAY + 90 * MINUTE
    outage = perform(outage, "restore", by=crew.duty, now=now, at=now)
    assert [(row.void_at, row.posted_at, row.due_at) for row in third(outage)] == [(None, None, now + 15 * MINUTE)] * 2
    again = publish(outage, 3, text="{范围}已送电。", by=crew.worker, now=now + MINUTE)
    assert len(again) == 2
    post_by_hand(again[0], proof="已发", proof_photo=None, by=crew.worker, now=now + 2 * MINUTE)
    assert third(outage)[0].posted_at == now + 2 * MINUTE
    settle_outages(now + 15 * MINUTE + timedelta(seconds=1))
    assert [row.breached_at is not None for row in third(outage)] == [False, True]


def test_who_was_back_before_stays_back(crew: Crew) -> None:
    """A group of a partial restoration has its clock from then on, through restoration and withdrawal."""
    other = area("江湾六村", households=40)
    outage = crew.outage(areas=[crew.area, other])
    outage = perform(outage, "restore_part", by=crew.duty, now=MONDAY + MINUTE, at=MONDAY + MINUTE, areas=[other])
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 9 * MINUTE, at=MONDAY + 9 * MINUTE)
    mine = outage.notices.get(slot=Slot.RESTORATION, group__grid=other.grid)
    assert mine.triggered_at == MONDAY + MINUTE
    outage = take_back(outage, crew)
    assert [row.pk for row in third(outage) if row.void_at is None] == [mine.pk]
    assert outage.areas.get(area=other).restored_at == MONDAY + MINUTE
    assert outage.restoration_steps.get().households == 40


def test_the_figures_follow(crew: Crew) -> None:
    """S2-R03."""
    outage = restored(crew)
    assert minutes_of(outage, now=MONDAY + 60 * MINUTE) == pytest.approx(30 * 100)
    outage = take_back(outage, crew)
    assert minutes_of(Outage.objects.get(pk=outage.pk), now=MONDAY + 60 * MINUTE) == pytest.approx(60 * 100)
    month = month_of(date(2026, 9, 1), now=MONDAY + 60 * MINUTE)
    assert month.running
    assert month.company.figures.minutes == pytest.approx(6000)


def test_answered_orders_wait_and_callers_are_rung_again(crew: Crew) -> None:
    """B10: no call-back on a false answer; restored again, one step answers them anew."""
    outage = crew.outage()
    about = {"kind": Kind.FAULT_REPORT, "category": Category.FAULT_REPAIR}
    who = customer(crew.area)
    order = complaints.open_order(
        by=crew.agent, now=MONDAY + MINUTE, matter=matter(customer=who, account_no=who.account_no, **about)
    )
    ref = outage.number
    log_call(by=crew.agent, now=MONDAY, matter=matter(**about), disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
    settle_outages(MONDAY + 2 * MINUTE)
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 30 * MINUTE, at=MONDAY + 30 * MINUTE)
    answer_orders(outage, text="已送电", by=crew.shift_leader, now=MONDAY + 31 * MINUTE)
    call_back(outage.calls.get(), result="reached", by=crew.agent, now=MONDAY + 32 * MINUTE)
    outage = take_back(outage, crew)
    event = outage.events.get(name="withdraw_restoration")
    assert (event.data["held"], event.data["archived"]) == ([order.number], [])
    assert outage.calls.get().called_back_at is None
    assert outage.orders.get().answered_at is None
    order = Order.objects.get(pk=order.pk)
    assert order.state == OrderState.CALLBACK
    with pytest.raises(Held):
        contact_again(order, crew)
    now = MONDAY + 90 * MINUTE
    outage = perform(outage, "restore", by=crew.duty, now=now, at=now)
    assert [one.pk for one in answer_orders(outage, text="11:00 送电", by=crew.shift_leader, now=now)] == [order.pk]
    assert order.events.filter(name="outage_answer", text="11:00 送电").count() == 1
    assert contact_again(Order.objects.get(pk=order.pk), crew).state == OrderState.CALLBACK
    assert answer_orders(outage, text="再答", by=crew.shift_leader, now=now) == []


def contact_again(order: Order, crew: Crew) -> Order:
    now = MONDAY + 91 * MINUTE
    return complaints.perform(
        order, "attempt_callback", by=crew.agent, now=now, at=now, means="phone", result="no_answer", note=""
    )


def test_a_false_alarm_after_all_lets_the_orders_go(crew: Crew) -> None:
    outage = crew.outage()
    who = customer(crew.area)
    order = complaints.open_order(
        by=crew.agent,
        now=MONDAY + MINUTE,
        matter=matter(customer=who, account_no=who.account_no, kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR),
    )
    settle_outages(MONDAY + 2 * MINUTE)
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 30 * MINUTE, at=MONDAY + 30 * MINUTE)
    answer_orders(outage, text="已送电", by=crew.shift_leader, now=MONDAY + 31 * MINUTE)
    outage = take_back(outage, crew)
    assert order.holds.filter(released_at__isnull=True).count() == 2
    perform(outage, "cancel", by=crew.duty, now=MONDAY + 50 * MINUTE, reason="误报")
    assert not order.holds.filter(released_at__isnull=True).exists()


def test_public_words_stand_again(crew: Crew) -> None:
    """S0-R31."""
    outage = crew.outage()
    for medium in ("ivr", "portal"):
        Announcement.objects.create(
            outage=outage, medium=medium, text="停电", published_at=MONDAY, published_by=crew.duty
        )
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 30 * MINUTE, at=MONDAY + 30 * MINUTE)
    assert not outage.announcements.filter(withdrawn_at__isnull=True).exists()
    outage = take_back(outage, crew)
    assert outage.announcements.filter(withdrawn_at__isnull=True).count() == 2


def test_only_the_desk_and_only_while_restored(crew: Crew) -> None:
    outage = restored(crew)
    now = MONDAY + 40 * MINUTE
    for who in (crew.worker, crew.agent, crew.other_worker, crew.leader, person(Role.STATION_HEAD, "station_binhai")):
        with pytest.raises(NotAllowed):
            perform(outage, "withdraw_restoration", by=who, now=now, reason=WHY)
    outage = perform(outage, "withdraw_restoration", by=crew.head, now=now, reason=WHY)
    with pytest.raises(NotNow):
        perform(outage, "withdraw_restoration", by=crew.duty, now=now, reason=WHY)


@pytest.mark.parametrize("reason", ["", "   ", "原" * 501])
def test_a_reason_is_asked_for(crew: Crew, reason: str) -> None:
    outage = Outage.objects.get(pk=restored(crew).pk)
    client = Client()
    client.force_login(crew.duty)
    url = reverse("outage_act", args=[outage.number, "withdraw_restoration"])
    assert client.get(url).status_code == 200
    assert client.post(url, {"version": outage.version, "reason": reason}).status_code == 400
    assert Outage.objects.get(pk=outage.pk).state == State.RESTORED
    client.force_login(crew.worker)
    assert client.post(url, {"version": outage.version, "reason": WHY}).status_code == 403


@COMMITTED
@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.proof)])
def test_withdrawn_twice_or_against_a_call_back_at_once(at_once: Callable[..., list[Any]], rounds: int) -> None:
    """One withdrawal counts; a caller rung in the same moment is rung again, and nothing waits for ever."""
    crew = Crew()
    about = matter(kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR)
    for n in range(rounds):
        now = MONDAY + n * 60 * MINUTE
        outage = crew.outage(now, areas=[area(households=10)])
        ref = outage.number
        log_call(by=crew.agent, now=now, matter=about, disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
        settle_outages(now)
        outage = perform(outage, "restore", by=crew.duty, now=now + MINUTE, at=now + MINUTE)
        link, later = outage.calls.get(), now + 2 * MINUTE

        def withdraw(outage: Outage = outage, later: Any = later) -> Outage:
            return perform(outage, "withdraw_restoration", by=crew.duty, now=later, reason=WHY)

        def ring(link: Any = link, later: Any = later) -> Any:
            return call_back(link, result="reached", by=crew.agent, now=later)

        found = at_once(withdraw, withdraw, ring)
        assert sum(isinstance(one, Outage) for one in found[:2]) == 1, found
        assert all(isinstance(one, Refused) for one in found[:2] if not isinstance(one, Outage)), found
        assert found[2].pk == link.pk if not isinstance(found[2], Exception) else isinstance(found[2], NotNow), found
        outage = Outage.objects.get(pk=outage.pk)
        assert outage.state == State.INTERRUPTED
        assert outage.calls.get().called_back_at is None
        assert outage.event_seq == outage.events.count()


@COMMITTED
@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.proof)])
def test_withdrawn_and_restored_at_once_end_in_one_order(at_once: Callable[..., list[Any]], rounds: int) -> None:
    """The second restoration waits for the lock: too early it is refused, after the withdrawal it counts."""
    crew = Crew()
    for n in range(rounds):
        now = MONDAY + n * 60 * MINUTE
        outage = crew.outage(now, areas=[area(households=10)])
        outage = perform(outage, "restore", by=crew.duty, now=now + MINUTE, at=now + MINUTE)
        later = now + 2 * MINUTE
        taken, again = at_once(
            lambda outage=outage, later=later: perform(
                outage, "withdraw_restoration", by=crew.duty, now=later, reason=WHY
            ),
            lambda outage=outage, later=later: perform(outage, "restore", by=crew.head, now=later, at=later),
        )
        assert isinstance(taken, Outage), taken
        outage = Outage.objects.get(pk=outage.pk)
        if isinstance(again, Outage):
            assert (outage.state, outage.restored_at) == (State.RESTORED, later)
            assert outage.restoration_steps.count() == 1
        else:
            assert isinstance(again, NotNow), again
            assert outage.state == State.INTERRUPTED
