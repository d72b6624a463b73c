"""The audit trail: append-only, in the caller's transaction, refusals included (invariants 25 and 26)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

import people
from people import audit
from people.actions import OWN
from people.models import AuditEntry, AuditResult, User
from people.roles import Role
from tests.factories import MONDAY, person
from tests.people.conftest import audited, opened

pytestmark = pytest.mark.django_db
STATEMENTS = [
    "UPDATE people_auditentry SET reason = 'other'",
    "DELETE FROM people_auditentry",
    "TRUNCATE people_auditentry",
    "TRUNCATE people_auditentry CASCADE",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_rows_can_neither_be_changed_nor_removed(statement: str) -> None:
    audit.record(actor=None, action="probe", now=MONDAY)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL app.allow_truncate = 'off'")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert len(audited("probe")) == 1


def test_a_row_can_neither_be_saved_again_nor_deleted_by_the_orm() -> None:
    audit.record(actor=None, action="probe", now=MONDAY)
    row = AuditEntry.objects.get(action="probe")
    for act in (row.save, row.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_the_row_stands_or_falls_with_the_write() -> None:
    with transaction.atomic():
        audit.record(actor=None, action="probe", now=MONDAY)
        transaction.set_rollback(True)
    assert audited("probe") == []


def test_who_when_where_what_and_result_are_kept(rf: RequestFactory) -> None:
    user = person(username="lin", name="林晓雯")
    request = rf.get("/", headers={"User-Agent": "Mozilla/5.0"}, REMOTE_ADDR="10.1.2.3")
    audit.record(
        actor=user,
        action="customer.reveal",
        subject=user,
        now=MONDAY,
        request=request,
        result="refused",
        reason="核对地址",
        detail={"fields": ["phone"]},
    )
    (row,) = audited("customer.reveal")
    assert (row.at, row.actor, row.actor_label) == (MONDAY, user, "林晓雯（lin）")
    assert (row.subject_type, row.subject_ref) == ("people.user", "lin")
    assert (row.ip, row.user_agent, row.result, row.reason) == ("10.1.2.3", "Mozilla/5.0", "refused", "核对地址")
    assert row.detail == {"fields": ["phone"]}


def test_odd_headers_cannot_break_the_trail(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"User-Agent": "x" * 500 + "\ud800\x00"}, REMOTE_ADDR="not an address")
    audit.record(actor=None, action="probe", ref="\x00\ud800" + "r" * 300, now=MONDAY, request=request)
    (row,) = audited("probe")
    assert row.ip is None
    assert len(row.user_agent) == 200
    assert len(row.subject_ref) == 120


@pytest.mark.parametrize(("query", "status"), [("", 403), ("?gone=1", 404)])
def test_every_refused_page_leaves_one_row(clock: Any, query: str, status: int) -> None:
    user = person()
    assert opened(user).get(f"/probe/refused/{query}").status_code == status
    (row,) = audited("access.refused")
    assert (row.actor, row.result, row.subject_ref, row.detail["status"]) == (
        user,
        AuditResult.REFUSED,
        "/probe/refused/",
        status,
    )


def test_an_address_nobody_serves_is_not_a_refusal(clock: Any) -> None:
    opened(person()).get("/no/such/page/")
    assert audited("access.refused") == []


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def auditor(clock: Any) -> Client:
    return opened(person(Role.AUDITOR, "company"))


def some_rows(count: int, action: str = "probe", actor: User | None = None) -> None:
    for number in range(count):
        audit.record(actor=actor, action=action, ref=f"R{number}", now=MONDAY - timedelta(minutes=number // 3))


def refs(page: Any) -> list[str]:
    return [row.subject_ref for row in page.context["rows"]]


def test_paging_by_key_shows_every_row_once(auditor: Client) -> None:
    some_rows(120)
    seen, query = [], "?action=probe"
    while query:
        page = auditor.get("/settings/people/audit/" + query)
        seen += refs(page)
        query = page.context["older"]
    assert len(seen) == len(set(seen)) == 120


def test_actions_are_shown_in_words(auditor: Client) -> None:
    some_rows(1, "user.disable")
    some_rows(1, "other.action")
    page = auditor.get("/settings/people/audit/").content.decode()
    assert "停用账号" in page
    assert "other.action" in page


def test_every_action_of_this_app_has_its_words() -> None:
    written = re.compile(r'action="([a-z_.]+)"')
    codes = {code for file in Path(people.__file__).parent.rglob("*.py") for code in written.findall(file.read_text())}
    assert codes == set(OWN)


def test_filters_by_person_action_and_days(auditor: Client) -> None:
    user = person(username="lin")
    some_rows(2, "order.reveal", user)
    some_rows(3, "order.export")
    url = "/settings/people/audit/"
    assert len(refs(auditor.get(url, {"actor": "lin"}))) == 2
    assert len(refs(auditor.get(url, {"action": "order."}))) == 5
    assert len(refs(auditor.get(url, {"action": "order.", "since": "2026-09-07", "until": "2026-09-07"}))) == 5
    assert refs(auditor.get(url, {"action": "order.", "since": "2026-09-08"})) == []
    assert refs(auditor.get(url, {"action": "order.", "until": "2026-09-06"})) == []


@pytest.mark.parametrize(
    "query",
    [
        "?before=nonsense",
        "?before=2026-09-07_1",
        "?since=yesterday",
        "?colour=red",
        "?before=2026-09-07T00:00:00%2B08:00_99999999999999999999",
    ],
)
def test_what_the_page_did_not_give_out_is_400(auditor: Client, query: str) -> None:
    assert auditor.get("/settings/people/audit/" + query).status_code == 400


def test_nothing_is_counted(auditor: Client) -> None:
    some_rows(60)
    with CaptureQueriesContext(connection) as queries:
        auditor.get("/settings/people/audit/")
    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]


def test_the_administrator_reads_account_events_only(admin_page: Client) -> None:
    some_rows(1, "order.reveal")
    some_rows(1, "user.create")
    actions = {row.action for row in admin_page.get("/settings/people/audit/").context["rows"]}
    assert actions == {"user.create"}


@pytest.mark.parametrize("role", [Role.HOTLINE_AGENT, Role.HOTLINE_DIRECTOR, Role.MAIN_LEADER])
def test_nobody_else_reads_the_trail(clock: Any, role: Role) -> None:
    assert opened(person(role)).get("/settings/people/audit/").status_code == 403
