"""The three notices posted by robots into their grid groups: one proof each, whatever happens (S0-R02 to R05).

Real receivers take the public forms of WeCom and DingTalk; crashes are cut at the places where they hurt.
"""

import base64
import hashlib
import io
import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from complaints.services import file_store
from notifications import claims, outcomes, postings, services
from notifications.channels import CHANNELS
from notifications.channels.base import Receipt
from notifications.expand import expand_due, new_delivery
from notifications.forms import ChannelForm
from notifications.models import Attempt, Delivery, Endpoint, Message
from notifications.outcomes import Arrived
from notifications.sender import prepare
from notifications.vocabulary import INBOX, DeliveryState
from outage.models import Notice, Outage, Posting
from outage.services import perform
from outage.services.photos import keep_photo
from outage.services.posting import post_by_hand, publish, waiting_for_hand, waiting_for_robot
from outage.vocabulary import Means, PhotoPurpose, Slot
from people.roles import Role
from tests.conftest import COMMITTED
from tests.factories import MONDAY, person
from tests.notifications.conftest import Receiver, answer, deliver, endpoint
from tests.outage.factories import Crew
from tests.outage.test_posting import picture

Start = Callable[..., Receiver]
MINUTE = timedelta(minutes=1)
SIDE = 2400  # of a picture of noise that is too large for a robot
TEXT = "{范围}的居民朋友：正在抢修。"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = str(tmp_path / "files")
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)


class Scene:
    """An outage of two groups, the first with a robot."""

    def __init__(self, url: str, channel: str = "wecom_robot") -> None:
        self.crew = Crew()
        self.groups = list(self.crew.area.grid.groups.order_by("pk")) if self.crew.area.grid else []
        self.robot = endpoint(channel, url, grid_group=self.groups[0], name="江湾一群机器人")
        self.outage = self.crew.outage()

    def publish(self, slot: int = 1, *, minutes: int = 1, **fields: Any) -> tuple[Posting, Posting]:
        """(the robot's posting, the other group's)"""
        by = fields.pop("by", self.crew.worker)
        rows = publish(self.outage, slot, text=TEXT, by=by, now=MONDAY + minutes * MINUTE, **fields)
        rows.sort(key=lambda one: one.notice.group_id)
        return rows[0], rows[1]


def notice_of(posting: Posting) -> Notice:
    return Notice.objects.get(pk=posting.notice_id)


def events(outage: Outage, name: str) -> int:
    return outage.events.filter(name=name).count()


@pytest.mark.django_db
def test_a_robot_posts_the_notice_and_its_proof_stops_the_clock(receiver: Start) -> None:
    there = receiver()
    scene = Scene(there.url)
    own, other = scene.publish()
    assert (own.means, other.means) == (Means.ROBOT, Means.HAND)
    assert waiting_for_robot(scene.outage) == [own]
    deliver(MONDAY + 2 * MINUTE)
    assert len(there.got) == 1
    body = there.bodies()[0]
    assert body["msgtype"] == "markdown"
    assert "停电告知" in body["markdown"]["content"]
    assert "江湾新村的居民朋友" in body["markdown"]["content"]
    own.refresh_from_db()
    assert own.posted_at == MONDAY + 2 * MINUTE
    assert "江湾一群机器人" in own.proof
    assert notice_of(own).posted_at == MONDAY + 2 * MINUTE
    assert notice_of(other).posted_at is None
    deliver(MONDAY + 3 * MINUTE)
    assert len(there.got) == 1
    assert events(scene.outage, "notice_posted") == 1


@pytest.mark.django_db
def test_dingtalk_takes_the_words_signed_but_no_photo(receiver: Start) -> None:
    """S0-R03: a robot that cannot carry the picture does not post the second notice; a hand does."""
    there = receiver()
    scene = Scene(there.url, "dingtalk_robot")
    scene.publish()
    deliver(MONDAY + 2 * MINUTE)
    assert there.bodies()[0]["msgtype"] == "markdown"
    assert {"timestamp", "sign", "access_token"} <= set(there.got[0].query)
    scene.outage = perform(scene.outage, "start_repair", by=scene.crew.worker, now=MONDAY, at=MONDAY)
    key = keep_photo(
        scene.outage, picture(), by=scene.crew.worker, now=MONDAY, key=uuid.uuid4(), purpose=PhotoPurpose.SCENE
    ).key
    own, _other = scene.publish(Slot.REPAIR, minutes=3, photos=[key])
    assert own.means == Means.HAND
    assert len(there.got) == 1


