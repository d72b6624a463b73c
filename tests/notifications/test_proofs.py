"""T5 (sender), T16 and twenty senders at once: real processes and threads, killed and raced, on an own database.

Small sizes in ``make test``, the stated ones in ``make proof``.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.utils import timezone

from notifications.expand import expand_due, new_delivery
from notifications.models import Attempt, Delivery, Endpoint, Message
from notifications.sender import Sender, drain
from notifications.vocabulary import CALL, DeliveryState, Stream, ToKind
from tests.conftest import COMMITTED
from tests.notifications.conftest import Receiver, answer, endpoint

pytestmark = [COMMITTED]
ROOT = Path(__file__).resolve().parent.parent.parent
Start = Callable[..., Receiver]


def queued(hook: Endpoint, count: int, *, urgent: bool = False) -> None:
    now = timezone.now()
    messages = Message.objects.bulk_create(
        Message(
            code="system.undelivered",
            key=f"{hook.pk}:{n}",
            stream=Stream.SYSTEM,
            urgent=urgent,
            created_at=now,
            due_at=now,
            expanded_at=now,
        )
        for n in range(count)
    )
    rows = []
    for n, message in enumerate(messages):
        row = new_delivery(message, hook.channel, f"停电 {n}", "正文", now=now)
        row.to, row.endpoint = ToKind.GROUP, hook
        rows.append(row)
    Delivery.objects.bulk_create(rows)


# --- many senders -----------------------------------------------------------------------------------------------------


def race(receiver: Start, at_once: Any, *, senders: int, messages: int) -> None:
    hooks = [receiver() for _n in range(4)]
    for there in hooks:
        queued(endpoint("webhook", there.url), messages // len(hooks))

    def one() -> int:
        return drain(timezone.now, seconds=600)

    for outcome in at_once(*[one] * senders):
        assert isinstance(outcome, int), outcome
    for _turn in range(50):
        if not drain(timezone.now, seconds=600):
            break
    counted = Counter(body["id"] for there in hooks for body in there.bodies())
    assert set(counted.values()) == {1}, "nobody crashed: nothing twice"
    assert len(counted) == messages, "none lost"
    assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
    assert Attempt.objects.filter(ended_at__isnull=True).count() == 0


def test_several_senders_lose_nothing_and_send_nothing_twice(receiver: Start, at_once: Any) -> None:
    race(receiver, at_once, senders=4, messages=200)


@pytest.mark.proof
def test_twenty_senders_and_ten_thousand_messages(receiver: Start, at_once: Any) -> None:
    race(receiver, at_once, senders=20, messages=10_000)


def test_one_that_hangs_keeps_no_other_waiting(receiver: Start) -> None:
    """F15: lanes run side by side; the good receiver has everything while the other one still hangs."""
    stuck, good = receiver(hangs=True), receiver()
    for there in (stuck, good):
        queued(endpoint("webhook", there.url), 20)
    sender = Sender(timezone.now, workers=4)
    try:
        sender.turn()
        assert good.wait(20, seconds=20)
        assert len(stuck.got) <= 1
    finally:
        stuck.hang.set()
        sender.stop()


# --- killed at every point --------------------------------------------------------------------------------------------

PROGRAM = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.conf import settings
settings.NOTIFY_TEST_RECEIVERS = frozenset(sys.argv[1].split(","))
from django.core.management import call_command
call_command("sender", every=0.1)
"""


@pytest.fixture
def process(receiver: Start) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts the real sender command on the copy of the database; ends what is left of it."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        where = connection.settings_dict
        url = f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}"
        if where["PORT"]:
            url = f"postgres://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
        if str(where["HOST"]).startswith("/"):
            url = f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}"
        words = [sys.executable, "-c", PROGRAM, ",".join(django_settings.NOTIFY_TEST_RECEIVERS)]
        one = subprocess.Popen(words, cwd=ROOT, env=os.environ | {"DATABASE_URL": url})
        started.append(one)
        return one

    yield start
    for one in started:
        if one.poll() is None:
            one.send_signal(signal.SIGKILL)
            one.wait()


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def kill(one: "subprocess.Popen[bytes]") -> None:
    one.send_signal(signal.SIGKILL)
    one.wait()


def lease_over() -> None:
    """The lease of the dead ends now instead of after 50 s: the clock is not waited for."""
    Delivery.objects.filter(state=DeliveryState.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))


def held_lock(table: str) -> Any:
    """A lock that lets others read but not write: the sender stops exactly before that write."""
    transaction.set_autocommit(False)
    connection.cursor().execute(f"LOCK TABLE {table} IN SHARE MODE")


def release_lock() -> None:
    transaction.rollback()
    transaction.set_autocommit(True)


def killed_before_claim(there: Receiver, start: Any) -> None:
    held_lock("notifications_delivery")
    one = start()
    time.sleep(1.5)
    kill(one)
    release_lock()


def killed_at_the_attempt(there: Receiver, start: Any) -> None:
    """Claiming and writing the attempt are one transaction: neither remains."""
    held_lock("notifications_attempt")
    one = start()
    until(lambda: waiting_for("notifications_attempt"))
    kill(one)
    release_lock()


