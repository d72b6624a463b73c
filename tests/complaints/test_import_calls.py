"""Recorded calls through the one door: the sample file comes out as expected, twice is once, a broken line is told."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from complaints.models import Call, Order, OrderEvent
from complaints.queries import Inquiry, Proposal
from complaints.services import open_order
from complaints.signals import before_order
from complaints.vocabulary import Disposition, State
from people.models import RESPONSIBLE_KINDS, AuditEntry, Department, User
from people.roles import Role
from policy.vocabulary import Kind
from tests.factories import at, matter, person

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent.parent / "data"
CALLS, EXPECTED = DATA / "calls.jsonl", DATA / "expected.jsonl"
# Calls in the area of a running outage (B11). Who knows of outages says so through ``before_order``; nobody does yet.
OUTAGE_CALLS = {"C-025": ["repair_centre", "station"], "C-032": ["dispatch_room", "orderly_use_office"]}
TODAY = at("2026-11-22 10:00")


def read(path: Path) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


@pytest.fixture
def contacts() -> None:
    for department in Department.objects.filter(kind__in=RESPONSIBLE_KINDS):
        person(Role.TICKET_CONTACT, department.code)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "report.jsonl"


def run(path: Path, out: Path, **options: Any) -> tuple[list[dict[str, Any]], str, str]:
    """Report lines, what was printed, what was complained about; a failing exit code goes into the latter."""
    printed, complaints = io.StringIO(), io.StringIO()
    with time_machine.travel(TODAY, tick=False):
        try:
            call_command("import_calls", str(path), report=out, stdout=printed, stderr=complaints, **options)
        except CommandError as error:
            complaints.write(f"exit {error.returncode}: {error}")
    return [json.loads(line) for line in out.read_text().splitlines()], printed.getvalue(), complaints.getvalue()


def call(**fields: Any) -> dict[str, Any]:
    usual = {
        "id": "X-1",
        "received_at": "2026-09-18T20:16:00+08:00",
        "channel": "hotline",
        "caller_name": "王小明",
        "caller_phone": "13800001234",
        "station": "江湾供电所",
        "kind": "complaint",
        "category": "power_quality",
        "content": "每晚七点以后电压只有一百八十伏。",
        "demands": ["测电压"],
    }
    return usual | fields


def file_of(tmp_path: Path, lines: Iterable[dict[str, Any] | str | bytes]) -> Path:
    raw = [line if isinstance(line, (str, bytes)) else json.dumps(line) for line in lines]
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in raw))
    return path


def difference(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Fields that differ; ``lead_department`` is right when it is one of those expected."""
    wrong = {key: (found[key], value) for key, value in wanted.items() if found[key] != value}
    leads = found["lead_department"]
    if (not leads and not wanted["lead_department"]) or (len(leads) == 1 and leads[0] in wanted["lead_department"]):
        wrong.pop("lead_department", None)
    return wrong


# --- the sample file ------------------------------------------------------------------------------------------------


def test_the_sample_calls_come_out_as_expected(contacts: None, out: Path) -> None:
    """S4-R20, R21, R25..R32, R40, R41, S1-R29, A2, A3, A5, A31."""
    report, _printed, complained = run(CALLS, out)
    found, expected = {line["id"]: line for line in report}, read(EXPECTED)
    assert complained == ""
    assert list(found) == list(expected)
    wrong = {name: difference(found[name], line) for name, line in expected.items() if name not in OUTAGE_CALLS}
    assert {name: what for name, what in wrong.items() if what} == {}
    assert set(found["C-001"]) == set(expected["C-001"]) | {"number", "error"}


def test_calls_of_an_outage_make_orders_until_outages_are_known(contacts: None, out: Path) -> None:
    """The two sample calls that B11 links to an outage: no outage module answers ``before_order`` yet."""
    report, _printed, _complained = run(CALLS, out)
    found, expected = {line["id"]: line for line in report}, read(EXPECTED)
    assert {name for name, line in expected.items() if line["disposition"] == "linked_outage"} == set(OUTAGE_CALLS)
    for name, leads in OUTAGE_CALLS.items():
        assert found[name]["disposition"] == "order"
        assert found[name]["lead_department"][0] in leads


def test_an_outage_that_is_proposed_takes_the_call(contacts: None, out: Path, tmp_path: Path) -> None:
    """S4-R19, B11: the import decides for what ``before_order`` proposes."""

    def running(inquiry: Inquiry, **_more: Any) -> list[Proposal]:
        return [Proposal("outage", "O-05", "停电")] if inquiry.kind == Kind.CONSULTATION else []

    before_order.connect(running)
    try:
        report, *_rest = run(
            file_of(tmp_path, [call(kind="consultation", category="outage_limit"), call(id="X-2")]), out
        )
    finally:
        before_order.disconnect(running)
    assert [(line["disposition"], line["linked_to"]) for line in report] == [("linked_outage", "O-05"), ("order", None)]
    assert Call.objects.get(disposition=Disposition.LINKED_OUTAGE).linked_ref == "O-05"