@pytest.mark.django_db
def test_wecom_gets_the_photo_before_the_words_and_it_counts_as_a_word(receiver: Start) -> None:
    there = receiver()
    scene = Scene(there.url)
    scene.outage = perform(scene.outage, "start_repair", by=scene.crew.worker, now=MONDAY, at=MONDAY)
    photo = keep_photo(
        scene.outage, picture(), by=scene.crew.worker, now=MONDAY, key=uuid.uuid4(), purpose=PhotoPurpose.SCENE
    )
    own, _other = scene.publish(Slot.REPAIR, photos=[photo.key])
    deliver(MONDAY + 2 * MINUTE)
    kinds = [body["msgtype"] for body in there.bodies()]
    assert kinds == ["image", "markdown"]
    sent = base64.b64decode(there.bodies()[0]["image"]["base64"])
    assert hashlib.sha256(sent).hexdigest() == photo.sha256
    assert hashlib.md5(sent, usedforsecurity=False).hexdigest() == there.bodies()[0]["image"]["md5"]
    assert len(claims._locked_budget(scene.robot, MONDAY + 2 * MINUTE).spoke_at) == 2
    own.refresh_from_db()
    assert own.posted_at == MONDAY + 2 * MINUTE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [answer(200, {"errcode": 93000, "errmsg": "invalid webhook url"}), answer(404), answer(403)],
    ids=["errcode", "404", "403"],
)
def test_a_robot_that_is_refused_leaves_the_notice_to_a_hand_and_tells_the_duty(receiver: Start, wrong: Any) -> None:
    there = receiver(wrong)
    scene = Scene(there.url)
    own, _other = scene.publish()
    deliver(MONDAY + 2 * MINUTE)
    own.refresh_from_db()
    assert (own.means, own.posted_at) == (Means.HAND, None)
    assert own.failure
    assert own in waiting_for_hand(scene.outage)[1]
    expand_due(MONDAY + 3 * MINUTE)
    told = Delivery.objects.filter(message__code="outage.notice_failed", channel=INBOX)
    assert {row.recipient for row in told} >= {scene.crew.worker, scene.crew.duty}
    assert own.notice.group.name in told[0].text
    post_by_hand(own, proof="罗小勇已发", proof_photo=None, by=scene.crew.worker, now=MONDAY + 4 * MINUTE)
    assert notice_of(own).posted_at == MONDAY + 4 * MINUTE
    postings.settle(MONDAY + 5 * MINUTE)
    assert events(scene.outage, "notice_failed") == 1
    row = Delivery.objects.get(posting=own)
    with pytest.raises(ValidationError):
        services.resend(row, by=person(Role.SYSTEM_ADMIN), now=MONDAY + 5 * MINUTE)


@pytest.mark.django_db
def test_one_that_stays_down_is_given_up_within_the_time_of_the_notice(receiver: Start) -> None:
    there = receiver(answer(500))
    scene = Scene(there.url)
    own, _other = scene.publish()
    now = MONDAY + MINUTE
    for _second in range(0, 300, 5):
        now += timedelta(seconds=5)
        deliver(now)
        own.refresh_from_db()
        if own.means == Means.HAND:
            break
    assert own.means == Means.HAND
    assert now < own.notice.due_at - 5 * MINUTE
    assert own.failure


@pytest.mark.django_db
def test_while_the_robot_is_on_its_way_the_page_says_so_and_a_hand_may_be_quicker(
    receiver: Start, client: Client
) -> None:
    there = receiver()
    scene = Scene(there.url)
    own, _other = scene.publish()
    client.force_login(scene.crew.worker)
    page = client.get(reverse("outage", args=[scene.outage.number])).content.decode()
    assert "已交给机器人，还没有结果" in page
    address = reverse("outage_posted", args=[scene.outage.number, own.pk])
    assert client.post(address, {"proof": "本人已发到群里"}).status_code in {200, 302}
    own.refresh_from_db()
    by_hand = own.posted_at
    assert by_hand is not None
    deliver(MONDAY + 2 * MINUTE)
    assert there.got == [], "what a hand has posted the robot does not post again"
    row = Delivery.objects.get(posting=own)
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "已由人工发到群里")
    own.refresh_from_db()
    assert own.posted_at == by_hand
    assert events(scene.outage, "notice_posted") == 1


