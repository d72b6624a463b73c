"""Several messages on the wire at once (``lane.Batch``): how many, in which order, and what one that fails does to the
others. The receiver holds answers back until as many have come as should: nothing here waits for a clock."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from notifications.channels import CHANNELS
from notifications.channels.base import Channel, Line, Outgoing, Receipt
from notifications.expand import new_delivery
from notifications.lane import run_lane
from notifications.models import Attempt, Delivery, Endpoint
from notifications.vocabulary import DeliveryState, Outcome, ToKind
from tests.factories import MONDAY
from tests.notifications.conftest import Answer, Receiver, Request, answer, endpoint

pytestmark = pytest.mark.django_db
Start = Callable[..., Receiver]
ABREAST = CHANNELS["webhook"].parallel
PATIENCE = 20  # seconds after which a receiver that waits for company gives up, and the test fails


class Meeting:
    """Answers the first at once, the others only when ``ABREAST`` of them are there together; after so many such rounds
    everybody at once."""

    def __init__(
        self, count: int, wrong: Callable[[Request], Answer | None] = lambda request: None, *, rounds: int = 1
    ) -> None:
        self.count, self.wrong, self.last = count, wrong, 1 + rounds * ABREAST
        self.lock, self.company = threading.Lock(), threading.Barrier(ABREAST)
        self.seen = self.now = self.most = 0
        self.alone = False

    def __call__(self, request: Request) -> Answer:
        with self.lock:
            self.seen += 1
            self.now += 1
            self.most = max(self.most, self.now)
            meets = 1 < self.seen <= self.last
        try:
            if meets:
                self.company.wait(PATIENCE)
        except threading.BrokenBarrierError:
            self.alone = True
        finally:
            with self.lock:
                self.now -= 1
        return self.wrong(request) or answer()


def queue(hook: Endpoint, count: int) -> list[Delivery]:
    rows = []
    for n in range(count):
        one = new_delivery(None, hook.channel, f"第 {n} 条", "积压", now=MONDAY)
        one.to, one.endpoint = ToKind.GROUP, hook
        rows.append(one)
    return Delivery.objects.bulk_create(rows)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_the_first_goes_alone_then_as_many_as_the_channel_allows(receiver: Start) -> None:
    meeting = Meeting(1 + 3 * ABREAST, rounds=3)
    there = receiver(meeting)
    queue(endpoint("webhook", there.url), meeting.count)
    assert run_lane(Endpoint.objects.get(), lambda: MONDAY) == meeting.count
    assert not meeting.alone, "they came one by one"
    assert meeting.most == ABREAST
    sent = [body["id"] for body in there.bodies()]
    assert len(sent) == len(set(sent)) == meeting.count
    assert sent[0] == Delivery.objects.order_by("pk")[0].reference
    assert set(states()) == {DeliveryState.SENT}
    assert set(Attempt.objects.values_list("outcome", flat=True)) == {Outcome.OK}


def test_one_that_fails_among_several_is_recorded_as_failed_and_only_that_one(receiver: Start) -> None:
    """Those beside it on the wire arrived and say so; those behind it wait for a better moment (F15)."""
    meeting = Meeting(1 + 2 * ABREAST, lambda request: answer(500) if request.body["subject"] == "第 2 条" else None)
    there = receiver(meeting)
    rows = queue(endpoint("webhook", there.url), meeting.count)
    run_lane(Endpoint.objects.get(), lambda: MONDAY)
    arrived = {body["id"] for body in there.bodies()} - {rows[2].reference}
    for row in Delivery.objects.all():
        wanted = DeliveryState.SENT if row.reference in arrived else DeliveryState.PENDING
        assert row.state == wanted, row.subject
    assert Attempt.objects.get(delivery=rows[2]).outcome == Outcome.TEMPORARY
    assert not Attempt.objects.filter(ended_at__isnull=True).exists(), "no attempt is left open"


def test_a_refusal_among_several_stops_nobody_else(receiver: Start) -> None:
    meeting = Meeting(1 + 2 * ABREAST, lambda request: answer(400) if request.body["subject"] == "第 1 条" else None)
    there = receiver(meeting)
    queue(endpoint("webhook", there.url), meeting.count)
    run_lane(Endpoint.objects.get(), lambda: MONDAY)
    assert states().count(DeliveryState.DEAD) == 1
    assert states().count(DeliveryState.SENT) == meeting.count - 1


def test_an_error_of_our_own_loses_no_answer_of_those_beside_it(receiver: Start, monkeypatch: Any) -> None:
    """What broke is raised; what was on the wire is recorded first; what waited is free when its lease ends (F5)."""
    meeting = Meeting(1 + 2 * ABREAST)
    there = receiver(meeting)
    rows = queue(endpoint("webhook", there.url), meeting.count)
    usual = CHANNELS["webhook"]

    def broken(line: Line, message: Outgoing) -> Receipt:
        receipt = usual.send(line, message)
        if message.reference == rows[3].reference:
            raise MemoryError
        return receipt

    kept = Channel(usual.code, usual.label, broken, fields=usual.fields, group=True, parallel=ABREAST)
    monkeypatch.setitem(CHANNELS, "webhook", kept)
    with pytest.raises(MemoryError):
        run_lane(Endpoint.objects.get(), lambda: MONDAY)
    arrived = {body["id"] for body in there.bodies()} - {rows[3].reference}
    found = {row.reference: row.state for row in Delivery.objects.all()}
    assert {reference for reference, state in found.items() if state == DeliveryState.SENT} == arrived
    assert found[rows[3].reference] == DeliveryState.SENDING, "nobody knows; its lease will end"


def test_a_robot_says_one_thing_at_a_time(receiver: Start) -> None:
    """Its limit is counted per word; its answers come before the next is chosen."""
    together, most, lock = 0, 0, threading.Lock()

    def behave(request: Request) -> Answer:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        with lock:
            together -= 1
        return answer()

    there = receiver(behave)
    queue(endpoint("wecom_robot", there.url), 6)
    run_lane(Endpoint.objects.get(), lambda: MONDAY)
    assert most == 1
    assert CHANNELS["wecom_robot"].parallel == CHANNELS["dingtalk_robot"].parallel == 1
