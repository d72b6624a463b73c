"""The sweep marks each order once, however often, late or doubled it runs, and follows a changed calendar."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from complaints.models import Order, OrderEvent
from complaints.services import perform
from complaints.vocabulary import State
from escalation.models import Heartbeat
from escalation.services import last_sweep, settle_due
from escalation.services.sweep import SWEEP
from policy import rulebook
from policy.calendars import import_year
from policy.vocabulary import Kind
from tests.factories import MONDAY, Company, at, contact, feedback, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def marks(order: Order) -> list[str]:
    """The sweep's words about the order itself; other limits and what follows have tests of their own."""
    names = ("overdue", "due_soon", "accept_overdue", "reschedule")
    rows = OrderEvent.objects.filter(order=order, by=None, name__in=names).order_by("seq")
    return list(rows.values_list("name", flat=True))


def test_an_order_turns_overdue_at_midnight_and_is_told_once(company: Company) -> None:
    """A2: due on 20 September (a make-up Sunday), overdue from 21 September 00:00 on, exactly."""
    order = company.order(MONDAY)
    assert order.due_on == date(2026, 9, 20)
    settle_due(at("2026-09-20 23:59"))
    order.refresh_from_db()
    assert order.overdue_since is None
    for _again in range(3):
        settle_due(at("2026-09-21 00:00"))
    order.refresh_from_db()
    assert order.overdue_since == order.due_at
    assert marks(order).count("overdue") == 1


def test_a_warning_comes_on_the_working_day_before_and_only_once(company: Company) -> None:
    order = company.order(MONDAY)
    settle_due(at("2026-09-17 12:00"))
    assert "due_soon" not in marks(order)
    settle_due(at("2026-09-18 00:01"))
    settle_due(at("2026-09-20 12:00"))
    assert marks(order).count("due_soon") == 1


def test_an_order_that_slept_through_its_warning_is_only_overdue(company: Company) -> None:
    """F10: after days without sweeps, no warning arrives after the fact."""
    order = company.order(MONDAY)
    perform(order, "accept", by=company.contact, now=MONDAY)
    settle_due(at("2026-11-02 08:00"))
    assert marks(order) == ["overdue"]


def test_a_department_that_does_not_accept_is_marked_after_two_hours(company: Company) -> None:
    """S4-R46."""
    order = company.order(MONDAY)
    settle_due(MONDAY + timedelta(hours=1, minutes=59))
    assert marks(order) == []
    settle_due(MONDAY + timedelta(hours=2))
    settle_due(MONDAY + timedelta(hours=3))
    assert marks(order) == ["accept_overdue"]


def test_answered_closed_and_unlimited_orders_are_left_alone(company: Company) -> None:
    answered = company.taken_to(State.CALLBACK)
    answered = perform(
        answered,
        "attempt_callback",
        by=company.agent,
        now=MONDAY + timedelta(days=1),
        at=MONDAY + timedelta(days=1),
        **contact(answered=True, satisfaction="fair"),
    )
    fault = company.order(MONDAY, kind=Kind.FAULT_REPORT)
    fault = perform(fault, "accept", by=company.contact, now=MONDAY)
    withdrawn = perform(company.order(MONDAY), "withdraw", by=company.agent, now=MONDAY, reason="误登记")
    settle_due(at("2026-11-02 08:00"))
    assert [marks(order) for order in (answered, fault, withdrawn)] == [[], [], []]


def test_a_late_feedback_does_not_hide_that_the_customer_waits(company: Company) -> None:
    """A11: the customer's clock runs until the answer, whatever the department has done."""
    order = company.taken_to(State.INVESTIGATED)
    order = perform(
        order, "contact_customer", by=company.handler, now=MONDAY + timedelta(days=1), at=MONDAY, **contact()
    )
    order = perform(order, "resolve", by=company.handler, now=at("2026-09-18 10:00"), **feedback(order))
    settle_due(at("2026-09-21 00:00"))
    order.refresh_from_db()
    assert order.overdue_since is not None


def test_notes_of_the_sweep_leave_open_forms_current(company: Company) -> None:
    order = company.order(MONDAY)
    settle_due(at("2026-09-21 00:00"))
    done = perform(order, "accept", by=company.contact, now=at("2026-09-21 08:00"), version=order.version)
    assert [event.seq for event in done.events.all()] == list(range(1, done.event_seq + 1))


NOTICE_2027 = {
    "year": 2027,
    "papers": [],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-03", "isOffDay": True},
    ],
}


def test_open_orders_follow_a_new_calendar_with_one_event_each(company: Company) -> None:
    """A31, F21, invariant 5: 1 January 2027 was counted while unknown, and is a holiday once the notice is in."""
    moved = company.order(at("2026-12-29 10:00"), kind=Kind.CONSULTATION)
    same = company.order(at("2026-12-01 10:00"), kind=Kind.CONSULTATION)
    done = perform(
        company.order(at("2026-12-29 10:00"), kind=Kind.CONSULTATION),
        "withdraw",
        by=company.agent,
        now=at("2026-12-29 11:00"),
        reason="误登记",
    )
    assert (str(moved.due_on), moved.due_provisional) == ("2027-01-01", True)
    import_year(NOTICE_2027, by=person("manager", "marketing_dept"), now=at("2026-12-29 12:00"), official=True)
    for _again in range(2):
        settle_due(at("2026-12-29 12:01"))
    moved.refresh_from_db()
    assert (str(moved.due_on), moved.due_provisional) == ("2027-01-04", False)
    event = OrderEvent.objects.get(order=moved, name="reschedule")
    version = rulebook.current().calendar.version
    assert (event.data["from"], event.data["to"], event.data["calendar"]) == ("2027-01-01", "2027-01-04", version)
    same.refresh_from_db()
    assert (same.calendar_version, same.events.filter(name="reschedule").count()) == (version, 0)
    done.refresh_from_db()
    assert str(done.due_on) == "2027-01-01"


def test_a_moved_due_date_takes_the_overdue_mark_back(company: Company) -> None:
    order = company.order(at("2026-12-29 10:00"), kind=Kind.CONSULTATION)
    settle_due(at("2027-01-02 08:00"))
    order.refresh_from_db()
    assert order.overdue_since is not None
    import_year(NOTICE_2027, by=person("manager", "marketing_dept"), now=at("2027-01-02 09:00"), official=True)
    settle_due(at("2027-01-02 09:01"))
    order.refresh_from_db()
    order = Order.objects.get(pk=order.pk)
    assert order.overdue_since is None
    assert str(order.due_on) == "2027-01-04"


def test_the_sweep_is_a_few_statements_however_many_orders(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """P4: set-based, never row by row."""
    for _n in range(30):
        company.order(MONDAY)
    rulebook.current()
    with django_assert_max_num_queries(95):
        settled = settle_due(at("2026-11-02 08:00"))
    assert (settled.overdue, settled.unaccepted) == (30, 30)


def test_the_sweep_leaves_a_heartbeat(company: Company) -> None:
    """F6, F25."""
    assert last_sweep(MONDAY) is None
    settle_due(MONDAY)
    assert last_sweep(MONDAY) == MONDAY
    call_command("sweeper", "--once")
    assert Heartbeat.objects.get(job=SWEEP).at > MONDAY
