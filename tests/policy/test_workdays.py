"""Working days: the sample vectors, the vectors of the requirements, an independent oracle, two libraries."""

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import chinese_calendar
import holidays
import pytest

from policy.seed import CORRECTIONS, known_days
from policy.workdays import (
    Calendar,
    Mark,
    SpecialDay,
    add_workdays,
    explain,
    next_workday,
    publication_day,
    workdays_between,
)

DATA = Path(__file__).parent.parent / "data"
FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 12, 31)
ONE_DAY = dt.timedelta(days=1)
ORACLE_CASES = 100_000


def published() -> Calendar:
    days = {day: SpecialDay(*special) for year in known_days().values() for day, special in year.items()}
    return Calendar(days, known_years=known_days(), version=1)


CALENDAR = published()


def read(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text())
    return rows


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


VECTORS_2026 = [
    # registered, 3, 10, 30 working days (REQUIREMENTS, test vectors)
    ("2026-01-30", "2026-02-04", "2026-02-13", "2026-03-19"),
    ("2026-02-13", "2026-02-25", "2026-03-05", "2026-04-02"),
    ("2026-02-14", "2026-02-26", "2026-03-06", "2026-04-03"),
    ("2026-02-17", "2026-02-26", "2026-03-06", "2026-04-03"),
    ("2026-04-30", "2026-05-08", "2026-05-18", "2026-06-15"),
    ("2026-09-18", "2026-09-22", "2026-10-09", "2026-11-05"),
    ("2026-09-30", "2026-10-10", "2026-10-20", "2026-11-17"),
]


@pytest.mark.parametrize(("registered", "three", "ten", "thirty"), VECTORS_2026)
def test_the_vectors_of_the_requirements_hold(registered: str, three: str, ten: str, thirty: str) -> None:
    """A2, A3: day 0 is the registration day, make-up workdays count."""
    for days, expected in ((3, three), (10, ten), (30, thirty)):
        assert add_workdays(day(registered), days, CALENDAR) == (day(expected), False)


@pytest.mark.parametrize("row", read("report_days.json"), ids=lambda row: row["report_month"])
def test_the_report_is_published_by_the_fifteenth_or_the_next_workday(row: dict[str, Any]) -> None:
    """S4-R39, A21."""
    month = day(f"{row['report_month']}-01")
    assert publication_day(month, CALENDAR, day_of_month=15) == day(row["deadline"])


def test_every_day_from_2004_to_2026_agrees_with_two_independent_libraries() -> None:
    """P7: right for every day. On 31 December 2005 the libraries differ; the notice of 2006 agrees with holidays."""
    every_day = [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]
    assert [one for one in every_day if CALENDAR.is_workday(one) != CHINA.is_working_day(one)] == []
    differing = {one for one in every_day if CALENDAR.is_workday(one) != chinese_calendar.is_workday(one)}
    assert differing == {day("2005-12-31")} == set(CORRECTIONS)


def oracle(start: dt.date, n: int) -> tuple[dt.date, bool]:
    """Counts one day at a time and shares no line with the prefix table."""
    at, left, unknown = start, n, not FIRST <= start <= LAST
    while left:
        at += ONE_DAY
        if FIRST <= at <= LAST:
            left -= WORKDAYS[at]
        else:
            unknown = True
            left -= at.isoweekday() <= 5
    return at, unknown


CHINA = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 1))
WORKDAYS = {FIRST + n * ONE_DAY: CHINA.is_working_day(FIRST + n * ONE_DAY) for n in range((LAST - FIRST).days + 1)}


def test_a_hundred_thousand_random_deadlines_equal_a_day_by_day_oracle() -> None:
    """T3; every twentieth start lies near or beyond the edges of what is known."""
    dice = random.Random(20261122)
    span = (LAST - FIRST).days
    for case in range(ORACLE_CASES):
        offset = dice.randint(-400, span + 800) if case % 20 == 0 else dice.randint(0, span)
        start, n = FIRST + offset * ONE_DAY, dice.choice((1, 2, 3, 5, 10, 10, 20, 30))
        assert add_workdays(start, n, CALENDAR) == oracle(start, n), (start, n)