@pytest.mark.django_db
def test_a_notice_that_is_no_longer_true_is_not_posted(receiver: Start) -> None:
    """The restoration was withdrawn before the robot's turn came (S0-R04)."""
    there = receiver()
    scene = Scene(there.url)
    for name, minutes in (("start_repair", 1), ("restore", 5)):
        at = MONDAY + minutes * MINUTE
        scene.outage = perform(scene.outage, name, by=scene.crew.duty, now=at, at=at)
    own, _other = scene.publish(Slot.RESTORATION, minutes=6)
    scene.outage = perform(
        scene.outage, "withdraw_restoration", by=scene.crew.duty, now=MONDAY + 7 * MINUTE, reason="接错线"
    )
    deliver(MONDAY + 8 * MINUTE)
    assert there.got == []
    assert Delivery.objects.get(posting=own).state == DeliveryState.CANCELLED


@pytest.mark.django_db
def test_a_notice_goes_alone_and_before_everything_else_the_robot_has_to_say(receiver: Start) -> None:
    there = receiver()
    scene = Scene(there.url)
    now = MONDAY + MINUTE
    for n in range(30):
        row = new_delivery(None, "wecom_robot", f"第 {n} 条", "积压", now=MONDAY)
        row.to, row.endpoint, row.urgent = "group", scene.robot, True
        row.save()
    own, _other = scene.publish()
    deliver(now)
    assert "停电告知" in there.bodies()[0]["markdown"]["content"]
    assert "汇总" not in there.bodies()[0]["markdown"]["content"]
    own.refresh_from_db()
    assert own.posted_at == now


@pytest.mark.django_db
def test_a_photo_that_cannot_be_read_leaves_the_notice_to_a_hand(receiver: Start) -> None:
    there = receiver()
    scene = Scene(there.url)
    photo = keep_photo(
        scene.outage, picture(), by=scene.crew.worker, now=MONDAY, key=uuid.uuid4(), purpose=PhotoPurpose.SCENE
    )
    own, _other = scene.publish(photos=[photo.key])
    file_store.remove(file_store.root() / file_store.place(photo.uid))
    deliver(MONDAY + 2 * MINUTE)
    own.refresh_from_db()
    assert (own.means, there.got) == (Means.HAND, [])
    assert "照片" in own.failure


# --- crashes ---


def claimed(scene: Scene, now: Any) -> Delivery:
    rows = claims.claim(scene.robot, holder="first", now=now)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.django_db
def test_killed_between_post_and_record_the_notice_is_posted_again_and_proved_once(receiver: Start) -> None:
    """The group may read it twice; the outage keeps one proof, the first that was recorded."""
    there = receiver()
    scene = Scene(there.url)
    own, _other = scene.publish()
    row = claimed(scene, MONDAY + MINUTE)  # here the words left, and the sender died before it could write so
    assert postings.settle(MONDAY + MINUTE) == 0
    own.refresh_from_db()
    assert own.posted_at is None, "nothing is proved by a message on its way"
    after = MONDAY + 2 * MINUTE
    deliver(after)
    assert len(there.got) == 1
    own.refresh_from_db()
    assert own.posted_at == after
    outcomes.delivered([Arrived(row, Receipt(), after + MINUTE)], endpoint_id=scene.robot.pk)  # the dead one's word
    assert postings.settle(after + 2 * MINUTE) == 0
    own.refresh_from_db()
    assert own.posted_at == after
    assert events(scene.outage, "notice_posted") == 1
    assert Attempt.objects.filter(delivery__posting=own).count() == 2


