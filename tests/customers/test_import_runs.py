"""Two steps on the page, one on the command line: nothing before the confirmation, then all or nothing, once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import imports
from customers.errors import Gone, NotAllowed
from customers.imports import plan
from customers.imports.limits import PAGE
from customers.models import Customer, CustomerPhone, ImportRun, VulnerableFlag
from customers.vocabulary import RunStatus
from people.models import AuditResult, User
from people.roles import Role
from tests.customers.conftest import SignIn, audited
from tests.customers.test_import_files import HEADER, LINE, csv_text
from tests.factories import MONDAY, person

GOOD = csv_text(LINE, ["6100307745", "闵翠珠", "13800001689", "滨海镇渔光路 130 号", "滨海供电所"]).encode()
HALF = csv_text(LINE, ["6100307745", "=1+1", "13800001689", "滨海镇渔光路 130 号", "滨海供电所"]).encode()


@pytest.fixture
def director(db: None) -> User:
    return person(Role.HOTLINE_DIRECTOR)


@pytest.fixture
def other_connection() -> Iterator[Any]:
    """A cursor of a second session, inside its own transaction."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.close()


@pytest.fixture
def desk(director: User, sign_in: SignIn) -> Client:
    return sign_in(None, user=director)


def send(client: Client, data: bytes, name: str = "客户.csv", **more: str) -> Any:
    return client.post(reverse("customers_import"), {"file": SimpleUploadedFile(name, data), **more})


def uploaded(by: User, data: bytes, *, now: datetime = MONDAY) -> ImportRun:
    return imports.upload(data, filename="客户.csv", by=by, now=now)


def test_a_file_is_previewed_masked_then_confirmed(desk: Client) -> None:
    answer = send(desk, GOOD)
    assert answer.status_code == 302
    assert Customer.objects.count() == 0
    shown = desk.get(answer["Location"]).content.decode()
    assert "李××" in shown
    assert "138****2236" in shown
    for secret in ("李承洲", "13800002236", "14 幢 301"):
        assert secret not in shown
    run = ImportRun.objects.get()
    assert desk.post(reverse("customers_import_confirm", args=[run.pk])).status_code == 302
    assert set(Customer.objects.values_list("account_no", flat=True)) == {"6100975513", "6100307745"}
    run.refresh_from_db()
    assert (run.status, run.rows) == (RunStatus.APPLIED, [])
    (trail,) = audited("customer.import")
    assert {key: trail.detail[key] for key in ("new", "changed", "same", "skipped")} == {
        "new": 2, "changed": 0, "same": 0, "skipped": 0,
    }  # fmt: skip
    assert "已导入" in desk.get(answer["Location"]).content.decode()


def test_a_file_with_broken_lines_is_all_or_nothing_unless_they_are_skipped(desk: Client) -> None:
    location = send(desk, HALF)["Location"]
    page = desk.get(location).content.decode()
    assert "户名以“=”开头" in page
    run = ImportRun.objects.get()
    refused = desk.post(reverse("customers_import_confirm", args=[run.pk]))
    assert refused.status_code == 400
    assert "还有 1 行有误" in refused.content.decode()
    assert Customer.objects.count() == 0
    desk.post(reverse("customers_import_confirm", args=[run.pk]), {"skip_broken": "on"})
    assert [row.account_no for row in Customer.objects.all()] == ["6100975513"]
    assert audited("customer.import")[0].detail["skipped"] == 1


def test_the_same_file_again_changes_nothing(director: User) -> None:
    for _round in range(2):
        counts = imports.confirm(uploaded(director, GOOD), skip_broken=False, by=director, now=MONDAY)
    assert counts == plan.Counts(new=0, changed=0, same=2)
    assert CustomerPhone.objects.count() == 2
    assert set(Customer.objects.values_list("version", flat=True)) == {1}


