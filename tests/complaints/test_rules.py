"""Rules of the order's life, each with its refusal: the same set-up, one difference."""

from datetime import timedelta

import pytest

from complaints.errors import Blocked, Held, Invalid, NotAllowed
from complaints.models import Contact, Feedback, Order
from complaints.services import log_call, open_order, perform, place_hold, release_hold
from complaints.services.opening import Matter
from complaints.vocabulary import ArchiveGround, ContactResult, Disposition, Satisfaction, State
from people.models import Assignment, User
from people.roles import Role
from policy.vocabulary import Category, Channel, Kind, Priority, Urgency
from tests.factories import MONDAY, Company, at, contact, dept, feedback, findings, matter, person

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def company() -> Company:
    return Company()


# --- intake and dispatch --------------------------------------------------------------------------------------------


def test_a_department_without_contact_keeps_the_order_registered_with_the_reason(company: Company) -> None:
    """S4-R03, B13, F23: blocked, queued, never lost."""
    Assignment.objects.filter(user=company.contact).update(valid_to=at("2026-01-01 00:00").date())
    order = company.order()
    assert order.state == State.REGISTERED
    assert "工单联系人" in order.dispatch_blocked
    assert [e.name for e in order.events.all()] == ["register", "dispatch_blocked"]
    with pytest.raises(Blocked, match="工单联系人"):
        perform(order, "classify", by=company.agent, now=MONDAY, kind=order.kind, category=order.category)
    person(Role.TICKET_CONTACT, company.lead)
    done = perform(order, "classify", by=company.agent, now=MONDAY, kind=order.kind, category=order.category)
    assert (done.state, done.dispatch_blocked) == (State.CLASSIFIED, "")


@pytest.mark.parametrize(
    ("category", "lead", "copies"),
    [
        (Category.SERVICE_CONDUCT, "party_admin_office", []),  # S4-R25
        (Category.THEFT_TARIFF, "inspection_group", ["marketing_dept"]),  # S4-R26
        (Category.POWER_QUALITY, "production_tech_dept", []),  # S4-R27
        (Category.FACILITY_SAFETY, "safety_section", []),  # S4-R28
        (Category.FAULT_REPAIR, "repair_centre", []),  # S4-R29
        (Category.CONNECTION_COMMITMENT, "customer_service_centre", ["marketing_dept"]),  # S4-R30
        (Category.OUTAGE_LIMIT, "dispatch_room", []),  # S4-R31
        (Category.OTHER, "marketing_dept", []),  # S4-R32
    ],
)
def test_each_category_goes_to_its_department_with_its_copies(category: str, lead: str, copies: list[str]) -> None:
    agent = person(Role.HOTLINE_AGENT)
    person(Role.TICKET_CONTACT, lead)
    order = open_order(by=agent, now=MONDAY, matter=matter(category=category))
    assert order.lead_department == dept(lead)
    assert sorted(part.department.code for part in order.parts.all()) == copies
    assert {dept(code).pk for code in [lead, *copies]} == set(order.audience)


@pytest.mark.parametrize(
    ("kind", "days", "due", "cap"),
    [
        (Kind.CONSULTATION, 3, "2026-02-04", None),
        (Kind.COMPLAINT, 10, "2026-02-13", "2026-03-19"),
        (Kind.REPORT_MISCONDUCT, 10, "2026-02-13", "2026-03-19"),
        (Kind.FAULT_REPORT, None, None, None),
        (Kind.SERVICE_REQUEST, None, None, None),
        (Kind.PRAISE, None, None, None),
    ],
)
def test_each_kind_has_its_limit(
    company: Company, kind: str, days: int | None, due: str | None, cap: str | None
) -> None:
    """S4-R40, R41, R45; A6, A7."""
    order = company.order(at("2026-01-30 10:00"), kind=kind)
    found = (order.limit_days, order.due_on and str(order.due_on), order.cap_on and str(order.cap_on))
    assert found == (days, due, cap)


