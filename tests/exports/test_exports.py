"""B19: a file is asked for, counted, if large approved by a second person, written, fetched, gone; all on record."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError
from openpyxl import load_workbook

from exports import store
from exports.errors import ExportRefused
from exports.kinds import ExportKind, register_kind
from exports.models import Export, Status
from exports.services import asking, cancel, decide, fetch, tend, waiting, work_on
from exports.services.work import APPROVAL_WAITS, GRACE, KEPT_FOR, LEASE, MOST_ATTEMPTS, clear_away
from people.models import Assignment, AuditEntry, User
from people.roles import Role
from tests.exports.conftest import Clock, Numbers, ask
from tests.factories import MONDAY, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def handler(db: None) -> User:
    return person(Role.HANDLER, "production_tech_dept")


@pytest.fixture
def manager(db: None) -> User:
    return person(Role.MANAGER, "company")


def trail(export: Export) -> list[str]:
    rows = AuditEntry.objects.filter(subject_type="exports.export", subject_ref=export.number).order_by("id")
    return [action.removeprefix("export.") for action in rows.values_list("action", flat=True)]


def test_a_small_list_is_written_at_once_and_fetched_by_its_requester(
    handler: User, numbers: Numbers, clock: Clock
) -> None:
    export = ask(handler, clock.now)
    done = work_on(clock)
    assert done is not None
    assert done.status == Status.READY
    assert (done.total, done.done, done.attempts) == (3, 3, 1)
    with fetch(done, by=handler, now=clock.now) as stream:
        book = load_workbook(stream)
    assert next([cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)) == [0, "行0"]
    cover = {str(row[0].value): str(row[1].value) for row in book["导出说明"].iter_rows()}
    assert handler.name in cover["申请人"]
    assert cover["用途"] == "月度核对"
    assert cover["筛选条件"] == "全部"
    assert Export.objects.get(pk=export.pk).downloads == 1
    assert trail(export) == ["request", "ready", "fetch"]


def test_nobody_else_gets_the_file(handler: User, manager: User, numbers: Numbers, clock: Clock) -> None:
    export = ask(handler, clock.now)
    work_on(clock)
    for other in (manager, person(Role.AUDITOR, "company"), person(Role.HANDLER, "production_tech_dept")):
        with pytest.raises(PermissionDenied):
            fetch(export, by=other, now=clock.now)


def test_above_the_limit_a_second_person_approves(handler: User, manager: User, numbers: Numbers, clock: Clock) -> None:
    """B19: exactly at the limit nobody is asked; one row more, and nothing is written before the approval."""
    limit = ask(handler, clock.now).policy.export_approval_rows
    numbers.rows = [[n, "x"] for n in range(limit)]
    done = work_on(clock)
    assert done is not None
    assert done.status == Status.READY
    numbers.rows = [[n, "x"] for n in range(limit + 1)]
    export = ask(handler, clock.pass_(minutes=1), params={"query": "more"})
    reads = numbers.reads
    waits = work_on(clock)
    assert waits is not None
    assert waits.status == Status.APPROVAL
    assert waits.total == limit + 1
    assert numbers.reads == reads, "no row was read into a file"
    assert work_on(clock) is None, "it does not go on by itself"
    decide(export, approve=True, opinion="同意", by=manager, now=clock.now)
    done = work_on(clock)
    assert done is not None
    assert done.status == Status.READY
    assert done.decided_by == manager
    with fetch(export, by=handler, now=clock.now) as stream:
        cover = {
            str(row[0].value): str(row[1].value)
            for row in load_workbook(stream, read_only=True)["导出说明"].iter_rows()
        }
    assert cover["审批人"] == manager.name
    assert trail(export) == ["request", "approval", "approve", "ready", "fetch"]


def test_nobody_approves_an_own_export(manager: User, numbers: Numbers, clock: Clock) -> None:
    """Not by the service, not by the database."""
    export = ask(manager, clock.now)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9)
    with pytest.raises(PermissionDenied):
        decide(export, approve=True, opinion="", by=manager, now=clock.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(decided_by=manager)


@pytest.mark.parametrize(
    ("role", "department"),
    [(Role.HOTLINE_DIRECTOR, "hotline"), (Role.DEPARTMENT_HEAD, "production_tech_dept"), (Role.AUDITOR, "company")],
)
def test_only_managers_approve(handler: User, numbers: Numbers, clock: Clock, role: Role, department: str) -> None:
    export = ask(handler, clock.now)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9)
    with pytest.raises(PermissionDenied):
        decide(export, approve=True, opinion="", by=person(role, department), now=clock.now)


def test_a_refusal_needs_words_and_is_final(handler: User, manager: User, numbers: Numbers, clock: Clock) -> None:
    export = ask(handler, clock.now)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9)
    with pytest.raises(ExportRefused) as error:
        decide(export, approve=False, opinion=" ", by=manager, now=clock.now)
    assert error.value.field == "opinion"
    decide(export, approve=False, opinion="用途不明", by=manager, now=clock.now)
    with pytest.raises(ExportRefused):
        decide(export, approve=True, opinion="", by=manager, now=clock.now)
    assert work_on(clock) is None
    with pytest.raises(ExportRefused):
        fetch(export, by=handler, now=clock.now)


def test_rows_that_came_meanwhile_do_not_slip_past_the_limit(handler: User, numbers: Numbers, clock: Clock) -> None:
    """Counted below the limit, written beyond it: the file stops and asks."""
    export = ask(handler, clock.now)
    limit = export.policy.export_approval_rows
    numbers.rows = [[n, "x"] for n in range(limit + 5)]
    numbers.count = lambda *given: limit - 1  # type: ignore[method-assign]
    register_kind(ExportKind("numbers", "数", lambda *given: True, numbers.count, numbers.sheets))
    waits = work_on(clock)
    assert waits is not None
    assert waits.status == Status.APPROVAL
    assert not list(store.folder().iterdir())


def test_who_lost_the_post_gets_nothing(handler: User, numbers: Numbers, clock: Clock) -> None:
    export = ask(handler, clock.now)
    Assignment.objects.filter(user=handler).update(valid_to=MONDAY.date() - timedelta(days=1))
    done = work_on(clock)
    assert done is not None
    assert done.status == Status.FAILED
    assert "权限" in done.problem
    assert not list(store.folder().iterdir())
    with pytest.raises(PermissionDenied):
        fetch(export, by=User.objects.get(pk=handler.pk), now=clock.now)


def test_the_same_request_twice_is_one_export(handler: User, numbers: Numbers, clock: Clock) -> None:
    first = ask(handler, clock.now)
    assert ask(handler, clock.pass_(seconds=3)) == first
    for n in range(asking.MOST_OPEN - 1):
        ask(handler, clock.now, params={"query": str(n)})
    with pytest.raises(ExportRefused):
        ask(handler, clock.now, params={"query": "one too many"})
    assert Export.objects.count() == asking.MOST_OPEN


def test_a_killed_worker_is_followed_by_another(handler: User, numbers: Numbers, clock: Clock) -> None:
    """F4: the lease runs out, the file is begun anew; after so many tries it is said that it failed."""
    ask(handler, clock.now)

    def killed(row: Any) -> None:
        raise KeyboardInterrupt

    numbers.during = killed
    for attempt in range(1, MOST_ATTEMPTS + 1):
        with pytest.raises(KeyboardInterrupt):
            work_on(clock)
        assert Export.objects.get().attempts == attempt
        assert work_on(clock) is None, "as long as the lease lasts nobody else begins"
        clock.pass_(seconds=LEASE.total_seconds() + 1)
        if attempt == 1:
            assert waiting(clock.now)
    work_on(clock)
    assert Export.objects.get().status == Status.FAILED
    numbers.during = None
    again = ask(handler, clock.now)
    assert work_on(clock) is not None
    again.refresh_from_db()
    assert again.status == Status.READY


def test_an_error_is_tried_again_and_then_told(handler: User, numbers: Numbers, clock: Clock) -> None:
    ask(handler, clock.now)

    def broken(row: Any) -> None:
        raise ValueError("odd row")

    numbers.during = broken
    for _attempt in range(MOST_ATTEMPTS):
        assert work_on(clock) is not None
        clock.pass_(seconds=GRACE.total_seconds() + 1)
    export = Export.objects.get()
    assert export.status == Status.FAILED
    assert "ValueError" in export.problem
    assert not list(store.folder().iterdir())


def test_a_cancelled_export_stops_where_it_is(handler: User, numbers: Numbers, clock: Clock) -> None:
    export = ask(handler, clock.now)
    numbers.rows = [[n, "x"] for n in range(600)]

    def midway(row: Any) -> None:
        if row[0] == 300:
            cancel(export, by=handler, now=clock.now)

    numbers.during = midway
    done = work_on(clock)
    assert done is not None
    assert done.status == Status.CANCELLED
    assert done.done < 600
    assert not list(store.folder().iterdir())


def test_progress_is_told_while_it_is_written(handler: User, numbers: Numbers, clock: Clock) -> None:
    ask(handler, clock.now)
    numbers.rows = [[n, "x"] for n in range(1000)]
    seen: list[tuple[int, int | None]] = []
    numbers.during = lambda row: seen.append(Export.objects.values_list("done", "total").get())
    work_on(clock)
    assert {done for done, _total in seen} == {0, 250, 500, 750}
    assert {total for _done, total in seen} == {1000}


def test_files_go_after_their_days_and_orphans_after_one(
    handler: User, numbers: Numbers, clock: Clock, files: Path
) -> None:
    export = ask(handler, clock.now)
    work_on(clock)
    assert [path.suffix for path in files.iterdir()] == [".xlsx"]
    clear_away(clock.pass_(seconds=KEPT_FOR.total_seconds() - 1))
    assert store.place(export.uid).exists()
    clear_away(clock.pass_(seconds=1))
    assert not store.place(export.uid).exists()
    export.refresh_from_db()
    assert export.status == Status.EXPIRED
    with pytest.raises(ExportRefused):
        fetch(export, by=handler, now=clock.now)
    assert trail(export) == ["request", "ready", "expired"]


def test_a_request_nobody_decides_lapses(handler: User, numbers: Numbers, clock: Clock) -> None:
    export = ask(handler, clock.now)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9)
    clear_away(clock.pass_(seconds=APPROVAL_WAITS.total_seconds()))
    export.refresh_from_db()
    assert export.status == Status.APPROVAL
    clear_away(clock.pass_(seconds=1))
    export.refresh_from_db()
    assert export.status == Status.CANCELLED
    assert "7 天" in export.problem


def test_redis_away_the_sweeper_finds_it(
    handler: User,
    numbers: Numbers,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """F9: nobody could be told, the request stands all the same and is done by the sweeper a little later."""

    def away(*given: Any, **more: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        export = ask(handler, clock.now)
    assert len(callbacks) == 1
    assert not waiting(clock.now), "a worker that was told has its moment first"
    assert waiting(clock.pass_(seconds=GRACE.total_seconds() + 1))
    assert tend(clock) == 1
    export.refresh_from_db()
    assert export.status == Status.READY
    assert not waiting(clock.now)
