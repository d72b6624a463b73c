"""The scenarios of ``tests/data/penalties.json``: as facts for the pure core, and lived through the door."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from escalation.penalties import FeedbackFacts, Lead, OrderFacts, RulingFacts
from policy.limits import due, shanghai_day
from policy.models import Policy
from policy.workdays import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
SCENARIOS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "penalties.json").read_text())
REPEAT_DAYS = 90
KINDS = {"overdue": "overdue", "unqualified": "unqualified", "repeat_contact": "repeat"}


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(SHANGHAI) if text else None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(SHANGHAI)


def departments(scenario: dict[str, Any]) -> dict[str, int]:
    """Code to a made-up id."""
    places = [scenario["department"], *scenario["cooperating"]]
    return {place["code"]: number for number, place in enumerate(places, start=1)}


def headcounts(scenario: dict[str, Any]) -> dict[int, list[tuple[date, int]]]:
    ids = departments(scenario)
    places = [scenario["department"], *scenario["cooperating"]]
    return {
        ids[place["code"]]: [(date.fromisoformat(row["valid_from"]), row["count"]) for row in place["headcounts"]]
        for place in places
    }


def facts(scenario: dict[str, Any], policy: Policy, calendar: Calendar) -> OrderFacts:
    """What is known of the order at ``as_of``."""
    ids = departments(scenario)
    registered = at(scenario["registered_at"])
    granted = [one["total_days"] for one in scenario["extensions"] if one["decision"] == "approved"]
    found = due(scenario["kind"], registered, policy, calendar, max(granted, default=None))
    assert found is not None
    accepted = [at(one["submitted_at"]) for one in scenario["feedback"] if one["result"] == "accepted"]
    return OrderFacts(
        order=1,
        due_on=found.due_on,
        stopped_on=shanghai_day(accepted[0]) if accepted else None,
        leads=(Lead(registered, ids[scenario["department"]["code"]]),),
        feedbacks=tuple(
            FeedbackFacts(shanghai_day(at(one["submitted_at"])), one["result"] is None) for one in scenario["feedback"]
        ),
        rulings=tuple(_rulings(scenario, found.due_on)),
        reattributed={
            date.fromisoformat(day): ids[one["to"]] for one in scenario["reattributions"] for day in one["dates"]
        },
    )


def _rulings(scenario: dict[str, Any], due_on: date) -> list[RulingFacts]:
    ruling, repeat = scenario["unqualified"], scenario["repeat_contact"]
    found = []
    if ruling and ruling["confirmed_at"]:
        on_time = shanghai_day(at(scenario["feedback"][-1]["submitted_at"])) <= due_on
        found.append(RulingFacts("unqualified", shanghai_day(at(ruling["confirmed_at"])), 1, on_time))
    if repeat and repeat["confirmed_at"]:
        closed = shanghai_day(at(scenario["closed_at"]))
        assert shanghai_day(at(repeat["contact_at"])) <= closed + timedelta(days=REPEAT_DAYS)
        found.append(RulingFacts("repeat", shanghai_day(at(repeat["confirmed_at"])), 1, bool(found)))
    return found


def expected(scenario: dict[str, Any]) -> list[tuple[str, str, str, Decimal, int, Decimal, str, str]]:
    """The lines as the file has them: day, kind, department, rate, persons, amount, month, status."""
    return [
        (
            row["date"],
            KINDS[row["reason"]],
            row["department"],
            Decimal(row["rate"]),
            row["headcount"],
            Decimal(row["amount"]),
            row["bonus_month"],
            row["status"],
        )
        for row in scenario["expected"]["entries"]
    ]