def test_reclassifying_counts_from_the_first_registration(company: Company) -> None:
    """A30: consultation to complaint, days later."""
    order = company.order(at("2026-09-07 10:00"), kind=Kind.CONSULTATION)
    assert str(order.due_on) == "2026-09-10"
    later = at("2026-09-09 10:00")
    order = perform(order, "classify", by=company.agent, now=later, kind=Kind.COMPLAINT, category=order.category)
    assert str(order.due_on) == "2026-09-20"  # the make-up Sunday counts
    change = order.events.get(name="classify", seq=3).data["due_on"]
    assert change == {"from": "2026-09-10", "to": "2026-09-20"}


def test_an_accepted_complaint_never_becomes_a_consultation(company: Company) -> None:
    """B7."""
    order = perform(company.order(), "accept", by=company.contact, now=MONDAY)
    with pytest.raises(Blocked, match="不能改为"):
        perform(order, "classify", by=company.director, now=MONDAY, kind=Kind.CONSULTATION, category=order.category)
    report = perform(
        order, "classify", by=company.director, now=MONDAY, kind=Kind.REPORT_MISCONDUCT, category=order.category
    )
    assert report.kind == Kind.REPORT_MISCONDUCT


def test_transfer_never_restarts_the_customers_clock(company: Company) -> None:
    """A13, S4-R01: lead changes, due date does not; who accepted starts anew."""
    order = perform(company.order(), "accept", by=company.contact, now=MONDAY, handler=company.handler)
    due = order.due_at
    moved = perform(
        order,
        "transfer",
        by=company.director,
        now=MONDAY + DAY,
        lead_department=dept("safety_section"),
        reason="属设施安全",
    )
    assert (moved.due_at, moved.transfers) == (due, 1)
    assert (moved.accepted_at, moved.handler, moved.state) == (None, None, State.CLASSIFIED)
    event = moved.events.get(name="transfer")
    assert (event.from_department, event.by, event.text) == (dept(company.lead), company.director, "属设施安全")


def test_a_wrong_dispatch_is_returned_within_one_working_day(company: Company) -> None:
    """A13: Friday's dispatch may be returned until Monday, not on Tuesday."""
    friday = at("2026-09-11 16:00")
    order = company.order(friday)
    with pytest.raises(Blocked, match="退单期限已过"):
        perform(order, "reject_dispatch", by=company.contact, now=at("2026-09-15 00:01"), reason="应由安监科承办")
    back = perform(order, "reject_dispatch", by=company.contact, now=at("2026-09-14 23:59"), reason="应由安监科承办")
    assert (back.state, back.lead_department, back.refusals) == (State.REGISTERED, None, 1)
    assert back.due_at == order.due_at


def test_who_has_accepted_can_no_longer_return_the_dispatch(company: Company) -> None:
    order = perform(company.order(), "accept", by=company.contact, now=MONDAY)
    with pytest.raises(Blocked, match="接单"):
        perform(order, "reject_dispatch", by=company.contact, now=MONDAY, reason="应由安监科承办")


def test_the_second_refusal_goes_to_the_referee_whose_word_is_final(company: Company) -> None:
    order = company.order()
    for turn in range(2):
        order = perform(order, "reject_dispatch", by=company.contact, now=MONDAY, reason="不属本部门")
        assert order.needs_ruling == (turn == 1)
        if turn == 0:
            order = perform(order, "classify", by=company.agent, now=MONDAY, kind=order.kind, category=order.category)
    with pytest.raises(Blocked, match="裁定"):
        perform(order, "classify", by=company.agent, now=MONDAY, kind=order.kind, category=order.category)
    judge = person(Role.ADJUDICATOR, "party_admin_office")
    assert Order.objects.visible_to(judge, now=MONDAY).filter(pk=order.pk).exists()
    ruled = perform(
        order, "rule_dispatch", by=judge, now=MONDAY, lead_department=dept(company.lead), reason="属供电质量"
    )
    with pytest.raises(Blocked, match="已经裁定"):
        perform(ruled, "reject_dispatch", by=company.contact, now=MONDAY, reason="仍不属")


def test_a_report_never_goes_to_the_department_it_is_about(company: Company) -> None:
    """A27."""
    order = company.order(
        kind=Kind.REPORT_MISCONDUCT, category=Category.POWER_QUALITY, reported_department=dept(company.lead)
    )
    assert order.state == State.REGISTERED
    assert "被举报部门" in order.dispatch_blocked


