"""Urging in steps, supervising, and orders that lie before a head (催办, 督办, B23); who is reminded of what."""

from datetime import timedelta
from typing import Any

import pytest

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Order, OrderEvent
from complaints.services import perform
from complaints.vocabulary import State
from escalation.models import Deadline, Digest, Escalation, Reminder
from escalation.services import settle_due
from escalation.services.extensions import request_extension
from escalation.services.pressure import deal_with, end_supervision, raise_overdue, supervise, urge
from escalation.services.reminders import settle_reminders, slot_for
from escalation.vocabulary import EscalationAct, EscalationCause, Ground, Rung, Stage, UrgeLevel
from people.models import User
from people.roles import Role
from policy import rulebook
from tests.factories import MONDAY, Company, at, feedback, person

pytestmark = pytest.mark.django_db

LATE = at("2026-09-21 00:00")


@pytest.fixture
def company() -> Company:
    return Company()


def accepted(company: Company, **fields: Any) -> Order:
    return perform(company.order(MONDAY, **fields), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def test_urging_goes_up_step_by_step_while_nothing_happens(company: Company) -> None:
    order = accepted(company)
    press: dict[str, Any] = {"by": company.director, "text": "客户再次来电，请尽快联系"}
    with pytest.raises(Blocked, match="须先"):
        urge(order, level=UrgeLevel.NOTICE, now=MONDAY, **press)
    urge(order, level=UrgeLevel.URGE, now=MONDAY, **press)
    with pytest.raises(Blocked, match="1 个工作日"):
        urge(order, level=UrgeLevel.NOTICE, now=MONDAY + timedelta(hours=2), **press)
    urge(order, level=UrgeLevel.NOTICE, now=at("2026-09-08 09:00"), **press)
    with pytest.raises(Blocked, match="5 个工作日"):
        urge(order, level=UrgeLevel.CRITICISM, now=at("2026-09-10 09:00"), **press)
    urge(order, level=UrgeLevel.CRITICISM, now=at("2026-09-15 09:00"), **press)
    names = OrderEvent.objects.filter(order=order, name__startswith="urge").values_list("name", flat=True)
    assert list(names) == ["urge", "urge_notice", "urge_criticism"]
    assert Escalation.objects.get(order=order).cause == EscalationCause.URGED


def test_a_department_that_answered_is_not_pressed_further(company: Company) -> None:
    order = accepted(company)
    urge(order, level=UrgeLevel.URGE, now=MONDAY, by=company.agent, text="请尽快联系客户")
    perform(order, "add_fact", by=company.handler, now=MONDAY + timedelta(hours=1), text="已约明天上门")
    with pytest.raises(Blocked, match="已有办理记录"):
        urge(order, level=UrgeLevel.NOTICE, now=at("2026-09-09 09:00"), by=company.director, text="书面催办")


def test_paper_is_the_director_s_and_urging_the_hotline_s(company: Company) -> None:
    order = accepted(company)
    with pytest.raises(NotAllowed):
        urge(order, level=UrgeLevel.NOTICE, now=MONDAY, by=company.agent, text="书面催办")
    with pytest.raises(NotAllowed):
        urge(order, level=UrgeLevel.URGE, now=MONDAY, by=company.head, text="催办")


def test_an_overdue_order_lies_before_its_head_once(company: Company) -> None:
    """B23."""
    order = accepted(company)
    for _again in range(3):
        settle_due(LATE)
    row = Escalation.objects.get(order=order)
    assert (row.cause, row.rung, row.since) == (EscalationCause.OVERDUE, Rung.HEAD, order.due_at)
    deal_with(row, by=company.head, now=LATE, act=EscalationAct.TAKEN)
    raise_overdue(now=LATE + timedelta(hours=1))
    assert Escalation.objects.filter(order=order).count() == 1
    assert Order.objects.get(pk=order.pk).handler == company.head
    step = row.steps.get()
    assert (step.act, step.by, step.at) == (EscalationAct.TAKEN, company.head, LATE)


def test_the_head_names_another_handler(company: Company) -> None:
    order = accepted(company)
    settle_due(LATE)
    row = Escalation.objects.get(order=order)
    with pytest.raises(Invalid):
        deal_with(row, by=company.head, now=LATE, act=EscalationAct.REASSIGNED)
    deal_with(row, by=company.head, now=LATE, act=EscalationAct.REASSIGNED, handler=company.contact)
    assert Order.objects.get(pk=order.pk).handler == company.contact
    with pytest.raises(NotNow):
        deal_with(row, by=company.head, now=LATE, act=EscalationAct.TAKEN)


def test_passed_up_with_an_opinion_and_sent_back_with_an_instruction(company: Company) -> None:
    order, deputy = accepted(company), person(Role.DEPUTY_LEADER, "leadership")
    settle_due(LATE)
    row = Escalation.objects.get(order=order)
    with pytest.raises(Invalid):
        deal_with(row, by=company.head, now=LATE, act=EscalationAct.PASSED_UP)
    with pytest.raises(NotAllowed):
        deal_with(row, by=deputy, now=LATE, act=EscalationAct.INSTRUCTED, opinion="限三日办结")
    deal_with(row, by=company.head, now=LATE, act=EscalationAct.PASSED_UP, opinion="须公司协调开发商")
    row.refresh_from_db()
    assert row.rung == Rung.DEPUTY_LEADER
    with pytest.raises(NotAllowed):
        deal_with(row, by=company.head, now=LATE, act=EscalationAct.TAKEN)
    deal_with(row, by=deputy, now=LATE, act=EscalationAct.INSTRUCTED, opinion="限三日办结")
    row.refresh_from_db()
    assert (row.rung, row.closed_at) == (Rung.HEAD, None)


def test_the_feedback_ends_it_and_a_returned_feedback_brings_it_back(company: Company) -> None:
    order = company.taken_to(State.INVESTIGATED)
    told: dict[str, Any] = {"at": MONDAY, "means": "phone", "result": "reached", "note": "说明"}
    order = perform(order, "contact_customer", by=company.handler, now=MONDAY + timedelta(hours=9), **told)
    settle_due(LATE)
    order = perform(order, "resolve", by=company.handler, now=LATE, **feedback(order))
    assert Escalation.objects.get(order=order).closed_at == LATE
    perform(order, "return_feedback", by=company.director, now=LATE + timedelta(hours=1), missing="缺测量记录")
    assert Escalation.objects.get(order=order).closed_at is None


def test_supervision_is_a_leader_s_and_one_at_a_time(company: Company) -> None:
    order, leader = accepted(company), person(Role.MAIN_LEADER, "leadership")
    with pytest.raises(NotAllowed):
        supervise(order, by=company.head, now=MONDAY, text="请每日汇报")
    supervise(order, by=leader, now=MONDAY, text="请每日汇报")
    with pytest.raises(Blocked):
        supervise(order, by=company.director, now=MONDAY, text="再督办")
    assert Escalation.objects.get(order=order).cause == EscalationCause.SUPERVISED
    end_supervision(order, by=leader, now=MONDAY + timedelta(days=1))
    with pytest.raises(NotNow):
        end_supervision(order, by=leader, now=MONDAY + timedelta(days=1))


# --- reminders --------------------------------------------------------------------------------------------------------


def reminded(order: Order, stage: Stage, rule: str = "answer") -> set[User]:
    rows = Reminder.objects.filter(order=order, stage=stage, deadline__rule=rule).select_related("user")
    return {row.user for row in rows}


def test_reminders_climb_the_chain(company: Company) -> None:
    """Handler → ticket contact → department head → hotline director → deputy leader."""
    order, deputy = accepted(company), person(Role.DEPUTY_LEADER, "leadership")
    days = {
        Stage.BEFORE: ("2026-09-18 08:00", {company.handler}),
        Stage.DUE: ("2026-09-20 08:00", {company.handler, company.contact}),
        Stage.LATE_1: ("2026-09-21 08:00", {company.handler, company.contact, company.head}),
        Stage.LATE_2: ("2026-09-22 08:00", {company.head, company.director}),
        Stage.LATE_3: ("2026-09-23 08:00", {company.director, deputy}),
    }
    for day, _people in days.values():
        settle_due(at(day))
        settle_due(at(day))
    assert {stage: reminded(order, stage) for stage in days} == {stage: people for stage, (_d, people) in days.items()}


def test_one_digest_per_person_not_fifty_messages(company: Company) -> None:
    for _n in range(12):
        accepted(company)
    settle_due(at("2026-09-18 06:00"))
    own = Digest.objects.filter(user=company.handler, slot=at("2026-09-18 08:30"))
    assert [row.reminders.filter(deadline__rule="answer").count() for row in own] == [12]


def test_after_a_long_sleep_only_the_highest_stage_is_told(company: Company) -> None:
    order = accepted(company)
    settle_due(at("2026-11-02 09:00"))
    stages = set(Reminder.objects.filter(order=order, deadline__rule="answer").values_list("stage", flat=True))
    assert stages == {Stage.LATE_3}


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-09-08 06:00", "2026-09-08 08:30"),
        ("2026-09-08 10:20", "2026-09-08 11:00"),
        ("2026-09-08 18:00", "2026-09-09 08:30"),
        ("2026-09-19 10:00", "2026-09-20 08:30"),  # a make-up Sunday is a working day
        ("2026-09-30 20:00", "2026-10-08 08:30"),
    ],
)
def test_reminders_wait_for_working_time(now: str, slot: str) -> None:
    book = rulebook.current()
    assert slot_for(at(now), book.policy_on(at(now).date()), book.calendar) == at(slot)


