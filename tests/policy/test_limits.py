"""Due dates: the samples through the pure function, zones, and the options of A2 and A3. No database."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from policy import limits
from policy.models import Policy
from policy.vocabulary import LIMITED, Kind
from policy.workdays import Mark
from tests.policy.conftest import SHANGHAI, at
from tests.policy.test_workdays import CALENDAR, day, read


def numbers(**fields: Any) -> Policy:
    return Policy(effective_from=dt.date(2000, 1, 1), **fields)


@pytest.mark.parametrize("row", read("workdays.json"), ids=lambda row: row["id"])
def test_every_sample_deadline_is_right_to_the_day(row: dict[str, Any]) -> None:
    """A2, A3, A31; some samples come in UTC and belong to another Shanghai day."""
    registered_at = dt.datetime.fromisoformat(row["registered_at"])
    due = limits.due(Kind.COMPLAINT, registered_at, numbers(), CALENDAR, days=row["days"])
    assert due is not None
    assert (due.due_on, due.provisional) == (day(row["due_date"]), row["provisional"])
    assert due.due_at == dt.datetime.combine(due.due_on + dt.timedelta(days=1), dt.time(), tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("kind", "days", "cap"),
    [
        (Kind.CONSULTATION, 3, None),
        (Kind.COMPLAINT, 10, "2026-11-05"),
        (Kind.REPORT_MISCONDUCT, 10, "2026-11-05"),
    ],
)
def test_limits_come_from_the_numbers_and_only_complaints_and_reports_have_a_cap(
    kind: Kind, days: int, cap: str | None
) -> None:
    """S4-R40, R41, R45, A5, A6."""
    due = limits.due(kind, at("2026-09-18 20:16"), numbers(), CALENDAR)
    assert due is not None
    assert (due.limit_days, due.cap_on) == (days, cap and day(cap))
    longer = limits.due(kind, at("2026-09-18 20:16"), numbers(**{f"{kind}_days": days + 1}), CALENDAR)
    assert longer is not None
    assert longer.due_on > due.due_on


@pytest.mark.parametrize("kind", sorted(set(Kind) - LIMITED))
def test_other_kinds_have_no_limit_in_working_days(kind: Kind) -> None:
    """A7."""
    assert limits.due(kind, at("2026-09-18 20:16"), numbers(), CALENDAR) is None


def test_an_extension_reaches_the_cap_and_not_a_day_further() -> None:
    """S4-R45, A5: 30 working days in total from the original start."""
    registered_at = at("2026-09-30 10:00")
    at_cap = limits.due(Kind.COMPLAINT, registered_at, numbers(), CALENDAR, days=30)
    assert at_cap is not None
    assert at_cap.due_on == at_cap.cap_on == day("2026-11-17")
    with pytest.raises(ValueError, match="outside"):
        limits.due(Kind.COMPLAINT, registered_at, numbers(), CALENDAR, days=31)
    with pytest.raises(ValueError, match="outside"):
        limits.due(Kind.COMPLAINT, registered_at, numbers(), CALENDAR, days=0)


def test_a_cap_in_an_unknown_year_is_told_apart_from_the_due_date() -> None:
    """A31: due on 4 December 2026, cap on 1 January 2027."""
    due = limits.due(Kind.COMPLAINT, at("2026-11-20 09:00"), numbers(), CALENDAR)
    assert due is not None
    assert (due.due_on, due.provisional) == (day("2026-12-04"), False)
    assert (due.cap_on, due.cap_provisional, due.any_provisional) == (day("2027-01-01"), True, True)


def test_the_due_instant_is_exclusive_midnight_in_shanghai() -> None:
    due = limits.due(Kind.CONSULTATION, at("2026-09-18 20:16"), numbers(), CALENDAR)
    assert due is not None
    assert due.due_at.isoformat() == "2026-09-23T00:00:00+08:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        limits.shanghai_day(SimpleNamespace(tzinfo=None))  # type: ignore[arg-type]


def test_the_last_minute_of_a_shanghai_day_belongs_to_it_whatever_the_zone() -> None:
    assert limits.shanghai_day(dt.datetime(2026, 9, 18, 15, 59, tzinfo=dt.UTC)) == day("2026-09-18")
    assert limits.shanghai_day(dt.datetime(2026, 9, 18, 16, 0, tzinfo=dt.UTC)) == day("2026-09-19")


def test_the_registration_day_may_count_when_the_numbers_say_so() -> None:
    """A2, other reading: only a working day can be day 1."""
    counting = numbers(sla_count_start_day=True)
    on_friday = limits.due(Kind.CONSULTATION, at("2026-09-18 09:00"), counting, CALENDAR)
    on_holiday = limits.due(Kind.CONSULTATION, at("2026-10-03 09:00"), counting, CALENDAR)
    assert on_friday is not None
    assert on_holiday is not None
    assert on_friday.due_on == day("2026-09-21")
    assert on_holiday.due_on == day("2026-10-10")
    marks = limits.explain_due(at("2026-09-18 09:00"), 3, counting, CALENDAR)
    assert [(mark.index, mark.mark) for mark in marks if mark.index] == [
        (1, Mark.COUNTED),
        (2, Mark.MAKEUP),
        (3, Mark.COUNTED),
    ]


def test_a_closing_time_ends_the_due_day_when_the_numbers_say_so() -> None:
    due = limits.due(Kind.CONSULTATION, at("2026-09-18 20:16"), numbers(sla_due_time=dt.time(17, 30)), CALENDAR)
    assert due is not None
    assert due.due_at.isoformat() == "2026-09-22T17:30:00+08:00"


@pytest.mark.parametrize(
    ("registered", "start"),
    [
        ("2026-09-18 17:29", "2026-09-18"),
        ("2026-09-18 17:30", "2026-09-20"),  # Sunday, a make-up workday
        ("2026-10-03 09:00", "2026-10-08"),
    ],
)
def test_after_hours_registrations_shift_only_when_the_numbers_say_so(registered: str, start: str) -> None:
    """A3, other reading; the default is no special rule."""
    shifting = numbers(sla_after_hours_shift=dt.time(17, 30))
    due = limits.due(Kind.CONSULTATION, at(registered), shifting, CALENDAR)
    plain = limits.due(Kind.CONSULTATION, at(registered), numbers(), CALENDAR)
    assert due is not None
    assert plain is not None
    assert due.start_on == day(start)
    assert plain.start_on == limits.shanghai_day(at(registered))
    assert limits.explain_due(at(registered), 3, shifting, CALENDAR)[-1].date == due.due_on
