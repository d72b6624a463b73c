"""Every due date explains itself day by day."""

import pytest

from complaints.models import Order
from complaints.vocabulary import State
from escalation.deadlines import explain
from escalation.templatetags.escalation_panels import day_reason
from policy import rulebook
from policy.vocabulary import Kind
from policy.workdays import Mark
from tests.factories import MONDAY, Company, at

pytestmark = pytest.mark.django_db


def explained(order: Order, now: str) -> object:
    return explain(order, now=at(now), book=rulebook.current())


def test_each_day_from_registration_to_the_due_day_is_named() -> None:
    """PEERS row 7: the make-up Sunday is counted, the holidays are named, the weekend is not counted."""
    order = Company().order(at("2026-09-18 10:00"))
    found = explain(order, now=at("2026-09-22 09:00"), book=rulebook.current())
    assert found is not None
    words = {f"{day.date:%m-%d}": day_reason(day) for day in found.days}
    assert words["09-18"] == "登记日，不计"
    assert words["09-19"] == "周末，不计"
    assert words["09-20"] == "调休上班，第 1 天"
    assert words["09-25"].endswith("放假，不计")
    assert words["10-09"] == "第 10 天"
    assert sum(day.mark in {Mark.COUNTED, Mark.MAKEUP} for day in found.days) == 10
    assert (str(found.due_on), str(found.cap_on), found.cap_days) == ("2026-10-09", "2026-11-05", 30)


def test_the_countdown_is_in_working_days() -> None:
    order = Company().order(at("2026-09-18 10:00"))
    left = {
        day: explain(order, now=at(f"{day} 09:00"), book=rulebook.current()).clock.left  # type: ignore[union-attr]
        for day in ("2026-09-30", "2026-10-05", "2026-10-08", "2026-10-09")
    }
    assert left == {"2026-09-30": 2, "2026-10-05": 2, "2026-10-08": 1, "2026-10-09": 0}
    late = explain(order, now=at("2026-10-12 09:00"), book=rulebook.current())
    assert late is not None
    assert late.clock.late == 2  # Saturday 10 October is a make-up workday


def test_a_provisional_date_says_so() -> None:
    """A31."""
    order = Company().order(at("2026-12-29 10:00"), kind=Kind.CONSULTATION)
    found = explain(order, now=at("2026-12-30 10:00"), book=rulebook.current())
    assert found is not None
    assert found.provisional
    assert "放假安排未公布" in day_reason(found.days[-1])


def test_a_kind_without_limit_has_nothing_to_explain() -> None:
    assert explained(Company().order(kind=Kind.FAULT_REPORT), "2026-09-08 09:00") is None


def test_the_two_clocks_stop_apart() -> None:
    """A11: the department's at its accepted feedback, the customer's at the answer."""
    order = Company().taken_to(State.ARCHIVED)
    found = explain(order, now=MONDAY, book=rulebook.current())
    assert found is not None
    assert found.department_stopped_at is not None
    assert found.customer_stopped_at is not None
    assert found.department_stopped_at < found.customer_stopped_at