def test_an_update_shows_its_changes_and_keeps_what_the_file_leaves_out(director: User) -> None:
    imports.confirm(uploaded(director, GOOD), skip_broken=False, by=director, now=MONDAY)
    header = [*HEADER, "客户类别", "特殊人群"]
    data = csv_text([LINE[0], "王承洲", "13900001111", LINE[3], LINE[4], "商业", "残疾人"], header=header).encode()
    run = uploaded(director, data)
    (row,) = imports.preview(run)["rows"]
    assert row["act"] == "changed"
    assert [(c["field"], c["old"], c["new"]) for c in row["changes"]] == [
        ("户名", "李××", "王××"),
        ("客户类别", "居民", "商业"),
        ("电话", "", "139****1111"),
        ("特殊人群", "", "残疾人"),
    ]
    imports.confirm(run, skip_broken=False, by=director, now=MONDAY)
    changed = Customer.objects.get(account_no="6100975513")
    assert (changed.name, changed.segment, changed.version) == ("王承洲", "commercial", 2)
    assert "王承" in changed.bigrams
    assert sorted(changed.phones.values_list("number", flat=True)) == ["13800002236", "13900001111"]
    assert VulnerableFlag.objects.get().recorded_by == director


def test_a_second_confirmation_is_refused_and_writes_nothing(director: User) -> None:
    run = uploaded(director, GOOD)
    imports.confirm(run, skip_broken=False, by=director, now=MONDAY)
    with pytest.raises(Gone, match="已导入"):
        imports.confirm(run, skip_broken=False, by=director, now=MONDAY)
    assert len(audited("customer.import")) == 1


def test_a_preview_lives_a_day(director: User) -> None:
    run = uploaded(director, GOOD)
    with pytest.raises(Gone, match="24 小时"):
        imports.confirm(run, skip_broken=False, by=director, now=MONDAY + timedelta(hours=24))
    assert imports.forget_expired(MONDAY + timedelta(hours=23, minutes=59)) == 0
    assert imports.forget_expired(MONDAY + timedelta(hours=24)) == 1
    assert imports.forget_expired(MONDAY + timedelta(hours=24)) == 0
    run.refresh_from_db()
    assert (run.status, run.rows, run.problems) == (RunStatus.EXPIRED, [], [])
    assert Customer.objects.count() == 0


def test_a_file_can_be_thrown_away(desk: Client) -> None:
    send(desk, GOOD)
    run = ImportRun.objects.get()
    desk.post(reverse("customers_import_discard", args=[run.pk]))
    run.refresh_from_db()
    assert (run.status, run.rows, Customer.objects.count()) == (RunStatus.DISCARDED, [], 0)
    assert desk.post(reverse("customers_import_confirm", args=[run.pk])).status_code == 409


def test_a_write_that_fails_halfway_leaves_nothing_and_may_be_tried_again(director: User) -> None:
    run = uploaded(director, GOOD)
    good = [*run.rows]
    ImportRun.objects.filter(pk=run.pk).update(rows=[good[0], {**good[1], "phones": ["no digits"]}])
    with pytest.raises(IntegrityError):
        imports.confirm(run, skip_broken=False, by=director, now=MONDAY)
    run.refresh_from_db()
    assert (run.status, Customer.objects.count(), audited("customer.import")) == (RunStatus.PREVIEWED, 0, [])
    ImportRun.objects.filter(pk=run.pk).update(rows=good)
    assert imports.confirm(run, skip_broken=False, by=director, now=MONDAY).new == 2


def test_of_two_imports_at_once_the_second_is_asked_to_wait(db: None, other_connection: Any) -> None:
    """Two files with the same new account never collide in the middle of a write."""
    checked = imports.check(csv_text(header=HEADER).encode(), limits=PAGE, now=MONDAY)
    other_connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [plan.LOCK])
    with pytest.raises(Gone, match="正在导入"):
        plan.write(checked.entries, by=None, now=MONDAY)
    other_connection.connection.rollback()
    assert plan.write(checked.entries, by=None, now=MONDAY) == plan.Counts()


