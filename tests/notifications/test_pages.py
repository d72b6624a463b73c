"""The pages: inbox and bell, wishes, texts, channels, log, calls."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp.plugins.otp_totp.models import TOTPDevice

from complaints.services import note_many
from notifications.expand import expand_due, new_delivery
from notifications.keys import open_sealed
from notifications.models import Delivery, Endpoint, Message, Preference, TextVersion
from notifications.vocabulary import INBOX, DeliveryState, Stream
from people.models import AuditEntry, User
from people.roles import Role
from tests.factories import MONDAY, Company, person
from tests.notifications.conftest import deliver, endpoint, reachable

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def admin() -> Client:
    user = person(Role.SYSTEM_ADMIN, "company")
    device = TOTPDevice.objects.create(user=user, name="totp", confirmed=True)
    client = browser(user)
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session.save()
    client.get("/keys/")
    return client


def test_the_bell_counts_what_is_unread_and_opening_reads_it(company: Company) -> None:
    order = company.order()
    expand_due(NOW)
    client = browser(company.contact)
    assert '<b>1<span class="visually-hidden">条未读' in client.get("/inbox/bell/").content.decode()
    row = Delivery.objects.get(recipient=company.contact)
    opened = client.post(f"/inbox/{row.pk}/open/")
    assert opened["Location"] == f"/orders/{order.number}/"
    row.refresh_from_db()
    assert row.read_at == NOW
    assert "条未读" not in client.get("/inbox/bell/").content.decode()


def test_looking_at_the_bell_is_no_activity(company: Company) -> None:
    client = browser(company.contact)
    client.get("/inbox/")
    assert 'hx-headers=\'{"X-Background":"true"}\'' in client.get("/inbox/").content.decode()


def test_the_inbox_shows_nothing_the_reader_may_no_longer_see(company: Company) -> None:
    """Invariant 24: transferred away, the message goes out of view with its order."""
    company.order()
    expand_due(NOW)
    client = browser(company.contact)
    assert "请接单" in client.get("/inbox/").content.decode()
    company.contact.assignments.update(valid_to=MONDAY.date() - timedelta(days=1))
    assert "请接单" not in browser(company.contact).get("/inbox/").content.decode()
    row = Delivery.objects.filter(recipient=company.contact)[0]
    assert browser(company.contact).post(f"/inbox/{row.pk}/open/").status_code == 404


def test_somebody_elses_message_is_not_there(company: Company) -> None:
    company.order()
    expand_due(NOW)
    row = Delivery.objects.get(recipient=company.contact)
    for path in ("open", "acknowledge"):
        assert browser(company.head).post(f"/inbox/{row.pk}/{path}/").status_code == 404


def test_what_must_be_acknowledged_stays_until_it_is(company: Company) -> None:
    message = Message.objects.create(
        code="system.backlog", key="a", stream=Stream.SYSTEM, created_at=NOW, due_at=NOW, expanded_at=NOW
    )
    row = new_delivery(message, INBOX, "请确认", "内容", now=NOW)
    row.recipient, row.state, row.sent_at, row.ack_required = company.head, DeliveryState.SENT, NOW, True
    row.save()
    client = browser(company.head)
    client.post("/inbox/read/")
    assert "确认收到" in client.get("/inbox/?show=waiting").content.decode()
    client.post(f"/inbox/{row.pk}/acknowledge/")
    row.refresh_from_db()
    assert row.acknowledged_at == NOW
    assert "都读过了" in client.get("/inbox/?show=waiting").content.decode()
    assert AuditEntry.objects.filter(action="message.acknowledge", actor=company.head).count() == 1


def test_the_inbox_costs_the_same_for_one_and_for_fifty(company: Company) -> None:
    counts = []
    for size in (1, 40):
        for n in range(size):
            company.order(caller_phone=f"138000{size:02d}{n:03d}")
        expand_due(NOW)
        client = browser(company.contact)
        client.get("/inbox/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/inbox/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 10


def test_wishes_are_kept_and_followed(company: Company) -> None:
    client = browser(company.contact)
    page = client.get("/inbox/wishes/").content.decode()
    assert "22:00" in page
    body = {"email": "he@example.cn", "quiet_from": "21:00", "quiet_to": "08:00", "topic_dispatch": ["smtp"]}
    assert client.post("/inbox/wishes/", body).status_code == 302
    row = Preference.objects.get(user=company.contact)
    assert row.channels["dispatch"] == ["smtp"]
    assert row.channels["time"] == []
    half = client.post("/inbox/wishes/", body | {"quiet_to": ""})
    assert half.status_code == 422
    assert "免打扰要填开始和结束" in half.content.decode()


ODD_WISHES: list[dict[str, Any]] = [
    {"topic_dispatch": ["inbox"]},
    {"topic_dispatch": ["call"]},
    {"email": "x"},
    {"quiet_from": "25:00"},
    {"user": "1", "email": "a@b.cn\nBcc: c@d.cn"},
]


@pytest.mark.parametrize("body", ODD_WISHES, ids=str)
def test_odd_wishes_are_refused(company: Company, body: dict[str, Any]) -> None:
    """Abuse of preferences: no channel that is not offered, no header in an address."""
    assert browser(company.contact).post("/inbox/wishes/", body).status_code in {400, 422}
    assert not Preference.objects.exists()


def test_wishes_are_the_own_ones_whatever_is_posted(company: Company) -> None:
    body = {"user": company.head.pk, "user_id": company.head.pk, "email": "he@example.cn"}
    browser(company.contact).post("/inbox/wishes/", body)
    assert list(Preference.objects.values_list("user_id", flat=True)) == [company.contact.pk]


def test_a_text_is_checked_previewed_and_kept_in_versions(admin: Client, company: Company) -> None:
    path = "/settings/messages/texts/order.dispatched/"
    body = {"subject": "有新单 {number}", "text": "请 {department} 办理", "short": "", "enabled": "on"}
    seen = admin.post(f"{path}preview/", body).content.decode()
    assert "请 生技部 办理" in seen
    assert "没有 {phone}" in admin.post(f"{path}preview/", body | {"text": "{phone}"}).content.decode()
    wrong = admin.post(path, body | {"text": "打 {caller_phone}"})
    assert wrong.status_code == 422
    assert "没有 {caller_phone} 这个变量" in wrong.content.decode()
    assert admin.post(path, body).status_code == 302
    company.order()
    expand_due(NOW)
    row = Delivery.objects.get(recipient=company.contact)
    assert (row.subject[:3], row.version) == ("有新单", 1)
    admin.post(path, {key: value for key, value in body.items() if key != "enabled"})
    company.order(caller_phone="13800008888")
    expand_due(NOW)
    assert Delivery.objects.filter(recipient=company.contact).count() == 1, "switched off"
    assert list(TextVersion.objects.values_list("version", flat=True).order_by("version")) == [1, 2]


def test_template_syntax_of_other_languages_is_only_text(admin: Client, company: Company) -> None:
    path = "/settings/messages/texts/order.dispatched/"
    for odd in ("{{ 7*7 }}", "{% load x %}", "{number.__class__}", "{0}", "${jndi:x}"):
        body = {"subject": "x", "text": odd, "short": "", "enabled": "on"}
        assert admin.post(path, body).status_code == 422, odd


def test_a_channels_secret_is_encrypted_and_never_shown_again(admin: Client) -> None:
    body = {"name": "值班群", "enabled": "on", "key": "S3CRET-key", "form": "markdown", "topics": ["time"], "url": ""}
    assert admin.post("/settings/messages/channels/add/wecom_robot/", body).status_code == 302
    one = Endpoint.objects.get()
    assert "S3CRET" not in one.secret
    assert open_sealed(one.secret) == {"key": "S3CRET-key"}
    assert "S3CRET" not in admin.get(f"/settings/messages/channels/{one.pk}/").content.decode()
    admin.post(f"/settings/messages/channels/{one.pk}/", body | {"key": "", "name": "值班群二"})
    one.refresh_from_db()
    assert open_sealed(one.secret) == {"key": "S3CRET-key"}, "left blank means unchanged"
    assert "S3CRET" not in str(list(AuditEntry.objects.values_list("detail", "reason", "subject_ref")))


@pytest.mark.parametrize(
    "url",
    ["http://qyapi.weixin.qq.com/x", "https://127.0.0.1/", "https://evil.example/", "https://a@oapi.dingtalk.com/"],
)
def test_an_address_outside_the_list_is_not_saved(admin: Client, url: str) -> None:
    body = {"name": "x", "enabled": "on", "secret": "s", "topics": ["time"], "url": url}
    answer = admin.post("/settings/messages/channels/add/webhook/", body)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_send_a_test_goes_through_the_channel_and_tells_the_outcome(admin: Client, receiver: Any) -> None:
    there = receiver()
    one = endpoint("webhook", there.url, topics=["time"], name="外部系统")
    admin.post(f"/settings/messages/channels/{one.pk}/test/")
    assert "发送中" in admin.get(f"/settings/messages/channels/{one.pk}/result/").content.decode()
    deliver(NOW)
    assert "测试通道“外部系统”" in there.bodies()[0]["text"]
    assert "已送出" in admin.get(f"/settings/messages/channels/{one.pk}/").content.decode()


def test_the_log_shows_an_administrator_no_business_text(admin: Client, company: Company) -> None:
    order = company.order()
    expand_due(NOW)
    page = admin.get("/settings/messages/log/").content.decode()
    assert "受理通知" in page
    assert order.number not in page
    row = Delivery.objects.filter(recipient=company.contact)[0]
    detail = admin.get(f"/settings/messages/log/{row.pk}/").content.decode()
    assert "内容只给能看这件事的人看" in detail
    assert order.title not in detail
    told = browser(company.director).get("/settings/messages/log/").content.decode()
    assert order.number in told


def test_the_would_have_been_sent_page_says_so_plainly(company: Company) -> None:
    reachable(company.contact)
    order = company.order()
    note_many([order.pk], "overdue", now=NOW)
    expand_due(NOW)
    page = browser(company.director).get("/settings/messages/").content.decode()
    assert "未发出（通道未配置）" in page
    assert "本应发给" in page
    assert "139****" in page


def test_a_call_by_hand_is_registered_once(company: Company) -> None:
    leader = person(Role.SHIFT_LEADER)
    message = Message.objects.create(
        code="system.backlog", key="a", stream=Stream.SYSTEM, created_at=NOW, due_at=NOW, expanded_at=NOW
    )
    row = new_delivery(message, "call", "逾期", "请打电话", now=NOW)
    row.recipient, row.state = company.head, DeliveryState.WAITING
    row.save()
    client = browser(leader)
    assert "请打电话" in client.get("/settings/messages/calls/").content.decode()
    client.post(f"/settings/messages/calls/{row.pk}/", {"note": "x"})
    row.refresh_from_db()
    assert row.state == DeliveryState.WAITING, "a reason is asked for"
    client.post(f"/settings/messages/calls/{row.pk}/", {"note": "已接听，马上办"})
    row.refresh_from_db()
    assert (row.state, row.closed_by, row.note) == (DeliveryState.DONE, leader, "已接听，马上办")
