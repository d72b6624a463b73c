"""Arrears disconnection: no missing gate, nobody cut off at another time than notified (S1-R22 to R24, A23)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow, Stale, UnknownStep
from outage.disconnection.forms import FORMS
from outage.disconnection.gates import gates_of
from outage.disconnection.models import Disconnection
from outage.disconnection.services import LATE, mark_late, propose
from outage.disconnection.vocabulary import Risk, State, Told
from outage.disconnection.workflow import Workflow
from outage.flow.door import perform
from outage.flow.signals import flow_events
from outage.flow.step import steps_of
from people.models import AuditEntry
from policy.rulebook import policy_on
from tests.factories import MONDAY
from tests.outage.disconnections import DELIVERED_AT, EXECUTE_AT, HOUR, PLAN, TOLD_AT, Station, delivery

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def shut(case: Disconnection, now: datetime = EXECUTE_AT) -> set[str]:
    return {gate.name for gate in gates_of(case, now=now, policy=policy_on(MONDAY.date())) if gate.why}


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_an_ordinary_case_goes_all_the_way_and_leaves_one_event_and_one_audit_row_a_step() -> None:
    station = Station()
    case = station.taken_to(State.RECONNECTED)
    assert case.state == State.RECONNECTED
    assert case.reconnect_due_at == EXECUTE_AT + HOUR + timedelta(hours=24)
    names = list(case.events.values_list("name", flat=True))
    assert names == ["open", "precheck", "approve", "deliver", "tell_again", "execute", "pay", "reconnect"]
    assert list(case.events.values_list("seq", flat=True)) == list(range(1, len(names) + 1))
    told = AuditEntry.objects.filter(action__startswith="disconnection.", subject_ref=case.number)
    assert told.count() == len(names)


def test_an_important_and_sensitive_case_has_two_gates_more() -> None:
    station = Station(important=True, sensitive=True)
    case = station.case()
    assert {"report", "plan"} <= shut(case)
    assert station.taken_to(State.EXECUTED, case).state == State.EXECUTED


def test_every_step_is_announced_inside_its_transaction() -> None:
    heard: list[tuple[str, list[int]]] = []

    def listen(sender: Any, ids: list[int], kind: str, **kwargs: Any) -> None:
        heard.append((kind, ids))

    flow_events.connect(listen)
    try:
        case = Station().taken_to(State.CHECKED)
    finally:
        flow_events.disconnect(listen)
    assert heard == [("open", [case.pk]), ("precheck", [case.pk])]


# --- gates ------------------------------------------------------------------------------------------------------------

MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "check": ({"checked_at": None}, "还没有核查"),
    "approval": ({"approved_at": None}, "还没有批准"),
    "notice": ({"delivered_at": None}, "通知书还没有送达"),
    "report": ({"reported_at": None}, "没有报送"),
    "plan": ({"plan_soothing": ""}, "还没有停电方案"),
    "second": ({"second_notice_at": None}, "二次通知"),
}


@pytest.mark.parametrize("gate", MISSING)
def test_a_missing_gate_blocks_the_execution_and_says_which(gate: str) -> None:
    """S1-R22: any missing gate blocks "execute"; with all of them the same case is executed."""
    station = Station(important=True, sensitive=True)
    case = station.told_again()
    assert shut(case) == set()
    kept = {name: getattr(case, name) for name in MISSING[gate][0]}
    Disconnection.objects.filter(pk=case.pk).update(**MISSING[gate][0])
    with pytest.raises(Blocked, match=MISSING[gate][1]):
        perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True)
    Disconnection.objects.filter(pk=case.pk).update(**kept)
    assert perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True).executed_at == EXECUTE_AT


def test_all_missing_gates_are_named_at_once() -> None:
    station = Station(important=True, sensitive=True)
    case = station.taken_to(State.NOTIFIED)
    with pytest.raises(Blocked) as refused:
        perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True)
    assert "报送" in refused.value.message
    assert "二次通知" in refused.value.message


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (EXECUTE_AT - SECOND, "未到通知的停电时间"),
        (EXECUTE_AT, ""),
        (EXECUTE_AT + timedelta(minutes=30), ""),
        (EXECUTE_AT + timedelta(minutes=30) + SECOND, "已过通知的停电时间"),
    ],
)
def test_execution_only_at_the_notified_time(moment: datetime, refusal: str) -> None:
    station = Station()
    case = station.told_again()
    if not refusal:
        assert perform(case, "execute", by=station.clerk, now=moment, unpaid=True).state == State.EXECUTED
        return
    with pytest.raises(Blocked, match=refusal):
        perform(case, "execute", by=station.clerk, now=moment, unpaid=True)


def test_who_has_not_looked_at_the_account_again_cuts_nobody_off() -> None:
    station = Station()
    case = station.told_again()
    with pytest.raises(Blocked, match="核对账户"):
        perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=False)


@pytest.mark.parametrize(
    ("before", "fits"),
    [
        (timedelta(days=7) + SECOND, False),
        (timedelta(days=7), True),
        (timedelta(days=5), True),
        (timedelta(days=3), True),
        (timedelta(days=3) - SECOND, False),
    ],
)
def test_the_notice_is_delivered_between_seven_and_three_days_before(before: timedelta, fits: bool) -> None:
    """A23, at the second, both ends inclusive."""
    station = Station()
    case = station.taken_to(State.APPROVED)
    details = delivery(delivered_at=EXECUTE_AT - before)
    if fits:
        assert perform(case, "deliver", by=station.clerk, now=EXECUTE_AT - 2 * HOUR, **details).state == State.NOTIFIED
        return
    with pytest.raises(Blocked, match="168 至 72 小时"):
        perform(case, "deliver", by=station.clerk, now=EXECUTE_AT - 2 * HOUR, **details)


@pytest.mark.parametrize(
    ("before", "fits"),
    [
        (timedelta(minutes=60) + SECOND, False),
        (timedelta(minutes=60), True),
        (timedelta(minutes=30), True),
        (timedelta(minutes=30) - SECOND, False),
    ],
)
def test_the_second_notice_is_given_sixty_to_thirty_minutes_before(before: timedelta, fits: bool) -> None:
    station = Station()
    case = station.taken_to(State.NOTIFIED)
    details: dict[str, Any] = {"told_at": EXECUTE_AT - before, "means": Told.PHONE}
    if fits:
        assert perform(case, "tell_again", by=station.clerk, now=EXECUTE_AT, **details).second_notice_at
        return
    with pytest.raises(Blocked, match="60 至 30 分钟"):
        perform(case, "tell_again", by=station.clerk, now=EXECUTE_AT, **details)


def test_a_new_notice_names_a_new_time_and_asks_for_a_new_second_notice() -> None:
    station = Station()
    case = station.told_again()
    later = delivery(execute_at=EXECUTE_AT + timedelta(days=4), delivered_at=EXECUTE_AT)
    case = perform(case, "deliver", by=station.clerk, now=EXECUTE_AT + HOUR, **later)
    assert case.second_notice_at is None
    assert "second" in shut(case, EXECUTE_AT + timedelta(days=4))


def test_what_the_precheck_found_needs_its_measure_before_approval() -> None:
    """S1-R23."""
    station = Station()
    case = station.case()
    found: dict[str, Any] = {"risks": [Risk.SHARED_METER], "text": "三户合用一只表"}
    case = perform(case, "precheck", by=station.checker, now=MONDAY, risk_note="", **found)
    with pytest.raises(Blocked, match="处理措施"):
        perform(case, "approve", by=station.head, now=MONDAY)
    case = perform(case, "send_back", by=station.head, now=MONDAY, text="先分表")
    assert case.checked_at is None
    case = perform(case, "precheck", by=station.checker, now=MONDAY, risk_note="先为另两户分表", **found)
    assert perform(case, "approve", by=station.head, now=MONDAY).state == State.APPROVED


def test_a_sensitive_case_is_approved_with_its_plan_not_before() -> None:
    """S1-R24."""
    station = Station(sensitive=True)
    case = station.taken_to(State.DRAFTED)
    case = perform(case, "precheck", by=station.checker, now=MONDAY, risks=[], risk_note="")
    with pytest.raises(Blocked, match="停电方案"):
        perform(case, "approve", by=station.head, now=MONDAY)
    case = perform(case, "plan", by=station.head, now=MONDAY, **PLAN)
    assert perform(case, "approve", by=station.head, now=MONDAY).state == State.APPROVED


def test_the_plan_and_the_report_are_for_those_they_are_for() -> None:
    station = Station()
    case = station.taken_to(State.CHECKED)
    with pytest.raises(Blocked, match="不是敏感用户"):
        perform(case, "plan", by=station.head, now=MONDAY, **PLAN)
    with pytest.raises(Blocked, match="不是重要用户"):
        perform(case, "report", by=station.clerk, now=MONDAY, reported_at=MONDAY, report_ref="1")


# --- who, when, in which order ----------------------------------------------------------------------------------------


def test_nobody_approves_what_he_proposed_or_checked_himself() -> None:
    station = Station()
    case = propose(
        station.customer,
        arrears_yuan=Decimal(1),
        arrears_months="8 月",
        text="催过",
        by=station.head,
        now=MONDAY,
    )
    case = perform(case, "precheck", by=station.checker, now=MONDAY, risks=[], risk_note="")
    with pytest.raises(NotAllowed):
        perform(case, "approve", by=station.head, now=MONDAY)
    assert perform(case, "approve", by=station.leader, now=MONDAY).state == State.APPROVED


def test_another_station_neither_sees_nor_touches_the_case() -> None:
    station = Station()
    case = station.taken_to(State.CHECKED)
    assert not Disconnection.objects.visible_to(station.stranger, now=MONDAY).exists()
    assert Disconnection.objects.visible_to(station.agent, now=MONDAY).get() == case
    with pytest.raises(NotAllowed):
        perform(case, "approve", by=station.stranger, now=MONDAY)
    with pytest.raises(NotAllowed):
        propose(
            station.customer, arrears_yuan=Decimal(1), arrears_months="8 月", text="", by=station.stranger, now=MONDAY
        )


def test_refusals_tell_an_unknown_step_an_earlier_one_and_an_old_picture_apart() -> None:
    station = Station()
    case = station.case()
    with pytest.raises(UnknownStep):
        perform(case, "vanish", by=station.clerk, now=MONDAY)
    with pytest.raises(NotNow, match="待核查"):
        perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True)
    checked = perform(case, "precheck", by=station.checker, now=MONDAY, version=1, risks=[], risk_note="")
    with pytest.raises(NotNow, match="已由"):
        perform(case, "precheck", by=station.clerk, now=MONDAY, version=1, risks=[], risk_note="")
    with pytest.raises(Stale) as old:
        perform(checked, "cancel", by=station.head, now=MONDAY, version=1, text="不停了")
    assert len(old.value.changes) == 1


def test_payment_in_time_ends_the_case_and_nothing_is_cut() -> None:
    station = Station()
    case = station.told_again()
    case = perform(case, "settle", by=station.agent, now=EXECUTE_AT - 10 * SECOND, paid_at=TOLD_AT)
    assert case.state == State.SETTLED
    with pytest.raises(NotNow):
        perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True)


def test_one_open_case_per_customer() -> None:
    station = Station()
    case = station.case()
    with pytest.raises(Invalid, match="未结"):
        station.case()
    perform(case, "cancel", by=station.head, now=MONDAY, text="客户已申请分期")
    assert station.case().pk != case.pk


# --- the database's own word ------------------------------------------------------------------------------------------


def test_the_database_refuses_a_cut_without_its_gates() -> None:
    case = Station(important=True).taken_to(State.EXECUTED)
    for column in ("delivered_at", "second_notice_at", "approved_at", "reported_at"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Disconnection.objects.filter(pk=case.pk).update(**{column: None})


def test_the_stream_is_only_ever_added_to() -> None:
    case = Station().case()
    with pytest.raises(IntegrityError), transaction.atomic():
        case.events.update(text="anders")
    with pytest.raises(IntegrityError), transaction.atomic():
        case.events.all().delete()


def test_the_state_is_written_by_its_transitions_alone() -> None:
    case = Station().case()
    with pytest.raises(AttributeError):
        case.state = State.EXECUTED


def test_every_step_has_its_form_and_its_words() -> None:
    steps = steps_of(Disconnection)
    assert set(FORMS) == set(steps)
    assert all(hasattr(Workflow, name) for name in steps)


# --- the reconnection clock -------------------------------------------------------------------------------------------


def test_a_late_reconnection_is_marked_once_whoever_looks_and_however_often() -> None:
    """S1-R24: 24 hours from payment; exactly at the limit is in time."""
    case = Station().taken_to(State.PAID)
    due = case.reconnect_due_at
    assert due is not None
    assert mark_late(due) == 0
    assert [mark_late(due + SECOND), mark_late(due + HOUR), mark_late(due + 2 * HOUR)] == [1, 0, 0]
    case.refresh_from_db()
    assert case.late_since == due + SECOND
    assert case.events.filter(name=LATE).count() == 1
    assert case.events.count() == case.event_seq


def test_a_reconnected_case_is_never_marked() -> None:
    case = Station().taken_to(State.RECONNECTED)
    assert mark_late(EXECUTE_AT + timedelta(days=9)) == 0
    assert not Disconnection.objects.filter(late_since__isnull=False).exists()
    assert Disconnection.objects.filter(pk=case.pk, reconnected_at__lte=F("reconnect_due_at")).exists()


def test_reconnection_is_not_before_the_cut() -> None:
    station = Station()
    case = station.taken_to(State.PAID)
    with pytest.raises(Blocked, match="不能早于停电"):
        perform(case, "reconnect", by=station.clerk, now=EXECUTE_AT + HOUR, reconnected_at=DELIVERED_AT)