@pytest.mark.parametrize(
    ("role", "department"),
    [
        (Role.HOTLINE_AGENT, "hotline"),
        (Role.SUPERVISOR, "hotline"),
        (Role.STATION_HEAD, "station_jiangwan"),
        (Role.MAIN_LEADER, "leadership"),
        (Role.AUDITOR, "company"),
        (Role.SYSTEM_ADMIN, "company"),
    ],
)
def test_only_the_director_and_the_manager_import(role: Role, department: str, director: User, sign_in: SignIn) -> None:
    run = uploaded(director, GOOD)
    user = person(role, department)
    client = sign_in(None, user=user)
    assert client.get(reverse("customers_import")).status_code == 403
    assert send(client, GOOD).status_code == 403
    assert client.get(reverse("customers_import_run", args=[run.pk])).status_code == 403
    assert client.post(reverse("customers_import_confirm", args=[run.pk])).status_code == 403
    with pytest.raises(NotAllowed):
        imports.upload(GOOD, filename="x.csv", by=user, now=MONDAY)
    with pytest.raises(NotAllowed):
        imports.confirm(run, skip_broken=False, by=user, now=MONDAY)
    assert len(audited("customer.customers_import", result=AuditResult.REFUSED)) == 2
    assert ImportRun.objects.count() == 1


def test_a_run_belongs_to_its_uploader(director: User, sign_in: SignIn) -> None:
    """A run holds unmasked rows: another importer does not see it either."""
    run = uploaded(director, GOOD)
    other = sign_in(Role.HOTLINE_DIRECTOR)
    assert other.get(reverse("customers_import_run", args=[run.pk])).status_code == 404
    assert other.post(reverse("customers_import_confirm", args=[run.pk])).status_code == 404
    assert other.get(reverse("customers_import_run", args=[10**30])).status_code == 404


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 400, "空的"),
        (b"\x81\x20\xff", 400, "GB18030"),
        (b"PK\x03\x04", 400, "损坏"),
        (b"a" * (PAGE.size + 1), 413, "超过 10 MB"),
    ],
)
def test_an_unusable_upload_says_why_on_the_form(data: bytes, status: int, words: str, desk: Client) -> None:
    answer = send(desk, data)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert ImportRun.objects.count() == 0


def test_an_upload_without_a_file_or_with_an_odd_name_is_no_accident(desk: Client) -> None:
    assert desk.post(reverse("customers_import")).status_code == 400
    for name in ("../../etc/passwd.csv", "=cmd.csv", "\u202egpj.csv", "长" * 300 + ".csv"):
        assert send(desk, GOOD, name).status_code == 302
    names = [*ImportRun.objects.values_list("filename", flat=True)]
    assert not any("/" in name or "\u202e" in name or name.startswith("=") or len(name) > 120 for name in names)


def test_one_upload_sent_twice_is_one_run(desk: Client) -> None:
    answers = [send(desk, GOOD, request_key="one-upload-key") for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert ImportRun.objects.count() == 1


def test_statements_do_not_grow_with_the_rows(director: User) -> None:
    def statements(rows: int, first: int) -> int:
        lines = [[f"62{first + n:08d}", "李承洲", "13800002236", LINE[3], LINE[4]] for n in range(rows)]
        run = uploaded(director, csv_text(*lines).encode())
        with CaptureQueriesContext(connection) as queries:
            imports.confirm(run, skip_broken=False, by=director, now=MONDAY)
        return len(queries)

    assert statements(500, first=1000) == statements(5, first=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def test_the_command_looks_first_then_writes_and_is_audited(
    db: None, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(csv_text(LINE).encode("gb18030"))
    with time_machine.travel(MONDAY, tick=False):
        call_command("import_customers", str(file), "--dry-run")
        assert Customer.objects.count() == 0
        call_command("import_customers", str(file))
    out = capsys.readouterr().out
    assert "GB18030，1 行，有误 0 行" in out
    assert "已新增 1 户" in out
    assert Customer.objects.count() == 1
    assert audited("customer.import")[0].at == MONDAY


def test_the_command_writes_nothing_of_a_broken_file_unless_told_to_skip(
    db: None, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(HALF)
    with pytest.raises(CommandError, match="什么都没有写入"):
        call_command("import_customers", str(file))
    assert "第 3 行 户名" in capsys.readouterr().err
    assert Customer.objects.count() == 0
    call_command("import_customers", str(file), "--skip-broken")
    assert Customer.objects.count() == 1


def test_a_missing_file_is_one_clear_line(db: None, tmp_path: Path) -> None:
    for command in ("import_customers", "import_areas"):
        with pytest.raises(CommandError, match="无法读取"):
            call_command(command, str(tmp_path / "none.csv"))
