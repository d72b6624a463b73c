"""Notices written, posted and proved; photos without position; two people at once (S0-R02 to R05)."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.file_types import Unfit
from complaints.services import file_store, file_sweep
from outage import robots
from outage.models import Outage, OutagePhoto, Posting
from outage.services import perform, record_failed, record_posted
from outage.services.photos import keep_photo
from outage.services.posting import post_by_hand, publish, waiting_for_hand
from outage.texts import templates_of
from outage.vocabulary import Means, PhotoPurpose, Slot, State
from tests.conftest import COMMITTED
from tests.factories import MONDAY, matter
from tests.outage.factories import Crew, area, customer

MINUTE = timedelta(minutes=1)
TEXT = "{范围}的居民朋友：正在抢修。"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = str(tmp_path / "files")
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)  # a sweep of the far future must not reach anybody else's uploads


def picture(**save: Any) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", **save)
    return SimpleUploadedFile("photo.jpg", out.getvalue(), content_type="image/jpeg")


def with_position() -> SimpleUploadedFile:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 12.0)
    return picture(exif=exif)


def photo(outage: Outage, crew: Crew, **fields: Any) -> OutagePhoto:
    fields.setdefault("key", uuid.uuid4())
    fields.setdefault("purpose", PhotoPurpose.SCENE)
    return keep_photo(outage, fields.pop("upload", None) or picture(), by=crew.worker, now=MONDAY, **fields)


@pytest.mark.django_db
def test_each_group_reads_its_own_part() -> None:
    crew = Crew()
    second = area("江湾二村")
    outage = crew.outage(areas=[crew.area, second])
    texts = {one.notice.group.name: one.text for one in publish(outage, 1, text=TEXT, by=crew.worker, now=MONDAY)}
    assert texts["江湾新村1群"] == "江湾新村的居民朋友：正在抢修。"
    assert texts["江湾二村1群"] == "江湾二村的居民朋友：正在抢修。"


@pytest.mark.django_db
def test_a_posting_by_hand_needs_proof_and_stops_the_clock() -> None:
    crew = Crew()
    outage = crew.outage()
    first, second = publish(outage, 1, text=TEXT, by=crew.worker, now=MONDAY + MINUTE)
    with pytest.raises(Invalid) as refused:
        post_by_hand(first, proof=" ", proof_photo=None, by=crew.worker, now=MONDAY + 2 * MINUTE)
    assert refused.value.field == "proof"
    post_by_hand(first, proof="罗小勇已发", proof_photo=None, by=crew.worker, now=MONDAY + 2 * MINUTE)
    with pytest.raises(NotNow):
        post_by_hand(first, proof="再发", proof_photo=None, by=crew.duty, now=MONDAY + 3 * MINUTE)
    shot = photo(outage, crew, purpose=PhotoPurpose.PROOF)
    post_by_hand(second, proof="", proof_photo=shot.key, by=crew.worker, now=MONDAY + 4 * MINUTE)
    assert set(outage.notices.values_list("posted_at", flat=True)) == {MONDAY + 2 * MINUTE, MONDAY + 4 * MINUTE}
    with pytest.raises(NotNow) as told:
        publish(outage, 1, text=TEXT, by=crew.duty, now=MONDAY + 5 * MINUTE)
    assert crew.worker.name in told.value.message


@pytest.mark.django_db
def test_the_second_notice_needs_a_photo() -> None:
    """S0-R03."""
    crew = Crew()
    outage = perform(crew.outage(), "start_repair", by=crew.worker, now=MONDAY, at=MONDAY)
    with pytest.raises(Invalid) as refused:
        publish(outage, Slot.REPAIR, text=TEXT, by=crew.worker, now=MONDAY)
    assert refused.value.field == "photos"
    with pytest.raises(Invalid):
        publish(outage, Slot.REPAIR, text=TEXT, photos=[uuid.uuid4()], by=crew.worker, now=MONDAY)
    key = photo(outage, crew).key
    postings = publish(outage, Slot.REPAIR, text=TEXT, photos=[key], by=crew.worker, now=MONDAY)
    assert [one.photo_count for one in postings] == [1, 1]
    with pytest.raises(NotNow):
        publish(outage, Slot.RESTORATION, text=TEXT, by=crew.worker, now=MONDAY)


@pytest.mark.django_db
def test_no_position_is_left_in_a_photo_and_sending_it_again_is_sending_it_once() -> None:
    crew = Crew()
    outage = crew.outage()
    key = uuid.uuid4()
    first = photo(outage, crew, key=key, upload=with_position())
    again = photo(outage, crew, key=key, upload=picture())
    assert first == again
    with file_store.open_stored(first.uid) as stream:
        stored = Image.open(io.BytesIO(stream.read()))
    assert not stored.getexif()
    with pytest.raises(NotAllowed):
        keep_photo(outage, picture(), key=uuid.uuid4(), purpose="scene", by=crew.agent, now=MONDAY)
    with pytest.raises(Unfit):
        photo(outage, crew, upload=SimpleUploadedFile("x.jpg", b"\xff\xd8\xffnot a picture"))


@pytest.mark.django_db
def test_a_crash_between_photo_and_notice_loses_nothing() -> None:
    """The photo stands by itself: it is offered again, the notice is written with it later, and the file sweep leaves
    it alone; a file whose row was rolled back goes."""
    crew = Crew()
    outage = perform(crew.outage(), "start_repair", by=crew.worker, now=MONDAY, at=MONDAY)
    kept = photo(outage, crew)  # here the server dies; the phone comes back a little later
    assert list(outage.photos.filter(postings__isnull=True)) == [kept]
    publish(outage, Slot.REPAIR, text=TEXT, photos=[kept.key], by=crew.worker, now=MONDAY + MINUTE)
    swept = file_sweep.sweep(MONDAY + timedelta(days=40000))
    assert swept.orphans == 0
    assert file_store.open_stored(kept.uid).read()


@pytest.mark.django_db
def test_a_robot_posts_reports_back_and_hands_over_when_it_fails() -> None:
    crew = Crew()
    outage = crew.outage()
    robots.register_robots(known := lambda ids, *, pictures, now: ids)
    try:
        first, second = publish(outage, 1, text=TEXT, by=crew.worker, now=MONDAY)
    finally:
        robots._known.remove(known)
    assert {first.means, second.means} == {Means.ROBOT}
    assert waiting_for_hand(outage) == {}
    assert record_posted(first.pk, at=MONDAY + MINUTE, proof="msg-1", now=MONDAY + MINUTE)
    assert not record_posted(first.pk, at=MONDAY + 3 * MINUTE, proof="msg-1", now=MONDAY + 3 * MINUTE)
    assert record_failed(second.pk, reason="429", now=MONDAY + 2 * MINUTE)
    assert [one.pk for one in waiting_for_hand(outage)[1]] == [second.pk]
    names = list(outage.events.values_list("name", flat=True))
    assert names.count("notice_posted") == 1
    assert names.count("notice_failed") == 1


@pytest.mark.django_db
def test_public_texts_hold_no_personal_data() -> None:
    """S2-R13: neither numbers nor callers' names; our own hotline number may stand in it."""
    crew = Crew()
    order = _fault_order(crew)
    outage = crew.outage(orders=[order])
    for text in (f"请找 {order.caller_name}", "有事打 13800001234", "户号 6100145502 停电"):
        with pytest.raises(Invalid) as refused:
            publish(outage, 1, text=text, by=crew.worker, now=MONDAY)
        assert refused.value.field == "text"
    for slot in (1,):
        for _label, text in templates_of(outage, slot):
            assert outage.policy.hotline_number in text
            publish(outage, slot, text=text, by=crew.worker, now=MONDAY)


