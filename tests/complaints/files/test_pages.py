"""Files over HTTP: the plain form, the way out again, the panel."""

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from complaints.models import Attachment, Order, OrderEvent
from complaints.services import file_store
from complaints.services.files import readable_files, upload_offer
from people.models import AuditEntry, AuditResult, User
from people.roles import Role
from tests.complaints.files.conftest import SignIn, add_one, file_url, on_disk, sent, upload_url
from tests.data.upload_corpus import GOOD, HOSTILE, TAMED, Good
from tests.data.uploads import PDF, SCRIPT, image
from tests.factories import MONDAY, Company, person, post

pytestmark = pytest.mark.django_db
AT_ONCE = 15


def test_no_hostile_file_leaves_anything_behind(
    order: Order, company: Company, signed_in: SignIn, folder: Path
) -> None:
    """T12: 0 orphans, 0 rows, every file told by name, no crash."""
    for start in range(0, len(HOSTILE), AT_ONCE):
        samples = HOSTILE[start : start + AT_ONCE]
        answer = signed_in(company.contact).post(
            upload_url(order), {"files": [sent(one.name, one.make()) for one in samples]}
        )
        assert answer.status_code == 302
        told = [str(message) for message in get_messages(answer.wsgi_request)]
        assert len(told) == len(samples)
        assert all("没有保存" in text for text in told)
    assert on_disk(folder) == []
    assert not Attachment.objects.exists()
    assert not OrderEvent.objects.filter(name="file").exists()


def test_a_plain_form_uploads_several_files(order: Order, company: Company, signed_in: SignIn) -> None:
    client = signed_in(company.contact)
    answer = client.post(
        upload_url(order), {"files": [sent("a.pdf", PDF), sent("b.jpg", image()), sent("c.svg", b"<svg/>")]}
    )
    assert answer.status_code == 302
    assert answer["Location"] == reverse("order", args=[order.number]) + "#files"
    assert sorted(order.files.values_list("name", flat=True)) == ["a.pdf", "b.jpg"]
    told = [message.message for message in get_messages(answer.wsgi_request)]
    assert told[0] == "已上传 2 个附件"
    assert told[1].startswith("“c.svg”没有保存")


def test_an_upload_without_files_says_what_to_do(order: Order, company: Company, signed_in: SignIn) -> None:
    client = signed_in(company.contact)
    assert client.post(upload_url(order), {}).status_code == 302
    assert client.post(upload_url(order), {"files": "text"}).status_code == 302
    assert not order.files.exists()


def test_the_same_submission_twice_is_stored_once(order: Order, company: Company, signed_in: SignIn) -> None:
    """Invariant 17."""
    client = signed_in(company.contact)
    for _attempt in range(2):
        client.post(upload_url(order), {"files": [sent("a.pdf", PDF)], "request_key": "one-and-the-same"})
    assert order.files.count() == 1
    other = client.post(upload_url(order), {"files": [sent("b.jpg", image())], "request_key": "one-and-the-same"})
    assert other.status_code == 409


def test_uploads_are_refused_by_status(order: Order, company: Company, signed_in: SignIn) -> None:
    """In view but not theirs: 403; out of view: 404; nobody: log-in."""
    body: dict[str, Any] = {"files": [sent("a.pdf", PDF)]}
    assert signed_in(person(Role.AUDITOR, "party_admin_office")).post(upload_url(order), body).status_code == 403
    assert signed_in(company.outsider).post(upload_url(order), body).status_code == 404
    assert signed_in(company.contact).get(upload_url(order)).status_code == 405
    assert Client().post(upload_url(order), body).status_code == 302
    assert signed_in(company.contact).post(reverse("order_files", args=["19990101-0001"]), body).status_code == 404
    assert not Attachment.objects.exists()


@pytest.mark.parametrize("sample", [*GOOD, *TAMED[:12]], ids=lambda one: one.name)
def test_nothing_is_handed_out_as_something_a_browser_runs(
    sample: Good, order: Order, company: Company, signed_in: SignIn
) -> None:
    """T12: 0 files served inline with a script type."""
    file = add_one(order, company.contact, sample.name, sample.make())
    answer = signed_in(company.contact).get(file_url(file))
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"].startswith("private")
    inline = answer["Content-Disposition"].startswith("inline")
    assert inline == (answer["Content-Type"] in {"image/jpeg", "image/png"})
    assert inline or answer["Content-Disposition"].startswith("attachment")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(body).hexdigest() == file.sha256
    assert SCRIPT not in body


def test_a_name_cannot_break_out_of_its_header(order: Order, company: Company, signed_in: SignIn) -> None:
    file = add_one(order, company.contact, 'a"; filename=evil.html\r\nX-Evil: 1.pdf')
    answer = signed_in(company.contact).get(file_url(file))
    assert "X-Evil" not in answer.headers
    assert answer["Content-Disposition"].count("filename") <= 2
    assert answer["Content-Disposition"].endswith(('.pdf"', ".pdf"))


