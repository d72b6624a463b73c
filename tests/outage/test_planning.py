"""Planned outages: announced early enough or not approved, changes and cancellations announced again (S2-R01, A22)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from icalendar import Calendar

from complaints.errors import Blocked, Invalid, NotAllowed
from customers.models import Customer, ImportantUser
from outage.flow.door import perform
from outage.flow.step import steps_of
from outage.models import Outage
from outage.planning.feed import feed_of, plans_for_feed
from outage.planning.forms import FORMS
from outage.planning.leads import leads_on, owed_for, unannounced
from outage.planning.models import NoticeLead, OutagePlan, SensitiveDay
from outage.planning.month import weeks_of
from outage.planning.publictext import holds_personal_data, proposed
from outage.planning.services import (
    MISSED,
    add_day,
    end_link,
    mark_missed,
    new_link,
    reader_of,
    remove_day,
    set_lead,
    take,
)
from outage.planning.vocabulary import DayKind, Medium, PlanKind, State
from people.models import User
from policy.models import Policy
from policy.rulebook import current, policy_on
from tests.factories import MONDAY, at, dept
from tests.outage.plans import ENDS_AT, HOUR, STARTS_AT, Planners

pytestmark = pytest.mark.django_db
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


# --- lead times -------------------------------------------------------------------------------------------------------


def row(medium: str, hours: int | None, since: date, kind: str = PlanKind.PLANNED) -> NoticeLead:
    return NoticeLead(kind=kind, medium=medium, hours=hours, effective_from=since, basis="")


def test_the_newest_row_of_a_medium_holds_else_the_policy_else_nothing() -> None:
    """A22: what is not set is not enforced."""
    rows = [row(Medium.SMS, 72, date(2026, 1, 1)), row(Medium.SMS, 48, date(2026, 10, 1))]
    policy = Policy(planned_notice_days=7)
    on = leads_on(PlanKind.PLANNED, date(2026, 9, 30), rows, policy)
    assert [on[medium].hours for medium in (Medium.SMS, Medium.WECHAT, Medium.POSTER)] == [72, 168, None]
    assert leads_on(PlanKind.PLANNED, date(2026, 10, 1), rows, policy)[Medium.SMS].hours == 48
    assert leads_on(PlanKind.TEMPORARY, date(2026, 9, 30), rows, policy)[Medium.WECHAT].hours is None
    assert leads_on(PlanKind.PLANNED, date(2026, 9, 30), rows, Policy())[Medium.WECHAT].hours is None


def test_every_installation_starts_with_seven_days_and_twenty_four_hours() -> None:
    """Outside fact 3; the media the source leaves as [X] are not enforced."""
    today, rows = MONDAY.date(), list(NoticeLead.objects.all())
    planned = leads_on(PlanKind.PLANNED, today, rows, policy_on(today))
    temporary = leads_on(PlanKind.TEMPORARY, today, rows, policy_on(today))
    assert (planned[Medium.PORTAL].hours, temporary[Medium.PORTAL].hours) == (168, 24)
    assert planned[Medium.SMS].hours is None


@pytest.mark.parametrize(("kind", "hours"), [(PlanKind.PLANNED, 168), (PlanKind.TEMPORARY, 24)])
def test_no_plan_is_approved_that_could_only_be_announced_too_late(kind: str, hours: int) -> None:
    """S2-R01 at the second: the last moment is in time, one second later is refused with the way out."""
    planners = Planners()
    last = STARTS_AT - timedelta(hours=hours)
    plan = perform(planners.plan(kind=kind), "submit", by=planners.head, now=MONDAY)
    with pytest.raises(Blocked, match="来不及"):
        perform(plan, "approve", by=planners.leader, now=last + SECOND)
    assert perform(plan, "approve", by=planners.leader, now=last).state == State.APPROVED


def test_important_users_are_told_where_the_areas_hold_some() -> None:
    planners = Planners()
    plan = planners.taken_to(State.APPROVED)
    assert Medium.IMPORTANT_USERS not in {one.medium for one in owed_for(plan)}
    customer = Customer.objects.create(
        account_no="6100975513", station=planners.station, area=planners.areas[0], created_at=MONDAY, updated_at=MONDAY
    )
    ImportantUser.objects.create(customer=customer, load_class="first", recorded_at=MONDAY)
    assert {one.medium for one in unannounced(plan)} == {Medium.PORTAL, Medium.IMPORTANT_USERS}


def test_lead_times_are_dated_and_never_edited() -> None:
    planners = Planners()
    given: dict[str, Any] = {"kind": PlanKind.PLANNED, "medium": Medium.SMS, "hours": 72, "basis": ""}
    set_lead(**given, effective_from=MONDAY.date(), by=planners.manager, now=MONDAY)
    for day, field in ((MONDAY.date(), "effective_from"), (MONDAY.date() - DAY, "effective_from")):
        with pytest.raises(Invalid) as refused:
            set_lead(**given, effective_from=day, by=planners.manager, now=MONDAY)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        set_lead(**given, effective_from=MONDAY.date() + DAY, by=planners.head, now=MONDAY)


# --- announcements ----------------------------------------------------------------------------------------------------


def test_planned_work_begins_only_after_it_was_announced_and_becomes_an_outage() -> None:
    planners = Planners()
    plan = planners.taken_to(State.APPROVED)
    with pytest.raises(Blocked, match="还没有公告：网站"):
        take(plan, "begin", by=planners.duty, now=STARTS_AT, begun_at=STARTS_AT)
    assert not Outage.objects.exists(), "the outage is undone with the refusal"
    plan = planners.announced(plan)
    plan = take(plan, "begin", by=planners.duty, now=STARTS_AT, begun_at=STARTS_AT)
    outage = Outage.objects.get()
    assert plan.outage == outage
    assert (outage.kind, outage.households, outage.expected_at) == (PlanKind.PLANNED, 300, ENDS_AT)
    assert not outage.owes_notices, "planned outages owe no notices (A17)"


def test_an_announcement_keeps_whether_it_was_in_time() -> None:
    planners = Planners()
    plan = planners.taken_to(State.APPROVED)
    due = STARTS_AT - timedelta(days=7)
    plan = perform(plan, "announce", by=planners.agent, now=due + HOUR, medium=Medium.PORTAL, posted_at=due + SECOND)
    first = plan.announcements.get()
    assert (first.due_at, first.in_time) == (due, False)
    with pytest.raises(Blocked, match="已在该渠道公告过"):
        perform(plan, "announce", by=planners.agent, now=due + HOUR, medium=Medium.PORTAL, posted_at=due)


def test_a_change_leaves_what_was_announced_until_it_is_approved_and_is_then_announced_again() -> None:
    planners = Planners()
    plan = planners.announced(planners.taken_to(State.APPROVED))
    assert unannounced(plan) == []
    plan = perform(plan, "propose_change", by=planners.head, now=MONDAY, **planners.change())
    assert (plan.starts_at, plan.households) == (STARTS_AT, 300)
    plan = perform(plan, "approve_change", by=planners.leader, now=MONDAY)
    assert (plan.starts_at, plan.round, plan.households) == (STARTS_AT + DAY, 2, 100)
    assert [one.medium for one in unannounced(plan)] == [Medium.PORTAL]
    assert unannounced(planners.announced(plan)) == []


def test_a_change_that_cannot_be_announced_in_time_is_refused() -> None:
    planners = Planners()
    plan = planners.announced(planners.taken_to(State.CHANGING))
    with pytest.raises(Blocked, match="来不及"):
        perform(plan, "approve_change", by=planners.leader, now=STARTS_AT - 6 * DAY + SECOND)
    plan = perform(plan, "refuse_change", by=planners.leader, now=MONDAY, text="按原计划")
    assert (plan.state, plan.proposal, plan.round) == (State.APPROVED, {}, 1)


def test_a_cancellation_is_announced_where_the_plan_had_been() -> None:
    planners = Planners()
    plan = planners.announced(planners.taken_to(State.APPROVED), media=(Medium.PORTAL, Medium.SMS))
    plan = perform(plan, "cancel", by=planners.head, now=MONDAY, text="改用带电作业")
    assert {one.medium for one in unannounced(plan)} == {Medium.PORTAL, Medium.SMS}
    assert "取消" in plan.announcement_text()
    assert unannounced(planners.announced(plan, media=(Medium.PORTAL, Medium.SMS))) == []


def test_a_plan_nobody_had_heard_of_is_cancelled_silently() -> None:
    planners = Planners()
    plan = perform(planners.taken_to(State.SUBMITTED), "cancel", by=planners.head, now=MONDAY, text="重复")
    assert (plan.round, unannounced(plan)) == (1, [])


def test_a_missed_announcement_is_told_once_a_round() -> None:
    planners = Planners()
    plan = planners.taken_to(State.APPROVED)
    due = STARTS_AT - timedelta(days=7)
    assert mark_missed(due) == 0
    assert [mark_missed(due + SECOND), mark_missed(due + HOUR)] == [1, 0]
    event = plan.events.get(name=MISSED)
    assert event.text == "网站"
    plan.refresh_from_db()
    assert plan.events.count() == plan.event_seq


# --- conflicts --------------------------------------------------------------------------------------------------------


def test_exams_festivals_and_other_plans_are_shown_and_answered_before_approval() -> None:
    planners = Planners()
    first = STARTS_AT.date()
    given: dict[str, Any] = {"kind": DayKind.EXAM, "note": "", "by": planners.manager, "now": MONDAY}
    exam = add_day(name="成人高考", first_on=first, last_on=first + DAY, station=None, **given)
    add_day(name="山前庙会", first_on=first, last_on=first, station=dept("station_shanqian"), **given)
    plan, other = planners.plan(), planners.plan()
    labels = [conflict.label for conflict in plan.conflicts(current().calendar)]
    assert labels == ["考试：成人高考", f"同一台区已有计划：{other.number}"]
    plan = perform(plan, "submit", by=planners.head, now=MONDAY)
    with pytest.raises(Blocked, match="避让说明"):
        perform(plan, "approve", by=planners.leader, now=MONDAY)
    remove_day(exam, by=planners.manager, now=MONDAY)
    perform(other, "cancel", by=planners.head, now=MONDAY, text="重复")
    assert plan.conflicts(current().calendar) == []
    assert perform(plan, "approve", by=planners.leader, now=MONDAY).state == State.APPROVED


def test_official_holidays_are_conflicts_without_being_entered() -> None:
    planners = Planners()
    plan = planners.plan(starts_at=at("2026-09-30 08:00"), ends_at=at("2026-10-02 18:00"))
    found = plan.conflicts(current().calendar)
    assert [(one.first_on, one.last_on) for one in found] == [(date(2026, 10, 1), date(2026, 10, 2))]
    assert "国庆" in found[0].label


def test_a_conflict_may_be_overruled_with_its_reason() -> None:
    planners = Planners()
    plan = planners.plan(starts_at=at("2026-10-01 08:00"), ends_at=at("2026-10-01 18:00"))
    plan = perform(plan, "submit", by=planners.head, now=MONDAY)
    plan = perform(plan, "approve", by=planners.leader, now=MONDAY, conflict_note="隐患须在节日负荷高峰前消除")
    assert plan.conflict_note


# --- who --------------------------------------------------------------------------------------------------------------


def test_nobody_approves_his_own_plan_and_no_station_plans_for_another() -> None:
    planners = Planners()
    plan = planners.taken_to(State.SUBMITTED)
    for by in (planners.head, planners.duty, planners.manager):
        with pytest.raises(NotAllowed):
            perform(plan, "approve", by=by, now=MONDAY)
    with pytest.raises(NotAllowed):
        perform(plan, "cancel", by=planners.stranger, now=MONDAY, text="x")
    planners.head = planners.stranger
    with pytest.raises(NotAllowed):
        planners.plan()


def test_every_step_has_its_form() -> None:
    assert set(FORMS) == set(steps_of(OutagePlan))


def test_the_database_refuses_an_unapproved_announcement_and_a_changed_stream() -> None:
    plan = Planners().taken_to(State.APPROVED)
    with pytest.raises(IntegrityError), transaction.atomic():
        OutagePlan.objects.filter(pk=plan.pk).update(approved_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        plan.events.update(text="anders")


# --- public text, month, feed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("江湾新村 3–8 幢 9 月 21 日 08:00 至 17:00 停电，疑问请拨 86865598。", False),
        ("有事找王师傅 13800001234", True),
        ("户号 6100975513 停电", True),
        ("身份证 330102199001011234", True),
    ],
)
def test_public_text_holds_no_personal_data(text: str, personal: bool) -> None:
    assert holds_personal_data(text, allowed=["86865598"]) is personal


def test_a_proposed_text_says_time_area_cause_and_restoration() -> None:
    text = proposed(title="江湾新村", work="检修", starts_at=STARTS_AT, ends_at=ENDS_AT, hotline="86865598")
    for word in ("江湾新村", "检修", "9 月 21 日", "09:30", "14:30", "86865598"):
        assert word in text
    assert not holds_personal_data(text, allowed=["86865598"])


def test_the_month_shows_a_plan_on_each_of_its_days() -> None:
    planners = Planners()
    plan = planners.plan(starts_at=at("2026-09-30 20:00"), ends_at=at("2026-10-01 06:00"))
    spared = SensitiveDay(name="考试", kind=DayKind.EXAM, first_on=date(2026, 9, 30), last_on=date(2026, 9, 30))
    weeks = weeks_of(2026, 9, plans=[plan], spared=[spared], calendar=current().calendar)
    shown = {cell.day for week in weeks for cell in week if plan in cell.plans}
    assert shown == {date(2026, 9, 30), date(2026, 10, 1)}
    assert [cell.day for week in weeks for cell in week if cell.spared] == [date(2026, 9, 30)]


def test_the_feed_follows_a_plan_through_change_and_cancellation() -> None:
    """One UID for life, a growing SEQUENCE, CANCELLED at the end; read back by a calendar library."""
    planners = Planners()
    plan = planners.announced(planners.taken_to(State.APPROVED))
    planners.plan(title="还没有批准")

    def entry() -> Any:
        feed = feed_of(plans_for_feed(MONDAY), company="供电公司", host="example.org")
        (event,) = Calendar.from_ical(feed).walk("VEVENT")
        return event

    first = entry()
    assert first.decoded("dtstart") == STARTS_AT
    assert str(first["status"]) == "CONFIRMED"
    plan = perform(plan, "propose_change", by=planners.head, now=MONDAY, **planners.change())
    plan = perform(plan, "approve_change", by=planners.leader, now=MONDAY + HOUR)
    second = entry()
    assert (second["uid"], second.decoded("dtstart")) == (first["uid"], STARTS_AT + DAY)
    assert second["sequence"] > first["sequence"]
    perform(planners.announced(plan), "cancel", by=planners.head, now=MONDAY + 2 * HOUR, text="改期")
    third = entry()
    assert str(third["status"]) == "CANCELLED"
    assert not re.search(r"1[3-9]\d{9}", str(feed_of(plans_for_feed(MONDAY), company="x", host="x")))


def test_a_calendar_link_ends_when_it_is_revoked_replaced_or_its_owner_leaves() -> None:
    planners = Planners()
    by: User = planners.agent
    first = new_link(by=by, now=MONDAY)
    assert reader_of(first, now=MONDAY) == by
    second = new_link(by=by, now=MONDAY)
    assert (reader_of(first, now=MONDAY), reader_of(second, now=MONDAY)) == (None, by)
    User.objects.filter(pk=by.pk).update(is_active=False)
    assert reader_of(second, now=MONDAY) is None
    User.objects.filter(pk=by.pk).update(is_active=True)
    assert [end_link(by=by, now=MONDAY), end_link(by=by, now=MONDAY)] == [1, 0]
    assert reader_of(second, now=MONDAY) is None
    assert reader_of("x" * 43, now=MONDAY) is None