def killed_after_post_before_record(there: Receiver, start: Any) -> None:
    there.hangs = True
    one = start()
    until(lambda: len(there.got) == 1)
    kill(one)
    there.hangs = False
    there.hang.set()


def killed_while_recording(there: Receiver, start: Any) -> None:
    there.hangs = True
    one = start()
    until(lambda: len(there.got) == 1)
    held_lock("notifications_attempt")
    there.hang.set()
    until(lambda: waiting_for("notifications_attempt"))
    kill(one)
    release_lock()
    there.hangs = False


def killed_after_record(there: Receiver, start: Any) -> None:
    one = start()
    until(lambda: Delivery.objects.filter(state=DeliveryState.SENT).exists())
    kill(one)


def waiting_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


POINTS: list[tuple[Callable[[Receiver, Any], None], int]] = [
    (killed_before_claim, 1),
    (killed_at_the_attempt, 1),
    (killed_after_post_before_record, 2),
    (killed_while_recording, 2),
    (killed_after_record, 1),
]


def crash(point: Callable[[Receiver, Any], None], most: int, receiver: Start, process: Any) -> None:
    there = receiver()
    queued(endpoint("webhook", there.url), 1)
    point(there, process)
    lease_over()
    there.hang.set()
    for _turn in range(3):
        drain(timezone.now)
    row = Delivery.objects.get(to=ToKind.GROUP)
    assert row.state == DeliveryState.SENT, "not lost"
    assert 1 <= len(there.got) <= most, "at most one repetition per kill"
    assert {body["id"] for body in there.bodies()} == {row.reference}, "the repetition carries the same reference"
    assert row.tries.filter(ended_at__isnull=True).count() == 0


@pytest.mark.parametrize(("point", "most"), [POINTS[2], POINTS[4]], ids=lambda value: getattr(value, "__name__", ""))
def test_a_killed_senders_message_is_sent_by_the_next(
    point: Any, most: int, receiver: Start, process: Any, settings: Any
) -> None:
    """F5, T5: two of the five points in every run."""
    crash(point, most, receiver, process)


@pytest.mark.proof
@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize(("point", "most"), POINTS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_crash_point_ten_times(point: Any, most: int, turn: int, receiver: Start, process: Any) -> None:
    crash(point, most, receiver, process)


# --- T16 --------------------------------------------------------------------------------------------------------------


def storm(receiver: Start, *, notices: int) -> None:
    """``notices`` urgent messages for twelve groups in one minute; one robot hangs, one answers 500, one 429."""
    good = [receiver() for _n in range(9)]
    bad = [receiver(hangs=True), receiver(answer(500)), receiver(answer(429, Retry_After="60"))]
    robots = [endpoint("wecom_robot", one.url) for one in (*good, *bad)]
    for robot in robots:
        queued(robot, notices // len(robots), urgent=True)
    ready = time.monotonic()
    sender = Sender(timezone.now, workers=8)
    try:
        until(lambda: bool(sender.turn() or True) and settled(robots), seconds=300)
    finally:
        for one in bad:
            one.hang.set()
        sender.stop()
    after = sorted(request.at - ready for one in good for request in one.got)
    assert after[int(len(after) * 0.99) - 1] <= 30, "hand-over within 30 s of being ready"
    for one in good:
        moments = [request.at for request in one.got]
        assert all(sum(start <= t < start + 60 for t in moments) <= 18 for start in moments)
        said = "\n".join(str(body) for body in one.bodies())
        assert all(f"停电 {n}" in said for n in range(notices // len(robots)))
    in_trouble = [robot.pk for robot in robots[len(good) :]]
    escalated = Delivery.objects.filter(channel=CALL, state=DeliveryState.WAITING, message__isnull=False)
    assert escalated.count() == Delivery.objects.filter(endpoint__in=in_trouble, message__isnull=False).count()
    print(f"\nT16: {notices} messages, p99 {after[int(len(after) * 0.99) - 1]:.1f} s")  # noqa: T201


def settled(robots: list[Endpoint]) -> bool:
    """Everything handed over, or a person asked to ring."""
    waiting = Delivery.objects.filter(
        endpoint__in=robots, message__isnull=False, state__in=[DeliveryState.PENDING, DeliveryState.CARRIED]
    )
    open_carriers = Delivery.objects.filter(message__isnull=True, state=DeliveryState.PENDING)
    sending = Delivery.objects.filter(state=DeliveryState.SENDING)
    time.sleep(0.2)
    return not waiting.exists() and not open_carriers.exists() and not sending.exists()


@pytest.mark.proof
def test_five_hundred_outages_in_a_minute_with_three_bad_robots(receiver: Start) -> None:
    """T16: 100 % attempted or escalated; p99 within 30 s where the robot's limit allows; ≤ 18 a minute and robot."""
    storm(receiver, notices=504)


def test_expanding_is_set_based_whatever_the_number() -> None:
    now = timezone.now()
    Message.objects.bulk_create(
        Message(code="system.undelivered", key=f"x{n}", stream=Stream.SYSTEM, created_at=now, due_at=now)
        for n in range(300)
    )
    assert expand_due(now) == 300
