"""Delivery: leases, attempts first, back-off, dead letters, fall-back, digests, robot limits (F5, F15, F16)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.services import note_many
from notifications import outcomes
from notifications.claims import LEASE, SPAN, claim, heal
from notifications.expand import expand_due, new_delivery
from notifications.messages import TABLE
from notifications.models import Attempt, Budget, Delivery, Endpoint, Message, Preference
from notifications.outcomes import wait_for
from notifications.sender import SteadyClock, drain
from notifications.services import give_up, resend
from notifications.vocabulary import CALL, INBOX, DeliveryState, Outcome, Stream, ToKind
from people.models import User
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, Company, dept, person
from tests.notifications.conftest import Receiver, answer, deliver, endpoint, reachable

pytestmark = pytest.mark.django_db
Start = Callable[..., Receiver]
NOW = MONDAY + timedelta(minutes=1)


@pytest.fixture
def company() -> Company:
    return Company()


def messages(count: int, *, now: datetime = NOW, urgent: bool = False, first: int = 0) -> list[Message]:
    """System messages nobody but webhooks and robots with the topic hear of."""
    rows = [
        Message(
            code="system.undelivered",
            key=f"m{first + n}",
            stream=Stream.SYSTEM,
            data={"count": first + n},
            urgent=urgent,
            created_at=now,
            due_at=now,
        )
        for n in range(count)
    ]
    return Message.objects.bulk_create(rows)


def outside() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.exclude(channel=INBOX).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def test_an_attempt_is_written_before_anything_goes_out(receiver: Start) -> None:
    """Invariant 21; what the receiver sees, the database knew before."""
    seen: list[int] = []

    def behave(request: Any) -> Any:
        return answer()

    there = receiver(behave)
    hook = endpoint("webhook", there.url, topics=["system"])
    messages(1)
    expand_due(NOW)
    (row,) = claim(hook, holder="me", now=NOW)
    seen.append(Attempt.objects.filter(delivery=row, ended_at__isnull=True).count())
    assert seen == [1]
    assert there.got == []
    heal(NOW + LEASE + timedelta(seconds=1))
    assert Attempt.objects.get().outcome == Outcome.LOST
    deliver(NOW + LEASE + timedelta(seconds=1))
    assert [body["attempt"] for body in there.bodies()] == [2]
    assert Delivery.objects.get(endpoint=hook).state == DeliveryState.SENT


def test_what_one_sender_holds_no_other_sends(receiver: Start) -> None:
    there = receiver()
    hook = endpoint("webhook", there.url, topics=["system"])
    messages(3)
    expand_due(NOW)
    assert len(claim(hook, holder="one", now=NOW)) == 3
    assert claim(hook, holder="two", now=NOW + timedelta(seconds=30)) == []
    heal(NOW + timedelta(seconds=30))
    assert claim(hook, holder="two", now=NOW + timedelta(seconds=30)) == []


@pytest.mark.parametrize("attempts", [1, 2, 3, 8, 20])
def test_waits_double_up_to_ten_minutes_with_jitter(attempts: int) -> None:
    short, long = wait_for(attempts, draw=0), wait_for(attempts, draw=1)
    assert short == min(timedelta(seconds=5 * 2 ** (attempts - 1)), timedelta(minutes=10))
    assert long == short * 1.25
    assert wait_for(1, draw=0, asked=timedelta(seconds=90)) == timedelta(seconds=90)


def test_a_temporary_failure_is_tried_again_later_and_then_succeeds(receiver: Start) -> None:
    bad = [True, True]
    there = receiver(lambda request: answer(500) if bad and bad.pop() else answer())
    hook = endpoint("webhook", there.url, topics=["system"])
    messages(1)
    deliver(NOW)
    row = Delivery.objects.get(endpoint=hook)
    assert row.state == DeliveryState.PENDING
    assert row.reason == "对方出错（500）"
    deliver(NOW + timedelta(seconds=2))
    assert len(there.got) == 1, "not before its time"
    deliver(NOW + timedelta(minutes=1))
    deliver(NOW + timedelta(minutes=3))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert list(row.tries.values_list("outcome", flat=True)) == ["temporary", "temporary", "ok"]
    assert {body["id"] for body in there.bodies()} == {row.reference}, "the same reference every time (F5)"


def test_a_permanent_failure_is_dead_at_once_with_its_reason_and_can_be_resent(receiver: Start) -> None:
    refuses = [True]
    there = receiver(lambda request: answer(403) if refuses else answer())
    hook = endpoint("webhook", there.url, topics=["system"])
    operator = person(Role.SYSTEM_ADMIN, "company")
    messages(1)
    deliver(NOW)
    row = Delivery.objects.get(endpoint=hook)
    assert (row.state, row.reason, row.attempts) == (DeliveryState.DEAD, "对方拒绝（403）", 1)
    refuses.clear()
    resend(row, by=operator, now=NOW)
    deliver(NOW)
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert len({body["id"] for body in there.bodies()}) == 1


def test_what_is_given_up_stays_in_the_log_with_who_and_why(receiver: Start) -> None:
    there = receiver(answer(403))
    hook = endpoint("webhook", there.url, topics=["system"])
    operator = person(Role.SYSTEM_ADMIN, "company")
    messages(1)
    deliver(NOW)
    row = Delivery.objects.get(endpoint=hook)
    give_up(row, by=operator, now=NOW, note="群已解散")
    row.refresh_from_db()
    assert (row.closed_by, row.note, row.state) == (operator, "群已解散", DeliveryState.DEAD)
    with pytest.raises(Exception, match="未送达"):
        resend(row, by=operator, now=NOW)


def test_an_urgent_message_takes_the_next_channel_and_ends_with_a_call(company: Company, receiver: Start) -> None:
    """F15: three failures, next channel, then a human."""
    reachable(company.contact, email="", wecom_id="wx")
    bad = receiver(answer(500))
    endpoint("wecom_app", f"http://127.0.0.1:{bad.port}", config={"corp_id": "c", "agent_id": "1"})
    endpoint("sms", bad.url, config={"app_id": "a", "query_url": ""})
    order = company.order()
    note_many([order.pk], "accept_overdue", now=NOW)
    now = NOW
    for _turn in range(8):
        deliver(now)
        now += timedelta(minutes=2)
    mine = Delivery.objects.filter(recipient=company.contact, message__code="order.unaccepted")
    assert {row.channel: row.state for row in mine} == {
        INBOX: DeliveryState.SENT,
        "wecom_app": DeliveryState.DEAD,
        "sms": DeliveryState.DEAD,
        CALL: DeliveryState.WAITING,
    }


def test_a_group_falls_back_to_its_second_robot(company: Company, receiver: Start) -> None:
    dead, good = receiver(answer(body={"errcode": 93000})), receiver()
    second = endpoint("dingtalk_robot", good.url)
    endpoint("wecom_robot", dead.url, topics=["time"], fallback=second)
    order = company.order()
    note_many([order.pk], "overdue", now=NOW)
    deliver(NOW)
    deliver(NOW)
    assert len(good.got) == 1
    assert "已逾期" in good.bodies()[0]["markdown"]["title"]


def test_a_robot_says_at_most_eighteen_things_a_minute_and_loses_nothing(receiver: Start) -> None:
    """F16, invariant 23: a storm becomes digests; every message is in one of them; urgent ones come first."""
    there = receiver()
    robot = endpoint("wecom_robot", there.url)
    for n in range(200):
        row = new(robot, f"停电 {n:03d}", urgent=n == 199)
        row.save()
    times: list[datetime] = []
    now = NOW
    for _second in range(130):
        before = len(there.got)
        deliver(now)
        times += [now] * (len(there.got) - before)
        now += timedelta(seconds=1)
    assert all(sum(start <= t < start + timedelta(seconds=60) for t in times) <= 18 for start in times)
    said = "\n".join(body["markdown"]["content"] for body in there.bodies())
    assert all(f"停电 {n:03d}" in said for n in range(200))
    assert "停电 199" in there.bodies()[0]["markdown"]["content"]
    assert set(outside()) == {DeliveryState.SENT}
    assert len(there.got) < 40


def new(robot: Endpoint, subject: str, *, urgent: bool = False) -> Delivery:
    row = new_delivery(None, robot.channel, subject, "正文", now=NOW)
    row.to, row.endpoint, row.urgent = ToKind.GROUP, robot, urgent
    row.message = Message.objects.create(
        code="system.backlog",
        key=subject,
        stream=Stream.SYSTEM,
        urgent=urgent,
        created_at=NOW,
        due_at=NOW,
        expanded_at=NOW,
    )
    return row


def test_a_clock_set_back_does_not_silence_a_robot(receiver: Start) -> None:
    there = receiver()
    robot = endpoint("wecom_robot", there.url)
    Budget.objects.create(endpoint=robot, spoke_at=[NOW + timedelta(hours=1)] * 18)
    new(robot, "一").save()
    deliver(NOW)
    assert there.got == []
    deliver(NOW + SPAN + timedelta(seconds=1))
    assert len(there.got) == 1


def test_a_clock_set_back_an_hour_stops_nothing(receiver: Start) -> None:
    """F12: what was queued before the step is sent after it, not an hour later."""
    there = receiver()
    endpoint("webhook", there.url, topics=["system"])
    messages(1, now=NOW)
    expand_due(NOW)
    deliver(NOW - timedelta(hours=1))
    assert len(there.got) == 1


def test_the_steady_clock_never_goes_back() -> None:
    moments = iter([MONDAY, MONDAY + timedelta(hours=2), MONDAY - timedelta(hours=1)])
    clock = SteadyClock(lambda: next(moments))
    assert clock() == MONDAY + timedelta(hours=2)
    assert clock() >= MONDAY


def test_nothing_older_than_an_hour_is_blasted_after_a_restore(company: Company, receiver: Start) -> None:
    """F24: groups and customers are listed; people get one digest."""
    robot, gateway = receiver(), receiver()
    endpoint("wecom_robot", robot.url, topics=["time", "dispatch"])
    endpoint("sms", gateway.url, config={"app_id": "a", "ok_field": "errcode"})
    order = company.order()
    note_many([order.pk], "overdue", now=NOW)
    deliver(NOW + timedelta(days=1))
    assert robot.got == []
    assert [body["mobile"] for body in gateway.bodies() if body["mobile"] == "13800001234"] == []
    assert Delivery.objects.filter(state=DeliveryState.HELD).count() >= 2


def test_many_for_one_person_become_one_letter(company: Company, receiver: Start) -> None:
    there = receiver(answer(body={"errcode": 0, "access_token": "t", "expires_in": 7200}))
    endpoint("wecom_app", f"http://127.0.0.1:{there.port}", config={"corp_id": "c", "agent_id": "1"})
    reachable(company.contact)
    for n in range(7):
        company.order(caller_phone=f"1380000{n:04d}")
    deliver(NOW)
    sent = [request.body for request in there.got if request.path.endswith("send")]
    assert len(sent) == 1
    assert sent[0]["text"]["content"].startswith("7 条消息汇总")
    mine = Delivery.objects.filter(recipient=company.contact, channel="wecom_app", message__isnull=False)
    assert {row.state for row in mine} == {DeliveryState.SENT}


def test_quiet_hours_hold_back_all_but_what_is_urgent(company: Company, receiver: Start) -> None:
    there = receiver(answer(body={"errcode": 0, "access_token": "t", "expires_in": 7200}))
    endpoint("wecom_app", f"http://127.0.0.1:{there.port}", config={"corp_id": "c", "agent_id": "1"})
    reachable(company.contact, quiet_from="22:00", quiet_to="07:00")
    night = MONDAY.replace(hour=23, minute=0)
    order = company.order(night)
    note_many([order.pk], "accept_overdue", now=night)
    deliver(night)
    mine = Delivery.objects.filter(recipient=company.contact, channel="wecom_app")
    by_code = {row.message.code: row.state for row in mine if row.message}
    assert by_code == {"order.dispatched": DeliveryState.PENDING, "order.unaccepted": DeliveryState.SENT}
    waiting = mine.get(state=DeliveryState.PENDING)
    assert waiting.due_at == night.replace(hour=7) + timedelta(days=1)


def test_who_may_no_longer_see_the_order_is_not_told(company: Company, receiver: Start) -> None:
    """Invariant 22, between preparing and sending: transferred away meanwhile."""
    there = receiver(answer(body={"errcode": 0, "access_token": "t", "expires_in": 7200}))
    endpoint("wecom_app", f"http://127.0.0.1:{there.port}", config={"corp_id": "c", "agent_id": "1"})
    reachable(company.contact)
    company.order()
    expand_due(NOW)
    User.objects.filter(pk=company.contact.pk).update(is_active=False)
    deliver(NOW)
    row = Delivery.objects.get(recipient=company.contact, channel="wecom_app")
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "收件人已停用")
    assert there.got == []


def test_a_cancelled_message_is_not_sent(receiver: Start) -> None:
    there = receiver()
    endpoint("webhook", there.url, topics=["system"])
    messages(1)
    expand_due(NOW)
    Message.objects.update(cancelled_at=NOW)
    deliver(NOW)
    assert there.got == []
    assert outside() == {DeliveryState.CANCELLED: 1}


def test_group_chats_never_hear_of_reports_or_hidden_callers(company: Company, receiver: Start) -> None:
    """Invariant 22: nobody knows who reads along."""
    there = receiver()
    endpoint("wecom_robot", there.url, topics=["dispatch", "time"])
    person(Role.TICKET_CONTACT, "inspection_group")
    company.order(kind=Kind.REPORT_MISCONDUCT, category=Category.THEFT_TARIFF, anonymous=True)
    company.order(hide_caller=True, caller_phone="13800002222")
    deliver(NOW)
    assert there.got == []
    company.order(caller_phone="13800003333", content="请打 13800003333，每晚电压低。")
    deliver(NOW)
    assert len(there.got) == 1
    assert "13800003333" not in there.got[0].raw.decode()


def test_a_robot_of_one_department_hears_only_of_its_orders(company: Company, receiver: Start) -> None:
    there = receiver()
    endpoint("wecom_robot", there.url, topics=["dispatch"], department=dept("safety_section"))
    company.order()
    deliver(NOW)
    assert there.got == []
    company.order(category=Category.FACILITY_SAFETY, caller_phone="13800004444")
    deliver(NOW)
    assert len(there.got) == 1


def test_customers_get_at_most_five_a_day_and_one_a_minute(company: Company, receiver: Start) -> None:
    """T15."""
    gateway = receiver(answer(body={"code": "0"}))
    endpoint("sms", gateway.url, config={"app_id": "a"})
    for n in range(8):
        company.order(NOW + timedelta(minutes=n), content=f"第 {n} 次反映电压低")
        deliver(NOW + timedelta(minutes=n))
    sent = [body for body in gateway.bodies() if body["mobile"] == "13800001234"]
    assert len(sent) == 5
    assert Delivery.objects.filter(to=ToKind.CUSTOMER, state=DeliveryState.HELD).count() == 3
    row = Delivery.objects.filter(to=ToKind.CUSTOMER).order_by("pk")[0]
    assert "13800001234" not in f"{row.subject}{row.text}{row.target}{row.provider_ref}"


def test_alarms_about_the_sending_come_once_an_hour(receiver: Start) -> None:
    there = receiver(answer(403))
    endpoint("webhook", there.url, topics=["approval"])
    admin = person(Role.SYSTEM_ADMIN, "company")
    robot = Endpoint.objects.get()
    for n in range(3):
        new(robot, f"x{n}").save()
    deliver(NOW)
    for minute in range(3):
        deliver(NOW + timedelta(minutes=minute))
    told = Delivery.objects.filter(recipient=admin, channel=INBOX, message__code="system.undelivered")
    assert [row.text[:6] for row in told] == ["近一小时有 "]
    assert TABLE["system.undelivered"].stream == Stream.SYSTEM
    assert Preference.objects.count() == 0
    assert drain(lambda: NOW) == 0
    assert outcomes.MOST_URGENT == 3