def _fault_order(crew: Crew) -> Any:
    from complaints.services import open_order  # noqa: PLC0415 - only here

    place = customer(crew.area)
    fields = matter(kind="fault_report", category="fault_repair", customer=place, account_no=place.account_no)
    return open_order(by=crew.agent, now=MONDAY - MINUTE, matter=fields)


# --- races ------------------------------------------------------------------------------------------------------------

AtOnce = Callable[..., list[Any]]


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in outcomes)


@COMMITTED
def test_two_people_publish_the_same_notice(at_once: AtOnce) -> None:
    crew = Crew()
    for _round in range(3):
        outage = crew.outage()
        outcomes = at_once(
            lambda o=outage: publish(o, 1, text=TEXT, by=crew.worker, now=MONDAY),
            lambda o=outage: publish(o, 1, text=TEXT, by=crew.duty, now=MONDAY),
        )
        assert kinds(outcomes) == ["NotNow", "done"]
        assert Posting.objects.filter(notice__outage=outage).count() == 2


@COMMITTED
def test_two_people_set_restored(at_once: AtOnce) -> None:
    crew, later = Crew(), MONDAY + MINUTE
    for _round in range(3):
        outage = crew.outage()
        outcomes = at_once(
            lambda o=outage: perform(o, "restore", by=crew.worker, now=later, at=MONDAY),
            lambda o=outage: perform(o, "restore", by=crew.duty, now=later, at=later),
        )
        assert kinds(outcomes) == ["NotNow", "done"]
        outage.refresh_from_db()
        assert outage.restoration_steps.count() == 1
        assert outage.notices.filter(slot=3).count() == 2
        assert set(outage.notices.filter(slot=3).values_list("triggered_at", flat=True)) == {outage.restored_at}


@COMMITTED
def test_two_outages_merged_into_each_other_leave_one(at_once: AtOnce) -> None:
    crew = Crew()
    for n in range(3):
        one, other = crew.outage(), crew.outage(areas=[area(f"并入{n}村")])
        outcomes = at_once(
            lambda a=one, b=other: perform(a, "merge", by=crew.duty, now=MONDAY, master=b, reason="同一起"),
            lambda a=one, b=other: perform(b, "merge", by=crew.head, now=MONDAY, master=a, reason="同一起"),
        )
        assert kinds(outcomes) in (["Blocked", "done"], ["NotNow", "done"])
        states = {Outage.objects.get(pk=one.pk).state, Outage.objects.get(pk=other.pk).state}
        assert states == {State.MERGED, State.INTERRUPTED}