def test_what_is_urgent_does_not_wait(company: Company) -> None:
    """S4-R46: nobody accepts at night."""
    order = company.order(at("2026-09-07 22:00"))
    settle_due(at("2026-09-08 00:00"))
    rows = Reminder.objects.filter(order=order, deadline__rule="accept").select_related("digest")
    assert {row.digest.slot for row in rows} == {at("2026-09-08 00:00")}


def test_who_has_to_decide_hears_of_it_one_working_day_before(company: Company) -> None:
    """A4."""
    order = accepted(company)
    request_extension(order, by=company.handler, now=MONDAY, limit_days=20, ground=Ground.OUTSIDE_EVIDENCE, text="取证")
    settle_due(at("2026-09-17 09:00"))
    assert company.head not in reminded(order, Stage.BEFORE)
    settle_due(at("2026-09-18 09:00"))
    assert company.head in reminded(order, Stage.BEFORE)
    assert settle_reminders(at("2026-09-18 10:00")) == 0


def test_kept_limits_remind_nobody(company: Company) -> None:
    accepted(company)
    settle_due(MONDAY + timedelta(hours=3))
    assert not Reminder.objects.filter(deadline__rule="accept").exists()
    assert Deadline.objects.filter(rule="accept", met_at__isnull=False).exists()