def test_priority_follows_danger_urgency_care_and_attention(company: Company) -> None:
    """S3-R05, S3-R07, S1-R08, S1-R30."""
    assert company.order(urgency=Urgency.DANGER).priority == Priority.DANGER
    assert company.order(urgency=Urgency.URGENT).priority == Priority.URGENT
    assert company.order(needs_care=True).priority == Priority.RAISED
    assert company.order(channel=Channel.REGULATOR_12398, external_ref="12398-1").priority == Priority.RAISED
    assert company.order().priority == Priority.NORMAL


def test_an_anonymous_order_keeps_nothing_of_the_caller(company: Company) -> None:
    """A27."""
    with pytest.raises(Invalid) as refused:
        open_order(
            by=company.agent,
            now=MONDAY,
            matter=Matter(kind=Kind.REPORT_MISCONDUCT, anonymous=True, caller_phone="13800001234", content="x"),
        )
    assert refused.value.field == "anonymous"


def test_a_repeat_within_ninety_days_is_linked_to_the_closed_order(company: Company) -> None:
    """A16: same phone, same category, from the closing on; the 91st day is no repeat."""
    first = company.taken_to(State.ARCHIVED)
    assert first.closed_at is not None
    again = company.order(first.closed_at + timedelta(days=90))
    assert again.original == first
    assert company.order(first.closed_at + timedelta(days=91)).original is None
    assert company.order(first.closed_at + DAY, category=Category.OTHER).original is None


def test_a_further_call_about_an_open_order_urges_it_and_makes_no_second_one(company: Company) -> None:
    """S1-R29."""
    order = company.order()
    call = log_call(
        by=company.agent,
        now=MONDAY + DAY,
        matter=matter(content="还没有人联系我"),
        disposition=Disposition.LINKED_ORDER,
        order=order,
    )
    assert (call.order, Order.objects.count()) == (order, 1)
    assert order.events.get(name="urge").text.endswith("还没有人联系我")


def test_only_the_hotline_registers(company: Company) -> None:
    with pytest.raises(NotAllowed):
        open_order(by=company.handler, now=MONDAY, matter=matter())
    with pytest.raises(NotAllowed):
        log_call(by=company.handler, now=MONDAY, matter=matter(), disposition=Disposition.NO_ORDER, reason="harassment")


# --- answered on the call -------------------------------------------------------------------------------------------


def test_a_simple_question_is_answered_on_the_call_and_archived(company: Company) -> None:
    """S0-R19, B9: counted, dated, with its ground."""
    order = open_order(
        by=company.agent, now=MONDAY, matter=matter(kind=Kind.CONSULTATION), answer="谷段从 22 点到次日 6 点"
    )
    assert (order.state, order.archive_ground) == (State.ARCHIVED, ArchiveGround.ANSWERED_ON_CALL)
    assert order.answered_at == order.closed_at == MONDAY
    event = order.events.get(name="answer_on_call")
    assert event.text.startswith("谷段")
    assert event.data["ground"] == ArchiveGround.ANSWERED_ON_CALL


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.REPORT_MISCONDUCT])
def test_a_complaint_or_report_is_never_answered_on_the_call(company: Company, kind: str) -> None:
    """B9."""
    with pytest.raises(Blocked, match="不能当场办结"):
        open_order(by=company.agent, now=MONDAY, matter=matter(kind=kind), answer="已说明")
    assert not Order.objects.exists()


# --- department side ------------------------------------------------------------------------------------------------


def test_feedback_needs_a_contact_with_the_customer_first(company: Company) -> None:
    """S4-R34."""
    order = perform(company.order(), "accept", by=company.contact, now=MONDAY, handler=company.handler)
    order = perform(order, "investigate", by=company.handler, now=MONDAY, **findings())
    with pytest.raises(Blocked, match="联系客户"):
        perform(order, "resolve", by=company.handler, now=MONDAY, **feedback(order))
    order = perform(order, "contact_customer", by=company.handler, now=MONDAY, at=MONDAY, **contact())
    assert perform(order, "resolve", by=company.handler, now=MONDAY, **feedback(order)).state == State.RESOLVED