@pytest.mark.django_db
def test_killed_between_record_and_settling_the_next_look_settles(receiver: Start) -> None:
    scene = Scene(receiver().url)
    own, _other = scene.publish()
    row = claimed(scene, MONDAY + MINUTE)
    outcomes.delivered([Arrived(row, Receipt("m-1"), MONDAY + MINUTE)], endpoint_id=scene.robot.pk)
    own.refresh_from_db()
    assert own.posted_at is None
    for _twice in range(2):
        prepare(MONDAY + 9 * MINUTE)
    own.refresh_from_db()
    assert own.posted_at == MONDAY + MINUTE, "when it stood there, not when that was noticed"
    assert "m-1" in own.proof
    assert events(scene.outage, "notice_posted") == 1


@pytest.mark.django_db
def test_publishing_that_is_rolled_back_leaves_nothing_to_send() -> None:
    scene = Scene("http://127.0.0.1:9/hook")

    def half() -> None:
        with transaction.atomic():
            scene.publish()
            assert Delivery.objects.filter(posting__isnull=False).count() == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert not Delivery.objects.filter(posting__isnull=False).exists()


# --- which robots ---


@pytest.mark.django_db
def test_a_robot_that_is_off_or_failing_just_now_is_not_given_a_notice() -> None:
    scene = Scene("http://127.0.0.1:9/hook")
    group = scene.groups[0].pk
    assert postings.working_robots([group], pictures=False, now=MONDAY) == {group}
    Endpoint.objects.update(rest_until=MONDAY + MINUTE)
    assert postings.working_robots([group], pictures=False, now=MONDAY) == set()
    assert postings.working_robots([group], pictures=False, now=MONDAY + 2 * MINUTE) == {group}
    Endpoint.objects.update(rest_until=None, enabled=False)
    assert postings.working_robots([group], pictures=False, now=MONDAY) == set()


@pytest.mark.django_db
def test_a_customers_group_hears_no_message_of_the_house() -> None:
    scene = Scene("http://127.0.0.1:9/hook")
    Endpoint.objects.update(topics=["outage"])  # however it came about
    expand_due(MONDAY)
    assert Message.objects.filter(code="outage.open").exists()
    assert not Delivery.objects.filter(endpoint=scene.robot).exists()
    values = {"name": "江湾一群", "enabled": "on", "key": "k", "form": "text", "grid_group": scene.groups[0].pk}
    form = ChannelForm(values | {"topics": ["outage"]}, channel=CHANNELS["wecom_robot"])
    assert form.is_valid(), form.errors
    assert form.cleaned_data["topics"] == []
    values.pop("grid_group")
    assert "topics" in ChannelForm(values, channel=CHANNELS["wecom_robot"]).errors


# --- two at once ---


class TestRaces:
    pytestmark = COMMITTED

    def test_the_hand_and_the_robot_at_once_leave_one_proof(self, at_once: Any, receiver: Start) -> None:
        scene, now = Scene(receiver().url), MONDAY + 2 * MINUTE
        for turn in range(3):
            outage = scene.outage = scene.crew.outage()
            own, _other = scene.publish()
            row = Delivery.objects.get(posting=own)
            claimed_rows = claims.claim(scene.robot, holder="x", now=MONDAY + MINUTE)
            assert [one.pk for one in claimed_rows] == [row.pk], turn
            outcomes.delivered([Arrived(claimed_rows[0], Receipt(), MONDAY + MINUTE)], endpoint_id=scene.robot.pk)
            outcomes_ = at_once(
                lambda own=own: post_by_hand(own, proof="已发", proof_photo=None, by=scene.crew.worker, now=now),
                lambda: postings.settle(now),
                lambda: postings.settle(now),
            )
            assert events(outage, "notice_posted") == 1, outcomes_
            own.refresh_from_db()
            assert own.posted_at is not None


def test_a_photo_too_large_for_a_robot_is_made_smaller(db: None) -> None:
    crew = Crew()
    outage = crew.outage()
    noise = Image.frombytes("RGB", (SIDE, SIDE), random.Random(1).randbytes(SIDE * SIDE * 3))
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    upload = SimpleUploadedFile("noise.jpg", out.getvalue(), content_type="image/jpeg")
    photo = keep_photo(outage, upload, by=crew.worker, now=MONDAY, key=uuid.uuid4(), purpose=PhotoPurpose.SCENE)
    posting = publish(outage, 1, text=TEXT, photos=[photo.key], by=crew.worker, now=MONDAY)[0]
    assert len(postings.picture_of(posting)) <= postings.MOST_PICTURE_BYTES < photo.size
