"""The pure core line by line: the sample scenarios, and what they leave out."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from escalation.facts import rates_of
from escalation.penalties import (
    FeedbackFacts,
    Lead,
    Line,
    OrderFacts,
    Rates,
    RulingFacts,
    expected_penalties,
    reductions,
)
from policy import rulebook
from policy.workdays import Calendar, SpecialDay
from tests.escalation.money.samples import SCENARIOS, SHANGHAI, at, departments, expected, facts, headcounts

FIFTY = Rates(date(2026, 1, 1), Decimal(50), Decimal(50), Decimal(100))
PLAIN = Calendar(known_years=[2026], version=1)
WEDNESDAY = date(2026, 9, 9)
HEADS = {1: [(date(2026, 1, 1), 12)], 2: [(date(2026, 1, 1), 5)]}
START = datetime(2026, 8, 26, 9, tzinfo=SHANGHAI)


def days(*numbers: int) -> list[date]:
    return [date(2026, 9, number) for number in numbers]


def owed(
    order: OrderFacts, *, through: date, rates: list[Rates] | None = None, calendar: Calendar = PLAIN
) -> list[Line]:
    return expected_penalties(
        order, calendar=calendar, rates=rates or [FIFTY], headcounts=HEADS, through=through, zone=SHANGHAI
    )


def order(**fields: Any) -> OrderFacts:
    """Due on Wednesday 9 September, led by department 1 with twelve people, not stopped."""
    fields.setdefault("leads", (Lead(START, 1),))
    return OrderFacts(**{"order": 1, "due_on": WEDNESDAY, "stopped_on": None, **fields})


@pytest.mark.django_db
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["id"])
def test_every_scenario_line_by_line(scenario: dict[str, Any]) -> None:
    """Date, rule, department, rate, heads, amount, month and status of every line; due date and total."""
    book = rulebook.current()
    order = facts(scenario, book.policy_on(at(scenario["registered_at"]).date()), book.calendar)
    lines = expected_penalties(
        order,
        calendar=book.calendar,
        rates=[rates_of(row) for row in book.policies],
        headcounts=headcounts(scenario),
        through=at(scenario["as_of"]).date() - timedelta(days=1),
        zone=SHANGHAI,
    )
    names = {number: code for code, number in departments(scenario).items()}
    told = [
        (
            str(line.day),
            line.kind,
            names[line.department],
            line.rate,
            line.persons,
            line.amount,
            f"{line.day:%Y-%m}",
            "provisional" if line.provisional else "proposed",
        )
        for line in lines
    ]
    assert told == expected(scenario)
    assert str(order.due_on) == scenario["expected"]["due_date"]
    assert sum(line.amount for line in lines) == scenario["expected"]["total"]


def test_nothing_is_owed_before_the_day_has_ended() -> None:
    """Invariant 10: the due day itself, the running day and weekends cost nothing (A1, A2)."""
    assert owed(order(), through=WEDNESDAY) == []
    assert [line.day for line in owed(order(), through=date(2026, 9, 13))] == days(10, 11)
    assert [line.day for line in owed(order(), through=date(2026, 9, 14))] == days(10, 11, 14)


def test_the_other_reading_of_a_day_counts_weekends_too() -> None:
    """A1: penalty_day_unit = natural."""
    natural = Rates(date(2026, 1, 1), Decimal(50), Decimal(50), Decimal(100), day_unit="natural")
    assert [line.day for line in owed(order(), through=date(2026, 9, 14), rates=[natural])] == days(10, 11, 12, 13, 14)


def test_a_started_day_counts_on_which_the_feedback_came() -> None:
    """A11, B2: submitted on Friday the 11th: that day is owed, Monday is not."""
    stopped = order(stopped_on=date(2026, 9, 11))
    assert [line.day for line in owed(stopped, through=date(2026, 9, 30))] == days(10, 11)


def test_each_day_has_its_own_rate_and_headcount() -> None:
    """A8, invariant 9: amounts stay exact, whatever the numbers."""
    raised = Rates(date(2026, 9, 11), Decimal("60.10"), Decimal(50), Decimal(100))
    heads = {1: [(date(2026, 1, 1), 12), (date(2026, 9, 14), 13)]}
    lines = expected_penalties(
        order(), calendar=PLAIN, rates=[FIFTY, raised], headcounts=heads, through=date(2026, 9, 14), zone=SHANGHAI
    )
    assert [(line.persons, line.amount) for line in lines] == [
        (12, Decimal(600)),
        (12, Decimal("721.20")),
        (13, Decimal("781.30")),
    ]


def test_who_leads_at_midnight_pays_the_day() -> None:
    """B3: handed over on Friday at 23:59 the new department pays Friday; at 24:00 it pays Monday only."""
    late = datetime(2026, 9, 11, 23, 59, tzinfo=SHANGHAI)
    for moved, payers in ((late, [1, 2, 2]), (late + timedelta(minutes=1), [1, 1, 2])):
        found = owed(order(leads=(Lead(START, 1), Lead(moved, 2))), through=date(2026, 9, 14))
        assert [line.department for line in found] == payers


def test_a_day_without_lead_is_nobodys() -> None:
    """An order sent back and not yet dispatched again."""
    gone = datetime(2026, 9, 10, 9, tzinfo=SHANGHAI)
    assert owed(order(leads=(Lead(START, 1), Lead(gone, None))), through=date(2026, 9, 14)) == []


def test_a_day_given_to_a_late_part_is_paid_by_its_department() -> None:
    """A12."""
    lines = owed(order(reattributed={date(2026, 9, 10): 2}), through=date(2026, 9, 11))
    assert [(line.department, line.persons) for line in lines] == [(2, 5), (1, 12)]


def test_waived_days_are_owed_no_more() -> None:
    barred = frozenset({("overdue", date(2026, 9, 10), 1)})
    assert [line.day for line in owed(order(barred=barred), through=date(2026, 9, 11))] == days(11)


def test_lines_wait_while_an_extension_or_a_feedback_waits() -> None:
    """A4, B1, B2: the day of submission counts as it is, the days after it wait."""
    waiting = owed(order(extension_pending=True), through=date(2026, 9, 11))
    assert [line.provisional for line in waiting] == [True, True]
    handed_in = owed(order(feedbacks=(FeedbackFacts(date(2026, 9, 10), True),)), through=date(2026, 9, 11))
    assert [line.provisional for line in handed_in] == [False, True]
    returned = owed(order(feedbacks=(FeedbackFacts(date(2026, 9, 10), False),)), through=date(2026, 9, 11))
    assert [line.provisional for line in returned] == [False, False]


def test_no_recorded_headcount_gives_a_line_of_nothing() -> None:
    """F23: it is there to be seen, and costs nothing."""
    lines = owed(order(leads=(Lead(START, 9),)), through=date(2026, 9, 10))
    assert [(line.department, line.persons, line.amount) for line in lines] == [(9, 0, Decimal(0))]


def test_named_persons_are_counted_from_the_day_they_were_named() -> None:
    """A8, second reading."""
    named = Rates(date(2026, 1, 1), Decimal(50), Decimal(50), Decimal(100), persons="named_persons")
    two = order(named={1: (date(2026, 9, 1), date(2026, 9, 11))})
    assert [line.persons for line in owed(two, through=date(2026, 9, 11), rates=[named])] == [1, 2]


RULED = RulingFacts("unqualified", date(2026, 9, 17), 1, charges=True)
AGAIN = RulingFacts("repeat", date(2026, 12, 14), 1, charges=True)


@pytest.mark.parametrize(("mode", "amounts"), [("replace", [Decimal(1200)]), ("add", [Decimal(600), Decimal(1200)])])
def test_a_repeat_replaces_the_first_ruling_or_is_added(mode: str, amounts: list[Decimal]) -> None:
    """A15."""
    rates = [Rates(date(2026, 1, 1), Decimal(50), Decimal(50), Decimal(100), repeat_mode=mode)]
    lines = owed(order(due_on=None, rulings=(RULED, AGAIN)), through=date(2026, 12, 31), rates=rates)
    assert [line.amount for line in lines] == amounts


def test_a_ruling_without_charge_costs_nothing() -> None:
    """B5: a late feedback ruled unqualified; a repeat without a confirmed ruling."""
    assert owed(order(due_on=None, rulings=(RulingFacts("unqualified", WEDNESDAY, 1, False),)), through=WEDNESDAY) == []


def test_a_holiday_is_not_charged_and_a_makeup_day_is() -> None:
    """F21."""
    calendar = Calendar(
        {date(2026, 9, 10): SpecialDay(False, "放假"), date(2026, 9, 12): SpecialDay(True, "调休")}, known_years=[2026]
    )
    found = owed(order(), through=date(2026, 9, 13), calendar=calendar)
    assert [line.day for line in found] == days(11, 12)


def test_rates_before_the_first_row_are_an_error() -> None:
    with pytest.raises(LookupError):
        owed(order(), through=date(2026, 9, 11), rates=[Rates(date(2027, 1, 1), Decimal(1), Decimal(1), Decimal(1))])


def test_the_monthly_ceiling_takes_off_what_passes_it() -> None:
    """A10: off by default; the later lines are reduced, the first in part."""
    lines = [(1, Decimal(50)), (2, Decimal(50)), (3, Decimal(50))]
    assert reductions(lines, None) == []
    cut = [(one.line, one.per_person) for one in reductions(lines, Decimal(80))]
    assert cut == [(2, Decimal(20)), (3, Decimal(50))]
    assert reductions(lines, Decimal(150)) == []
