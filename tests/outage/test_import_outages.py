"""Sample outages come out as expected, twice is once, calls inside a running outage link to it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from complaints.models import Call
from complaints.vocabulary import Disposition
from outage.models import Notice, Outage, OutageCall
from outage.services.sweep import settle_outages
from people.models import RESPONSIBLE_KINDS, Department
from people.roles import Role
from tests.factories import at, person

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parent.parent / "data"
OUTAGES = DATA / "outages.jsonl"
TODAY = at("2026-11-27 10:00")


def lines_of(path: Path) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def run(path: Path, report: Path, **options: Any) -> tuple[list[dict[str, Any]], str]:
    told = io.StringIO()
    with time_machine.travel(TODAY, tick=False):
        try:
            call_command("import_outages", str(path), report=report, stdout=io.StringIO(), stderr=told, **options)
        except CommandError as error:
            told.write(str(error))
    return [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()], told.getvalue()


def test_every_sample_outage_is_judged_as_expected(tmp_path: Path) -> None:
    """A17 to A19: every notice's deadline and result, compliance, attendance duty and why, detection gap."""
    reported, told = run(OUTAGES, tmp_path / "report.jsonl")
    assert told == ""
    for line in reported:
        expected = lines_of(OUTAGES)[line["id"]]["expected"]
        assert {key: line[key] for key in expected} == expected, line["id"]
    assert len(reported) == 12


def test_the_same_file_again_changes_nothing_and_alarms_nobody(tmp_path: Path) -> None:
    first, _told = run(OUTAGES, tmp_path / "report.jsonl")
    counted = Outage.objects.count(), Notice.objects.count()
    assert run(OUTAGES, tmp_path / "again.jsonl")[0] == first
    assert (Outage.objects.count(), Notice.objects.count()) == counted
    assert settle_outages(TODAY).notices == 0


def test_calls_inside_a_running_outage_link_to_it(tmp_path: Path) -> None:
    """B11: C-025 to O-01, C-032 to O-05, no second order; every other call as without outages."""
    for department in Department.objects.filter(kind__in=RESPONSIBLE_KINDS):
        person(Role.TICKET_CONTACT, department.code)
    call_command("import_areas", str(DATA / "areas.csv"), stdout=io.StringIO())
    run(OUTAGES, tmp_path / "outages.jsonl")
    report = tmp_path / "calls.jsonl"
    with time_machine.travel(TODAY, tick=False):
        call_command("import_calls", str(DATA / "calls.jsonl"), report=report, stdout=io.StringIO())
    expected = lines_of(DATA / "expected.jsonl")
    for name, line in lines_of(report).items():
        assert (line["disposition"], line["linked_to"]) == (
            expected[name]["disposition"],
            expected[name]["linked_to"],
        ), name
    settle_outages(TODAY)
    linked = Call.objects.filter(disposition=Disposition.LINKED_OUTAGE)
    assert dict(OutageCall.objects.values_list("call_id", "outage__number")) == dict(
        linked.values_list("pk", "linked_ref")
    )
    assert linked.count() == 2


def test_a_broken_line_is_told_by_field_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = lines_of(OUTAGES)["O-04"]
    broken: list[Any] = [
        {**good, "id": "B-1", "station": "没有所"},
        {**good, "id": "B-2", "detected_at": "2026-10-17 00:04"},
        {**good, "id": "B-3", "restored_at": "2026-10-01T00:00:00+08:00"},
        {**good, "id": "B-4", "areas": []},
        {**good, "id": "../5"},
        {**good, "id": "B-6", "notices": [{"slot": 4, "group": "x", "posted_at": "2026-10-17T00:19:00+08:00"}]},
        [],
    ]
    path = tmp_path / "outages.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in (*broken, good)) + "\n{", encoding="utf-8")
    reported, _told = run(path, tmp_path / "report.jsonl")
    fields = [line["error"]["problems"][0]["field"] for line in reported if line.get("error")]
    assert fields == ["station", "detected_at", "restored_at", "areas", "id", "notices", "", ""]
    assert list(Outage.objects.values_list("number", flat=True)) == ["O-04"]


def test_a_rehearsal_writes_nothing(tmp_path: Path) -> None:
    reported, _told = run(OUTAGES, tmp_path / "report.jsonl", dry_run=True)
    assert len(reported) == 12
    assert not Outage.objects.exists()