def test_feedback_waits_for_the_sub_assignments(company: Company) -> None:
    """S4-R33: the lead stays responsible; the unit sees and finishes its part."""
    order = company.taken_to(State.INVESTIGATED)
    order = perform(order, "contact_customer", by=company.handler, now=MONDAY + DAY, at=MONDAY, **contact())
    unit = person(Role.HANDLER, "repair_centre")
    assert not Order.objects.visible_to(unit, now=MONDAY).exists()
    order = perform(
        order,
        "sub_assign",
        by=company.handler,
        now=MONDAY + DAY,
        department=dept("repair_centre"),
        task="测量三日",
        due_on=order.due_on,
    )
    assert Order.objects.visible_to(unit, now=MONDAY).get() == order
    with pytest.raises(Blocked, match="1 项子任务"):
        perform(order, "resolve", by=company.handler, now=MONDAY + DAY, **feedback(order))
    sub = order.sub_assignments.get()
    order = perform(order, "finish_sub_assignment", by=unit, now=MONDAY + DAY, sub=sub, result_text="已测量")
    assert order.lead_department == dept(company.lead)
    assert perform(order, "resolve", by=company.handler, now=MONDAY + DAY, **feedback(order)).state == State.RESOLVED


def test_a_returned_feedback_does_not_stop_the_departments_clock(company: Company) -> None:
    """A11: rejected feedback does not, the accepted one does, at its submission."""
    order = company.taken_to(State.RESOLVED)
    order = perform(order, "return_feedback", by=company.director, now=MONDAY + DAY, missing="没有写整改期限")
    assert (order.state, order.feedback_at, order.department_stopped_at) == (State.INVESTIGATED, None, None)
    submitted, decided = MONDAY + 2 * DAY, MONDAY + 3 * DAY
    order = perform(order, "resolve", by=company.handler, now=submitted, **feedback(order))
    order = perform(order, "accept_feedback", by=company.director, now=decided)
    assert order.department_stopped_at == submitted
    assert [f.status for f in Feedback.objects.filter(order=order)] == ["returned", "accepted"]


def test_feedback_on_the_last_second_is_on_time_and_at_midnight_late(company: Company) -> None:
    """A2: due is exclusive; t < due_at is in time."""
    for moment, on_time in ((at("2026-09-20 23:59"), True), (at("2026-09-21 00:00"), False)):
        order = company.taken_to(State.INVESTIGATED, caller_phone=f"1380000{moment:%M%H}9"[:11])
        order = perform(order, "contact_customer", by=company.handler, now=MONDAY + DAY, at=MONDAY, **contact())
        order = perform(order, "resolve", by=company.handler, now=moment, **feedback(order))
        assert order.feedbacks.get().on_time is on_time


# --- call-back and archive ------------------------------------------------------------------------------------------


def callback(order: Order, agent: User, moment: object, **fields: object) -> Order:
    return perform(order, "attempt_callback", by=agent, now=moment, at=moment, **contact(**fields))  # type: ignore[arg-type]


def test_no_archive_without_a_callback_that_answered(company: Company) -> None:
    """S4-R37."""
    order = company.taken_to(State.CALLBACK)
    with pytest.raises(Blocked, match="回访记录"):
        perform(order, "archive", by=company.agent, now=MONDAY + DAY)
    order = callback(order, company.agent, MONDAY + DAY, answered=False)
    with pytest.raises(Blocked):
        perform(order, "archive", by=company.agent, now=MONDAY + DAY)
    order = callback(order, company.agent, MONDAY + DAY, answered=True, satisfaction=Satisfaction.FAIR)
    order = perform(order, "archive", by=company.agent, now=MONDAY + DAY + HOUR)
    assert (order.archive_ground, order.answered_at, order.satisfaction) == ("callback", MONDAY + DAY, "fair")


def test_three_vain_calls_on_two_days_count_as_answered(company: Company) -> None:
    """A11: two on one day and one on the next; three on the same day do not."""
    order = company.taken_to(State.CALLBACK)
    for n in range(3):
        order = callback(order, company.agent, MONDAY + DAY + n * HOUR, result=ContactResult.NO_ANSWER)
    with pytest.raises(Blocked, match="联系不上须满 3 次"):
        perform(order, "archive", by=company.agent, now=MONDAY + DAY + 4 * HOUR)
    assert order.answered_at is None
    last = MONDAY + 2 * DAY
    order = callback(order, company.agent, last, result=ContactResult.NO_ANSWER)
    assert order.answered_at == last
    order = perform(order, "archive", by=company.agent, now=last)
    assert order.archive_ground == ArchiveGround.UNREACHABLE