def test_every_reading_leaves_one_audit_row(order: Order, company: Company, signed_in: SignIn) -> None:
    """Invariant 26: thumbnails count, as a face or a meter can be read on them."""
    file = add_one(order, company.contact, "a.jpg", image())
    client = signed_in(company.handler)
    assert client.get(file_url(file)).status_code == 200
    small = client.get(file_url(file) + "?thumb=1")
    assert small["Content-Type"] == "image/jpeg"
    rows = AuditEntry.objects.filter(action="file.read").order_by("id")
    assert [(row.actor, row.subject_ref, row.detail["thumb"]) for row in rows] == [
        (company.handler, f"{order.number}/{file.uid.hex}", False),
        (company.handler, f"{order.number}/{file.uid.hex}", True),
    ]


def test_files_out_of_view_are_not_found(order: Order, company: Company, signed_in: SignIn) -> None:
    """Invariant 24; a second id is checked like the first."""
    file = add_one(order, company.contact)
    elsewhere = company.order()
    assert signed_in(company.outsider).get(file_url(file)).status_code == 404
    assert signed_in(person(Role.SYSTEM_ADMIN)).get(file_url(file)).status_code in {302, 404}
    crossed = reverse("order_file", args=[elsewhere.number, file.uid])
    assert signed_in(company.agent).get(crossed).status_code == 404
    unknown = reverse("order_file", args=[order.number, uuid.uuid4()])
    assert signed_in(company.agent).get(unknown).status_code == 404
    assert Client().get(file_url(file)).status_code == 302
    assert not AuditEntry.objects.filter(action="file.read", result=AuditResult.OK).exists()


def test_the_right_is_looked_at_on_each_download(order: Order, company: Company, signed_in: SignIn) -> None:
    file = add_one(order, company.contact)
    reader = person()
    seat = post(reader, Role.HANDLER, company.lead)
    client = signed_in(reader)
    assert client.get(file_url(file)).status_code == 200
    seat.delete()
    assert client.get(file_url(file)).status_code == 404


@pytest.mark.parametrize("query", ["?thumb=2", "?thumb=", "?x=1", "?thumb=1&thumb=1", "?thumb=1&x=1", "?thumb=1"])
def test_a_query_that_means_nothing_is_refused(order: Order, company: Company, signed_in: SignIn, query: str) -> None:
    file = add_one(order, company.contact)
    assert signed_in(company.contact).get(file_url(file) + query).status_code == 400


def test_a_front_server_may_send_the_bytes(
    order: Order, company: Company, signed_in: SignIn, settings: Settings
) -> None:
    settings.FILES_ACCEL = "/protected/"
    file = add_one(order, company.contact, "a.jpg", image())
    answer = signed_in(company.contact).get(file_url(file) + "?thumb=1")
    assert answer["X-Accel-Redirect"] == f"/protected/{file.uid.hex[:2]}/{file.uid.hex[2:4]}/{file.uid.hex}.thumb"
    assert answer.content == b""
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert AuditEntry.objects.filter(action="file.read").count() == 1


def test_a_missing_file_is_not_a_crash(order: Order, company: Company, signed_in: SignIn, folder: Path) -> None:
    file = add_one(order, company.contact)
    (folder / file_store.place(file.uid)).unlink()
    assert signed_in(company.contact).get(file_url(file)).status_code == 404


# --- the panel ------------------------------------------------------------------------------------------------------


@pytest.fixture
def panel(order: Order, company: Company) -> Callable[[User], str]:
    def draw(user: User) -> str:
        files = readable_files(order, by=user, now=MONDAY)
        offer = upload_offer(order, by=user, now=MONDAY)
        return render_to_string("complaints/_files.html", {"order": order, "files": files, "may_upload": offer})

    return draw


def test_the_panel_shows_thumbnails_files_and_the_form_to_those_who_may(
    order: Order, company: Company, panel: Callable[[User], str]
) -> None:
    photo = add_one(order, company.contact, "13812345678 现场.jpg", image())
    letter = add_one(order, company.contact)
    page = panel(company.contact)
    assert f'src="{file_url(photo)}?thumb=1"' in page
    assert f'href="{file_url(letter)}"' in page
    assert "13812345678" not in page  # invariant 27
    assert 'enctype="multipart/form-data"' in page
    assert "20 MB" in page
    assert "<form" not in panel(person(Role.AUDITOR, "party_admin_office"))


def test_the_panel_needs_two_queries_whatever_the_number_of_files(
    order: Order, company: Company, panel: Callable[[User], str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(4):
        add_one(order, company.contact, f"{n}.pdf")
    panel(company.contact)  # the standing is kept on the user
    with django_assert_num_queries(2):
        panel(company.contact)
