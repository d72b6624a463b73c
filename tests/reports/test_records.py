"""The house's forms and the appraisal: filed, corrected, answered, weighed (S0-R26, S1-R09, R10, R12, S2-R11, R15)."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from people.roles import Role
from reports.appraisal import AGENT, DEPARTMENT, agents, departments, marks_of, score_of, targets_on
from reports.errors import Refused
from reports.live import span_of
from reports.models import Record, Target
from reports.record_kinds import KINDS
from reports.records import set_target
from reports.sheet import live_sheet
from tests.factories import dept, person
from tests.reports.conftest import SignIn
from tests.reports.golden import JULY, NOW, Golden

pytestmark = pytest.mark.django_db
FILL = {"date": "2026-07-20", "number": "5", "percent": "99.9", "text": "第 3 季度", "lines": "已按要求办理"}


def filled(kind: str, **changes: Any) -> dict[str, Any]:
    blanks = {b.name: b.choices[0][0] if b.choices else FILL[b.kind] for b in KINDS[kind].blanks}
    place = dept("production_tech_dept").pk
    return blanks | {"department": place, "filed_on": "2026-07-31"} | changes


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_filed_read_printed_and_exported(golden: Golden, signed_in: SignIn, kind: str) -> None:
    client = signed_in(golden.staff["P"]["head"])
    empty = client.post(f"/reports/records/new/{kind}/", {"filed_on": "2026-07-31"})
    assert empty.status_code == 422
    assert not Record.objects.exists()
    done = client.post(f"/reports/records/new/{kind}/", filled(kind))
    assert done.status_code == 302
    html = client.get(done["Location"]).content.decode()
    for words in ("填报单位：生产技术部", "填报日期：2026-07-31", *(str(b.label) for b in KINDS[kind].blanks)):
        assert words in html
    book: Any = load_workbook(io.BytesIO(client.get(f"/reports/records/files/{kind}/").content))
    page = book.worksheets[0]
    assert [cell.value for cell in page[1]][:2] == ["填报单位", "填报日期"]
    assert page.cell(2, 1).value == "生产技术部"


def test_a_correction_replaces_the_record_and_keeps_the_old_one(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(golden.staff["P"]["head"])
    first = client.post("/reports/records/new/drill/", filled("drill"))["Location"]
    old = Record.objects.get()
    assert signed_in(golden.staff["S"]["head"]).get(first).status_code == 404, "another department's"
    where = f"/reports/records/{old.pk}/correct/drill/"
    assert client.post(where, filled("drill", problems="对讲机电量不足")).status_code == 302
    assert client.post(where, filled("drill")).status_code in {404, 422}, "corrected already"
    assert Record.objects.count() == 2
    listed = client.get("/reports/records/?kind=drill")
    assert [row["record"].data["problems"] for row in listed.context["rows"]] == ["对讲机电量不足"]


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("drill", {"filed_on": "2026-09-01"}, "不能晚于今天"),
        ("drill", {"filed_on": "1026-09-01"}, "检查年份"),
        ("survey", {"returned": "9"}, "不能多于发出份数"),
        ("reliability", {"rs1": "100.5"}, "100"),
        ("accident", {"households": "-1"}, "0"),
        ("visits", {"matter": ""}, "请填写反映的意见"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    golden: Golden, signed_in: SignIn, kind: str, changes: dict[str, str], words: str
) -> None:
    response = signed_in(golden.director).post(f"/reports/records/new/{kind}/", filled(kind, **changes))
    assert response.status_code == 422
    html = response.content.decode()
    assert words in html
    assert "已按要求办理" in html or kind == "reliability"


def test_a_supervisors_opinion_waits_for_its_answer(golden: Golden, signed_in: SignIn) -> None:
    """S1-R09: tracked to the answer, once."""
    director = signed_in(golden.director)
    where = director.post("/reports/records/new/supervisor_opinion/", filled("supervisor_opinion"))["Location"]
    row = Record.objects.get()
    assert row.answer_by == date(2026, 8, 15)
    assert director.post(f"{where}answer/", {"text": ""}).status_code == 422
    assert director.post(f"{where}answer/", {"text": "已增设窗口"}).status_code == 302
    row.refresh_from_db()
    assert (row.answer, row.answered_by) == ("已增设窗口", golden.director)
    director.post(f"{where}answer/", {"text": "再答"})
    row.refresh_from_db()
    assert row.answer == "已增设窗口"


def test_the_score_weighs_what_has_a_value_and_never_rewards_more_than_the_target() -> None:
    """70 of 100 with weight 30 gives 21; 100 of 95 gives its whole weight; nothing measured weighs nothing."""
    aims = {"on_time_rate": (Decimal(100), Decimal(30)), "satisfaction": (Decimal(95), Decimal(30))}
    aims |= {"average_days": (Decimal(4), Decimal(40)), "accept_rate": (Decimal(95), Decimal(10))}
    values = {
        "on_time_rate": Decimal(70),
        "satisfaction": Decimal(100),
        "average_days": Decimal(8),
        "accept_rate": None,
    }
    marks = {mark.indicator.key: mark for mark in marks_of(DEPARTMENT, values, aims)}
    assert marks["on_time_rate"].points == Decimal("21.0")
    assert marks["satisfaction"].points == Decimal("30.0")
    assert marks["average_days"].points == Decimal("20.0"), "less is better: 4 of 8"
    assert marks["accept_rate"].points is None
    assert marks["handling_rate"].points is None, "no target, no points"
    assert score_of(marks.values()) == Decimal("71.0")
    assert score_of([]) is None


def test_departments_and_agents_stand_against_dated_targets(golden: Golden, signed_in: SignIn) -> None:
    aims = targets_on(JULY.last)
    rows = {row.name: row for row in departments(live_sheet(span_of(JULY, now=NOW)), aims)}
    by_key = {mark.indicator.key: mark for mark in rows["生产技术部"].marks}
    assert (by_key["on_time_rate"].value, by_key["on_time_rate"].missed) == (Decimal("62.5"), True)
    found = agents(span_of(JULY, now=NOW), aims)
    assert [row.name for row in found] == [f"{golden.agent.agent_no} {golden.agent.name}"]
    values = {mark.indicator.key: mark.value for mark in found[0].marks}
    assert values["pick_up"] == Decimal("100.0"), "two rings each"
    assert values["agent_first_contact"] == Decimal("13.9"), "K1-K5 of the 36 registered in July"
    assert len(AGENT) == len(found[0].marks)
    with pytest.raises(Refused, match="不能早于今天"):
        set_target(
            "satisfaction",
            target=Decimal(98),
            weight=Decimal(30),
            effective_from=JULY.last,
            by=golden.director,
            now=NOW,
        )
    set_target(
        "satisfaction", target=Decimal(98), weight=Decimal(30), effective_from=NOW.date(), by=golden.director, now=NOW
    )
    assert targets_on(JULY.last) == aims, "July is judged by July's targets"
    assert targets_on(NOW.date())["satisfaction"][0] == Decimal(98)
    manager = signed_in(person(Role.MANAGER, "company"))
    assert manager.get("/reports/2026-07/appraisal/").status_code == 200
    head = signed_in(golden.staff["P"]["head"]).get("/reports/2026-07/appraisal/")
    assert head.context["agents"] is None
    again = {"indicator": "satisfaction", "target": "99", "weight": "30", "effective_from": "2026-08-03"}
    assert manager.post("/reports/targets/", again).status_code == 422, "one row a day"
    assert Target.objects.filter(indicator="satisfaction").count() == 2
