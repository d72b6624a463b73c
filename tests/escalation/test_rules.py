"""Every limit of the table: when it begins, when it is over, what keeps it, what drops it (issue 4.1)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from complaints.models import Order, OrderEvent
from complaints.services import perform, reschedule
from complaints.vocabulary import State
from customers.models import Customer, TransformerArea
from customers.vocabulary import AreaClass
from escalation.models import Deadline, FaultTimes, Promise
from escalation.services import settle_due
from escalation.services.deadlines import follow, settle_deadlines
from escalation.vocabulary import PromiseKind
from policy.models import Policy, Subcategory
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, Company, at, contact, dept, feedback, findings

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return Company()


def limit(order: Order, rule: str) -> Deadline:
    return Deadline.objects.filter(order=order, rule=rule).latest("pk")


def due(order: Order, rule: str) -> str:
    return f"{limit(order, rule).due_at.astimezone(MONDAY.tzinfo):%m-%d %H:%M}"


def settled(order: Order, now: datetime = MONDAY) -> Order:
    settle_deadlines(now)
    return order


def test_a_complaint_is_under_these_limits(company: Company) -> None:
    """S4-R24, R34, R35, R41, R46: from one registration."""
    order = settled(company.order(MONDAY))
    assert {row.rule for row in Deadline.objects.filter(order=order)} == {
        "dispatch",
        "accept",
        "contact",
        "answer",
        "feedback",
    }
    assert due(order, "dispatch") == "09-07 09:50"
    assert due(order, "accept") == "09-07 11:30"
    assert due(order, "contact") == "09-08 09:30"
    assert due(order, "answer") == due(order, "feedback") == "09-21 00:00"
    assert limit(order, "dispatch").met_at == MONDAY


def test_a_consultation_is_answered_in_three_days(company: Company) -> None:
    """S4-R40."""
    assert due(settled(company.order(MONDAY, kind=Kind.CONSULTATION)), "answer") == "09-11 00:00"


def test_each_limit_is_kept_by_its_own_step(company: Company) -> None:
    order = settled(company.order(MONDAY))
    hour = timedelta(hours=1)
    order = perform(order, "accept", by=company.contact, now=MONDAY + hour, handler=company.handler)
    order = perform(order, "investigate", by=company.handler, now=MONDAY + 2 * hour, **findings())
    told = contact(at=MONDAY + 3 * hour)
    order = perform(order, "contact_customer", by=company.handler, now=MONDAY + 3 * hour, **told)
    order = perform(order, "resolve", by=company.handler, now=MONDAY + 4 * hour, **feedback(order))
    kept = {row.rule: row.met_at for row in Deadline.objects.filter(order=order)}
    assert kept == {
        "dispatch": MONDAY,
        "accept": MONDAY + hour,
        "contact": MONDAY + 3 * hour,
        "feedback": MONDAY + 4 * hour,
        "answer": None,
    }


def test_a_returned_feedback_kept_nothing(company: Company) -> None:
    """A11."""
    order = settled(company.taken_to(State.RESOLVED))
    assert limit(order, "feedback").met_at is not None
    perform(order, "return_feedback", by=company.director, now=MONDAY + timedelta(days=1), missing="缺测量记录")
    assert limit(order, "feedback").met_at is None


def test_a_new_department_accepts_anew_and_the_customer_s_clock_goes_on(company: Company) -> None:
    """A13: the old row stays as it was; answer and registration do not move."""
    order = settled(company.order(MONDAY))
    day = MONDAY + timedelta(days=1)
    order = perform(order, "accept", by=company.contact, now=MONDAY)
    before = due(order, "answer")
    details: dict[str, Any] = {"lead_department": dept("safety_section"), "reason": "应由安监承办"}
    order = perform(order, "transfer", by=company.director, now=day, **details)
    rows = list(Deadline.objects.filter(order=order, rule="accept").order_by("pk"))
    assert [(row.starts_at, row.met_at) for row in rows] == [(MONDAY, MONDAY), (day, None)]
    assert due(order, "answer") == before


def test_parts_survey_invoice_and_response_follow_their_numbers(company: Company) -> None:
    """S4-R33, S2-R04, R05, R09; unset numbers are not enforced (A22)."""
    order = settled(company.order(MONDAY))
    assert not Deadline.objects.filter(order=order, rule__in=["survey", "response"]).exists()
    numbers = Policy.objects.in_force(MONDAY.date())
    numbers.pk, numbers.effective_from = None, MONDAY.date()
    numbers.voltage_survey_days, numbers.response_minutes, numbers.invoice_days = 3, 15, 3
    numbers.save(force_insert=True)
    other = company.order(MONDAY)
    invoice = company.order(
        MONDAY,
        kind=Kind.CONSULTATION,
        category=Category.OTHER,
        subcategory=Subcategory.objects.filter(code="invoice").first(),
    )
    part: dict[str, Any] = {
        "department": dept("line_unit"),
        "task": "现场测量",
        "due_on": at("2026-09-10 00:00").date(),
    }
    other = perform(other, "accept", by=company.contact, now=MONDAY + timedelta(minutes=10))
    perform(other, "sub_assign", by=company.contact, now=MONDAY + timedelta(hours=1), **part)
    settled(invoice)
    follow([other.pk], now=MONDAY)
    assert due(other, "survey") == "09-11 00:00"
    assert (due(other, "response"), limit(other, "response").met_at) == ("09-07 09:45", MONDAY + timedelta(minutes=10))
    assert (due(other, "part"), limit(other, "part").department) == ("09-11 00:00", dept("line_unit"))
    if invoice.subcategory_id:
        assert due(invoice, "invoice") == "09-11 00:00"


@pytest.mark.parametrize(
    ("area_class", "minutes"), [(AreaClass.URBAN, 45), (AreaClass.RURAL, 90), (AreaClass.REMOTE, 120)]
)
def test_arrival_depends_on_the_class_of_the_area(company: Company, area_class: str, minutes: int) -> None:
    """A7, B22: outside the 3/10 limits; restoration only where a number is set."""
    station = dept("station_jiangwan")
    area = TransformerArea.objects.create(code="T1", name="一号台区", station=station, area_class=area_class)
    customer = Customer.objects.create(
        account_no="3301000012", name="某", area=area, station=station, created_at=MONDAY, updated_at=MONDAY
    )
    order = settled(company.order(MONDAY, kind=Kind.FAULT_REPORT, customer=customer))
    assert limit(order, "arrival").due_at == MONDAY + timedelta(minutes=minutes)
    assert not Deadline.objects.filter(order=order, rule__in=["restoration", "answer"]).exists()
    there = MONDAY + timedelta(minutes=30)
    FaultTimes.objects.create(order=order, arrived_at=there, recorded_by=company.handler, recorded_at=there)
    follow([order.pk], now=there)
    assert limit(order, "arrival").met_at == there


def test_promises_are_limits_and_a_connection_warns_on_its_third_day(company: Company) -> None:
    """S1-R16, R19, R25, A24; a broken promise is told once."""
    order = settled(company.order(MONDAY))
    promised = at("2026-09-15 00:00")
    Promise.objects.create(
        order=order,
        kind=PromiseKind.CONNECTION,
        what="居民新装",
        starts_on=MONDAY.date(),
        promised_at=promised,
        made_at=MONDAY,
        made_by=company.agent,
    )
    follow([order.pk], now=MONDAY)
    row = limit(order, "connection")
    assert (row.due_at, f"{row.warn_at:%m-%d}" if row.warn_at else "") == (promised, "09-09")
    for _again in range(2):
        settle_deadlines(at("2026-09-10 00:00"))
        settle_deadlines(promised)
    names = list(OrderEvent.objects.filter(order=order, data__rule="connection").values_list("name", flat=True))
    assert names == ["deadline_warning", "deadline_late"]


def test_a_granted_extension_moves_the_answer_and_takes_its_breach_back(company: Company) -> None:
    order = settled(company.order(MONDAY))
    late = at("2026-09-21 08:00")
    settle_deadlines(late)
    assert limit(order, "answer").breached_at == order.due_at
    reschedule(
        order,
        due_on=at("2026-10-10 00:00").date(),
        cause="延期",
        by=None,
        now=late,
        limit_days=20,
        provisional=False,
    )
    row = limit(order, "answer")
    assert (due(order, "answer"), row.breached_at) == ("10-11 00:00", None)


def test_ended_orders_drop_what_still_ran(company: Company) -> None:
    order = settled(company.order(MONDAY))
    perform(order, "withdraw", by=company.agent, now=MONDAY + timedelta(minutes=5), reason="误登记")
    settle_deadlines(at("2026-11-02 08:00"))
    rows = {
        row.rule: (row.met_at is not None, row.dropped_at is not None) for row in Deadline.objects.filter(order=order)
    }
    assert rows["dispatch"] == (True, False)
    assert {state for name, state in rows.items() if name != "dispatch"} == {(False, True)}


def test_the_same_sweep_twice_changes_nothing(company: Company) -> None:
    order = company.order(MONDAY)
    now = at("2026-09-21 00:00")
    settle_due(now)
    rows = list(Deadline.objects.filter(order=order).order_by("pk").values())
    events = order.events.count()
    settle_due(now)
    order.refresh_from_db()
    assert (list(Deadline.objects.filter(order=order).order_by("pk").values()), order.events.count()) == (rows, events)


def test_rows_for_many_orders_cost_a_fixed_number_of_statements(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """P4."""
    for _n in range(30):
        company.order(MONDAY)
    with django_assert_max_num_queries(40):
        settle_deadlines(at("2026-09-21 00:00"))
    assert Deadline.objects.filter(breached_at__isnull=False).count() == 30 * 4
