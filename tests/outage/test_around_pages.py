"""Disconnections and plans over HTTP: what a reader sees, what a form keeps, what a conflict tells."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from pytest_django import Settings

from outage.disconnection.models import Disconnection
from outage.disconnection.vocabulary import State
from outage.flow.door import perform
from outage.models import Outage, OutagePlan
from outage.planning.models import SensitiveDay
from outage.planning.vocabulary import State as PlanState
from people.models import AuditEntry, User
from tests.factories import MONDAY
from tests.outage.disconnections import DELIVERED_AT, EXECUTE_AT, HOUR, TOLD_AT, Station
from tests.outage.plans import STARTS_AT, Planners

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signed_in_fully(settings: Settings) -> None:
    settings.DEMO = True  # the second factor is told in the tests of people


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def local(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M:%S}"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_case_from_proposal_to_reconnection_over_http() -> None:
    """S1-R22 to R24 by the pages alone, each step by whom it belongs to, at its time."""
    station = Station()

    def post(who: User, step: str, moment: Any, **values: Any) -> Any:
        with time_machine.travel(moment, tick=False):
            return browser(who).post(reverse("disconnection_act", args=[case.pk, step]), values)

    with time_machine.travel(MONDAY, tick=False):
        answer = browser(station.clerk).post(
            reverse("disconnection_new"),
            {"account_no": "6100975513", "arrears_yuan": "1286.40", "arrears_months": "6 至 8 月", "text": "催过三次"},
        )
    case = Disconnection.objects.get()
    assert answer["Location"] == reverse("disconnection", args=[case.pk])
    assert post(station.checker, "precheck", MONDAY + HOUR, text="已上门核实").status_code == 302
    assert post(station.head, "approve", MONDAY + 2 * HOUR).status_code == 302
    delivered = {
        "execute_at": local(EXECUTE_AT),
        "delivered_at": local(DELIVERED_AT),
        "delivery": "in_person",
        "received_by": "李承洲",
    }
    assert post(station.clerk, "deliver", DELIVERED_AT + HOUR, **delivered).status_code == 302
    early = post(station.clerk, "execute", EXECUTE_AT - HOUR, unpaid="on")
    assert early.status_code == 409
    assert "二次通知" in text_of(early)
    assert "未到通知的停电时间" in text_of(early)
    assert post(station.clerk, "tell_again", TOLD_AT, told_at=local(TOLD_AT), means="phone").status_code == 302
    assert post(station.clerk, "execute", EXECUTE_AT, unpaid="on").status_code == 302
    assert post(station.agent, "pay", EXECUTE_AT + HOUR, paid_at=local(EXECUTE_AT + HOUR)).status_code == 302
    done = post(station.clerk, "reconnect", EXECUTE_AT + 3 * HOUR, reconnected_at=local(EXECUTE_AT + 3 * HOUR))
    assert done.status_code == 302
    case.refresh_from_db()
    assert case.state == State.RECONNECTED


def test_the_page_names_every_shut_gate_and_hides_the_customer() -> None:
    station = Station(important=True)
    case = station.taken_to(State.NOTIFIED)
    with time_machine.travel(EXECUTE_AT - 2 * HOUR, tick=False):
        page = text_of(browser(station.clerk).get(reverse("disconnection", args=[case.pk])))
    assert "还有 3 道未通过" in page
    for words in ("还没有报送电力管理部门", "二次通知须在", "未到通知的停电时间"):
        assert words in page
    assert "李承洲" not in page
    assert "6100975513" not in page


def test_another_stations_case_is_not_there_and_an_outsider_is_refused() -> None:
    station = Station()
    case = station.case()
    assert browser(station.stranger).get(reverse("disconnection", args=[case.pk])).status_code == 404
    assert browser(station.agent).get(reverse("disconnection_act", args=[case.pk, "precheck"])).status_code == 403
    assert browser(station.agent).get(reverse("disconnection_new")).status_code == 403


def test_an_outdated_form_keeps_what_was_typed_and_tells_what_happened() -> None:
    station = Station()
    case = station.case()
    perform(case, "precheck", by=station.checker, now=MONDAY + HOUR, risks=[], risk_note="")
    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):
        answer = browser(station.clerk).post(
            reverse("disconnection_act", args=[case.pk, "precheck"]), {"version": 1, "text": "我也核实过了"}
        )
    assert answer.status_code == 409
    assert "我也核实过了" in text_of(answer)
    assert station.checker.name in text_of(answer)


def test_errors_name_field_and_remedy() -> None:
    station = Station()
    answer = browser(station.clerk).post(reverse("disconnection_new"), {"account_no": "9999999999"})
    assert answer.status_code == 400
    assert "本所没有这个户号" in text_of(answer)
    assert "请填写“欠费金额”" in text_of(answer)


def test_the_same_request_key_opens_one_case() -> None:
    station = Station()
    values = {
        "account_no": "6100975513",
        "arrears_yuan": "10",
        "arrears_months": "8 月",
        "text": "催过",
        "request_key": "a" * 32,
    }
    client = browser(station.clerk)
    places = {client.post(reverse("disconnection_new"), values)["Location"] for _n in range(3)}
    assert len(places) == 1
    assert Disconnection.objects.count() == 1


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_from_draft_to_outage_over_http() -> None:
    """S2-R01 by the pages alone."""
    planners = Planners()

    def post(who: User, step: str, moment: Any, **values: Any) -> Any:
        with time_machine.travel(moment, tick=False):
            return browser(who).post(reverse("plan_act", args=[plan.pk, step]), values)

    values = {
        "kind": "planned",
        "station": "station_jiangwan",
        "title": "江湾新村 3–8 幢",
        "areas": "JW-001\n江湾新村 2 号变",
        "work": "线路检修",
        "starts_at": local(STARTS_AT),
        "ends_at": local(STARTS_AT + 5 * HOUR),
    }
    with time_machine.travel(MONDAY, tick=False):
        answer = browser(planners.head).post(reverse("plan_new"), values)
    plan = OutagePlan.objects.get()
    assert answer["Location"] == reverse("plan", args=[plan.pk])
    assert plan.households == 300
    assert "86865598" in plan.public_text, "written from the facts, with the hotline's number"
    assert post(planners.head, "submit", MONDAY).status_code == 302
    assert post(planners.leader, "approve", MONDAY).status_code == 302
    assert post(planners.duty, "begin", STARTS_AT, begun_at=local(STARTS_AT)).status_code == 409
    posted = {"medium": "portal", "posted_at": local(MONDAY), "proof": "网站第 12 号"}
    assert post(planners.agent, "announce", MONDAY, **posted).status_code == 302
    assert post(planners.duty, "begin", STARTS_AT, begun_at=local(STARTS_AT)).status_code == 302
    assert Outage.objects.get().plan.pk == plan.pk
    page = text_of(browser(planners.head).get(reverse("plan", args=[plan.pk])))
    assert "网站第 12 号" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"areas": "没有的台区"}, "没有台区“没有的台区”"),
        ({"ends_at": "2026-09-21T08:00"}, "预计送电须晚于停电开始"),
        ({"starts_at": "2026-09-01T08:00"}, "停电开始须晚于现在"),
        ({"public_text": "联系 13800001234"}, "公告不能有个人电话"),
        ({"title": ""}, "请填写“停电范围”"),
    ],
)
def test_a_plan_that_cannot_be_says_why(changes: dict[str, str], words: str) -> None:
    planners = Planners()
    values = {
        "kind": "planned",
        "station": "station_jiangwan",
        "title": "江湾",
        "areas": "JW-001",
        "work": "检修",
        "starts_at": "2026-09-21T09:00",
        "ends_at": "2026-09-21T18:00",
    }
    with time_machine.travel(MONDAY, tick=False):
        answer = browser(planners.head).post(reverse("plan_new"), values | changes)
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert "检修" in text_of(answer), "what was typed is still there"


def test_the_month_shows_plans_holidays_and_days_to_spare() -> None:
    planners = Planners()
    planners.plan()
    SensitiveDay.objects.create(
        name="成人高考", kind="exam", first_on=STARTS_AT.date(), last_on=STARTS_AT.date(), recorded_at=MONDAY
    )
    with time_machine.travel(MONDAY, tick=False):
        page = text_of(browser(planners.agent).get(reverse("plans"), {"month": "2026-09"}))
    for words in ("江湾新村 3–8 幢", "成人高考", "中秋", "草拟"):
        assert words in page


def test_the_feed_needs_no_sign_in_and_ends_with_its_link() -> None:
    planners = Planners()
    planners.announced(planners.taken_to(PlanState.APPROVED))
    client = browser(planners.agent)
    with time_machine.travel(MONDAY + timedelta(days=1), tick=False):
        page = text_of(client.post(reverse("plan_link_new")))
        found = re.search(r"http://testserver(/outages/plans/calendar/[\w-]+\.ics)", page)
        assert found
        answer = Client().get(found[1])
        assert answer["Content-Type"].startswith("text/calendar")
        assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 1
        assert found[1] not in text_of(client.get(reverse("plan_link"))), "shown once"
        client.post(reverse("plan_link_end"))
        assert Client().get(found[1]).status_code == 404
    assert AuditEntry.objects.filter(action__in=["plan.link", "plan.link_end"]).count() == 2


def test_a_changed_time_changes_what_the_public_reads() -> None:
    """A text written by itself follows; one of somebody's own must be looked at again."""
    planners = Planners()
    plan = planners.taken_to(PlanState.APPROVED)
    values = {
        "title": plan.title,
        "areas": "JW-001",
        "work": plan.work,
        "starts_at": local(STARTS_AT + timedelta(days=1)),
        "ends_at": local(STARTS_AT + timedelta(days=1, hours=5)),
        "public_text": plan.public_text,
        "text": "天气",
    }
    client, address = browser(planners.head), reverse("plan_act", args=[plan.pk, "propose_change"])
    with time_machine.travel(MONDAY, tick=False):
        refused = client.post(address, values)
        assert refused.status_code == 400
        assert "公告内容仍是原来的" in text_of(refused)
        assert client.post(address, values | {"public_text": ""}).status_code == 302
    plan.refresh_from_db()
    assert "9 月 22 日" in plan.proposal["public_text"]