def test_an_answer_is_provisional_when_any_day_up_to_it_is_unknown() -> None:
    """A31, F22: 2027-01-01 is counted as a plain Friday, and says so."""
    assert add_workdays(day("2026-12-29"), 3, CALENDAR) == (day("2027-01-01"), True)
    assert add_workdays(day("2026-12-28"), 3, CALENDAR) == (day("2026-12-31"), False)
    assert add_workdays(day("2003-12-31"), 3, CALENDAR).provisional


def test_a_known_year_after_an_unknown_one_does_not_hide_the_gap() -> None:
    gap = Calendar({}, known_years={2024, 2026})
    assert add_workdays(day("2025-12-30"), 5, gap).provisional
    assert add_workdays(day("2024-12-30"), 400, gap).provisional
    assert not add_workdays(day("2026-01-05"), 5, gap).provisional
    assert not add_workdays(day("2024-01-05"), 5, gap).provisional


def test_a_provisional_version_is_counted_with_but_stays_provisional() -> None:
    """F22: an administrator's guess for next year moves dates without making them final."""
    guess = Calendar({day("2027-01-01"): SpecialDay(False, "元旦")}, known_years={2026})
    assert add_workdays(day("2026-12-31"), 1, guess) == (day("2027-01-04"), True)


def test_without_any_notice_the_calendar_is_monday_to_friday() -> None:
    bare = Calendar()
    assert add_workdays(day("2026-02-13"), 1, bare) == (day("2026-02-16"), True)
    assert add_workdays(day("1931-05-01"), 1, bare).date == day("1931-05-04")
    assert workdays_between(day("1999-12-31"), day("2000-01-03"), bare) == 1


def test_no_days_at_all_is_the_start_itself_and_less_is_refused() -> None:
    assert add_workdays(day("2026-02-17"), 0, CALENDAR) == (day("2026-02-17"), False)
    with pytest.raises(ValueError, match="0 or more"):
        add_workdays(day("2026-02-17"), -1, CALENDAR)
    with pytest.raises(ValueError, match="year"):
        add_workdays(day("2026-02-17"), 3_000_000, CALENDAR)


def test_workdays_between_counts_what_lies_after_the_first_up_to_the_second() -> None:
    dice = random.Random(7)
    for _ in range(2000):
        a = FIRST + dice.randint(-50, 8500) * ONE_DAY
        b = a + dice.randint(0, 60) * ONE_DAY
        days = [a + n * ONE_DAY for n in range(1, (b - a).days + 1)]
        expected = sum(CALENDAR.is_workday(one) for one in days)
        assert workdays_between(a, b, CALENDAR) == expected
        assert workdays_between(b, a, CALENDAR) == -expected


def test_a_day_off_is_postponed_and_a_workday_stays() -> None:
    assert next_workday(day("2026-02-15"), CALENDAR) == day("2026-02-24")
    assert next_workday(day("2026-02-14"), CALENDAR) == day("2026-02-14")


def test_an_explanation_names_every_counted_skipped_and_makeup_day() -> None:
    """The line of the intake page: 22 September 2026, ten working days."""
    marks = explain(day("2026-09-22"), 10, CALENDAR)
    by_day = {mark.date: mark for mark in marks}
    assert (marks[0].mark, marks[0].index) == (Mark.START, None)
    assert (by_day[day("2026-09-25")].mark, by_day[day("2026-09-25")].name) == (Mark.HOLIDAY, "中秋")
    assert by_day[day("2026-10-10")].mark == Mark.MAKEUP
    assert by_day[day("2026-10-11")].mark == Mark.WEEKEND
    assert marks[-1].date == add_workdays(day("2026-09-22"), 10, CALENDAR).date == day("2026-10-13")
    assert [mark.index for mark in marks if mark.index] == list(range(1, 11))
    assert len(marks) == (marks[-1].date - marks[0].date).days + 1


def test_days_of_an_unknown_year_are_explained_as_assumed() -> None:
    marks = explain(day("2026-12-31"), 2, CALENDAR)
    assert [(mark.mark, mark.index) for mark in marks[1:]] == [
        (Mark.ASSUMED, 1),
        (Mark.WEEKEND, None),
        (Mark.WEEKEND, None),
        (Mark.ASSUMED, 2),
    ]