def test_a_dissatisfied_customers_order_goes_back_once(company: Company) -> None:
    """A32, B6: internal limit, department clock stays stopped, the second time it is archived."""
    order = company.taken_to(State.CALLBACK)
    order = callback(order, company.agent, MONDAY + DAY, answered=True, satisfaction=Satisfaction.DISSATISFIED)
    with pytest.raises(Blocked, match="退回重办"):
        perform(order, "archive", by=company.agent, now=MONDAY + DAY)
    stopped = order.department_stopped_at
    order = perform(order, "reopen", by=company.agent, now=MONDAY + DAY, reason="客户认为没有整改")
    assert (order.state, order.department_stopped_at, order.reopenings) == (State.INVESTIGATED, stopped, 1)
    assert str(order.internal_due_on) == "2026-09-15"  # 8 September + 5 working days
    order = perform(order, "resolve", by=company.handler, now=MONDAY + 2 * DAY, **feedback(order))
    order = perform(order, "accept_feedback", by=company.director, now=MONDAY + 2 * DAY)
    assert order.department_stopped_at == stopped
    order = callback(order, company.agent, MONDAY + 3 * DAY, answered=True, satisfaction=Satisfaction.DISSATISFIED)
    with pytest.raises(Blocked, match="不再退回"):
        perform(order, "reopen", by=company.agent, now=MONDAY + 3 * DAY, reason="仍不满意")
    assert perform(order, "archive", by=company.agent, now=MONDAY + 3 * DAY).state == State.ARCHIVED


def test_a_satisfied_customers_order_cannot_be_reopened(company: Company) -> None:
    order = company.taken_to(State.CALLBACK)
    order = callback(order, company.agent, MONDAY + DAY, answered=True, satisfaction=Satisfaction.SATISFIED)
    with pytest.raises(Blocked, match="不满意"):
        perform(order, "reopen", by=company.agent, now=MONDAY + DAY, reason="试试")


def test_an_anonymous_report_is_archived_without_contact_or_callback(company: Company) -> None:
    """B9: the customer's clock stops at accept_feedback; the event names the ground."""
    order = company.order(kind=Kind.REPORT_MISCONDUCT, anonymous=True)
    order = perform(order, "accept", by=company.contact, now=MONDAY, handler=company.handler)
    order = perform(order, "investigate", by=company.handler, now=MONDAY, **findings())
    order = perform(order, "resolve", by=company.handler, now=MONDAY, **feedback(order))
    order = perform(order, "accept_feedback", by=company.director, now=MONDAY + HOUR)
    assert order.answered_at == MONDAY + HOUR
    with pytest.raises(Blocked, match="匿名举报不回访"):
        callback(order, company.agent, MONDAY + DAY, answered=True)
    order = perform(order, "archive", by=company.agent, now=MONDAY + DAY)
    assert order.archive_ground == ArchiveGround.ANONYMOUS
    assert order.events.get(name="archive").data["ground"] == ArchiveGround.ANONYMOUS
    assert not Contact.objects.exists()


def test_after_archiving_facts_may_be_added_and_nothing_else(company: Company) -> None:
    """S3-R01."""
    order = company.taken_to(State.ARCHIVED)
    order = perform(order, "add_fact", by=company.handler, now=MONDAY + DAY, text="配电房已移交")
    assert order.events.last().text == "配电房已移交"  # type: ignore[union-attr]


def test_an_outages_answer_needs_no_department_feedback(company: Company) -> None:
    """B10."""
    duty = person(Role.DUTY_OFFICER, company.lead)
    order = company.order(kind=Kind.FAULT_REPORT)
    order = perform(order, "answer_by_outage", by=duty, now=MONDAY, answer="电缆头已更换，11:20 恢复")
    assert (order.state, order.department_stopped_at) == (State.CALLBACK, MONDAY)


# --- merge, withdraw, holds, correction -----------------------------------------------------------------------------


