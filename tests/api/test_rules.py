"""Rules without an order: where would it go, when is it due, which day is N working days on."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from people.models import Department
from policy.limits import shanghai_day
from policy.vocabulary import Category, Kind
from tests.api.conftest import Api
from tests.factories import Company, person

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "workdays.json").read_text())


def test_the_preview_names_department_copies_basis_and_due_date(company: Company, api: Api) -> None:
    """S4-R28: Production-Tech leads power quality; a complaint has ten working days (S4-R41)."""
    told = api(company.agent).get(
        "/api/v1/route/",
        {"kind": "complaint", "category": "power_quality", "registered_at": "2026-09-07T09:30:00+08:00"},
    )
    assert told.status_code == 200, told.json()
    told = told.json()
    assert told["lead_department"] == {"code": "production_tech_dept", "name": "生产技术部"}
    assert (told["limit_days"], told["due_on"], told["due_at"]) == (10, "2026-09-20", "2026-09-21T00:00:00+08:00")
    assert told["rule_id"]
    assert told["days"][-1] == told["days"][-1] | {"mark": "makeup", "index": 10, "date": "2026-09-20"}


def test_the_preview_equals_what_registering_does(company: Company, api: Api) -> None:
    """One truth: for every kind and category the order goes where the preview said."""
    client = api(company.agent)
    for kind in Kind:
        for category in Category:
            asked = {"kind": kind, "category": category, "registered_at": "2026-09-07T09:30:00+08:00"}
            told = client.get("/api/v1/route/", asked).json()
            order = company.order(kind=kind, category=category)
            if order.lead_department is not None:
                assert told["lead_department"]["code"] == order.lead_department.code
                assert (told["due_on"] or None) == (order.due_on.isoformat() if order.due_on else None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "x"}, "kind"),
        ({"category": ""}, "category"),
        ({"subcategory": "no_such"}, "subcategory"),
        ({"station": "hotline"}, "station"),
        ({"registered_at": "yesterday"}, "registered_at"),
        ({"registered_at": "1999-12-31T23:00"}, "registered_at"),
        ({"registered_at": "9999-12-31T23:59:59-12:00"}, "registered_at"),
        ({"policy": "1"}, "policy"),
    ],
)
def test_a_parameter_the_preview_cannot_use_is_named(
    company: Company, api: Api, change: dict[str, str], field: str
) -> None:
    asked = {"kind": "complaint", "category": "power_quality", "registered_at": "2026-09-07T09:30"} | change
    answer = api(company.agent).get("/api/v1/route/", asked)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_station_leads_where_it_carries_the_duty(company: Company, api: Api) -> None:
    """B12."""
    asked = {"kind": "complaint", "registered_at": "2026-09-07T09:30"}
    stations = set(Department.objects.filter(kind="station").values_list("code", flat=True))
    found = {
        (answer := api(company.agent).get("/api/v1/route/", {**asked, "category": c, "station": s}).json())[
            "by_station"
        ]
        is ((answer["lead_department"] or {}).get("code") in stations)
        for c in Category
        for s in ("station_jiangwan",)
    }
    assert found == {True}


def test_working_days_are_those_of_the_rules(company: Company, api: Api) -> None:
    """The hand-worked vectors, asked through the interface."""
    client = api(person())
    assert len(VECTORS) > 20
    for case in VECTORS[:60]:
        start = shanghai_day(datetime.fromisoformat(case["registered_at"])).isoformat()
        told = client.get("/api/v1/workdays/", {"from": start, "days": case["days"]}).json()
        assert (told["date"], told["provisional"]) == (case["due_date"], case["provisional"]), case
        assert told["days"][0] == told["days"][0] | {"date": start, "mark": "start", "index": None}
        assert sum(day["index"] is not None for day in told["days"]) == case["days"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-09-07"}, "days"),
        ({"days": "3"}, "from"),
        ({"from": "2026-09-07", "days": "-1"}, "days"),
        ({"from": "2026-09-07", "days": "367"}, "days"),
        ({"from": "1899-09-07", "days": "3"}, "from"),
        ({"from": "2026-9-99", "days": "3"}, "from"),
        ({"from": "2026-09-07", "days": "3", "n": "1"}, "n"),
    ],
)
def test_a_parameter_the_calendar_cannot_use_is_named(
    company: Company, api: Api, query: dict[str, str], field: str
) -> None:
    answer = api(company.agent).get("/api/v1/workdays/", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_year_without_notice_is_said_to_be_provisional(company: Company, api: Api) -> None:
    """A31, F22."""
    told = api(company.agent).get("/api/v1/workdays/", {"from": "2029-12-25", "days": "10"}).json()
    assert told["provisional"] is True
    assert "assumed" in {day["mark"] for day in told["days"]}
