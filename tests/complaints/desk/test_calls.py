"""What a call must have been before it may end (S4-R07..R14, R20..R22)."""

from typing import Any

import pytest

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import Call, HarassmentReport, Order
from complaints.name_words import DENIED, WORDS, unfit_words, words_for
from complaints.services.calls import acknowledge_harassment, log_call, record_hang_up
from complaints.services.matter import CallFacts, Matter
from complaints.vocabulary import Disposition, HungUpBy, Mood
from people.models import User
from tests.complaints.desk.conftest import at_desk, post
from tests.factories import MONDAY, Company

pytestmark = pytest.mark.django_db


def harassment(agent: User, **facts: Any) -> Call:
    call = CallFacts(**{"warned": True, **facts})
    return log_call(
        by=agent, now=MONDAY, matter=Matter(call=call), disposition=Disposition.NO_ORDER, reason="harassment"
    )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ring_count": "5"}, "响铃超过 4 声"),
        ({"read_back": None}, "复述并确认"),
        ({"kind": "consultation"}, "不能当即答复"),
        ({"caller_phone": ""}, "请留联系电话"),
        ({"name_note": "死鬼的鬼"}, "中性或褒义"),
        ({"hung_up_by": "agent"}, "坐席先挂须写明原因"),
        ({"channel": "gov_12345"}, "登记对方的编号"),
    ],
    ids=["S4-R07", "S4-R09", "S4-R12 apology", "S4-R12 phone", "S4-R14", "S4-R10", "S1-R30"],
)
def test_what_was_not_said_on_the_call_stands_in_the_way(company: Company, fields: dict[str, Any], words: str) -> None:
    """Success and refusal with the same form."""
    desk = at_desk(company.agent)
    answer = post(desk, **fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Order.objects.exists()
    mend = {
        "apologised": "on",
        "delay_apologised": "on",
        "read_back": "on",
        "caller_phone": "13800001234",
        "name_note": "三横王",
        "hung_up_reason": "线路中断",
        "external_ref": "12345-2026-77",
    }
    assert post(desk, **{**fields, **mend}).status_code == 302
    assert Order.objects.count() == 1


def test_the_call_keeps_what_happened_on_it(company: Company) -> None:
    """S4-R07..R14, R22: rings, apologies, read-back, mood, note on the name, the telephone system's number."""
    post(
        at_desk(company.agent),
        ring_count="6",
        apologised="on",
        mood="angry",
        emotion="对反复停电不满",
        name_note="三横王",
        call_id="cti-1",
    )
    call = Call.objects.get()
    assert (call.ring_count, call.apologised, call.read_back) == (6, True, True)
    assert (call.mood, call.emotion, call.name_note, call.call_id) == (Mood.ANGRY, "对反复停电不满", "三横王", "cti-1")


def test_every_name_word_is_fit_to_be_said() -> None:
    """S4-R14: neutral or positive words for every character, surnames of unusual reading with their reading."""
    assert len(WORDS) >= 150
    assert [word.say for word in WORDS.values() if unfit_words(word.say)] == []
    assert [word.character for word in words_for("单晓明")] == ["单", "明"]
    assert words_for("单")[0].reading == "shàn"
    assert words_for("") == []
    assert all(unfit_words(f"{word}字") for word in DENIED)


def test_a_name_typed_by_hand_gets_its_words(company: Company) -> None:
    desk = at_desk(company.agent)
    assert "三横王" in desk.post("/intake/name/", {"caller_name": "王小明"}).content.decode()
    assert "不适合" in desk.post("/intake/name/", {"caller_name": "王", "name_note": "死人的死"}).content.decode()


# --- calls that make no order ---------------------------------------------------------------------------------------


def test_a_wrong_number_is_counted_and_makes_no_order(company: Company) -> None:
    """S4-R20."""
    answer = post(at_desk(company.agent), no_order="wrong_number", content=None, caller_name=None)
    assert answer.status_code == 302
    call = Call.objects.get()
    assert (call.disposition, call.no_order_reason, call.order) == ("no_order", "wrong_number", None)
    assert not HarassmentReport.objects.exists()


def test_a_harassing_call_is_warned_first_and_then_reported(company: Company, leader: User) -> None:
    """S4-R21: warning, the agent may hang up, shift leader or supervisor must take note."""
    desk = at_desk(company.agent)
    refused = post(desk, no_order="harassment", no_order_note="反复拨打辱骂")
    assert refused.status_code == 400
    assert "须先警告" in refused.content.decode()
    assert not Call.objects.exists()
    post(desk, no_order="harassment", no_order_note="反复拨打辱骂", warned="on")
    call = Call.objects.get()
    assert (call.warned, call.hung_up_by, call.content) == (True, HungUpBy.AGENT, "反复拨打辱骂")

    boss = at_desk(leader)
    assert "反复拨打辱骂" in boss.get("/intake/duty/").content.decode()
    assert "1 件骚扰电话待确认" in boss.get("/intake/waiting/").content.decode()
    boss.post(f"/intake/duty/harassment/{call.pk}/acknowledge/", {"opinion": "已转派出所"})
    report = HarassmentReport.objects.get()
    assert (report.acknowledged_by, report.opinion) == (leader, "已转派出所")
    assert "件骚扰电话待确认" not in boss.get("/intake/waiting/").content.decode()


def test_a_report_is_acknowledged_once_and_by_a_leader_only(company: Company, leader: User) -> None:
    report = harassment(company.agent).harassment_report
    with pytest.raises(NotAllowed):
        acknowledge_harassment(report, by=company.agent, now=MONDAY)
    acknowledge_harassment(report, by=leader, now=MONDAY)
    with pytest.raises(NotNow, match=leader.name):
        acknowledge_harassment(report, by=company.director, now=MONDAY)


def test_an_imported_harassing_call_asks_nobody_for_anything(company: Company) -> None:
    call = harassment(company.agent, warned=None)
    assert not HarassmentReport.objects.filter(call=call).exists()
    with pytest.raises(Invalid, match="须先警告"):
        harassment(company.agent, warned=False)


# --- who hung up ----------------------------------------------------------------------------------------------------


def test_who_hung_up_is_told_once_by_the_agent_of_the_call(company: Company, leader: User) -> None:
    """S4-R10."""
    desk = at_desk(company.agent)
    number = post(desk)["Location"].split("/")[2]
    call = Call.objects.get()
    assert "客户先挂" in desk.get(f"/orders/{number}/slip/?fresh").content.decode()
    with pytest.raises(NotAllowed):
        record_hang_up(call, by=leader, now=MONDAY, hung_up_by="caller")
    with pytest.raises(Invalid, match="须写明原因"):
        record_hang_up(call, by=company.agent, now=MONDAY, hung_up_by="agent")
    with pytest.raises(Invalid):
        record_hang_up(call, by=company.agent, now=MONDAY, hung_up_by="nobody")
    assert desk.post(f"/intake/calls/{call.pk}/hang-up/", {"hung_up_by": "caller"}).status_code == 302
    call.refresh_from_db()
    assert call.hung_up_by == HungUpBy.CALLER
    with pytest.raises(NotNow):
        record_hang_up(call, by=company.agent, now=MONDAY, hung_up_by="caller")
    assert "客户先挂" not in desk.get(f"/orders/{number}/slip/?fresh").content.decode()
    assert at_desk(leader).post(f"/intake/calls/{call.pk}/hang-up/", {"hung_up_by": "caller"}).status_code == 404