def test_an_order_merges_into_the_older_open_one_of_its_kind(company: Company) -> None:
    """PEERS row 22: opposite merges never close both; no chain longer than one (invariant 15)."""
    older, younger = company.order(), company.order(MONDAY + HOUR)
    with pytest.raises(Blocked, match="较早"):
        perform(older, "merge", by=company.agent, now=MONDAY + DAY, master=younger, reason="同一件事")
    merged = perform(younger, "merge", by=company.agent, now=MONDAY + DAY, master=older, reason="同一件事")
    assert (merged.state, merged.master, merged.closed_at) == (State.MERGED, older, MONDAY + DAY)
    assert older.events.filter(name="merged_in").count() == 1
    third = company.order(MONDAY + 2 * HOUR)
    with pytest.raises(Blocked, match="主单"):
        perform(third, "merge", by=company.agent, now=MONDAY + DAY, master=merged, reason="同一件事")
    with pytest.raises(Blocked, match="不能并入自己"):
        perform(third, "merge", by=company.agent, now=MONDAY + DAY, master=third, reason="同一件事")
    other_kind = company.order(MONDAY + 2 * HOUR, kind=Kind.CONSULTATION)
    with pytest.raises(Blocked, match="类型不同"):
        perform(other_kind, "merge", by=company.agent, now=MONDAY + DAY, master=older, reason="同一件事")


def test_a_second_id_out_of_view_is_refused(company: Company) -> None:
    """RELIABILITY section 0: IDOR by a second id in the body."""
    sealed = company.order(
        kind=Kind.REPORT_MISCONDUCT, category=Category.FACILITY_SAFETY, reported_person=company.agent
    )
    mine = company.order(MONDAY + HOUR, kind=Kind.REPORT_MISCONDUCT)
    assert not Order.objects.visible_to(company.agent, now=MONDAY).filter(pk=sealed.pk).exists()
    with pytest.raises(NotAllowed):
        perform(mine, "merge", by=company.agent, now=MONDAY + DAY, master=sealed, reason="同一件事")


def test_a_hold_keeps_a_step_closed_until_its_source_releases_it(company: Company) -> None:
    order = company.taken_to(State.CALLBACK)
    order = callback(order, company.agent, MONDAY + DAY, answered=True, satisfaction=Satisfaction.SATISFIED)
    for _twice in range(2):
        place_hold(order, blocks="archive", reason="整改通知未下达", source="escalation.1", by=None, now=MONDAY + DAY)
    with pytest.raises(Held, match="整改通知未下达"):
        perform(order, "archive", by=company.agent, now=MONDAY + DAY)
    assert release_hold(order, blocks="archive", source="other", by=None, now=MONDAY + DAY) == 0
    assert release_hold(order, blocks="archive", source="escalation.1", by=None, now=MONDAY + DAY) == 1
    assert perform(order, "archive", by=company.agent, now=MONDAY + DAY).state == State.ARCHIVED


def test_a_correction_stands_masked_in_the_history_before_and_after(company: Company) -> None:
    order = company.order()
    details = {name: getattr(order, name) for name in ("caller_name", "account_no", "address", "callback_when")}
    order = perform(
        order, "correct", by=company.agent, now=MONDAY, caller_phone="13900005678", reason="记错号码", **details
    )
    assert order.caller_phone == "13900005678"
    assert order.events.last().data == {"caller_phone": {"from": "138****1234", "to": "139****5678"}}  # type: ignore[union-attr]


def test_a_substitute_acts_in_the_name_of_the_absent(company: Company) -> None:
    """A29: dated substitutes; the event says for whom."""
    stand_in = person()
    absent = company.director.assignments.get()
    Assignment.objects.create(
        user=stand_in,
        role=Role.HOTLINE_DIRECTOR,
        department=absent.department,
        valid_from=MONDAY.date(),
        valid_to=MONDAY.date(),
        substitute_for=absent,
    )
    order = company.taken_to(State.RESOLVED)
    order = perform(order, "accept_feedback", by=stand_in, now=MONDAY)
    event = order.events.get(name="accept_feedback")
    assert (event.by, event.acting_for) == (stand_in, company.director)
    again = company.taken_to(State.RESOLVED, caller_phone="13800007777")
    with pytest.raises(NotAllowed):
        perform(again, "accept_feedback", by=User.objects.get(pk=stand_in.pk), now=MONDAY + DAY)
