"""Crashes and races in the middle of an upload, and what the sweep does about them (F3, T4, invariant 29)."""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from complaints.models import Attachment, OrderEvent
from complaints.services import file_store
from complaints.services.file_sweep import Swept, sweep
from tests.complaints.files.conftest import add, add_one, on_disk
from tests.conftest import COMMITTED
from tests.data.uploads import PDF, image
from tests.factories import MONDAY, Company

LATER = MONDAY + timedelta(hours=25)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.FILES_ROOT = tmp_path / "files"
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    return tmp_path / "files"


def aged(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (MONDAY.timestamp(), MONDAY.timestamp()))
    return path


@pytest.mark.django_db
def test_leftovers_go_after_a_day_and_not_before(folder: Path) -> None:
    uid = uuid.uuid4()
    files = [
        aged(folder / "tmp" / uuid.uuid4().hex),
        aged(folder.parent / "spool" / "tmpabc123.upload.jpg"),
        aged(folder / file_store.place(uid)),
        aged(folder / file_store.place(uid, thumbnail=True)),
    ]
    assert sweep(MONDAY + timedelta(hours=23)) == Swept()
    assert sweep(LATER, dry_run=True) == Swept(temporary=2, orphans=2)
    assert all(path.exists() for path in files)
    assert sweep(LATER) == Swept(temporary=2, orphans=2)
    assert not any(path.exists() for path in files)
    assert sweep(LATER) == Swept()


@pytest.mark.django_db
def test_files_with_a_row_and_strangers_stay(folder: Path) -> None:
    company = Company()
    order = company.order()
    for name, content in (("a.jpg", image()), ("b.pdf", PDF)):
        add_one(order, company.contact, name, content)
    for path in on_disk(folder):
        os.utime(path, (0, 0))
    stranger = aged(folder / "ab" / "cd" / "readme.txt")
    other = aged(folder.parent / "spool" / "important.jpg")
    count = len(on_disk(folder))
    assert sweep(LATER, verify=True) == Swept()
    assert len(on_disk(folder)) == count
    assert stranger.exists()
    assert other.exists()


@pytest.mark.django_db
def test_the_sweep_reports_missing_and_changed_files(folder: Path) -> None:
    company = Company()
    order = company.order()
    gone, bare, altered = (add_one(order, company.contact, f"{n}.jpg", image()) for n in range(3))
    (folder / file_store.place(gone.uid)).unlink()
    (folder / file_store.place(bare.uid, thumbnail=True)).unlink()
    path = folder / file_store.place(altered.uid)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")  # same length
    names = [f"{order.number}/{file.uid.hex}" for file in (gone, bare, altered)]
    assert sweep(MONDAY) == Swept(missing=names[:2])
    assert sweep(MONDAY, verify=True) == Swept(missing=names[:2], changed=names[2:])
    with pytest.raises(CommandError, match="2 个附件缺文件，1 个附件内容不符"):
        call_command("sweep_files", verify=True)


@pytest.mark.django_db
def test_the_command_tells_what_it_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aged(folder / "tmp" / uuid.uuid4().hex)
    with time_machine.travel(LATER, tick=False):
        call_command("sweep_files")
    assert "临时文件 1 个" in capsys.readouterr().out


# --- killed in the middle -------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.base import DatabaseWrapper
from complaints.models import Order
from complaints.services.files import attach
from people.models import User
from tests.conftest import COMMITTED
from tests.data.uploads import PDF, image

moment, order, user, folder, now = sys.argv[1:]
settings.FILES_ROOT = folder

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

target, name = {
    "before the sync": (os, "fsync"),
    "before the rename": (os, "replace"),
    "before the commit": (DatabaseWrapper, "_commit"),
}.get(moment, (None, None))
by, order = User.objects.get(pk=user), Order.objects.get(pk=order)
if target:
    setattr(target, name, die)
uploads = [SimpleUploadedFile("a.jpg", image()), SimpleUploadedFile("b.pdf", PDF)]
attach(order, uploads, by=by, now=datetime.fromisoformat(now))
die()
"""


@COMMITTED
@pytest.mark.parametrize(
    ("moment", "rows"), [("before the sync", 0), ("before the rename", 0), ("before the commit", 0), ("after it", 2)]
)
def test_a_process_killed_in_an_upload_leaves_no_row_without_its_file(moment: str, rows: int, folder: Path) -> None:
    """F3, T5: kill -9 at every step."""
    company = Company()
    order = company.order()
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, moment, str(order.pk), str(company.contact.pk), str(folder), MONDAY.isoformat()],
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": os.getcwd()},
        check=False,
    )
    assert done.returncode == -9
    assert Attachment.objects.count() == OrderEvent.objects.filter(name="file").count() == rows
    assert on_disk(folder)
    for path in on_disk(folder):
        os.utime(path, (MONDAY.timestamp(), MONDAY.timestamp()))
    swept = sweep(LATER, verify=True)
    assert (swept.missing, swept.changed) == ([], [])
    assert len(on_disk(folder)) == (3 if rows else 0)


# --- two at once ----------------------------------------------------------------------------------------------------


@COMMITTED
def test_two_uploads_for_the_last_place_store_one(
    folder: Path, at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T4: the number of files is counted under the order's lock."""
    monkeypatch.setattr("complaints.services.files.MAX_FILES_PER_ORDER", 1)
    company = Company()
    for _round in range(10):
        order = company.order()
        results = at_once(
            lambda: add(order, company.contact, ("a.pdf", PDF)),  # noqa: B023 - both end before the next round
            lambda: add(order, company.handler, ("b.pdf", PDF)),  # noqa: B023
        )
        assert sorted(len(one.stored) for one in results) == [0, 1]
        assert sorted(len(one.rejected) for one in results) == [0, 1]
        events = order.events.order_by("seq").values_list("seq", flat=True)
        assert list(events) == list(range(1, len(events) + 1))
    assert sweep(LATER, verify=True).missing == []
