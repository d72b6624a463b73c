"""Messages around outages: clocks, the reporting chain, plans, disconnections, promises, digests, reported calls."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models import HarassmentReport
from complaints.services.calls import log_call
from complaints.services.matter import CallFacts, Matter
from complaints.vocabulary import Disposition
from escalation.models import Deadline, Digest, Reminder
from escalation.services.promises import make_promise
from escalation.vocabulary import PromiseKind, Stage
from notifications import watch
from notifications.expand import expand_due, happened
from notifications.inbox import acknowledge, inbox
from notifications.links import path_of
from notifications.models import Delivery, Message
from notifications.vocabulary import INBOX
from outage.disconnection.vocabulary import State as CutState
from outage.flow.door import perform
from outage.models import ChainStep, Outage
from outage.planning.services import mark_missed
from outage.planning.vocabulary import Medium, State
from outage.services.chain import acknowledge as acknowledge_level
from outage.services.sweep import settle_outages
from outage.vocabulary import ChainLevel
from people.models import User
from people.roles import Role
from tests.factories import MONDAY, Company, person
from tests.outage.disconnections import Station
from tests.outage.factories import Crew
from tests.outage.plans import STARTS_AT, Planners

pytestmark = pytest.mark.django_db


def minutes(n: float) -> Any:
    return MONDAY + timedelta(minutes=n)


def told(code: str) -> set[User]:
    return {row.recipient for row in Delivery.objects.filter(channel=INBOX, message__code=code) if row.recipient}


def words(code: str) -> str:
    row = Delivery.objects.filter(channel=INBOX, message__code=code).order_by("-pk").first()
    assert row is not None, code
    return f"{row.subject} {row.text}"


# --- clocks and chain ---


def test_a_notice_not_posted_is_warned_of_and_its_breach_goes_higher() -> None:
    crew = Crew()
    crew.outage()
    settle_outages(minutes(5))
    expand_due(minutes(5))
    assert told("outage.notice_warning") >= {crew.worker, crew.duty}
    assert crew.head not in told("outage.notice_warning")
    assert "停电告知（" in words("outage.notice_warning")
    settle_outages(minutes(15.1))
    expand_due(minutes(15.1))
    assert crew.head in told("outage.notice_breach")
    assert Message.objects.filter(code="outage.notice_warning").count() == 1, "once per warning"


def test_customers_left_without_word_are_told_of_to_those_who_must_speak() -> None:
    crew = Crew()
    crew.outage()
    settle_outages(minutes(200))
    expand_due(minutes(200))
    assert told("outage.progress_due") >= {crew.worker, crew.duty}


def chain(outage: Outage, level: int) -> ChainStep:
    return outage.chain.get(level=level)


def test_each_level_of_the_chain_is_asked_and_one_tap_in_the_inbox_is_its_word() -> None:
    """S0-R01: the confirmation of the message is the acknowledgement of the level, and calls the next."""
    crew = Crew()
    outage = crew.outage()
    expand_due(MONDAY)
    assert told("outage.chain_first") == {crew.worker}
    row = inbox(crew.worker, now=MONDAY).get(message__code="outage.chain_first")
    assert row.ack_required
    assert acknowledge(row, by=crew.worker, now=minutes(2))
    assert chain(outage, ChainLevel.GRID_WORKER).acknowledged_by == crew.worker
    row.refresh_from_db()
    assert row.acknowledged_at == minutes(2)
    assert row.read_at == minutes(2)
    assert not acknowledge(row, by=crew.worker, now=minutes(3))
    expand_due(minutes(2))
    assert told("outage.chain_sent") == {crew.head, crew.deputy}


def test_the_word_on_the_page_confirms_the_message_and_releases_the_others_of_the_level() -> None:
    crew = Crew()
    outage = crew.outage()
    acknowledge_level(outage, ChainLevel.GRID_WORKER, by=crew.worker, now=minutes(1))
    expand_due(minutes(1))
    acknowledge_level(outage, ChainLevel.STATION_HEAD, by=crew.head, now=minutes(4))
    rows = {row.recipient: row for row in Delivery.objects.filter(message__code="outage.chain_sent", channel=INBOX)}
    assert rows[crew.head].acknowledged_at == minutes(4)
    assert not rows[crew.deputy].ack_required
    assert told("outage.chain_first") == set(), "the level had spoken before it could be asked"


def test_a_grid_worker_who_opens_it_has_spoken_and_the_head_is_asked_at_once() -> None:
    crew = Crew()
    outage = crew.outage(by=crew.worker)
    expand_due(MONDAY)
    assert told("outage.chain_first") == {crew.head, crew.deputy}
    row = inbox(crew.deputy, now=MONDAY).get(message__code="outage.chain_first")
    assert acknowledge(row, by=crew.deputy, now=minutes(1))
    assert chain(outage, ChainLevel.STATION_HEAD).acknowledged_by == crew.deputy


def test_a_silent_level_is_reminded_then_skipped_and_a_late_sweep_tells_every_level() -> None:
    crew = Crew()
    crew.outage()
    settle_outages(minutes(16))
    expand_due(minutes(16))
    assert told("outage.chain_reminded") == {crew.worker}
    settle_outages(minutes(95))
    expand_due(minutes(95))
    assert {crew.worker, crew.head, crew.shift_leader} <= told("outage.chain_skipped")
    assert {crew.head, crew.centre, crew.leader} <= told("outage.chain_sent"), "several levels in one sweep"


# --- plans ---


def test_a_plan_is_decided_on_announced_changed_and_cancelled_in_front_of_those_it_concerns() -> None:
    people = Planners()
    director = person(Role.HOTLINE_DIRECTOR)
    plan = people.taken_to(State.SUBMITTED)
    expand_due(MONDAY)
    assert told("plan.submit") == {people.leader}
    assert "09-21 09:30" in words("plan.submit")
    plan = perform(plan, "approve", by=people.leader, now=MONDAY)
    plan = people.announced(plan, media=(Medium.PORTAL, Medium.SMS, Medium.WECHAT))
    expand_due(MONDAY)
    assert {people.head, director} <= told("plan.approve")
    assert {people.head, people.duty, director} <= told("plan.announce")
    assert people.stranger not in told("plan.announce")
    announced = Delivery.objects.filter(message__code="plan.announce", recipient=people.head, channel=INBOX)
    assert announced.count() == 1, "once per round, not once per medium"
    plan = perform(plan, "propose_change", by=people.head, now=MONDAY, **people.change())
    plan = perform(plan, "approve_change", by=people.leader, now=MONDAY)
    expand_due(MONDAY)
    assert told("plan.propose_change") == {people.leader}
    assert {people.head, people.duty, director} <= told("plan.approve_change")
    assert "09-22 09:30" in words("plan.approve_change")
    perform(plan, "cancel", by=people.head, now=MONDAY, text="改期")
    expand_due(MONDAY)
    assert people.head not in told("plan.cancel"), "the doer is not told"
    assert {people.duty, director} <= told("plan.cancel")


def test_a_draft_is_cancelled_without_a_word_and_a_missed_announcement_is_told() -> None:
    people = Planners()
    director = person(Role.HOTLINE_DIRECTOR)
    perform(people.plan(), "cancel", by=people.head, now=MONDAY, text="误拟")
    expand_due(MONDAY)
    assert told("plan.cancel") == set()
    people.taken_to(State.APPROVED)
    late = STARTS_AT - timedelta(hours=1)
    assert mark_missed(late) == 1
    expand_due(late)
    assert {people.head, director} <= told("plan.announce_missed")


# --- disconnections ---


def test_a_disconnection_is_told_without_the_customers_name_and_to_nobody_of_another_station() -> None:
    station = Station()
    shift = person(Role.SHIFT_LEADER)
    case = station.taken_to(CutState.CHECKED)
    expand_due(MONDAY + timedelta(hours=1))
    assert told("cut.precheck") == {station.head}
    for name, by, now, details in station.steps(case)[1:-2]:
        case = perform(case, name, by=by, now=now, **details)
    now = MONDAY + timedelta(days=6)
    expand_due(now)
    assert told("cut.approve") == {station.clerk, station.checker}
    assert shift in told("cut.execute")
    everything = Delivery.objects.filter(message__cut=case)
    assert not everything.filter(recipient=station.stranger).exists()
    assert "李承洲" not in "".join(f"{row.subject}{row.text}" for row in everything)


def test_payment_before_and_after_the_cut_is_urgent() -> None:
    station = Station()
    case = station.taken_to(CutState.NOTIFIED)
    perform(case, "settle", by=station.agent, now=MONDAY + timedelta(days=5), paid_at=MONDAY + timedelta(days=5))
    expand_due(MONDAY + timedelta(days=5))
    assert {station.clerk, station.head} <= told("cut.settle")
    assert Message.objects.get(code="cut.settle").urgent


# --- promises, digests, calls ---


def test_a_promise_reaches_those_who_must_keep_it() -> None:
    company = Company()
    order = company.taken_to("investigated")
    make_promise(
        order,
        by=company.director,
        now=MONDAY,
        kind=PromiseKind.APPOINTMENT,
        what="上门测电压",
        promised_at=MONDAY + timedelta(days=1),
    )
    expand_due(MONDAY)
    assert company.handler in told("promise.made")


def test_a_digest_goes_out_once_when_its_minute_is_over_without_what_was_met_meanwhile() -> None:
    company = Company()
    order = company.taken_to("investigated")
    running = Deadline.objects.filter(order=order, met_at__isnull=True, dropped_at__isnull=True).first()
    assert running is not None
    slot = MONDAY + timedelta(hours=1)
    digest = Digest.objects.create(user=company.handler, slot=slot, created_at=MONDAY)
    Reminder.objects.create(deadline=running, stage=Stage.DUE, user=company.handler, order=order, digest=digest)
    assert watch.reminders(slot) == []
    later = slot + timedelta(minutes=1)
    for _twice in range(2):
        watch.look(later)
        expand_due(later)
    row = Delivery.objects.get(message__code="reminder.digest", channel=INBOX)
    assert row.recipient == company.handler
    assert order.number in row.text
    assert row.subject == "有 1 张工单要您留意时限"


def test_a_digest_with_nothing_left_to_say_is_not_sent() -> None:
    company = Company()
    digest = Digest.objects.create(user=company.handler, slot=MONDAY, created_at=MONDAY)
    watch.look(minutes(2))
    expand_due(minutes(2))
    assert Message.objects.filter(data__digest=digest.pk).exists()
    assert not Delivery.objects.filter(message__code="reminder.digest").exists()


def reported() -> HarassmentReport:
    facts = Matter(call=CallFacts(warned=True), caller_phone="13800001234")
    agent = person(Role.HOTLINE_AGENT)
    call = log_call(by=agent, now=MONDAY, matter=facts, disposition=Disposition.NO_ORDER, reason="harassment")
    return call.harassment_report


def test_a_harassing_call_is_put_before_the_shift_and_confirming_is_taking_note() -> None:
    """S4-R21: the confirmation in the inbox is the acknowledgement of the report."""
    leader, report = person(Role.SHIFT_LEADER), reported()
    watch.look(minutes(1))
    expand_due(minutes(1))
    row = inbox(leader, now=minutes(1)).get(message__code="call.harassment")
    assert "13800001234" not in f"{row.subject}{row.text}"
    assert row.message is not None
    assert path_of(happened(row.message)) == reverse("intake_duty")
    assert acknowledge(row, by=leader, now=minutes(2))
    report.refresh_from_db()
    assert report.acknowledged_by == leader
    watch.look(minutes(3))
    assert Message.objects.filter(code="call.harassment").count() == 1


# --- the page a message is about ---


def test_a_message_opens_the_page_it_is_about(client: Client) -> None:
    crew = Crew()
    outage = crew.outage()
    people, station = Planners(), Station()
    plan, case = people.taken_to(State.SUBMITTED), station.taken_to(CutState.CHECKED)
    expand_due(MONDAY + timedelta(hours=1))
    wanted = {
        (crew.worker, "outage.chain_first"): reverse("outage", args=[outage.number]),
        (people.leader, "plan.submit"): reverse("plan", args=[plan.pk]),
        (station.head, "cut.precheck"): reverse("disconnection", args=[case.pk]),
    }
    for (user, code), page in wanted.items():
        row = Delivery.objects.get(message__code=code, recipient=user, channel=INBOX)
        client.force_login(user)
        answer = client.post(reverse("inbox_open", args=[row.pk]))
        assert answer.headers["Location"] == page