def test_the_same_file_twice_makes_no_second_order(contacts: None, out: Path) -> None:
    first, *_rest = run(CALLS, out)
    before = Order.objects.count(), Call.objects.count(), OrderEvent.objects.count()
    again, printed, complained = run(CALLS, out)
    assert (Order.objects.count(), Call.objects.count(), OrderEvent.objects.count()) == before
    assert again == first
    assert "以前已导入 60" in printed
    assert complained == ""


def test_a_dry_run_tells_the_same_and_writes_nothing(contacts: None, out: Path) -> None:
    rehearsed, printed, _complained = run(CALLS, out, dry_run=True)
    assert printed.startswith("演练（未写入）：共 60 行")
    assert not Order.objects.exists()
    assert not Call.objects.exists()
    assert not User.objects.filter(username="import").exists()
    assert not AuditEntry.objects.exists()
    real, *_rest = run(CALLS, out)
    assert rehearsed == [line | {"number": None} for line in real]


def test_a_call_about_an_open_order_of_an_agent_is_linked_and_urges_it(
    contacts: None, out: Path, tmp_path: Path
) -> None:
    """S1-R29, B11: whoever registered the open order."""
    order = open_order(by=person(Role.HOTLINE_AGENT), now=at("2026-09-10 09:00"), matter=matter())
    (line,), *_rest = run(file_of(tmp_path, [call()]), out)
    assert (line["disposition"], line["linked_to"], line["number"]) == ("linked_order", order.number, order.number)
    assert order.events.filter(name="urge").exists()


# --- single lines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["2026-09-18T20:16:00+08:00", "2026-09-18T12:16:00Z", "2026-09-18T05:16:00-07:00", "20260918T121600+00"]
)
def test_any_time_zone_names_the_same_moment(contacts: None, out: Path, tmp_path: Path, written: str) -> None:
    run(file_of(tmp_path, [call()]), out)
    (line,), printed, _complained = run(file_of(tmp_path, [call(received_at=written)]), out)
    assert "以前已导入 1" in printed
    assert Order.objects.get().registered_at == at("2026-09-18 20:16")
    assert line["due_date"] == "2026-10-09"


def test_a_late_evening_in_another_zone_counts_from_the_shanghai_day(contacts: None, out: Path, tmp_path: Path) -> None:
    (line,), *_rest = run(file_of(tmp_path, [call(received_at="2026-09-18T16:30:00+00:00")]), out)
    assert line["number"] == "20260919-0001"


BROKEN: list[tuple[dict[str, Any] | str | bytes, str, str]] = [
    ("{not json", "", "JSON"),
    ("[1, 2]", "", "对象"),
    ('{"id": "A", "id": "B"}', "", "两次"),
    ('{"ring_count": NaN}', "", "NaN"),
    ("[" * 100_000, "", "JSON"),
    ('{"ring_count": ' + "9" * 5000 + "}", "", "JSON"),
    ('{"content": "电压低"}'.encode("gb18030"), "", "UTF-8"),
    (b'{"x": "' + b"a" * 1_000_001 + b'"}', "", "请拆短"),
    ({key: value for key, value in call().items() if key != "received_at"}, "received_at", "缺少"),
    ({key: value for key, value in call().items() if key != "kind"}, "kind", "null"),
    (call(id=""), "id", "不能为空"),
    (call(id="x" * 65), "id", "64"),
    (call(id=7), "id", "文字"),
    (call(received_at="2026-09-18T20:16:00"), "received_at", "时区"),
    (call(received_at="昨天"), "received_at", "2026-09-18T20:16:00+08:00"),
    (call(received_at="0001-01-01T00:00:00+14:00"), "received_at", "不是时间"),
    (call(received_at="1995-01-01T00:00:00Z"), "received_at", "规则参数"),
    (call(received_at="9999-01-01T00:00:00Z"), "received_at", "年份"),
    (call(content="停电\x00了"), "content", "空字符"),
    ('{"id": "Z", "content": "\\ud83d"}', "content", "代理对"),
    (call(kind="abc"), "kind", "abc"),
    (call(category="abc"), "category", "abc"),
    (call(channel="fax"), "channel", "fax"),
    (call(station="火星供电所"), "station", "江湾供电所"),
    (call(caller_phone="1380000"), "caller_phone", "少 4 位"),
    (call(caller_phone=None), "caller_phone", "电话"),
    (call(caller_name=None), "caller_name", "姓"),
    (call(content="长" * 20_001), "content", "20000"),
    (call(demands="测电压"), "demands", "列表"),
    (call(demands=[1]), "demands", "列表"),
    (call(ring_count=True), "ring_count", "整数"),
    (call(ring_count=-1), "ring_count", "0"),
    (call(anonymous="yes"), "anonymous", "true"),
    (call(anonymous=True), "anonymous", "举报"),
    (call(channel="gov_12345"), "external_ref", "编号"),
    (call(disposition="lost"), "disposition", "linked_order"),
    (call(disposition="linked_outage"), "disposition", "写 order"),
    (call(disposition="no_order"), "no_order_reason", "原因"),
]


