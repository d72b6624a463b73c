"""Difficult calls and orders go up, with what was typed, and somebody takes them over (S4-R23)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import DeskHandover, Draft, Order, PaidConsent
from complaints.services.desk import accept_handover, hand_up, withdraw_handover
from complaints.services.faults import record_consent
from people.models import User
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.complaints.desk.conftest import CALL, FAULT, at_desk, post
from tests.conftest import COMMITTED
from tests.factories import MONDAY, Company, person

Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]


@pytest.mark.django_db
class TestHandover:
    def test_a_call_goes_up_with_everything_typed_and_is_finished_there(self, company: Company, leader: User) -> None:
        desk, boss = at_desk(company.agent), at_desk(leader)
        refused = post(desk, hand_to="shift_leader", hand_reason="")
        assert refused.status_code == 400
        assert "请写明转接原因" in refused.content.decode()
        assert "每晚七点" in refused.content.decode(), "what was typed is still there"
        post(desk, hand_to="shift_leader", hand_reason="客户要求领导答复")
        assert "等待接手" in desk.get("/intake/").content.decode()
        assert "1 件转接待接手" in boss.get("/intake/waiting/").content.decode()
        handover = DeskHandover.objects.get()
        there = boss.post(f"/intake/duty/handovers/{handover.pk}/accept/")["Location"]
        page = boss.get(there).content.decode()
        assert "每晚七点" in page
        assert "13800001234" in page
        handover.refresh_from_db()
        assert handover.accepted_by == leader
        assert handover.accepted_at is not None
        assert f"{leader.name} 于" in desk.get("/intake/waiting/").content.decode()

    def test_only_a_leader_takes_over_and_not_his_own(self, company: Company, leader: User) -> None:
        mine = hand_up(by=leader, now=MONDAY, to_role=Role.SUPERVISOR, reason="拿不准")
        for user in (company.agent, company.handler, leader):
            with pytest.raises(NotAllowed):
                accept_handover(mine, by=user, now=MONDAY)
        accept_handover(mine, by=company.director, now=MONDAY)

    def test_it_goes_to_shift_leader_or_supervisor_only(self, company: Company) -> None:
        with pytest.raises(Invalid):
            hand_up(by=company.agent, now=MONDAY, to_role=Role.AUDITOR, reason="不对")
        with pytest.raises(NotAllowed):
            hand_up(by=company.handler, now=MONDAY, to_role=Role.SHIFT_LEADER, reason="不对")

    def test_what_nobody_has_taken_can_be_taken_back(self, company: Company, leader: User) -> None:
        handover = hand_up(
            by=company.agent, now=MONDAY, to_role=Role.SUPERVISOR, reason="难", form={"content": ["打了很久的字"]}
        )
        other = person(Role.HOTLINE_AGENT)
        address = f"/intake/duty/handovers/{handover.pk}/withdraw/"
        assert at_desk(other).post(address).status_code == 404
        back = at_desk(company.agent).post(address)["Location"]
        assert "打了很久的字" in at_desk(company.agent).get(back).content.decode()
        with pytest.raises(NotNow):
            accept_handover(handover, by=leader, now=MONDAY)

    def test_an_order_goes_up_too_and_its_stream_says_so(self, company: Company, leader: User) -> None:
        order = company.order()
        desk = at_desk(company.agent)
        address = f"/orders/{order.number}/hand-up/"
        assert desk.get(address).status_code == 200
        assert desk.post(address, {"to_role": "shift_leader", "hand_reason": ""}).status_code == 400
        assert desk.post(address, {"to_role": "shift_leader", "hand_reason": "客户多次来电"}).status_code == 302
        accept_handover(DeskHandover.objects.get(), by=leader, now=MONDAY)
        assert list(order.events.values_list("name", flat=True))[-2:] == ["hand_up", "hand_up_accepted"]
        order.refresh_from_db()
        assert order.version == company.order(caller_phone="13900001111").version, "a note moves no version"

    def test_a_report_about_a_leader_is_not_shown_to_him(self, company: Company, leader: User) -> None:
        """A27: not even that there is one."""
        person(Role.TICKET_CONTACT, "party_admin_office")
        order = company.order(
            kind=Kind.REPORT_MISCONDUCT, category=Category.SERVICE_CONDUCT, reported_person=leader, demands=[]
        )
        handover = hand_up(by=company.agent, now=MONDAY, to_role=Role.SHIFT_LEADER, reason="拿不准", order=order)
        boss = at_desk(leader)
        assert order.number not in boss.get("/intake/duty/").content.decode()
        assert "转接待接手" not in boss.get("/intake/waiting/").content.decode()
        assert boss.post(f"/intake/duty/handovers/{handover.pk}/accept/").status_code == 404
        assert order.number in at_desk(company.director).get("/intake/duty/").content.decode()


@COMMITTED
@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_of_two_leaders_takes_it_over(at_once: Run, rounds: int) -> None:
    company = Company()
    leaders = [person(Role.SHIFT_LEADER), person(Role.SUPERVISOR)]
    typed = {"content": ["打了很久的字"]}
    for _round in range(rounds):
        handover = hand_up(by=company.agent, now=MONDAY, to_role=Role.SHIFT_LEADER, reason="难", form=typed)
        got = at_once(
            *(partial(accept_handover, handover, by=who, now=MONDAY) for who in leaders),
            partial(withdraw_handover, handover, by=company.agent, now=MONDAY),
        )
        won = [one for one in got if isinstance(one, DeskHandover)]
        assert len(won) == 1, got
        assert all(isinstance(one, (DeskHandover, NotNow)) for one in got), got
        assert Draft.objects.filter(form=f"intake/handover-{handover.pk}").count() == 1, "typed once, kept once"


@COMMITTED
@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_consent_pays_for_one_order(at_once: Run, rounds: int) -> None:
    """S4-R18: two windows send the same consent at the same moment."""
    company = Company()
    person(Role.TICKET_CONTACT, "repair_centre")
    for number in range(rounds):
        consent = record_consent(by=company.agent, now=MONDAY)
        body = FAULT | {
            "ownership": "customer",
            "guidance": "查看开关",
            "guidance_result": "not_restored",
            "paid": "on",
            "paid_consent": str(consent.uid),
        }

        def send(phone: str, body: dict[str, str] = body) -> int:
            client = Client(raise_request_exception=False)
            client.force_login(company.agent)
            return client.post("/intake/", body | {"caller_phone": phone}).status_code

        got = at_once(lambda n=number: send(f"1380000{n:04d}"), lambda n=number: send(f"1390000{n:04d}"))
        assert sorted(got) in ([302, 400], [302, 409]), got
    assert Order.objects.count() == PaidConsent.objects.count() == rounds


@COMMITTED
def test_two_agents_register_the_same_caller(at_once: Run) -> None:
    """B11: whoever comes second is shown the other's order before a second one is made."""
    company = Company()
    first, second = at_desk(company.agent), at_desk(person(Role.HOTLINE_AGENT))
    assert post(first).status_code == 302
    told = post(second)
    assert told.status_code == 409
    number = Order.objects.get().number
    assert f"已有在办工单 {number}" in told.content.decode()
    assert post(second, seen=number).status_code == 302, "it is the agent who decides"
    assert Order.objects.filter(caller_phone=CALL["caller_phone"]).count() == 2
