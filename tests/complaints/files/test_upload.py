"""Taking files in: who may, what is left behind, and what happens on a full disk."""

import errno
import hashlib
import os
import shutil
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from complaints.errors import NotAllowed, NotNow
from complaints.file_types.limits import FREE_BYTES_KEPT, MAX_FILES_PER_ORDER
from complaints.models import Attachment, Order, OrderEvent
from complaints.services import file_store, perform
from complaints.services.files import readable_files, upload_offer
from complaints.vocabulary import State
from people.models import AuditEntry
from people.roles import Role
from policy.vocabulary import Kind
from tests.complaints.files.conftest import add, add_one, on_disk
from tests.data.uploads import PDF, exif_jpeg, image, mp3
from tests.factories import MONDAY, Company, person

pytestmark = pytest.mark.django_db


# --- taking files in ------------------------------------------------------------------------------------------------


def test_an_upload_leaves_a_file_a_row_an_event_and_an_audit_row(order: Order, company: Company, folder: Path) -> None:
    """Invariants 26 and 29."""
    before = Order.objects.get(pk=order.pk)
    file = add_one(order, company.contact)
    stored = folder / file_store.place(file.uid)
    assert on_disk(folder) == [stored]
    assert stored.read_bytes() == PDF
    assert (file.size, file.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    event = OrderEvent.objects.get(order=order, name="file")
    assert file.event == event
    assert (event.by, event.text, event.data["file"]) == (company.contact, "上传附件：移交函.pdf", file.uid.hex)
    entry = AuditEntry.objects.get(action="file.add")
    assert (entry.actor, entry.subject_ref) == (company.contact, f"{order.number}/{file.uid.hex}")
    assert "移交函" not in str(entry.detail)
    assert Order.objects.get(pk=order.pk).version == before.version  # open forms do not go stale


def test_the_name_on_disk_is_random_private_and_below_the_files_folder(
    order: Order, company: Company, folder: Path
) -> None:
    file = add_one(order, company.contact, "../../../evil.pdf")
    (path,) = on_disk(folder)
    assert path.relative_to(folder).parts == (file.uid.hex[:2], file.uid.hex[2:4], file.uid.hex)
    assert file.name == "evil.pdf"
    assert path.stat().st_mode & 0o077 == 0


def test_a_photo_is_stored_without_its_place_and_with_a_thumbnail(order: Order, company: Company, folder: Path) -> None:
    file = add_one(order, company.contact, "现场.jpg", exif_jpeg())
    content = (folder / file_store.place(file.uid)).read_bytes()
    assert b"Exif" not in content
    assert len(on_disk(folder)) == 2
    assert (file.type, file.width, file.height) == ("jpeg", 120, 80)
    assert file.sha256 == hashlib.sha256(content).hexdigest()


def test_a_bad_file_does_not_lose_the_others(order: Order, company: Company, folder: Path) -> None:
    outcome = add(order, company.contact, ("a.pdf", PDF), ("图.svg", b"<svg/>"), ("b.mp3", mp3()), ("c.exe", b"MZ"))
    assert [file.name for file in outcome.stored] == ["a.pdf", "b.mp3"]
    assert [one.name for one in outcome.rejected] == ["图.svg", "c.exe"]
    assert "网页代码" in outcome.rejected[0].text
    assert len(on_disk(folder)) == 2
    assert OrderEvent.objects.filter(order=order, name="file").count() == 2


def test_rows_are_only_added(order: Order, company: Company) -> None:
    """What was submitted stays, whoever asks: the database refuses changes and removal."""
    file = add_one(order, company.contact)
    for change in (
        lambda: Attachment.objects.filter(pk=file.pk).update(name="x"),
        lambda: Attachment.objects.filter(pk=file.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_order_takes_fifty_files_and_says_so(order: Order, company: Company, folder: Path) -> None:
    files = [(f"{n}.txt", f"第 {n} 份".encode()) for n in range(MAX_FILES_PER_ORDER + 2)]
    outcome = add(order, company.contact, *files)
    assert len(outcome.stored) == MAX_FILES_PER_ORDER
    assert [one.name for one in outcome.rejected] == ["50.txt", "51.txt"]
    assert "50 个" in outcome.rejected[0].text
    assert len(on_disk(folder)) == MAX_FILES_PER_ORDER
    offer = upload_offer(order, by=company.contact, now=MONDAY)
    assert offer is not None
    assert offer.room == 0


# --- who ------------------------------------------------------------------------------------------------------------


def test_those_who_may_add_a_fact_may_add_files(order: Order, company: Company) -> None:
    for user in (company.agent, company.director, company.contact, company.handler, company.head):
        assert upload_offer(order, by=user, now=MONDAY) is not None
        add_one(order, user)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEPUTY_LEADER, Role.MANAGER])
def test_a_reader_may_not_add_files(order: Order, folder: Path, role: Role) -> None:
    reader = person(role, "party_admin_office")
    assert upload_offer(order, by=reader, now=MONDAY) is None
    with pytest.raises(NotAllowed):
        add(order, reader, ("a.pdf", PDF))
    assert on_disk(folder) == []


def test_somebody_out_of_view_may_not_add_files_by_the_service_either(order: Order, company: Company) -> None:
    with pytest.raises(NotAllowed):
        add(order, company.outsider, ("a.pdf", PDF))


def test_a_reported_hotline_agent_reaches_no_file_of_the_report(company: Company) -> None:
    """A27: whatever else the person is."""
    reported = person(Role.HOTLINE_AGENT)
    report = company.order(kind=Kind.REPORT_MISCONDUCT, reported_person=reported)
    with pytest.raises(NotAllowed):
        add(report, reported, ("a.pdf", PDF))


def test_files_may_be_added_after_archiving_but_not_to_a_withdrawn_order(company: Company) -> None:
    archived = company.taken_to(State.ARCHIVED)
    add_one(archived, company.agent)
    withdrawn = perform(company.order(), "withdraw", by=company.agent, now=MONDAY, reason="客户撤回")
    with pytest.raises(NotNow):
        add(withdrawn, company.agent, ("a.pdf", PDF))
    assert upload_offer(withdrawn, by=company.agent, now=MONDAY) is None


def test_where_the_caller_is_concealed_voices_are_for_the_hotline(company: Company) -> None:
    """A27: a voice is a name."""
    order = company.order(hide_caller=True)
    add_one(order, company.agent, "来电录音.mp3", mp3())
    add_one(order, company.agent, "照片.jpg", image())
    add_one(order, company.contact, "走访录音.mp3", mp3())
    names = [file.name for file in readable_files(order, by=company.contact, now=MONDAY)]
    assert names == ["照片.jpg", "走访录音.mp3"]
    assert readable_files(order, by=company.director, now=MONDAY).count() == 3
    assert readable_files(order, by=company.handler, now=MONDAY).count() == 1


# --- a full disk (F17) ----------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=FREE_BYTES_KEPT))


def test_a_nearly_full_disk_takes_no_file_and_says_that_the_text_is_safe(
    order: Order, company: Company, folder: Path, full_disk: None
) -> None:
    outcome = add(order, company.contact, ("a.pdf", PDF))
    assert not outcome.stored
    assert "存储空间不足" in outcome.rejected[0].text
    assert "工单文字不受影响" in outcome.rejected[0].text
    assert on_disk(folder) == []
    assert file_store.heartbeat(MONDAY) is None


def test_health_is_green_while_there_is_room() -> None:
    assert file_store.heartbeat(MONDAY) == MONDAY


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fills_up_while_writing_leaves_no_half_file(
    order: Order, company: Company, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    if call == "fsync":
        assert "存储空间不足" in add(order, company.contact, ("a.pdf", PDF)).rejected[0].text
    else:
        with pytest.raises(file_store.NoSpace), transaction.atomic():
            add(order, company.contact, ("a.pdf", PDF))
    assert on_disk(folder) == []
    assert not Attachment.objects.exists()
    assert not OrderEvent.objects.filter(name="file").exists()


def test_a_rename_that_fails_half_way_takes_everything_back(
    order: Order, company: Company, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, calls = os.replace, iter([True, True, False])

    def once_only(old: Path, new: Path) -> None:
        if not next(calls):
            raise OSError(errno.EIO, "I/O error")
        replace(old, new)

    monkeypatch.setattr(os, "replace", once_only)
    with pytest.raises(OSError, match="I/O error"), transaction.atomic():
        add(order, company.contact, ("a.jpg", image()), ("b.pdf", PDF))
    assert on_disk(folder) == []
    assert not Attachment.objects.exists()