@pytest.mark.parametrize(("line", "field", "remedy"), BROKEN, ids=[f"{n}-{row[1]}" for n, row in enumerate(BROKEN)])
def test_a_broken_line_is_told_and_the_rest_goes_on(
    contacts: None, out: Path, tmp_path: Path, line: dict[str, Any] | str | bytes, field: str, remedy: str
) -> None:
    report, printed, complained = run(file_of(tmp_path, [call(id="before"), line, call(id="after")]), out)
    error = report[1]["error"]
    assert error["line"] == 2
    assert field in [problem["field"] for problem in error["problems"]]
    assert remedy in "".join(problem["message"] for problem in error["problems"] if problem["field"] == field)
    assert report[1]["disposition"] is None
    assert (report[0]["disposition"], report[2]["disposition"]) == ("order", "linked_order")
    assert Order.objects.count() == 1
    assert "第 2 行" in complained
    assert complained.endswith("exit 1: 有 1 行有误，未导入；改正后重新导入同一文件即可")
    assert "共 3 行" in printed


def test_every_problem_of_a_line_is_told_at_once(contacts: None, out: Path, tmp_path: Path) -> None:
    (line,), *_rest = run(file_of(tmp_path, [call(kind="abc", caller_phone="12", station=5)]), out)
    assert {problem["field"] for problem in line["error"]["problems"]} == {"station"}
    (line,), *_rest = run(file_of(tmp_path, [call(kind="abc", caller_phone="12")]), out)
    assert {problem["field"] for problem in line["error"]["problems"]} == {"kind", "caller_phone"}


def test_unknown_fields_are_told_and_ignored(contacts: None, out: Path, tmp_path: Path) -> None:
    """Nobody writes a state, a due date or an amount through a file."""
    (line,), _printed, complained = run(file_of(tmp_path, [call(state="archived", due_on="2030-01-01")]), out)
    assert "第 1 行：不认识的字段 due_on、state，已忽略" in complained
    assert Order.objects.get(number=line["number"]).state == State.CLASSIFIED
    assert line["due_date"] == "2026-10-09"


def test_a_mark_at_the_start_and_empty_lines_do_no_harm(contacts: None, out: Path, tmp_path: Path) -> None:
    text = json.dumps(call(), ensure_ascii=False)
    report, _printed, complained = run(file_of(tmp_path, [b"\xef\xbb\xbf" + text.encode() + b"\r", b"  ", b""]), out)
    assert [line["disposition"] for line in report] == ["order"]
    assert complained == ""


@pytest.mark.parametrize(
    ("fields", "disposition", "reason"),
    [
        ({"kind": None, "category": None, "note": "S4-R20", "caller_name": None}, "no_order", "wrong_number"),
        ({"kind": None, "category": None, "note": "骚扰电话", "caller_phone": None}, "no_order", "harassment"),
        ({"kind": None, "category": None, "no_order_reason": "harassment"}, "no_order", "harassment"),
        ({"note": "客户说上次打错了户号"}, "order", None),
        ({"kind": None, "category": None, "note": "S4-R201"}, "order", None),
    ],
)
def test_only_a_matter_without_kind_or_a_plain_word_makes_no_order(
    contacts: None, out: Path, tmp_path: Path, fields: dict[str, Any], disposition: str, reason: str | None
) -> None:
    """S4-R20, S4-R21: counted, no ticket; a note alone never makes a complaint disappear."""
    (line,), *_rest = run(file_of(tmp_path, [call(**fields)]), out)
    assert (line["disposition"], line["no_order_reason"]) == (disposition, reason)
    assert Order.objects.count() == (disposition == "order")


def test_the_file_may_insist_on_an_order_of_its_own(contacts: None, out: Path, tmp_path: Path) -> None:
    lines = [call(id="1"), call(id="2"), call(id="3", disposition="order")]
    report, *_rest = run(file_of(tmp_path, lines), out)
    assert [line["disposition"] for line in report] == ["order", "linked_order", "order"]
    assert report[1]["linked_to"] == "1"


def test_a_department_without_contact_leaves_the_order_registered_and_told(out: Path, tmp_path: Path) -> None:
    """S4-R03, B13: never lost."""
    (line,), printed, complained = run(file_of(tmp_path, [call()]), out)
    assert line["lead_department"] == []
    assert Order.objects.get(number=line["number"]).state == State.REGISTERED
    assert "未能派单 1" in printed
    assert "联系人" in complained


def test_the_import_leaves_one_line_in_the_audit_trail(contacts: None, out: Path, tmp_path: Path) -> None:
    run(file_of(tmp_path, [call(), "{"]), out)
    entry = AuditEntry.objects.get(action="calls.import")
    assert entry.at == TODAY
    assert (entry.detail["lines"], entry.detail["failed"], entry.detail["order"]) == (2, 1, 1)


def test_a_missing_file_and_a_report_over_the_file_itself_are_refused(out: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="无法读写"):
        call_command("import_calls", str(tmp_path / "nowhere.jsonl"))
    path = file_of(tmp_path, [call()])
    with pytest.raises(CommandError, match="请换一个文件名"):
        call_command("import_calls", str(path), report=path)
    assert path.read_bytes()
