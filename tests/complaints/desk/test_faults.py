"""The fault form: asked in detail, guided by telephone, never charged without consent (S4-R15..R18)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.errors import Invalid, NotAllowed
from complaints.models import FaultReport, Order, PaidConsent
from complaints.services import open_order
from complaints.services.faults import record_consent
from complaints.services.matter import FaultFacts
from complaints.vocabulary import Ownership, State
from complaints.wordings import PAID_NOTICE
from people.roles import Role
from policy.vocabulary import Category, Kind, Urgency
from tests.complaints.desk.conftest import FAULT, at_desk, post
from tests.factories import MONDAY, Company, matter, person

pytestmark = pytest.mark.django_db
OWN = {"ownership": "customer", "guidance": "查看漏电保护器\n合闸", "guidance_result": "not_restored"}


@pytest.fixture(autouse=True)
def repair_centre() -> None:
    person(Role.TICKET_CONTACT, "repair_centre")


def fault(**fields: Any) -> Any:
    return matter(kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR, **fields)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("ownership", "请判断产权"),
        ("fault_symptom", "请记下故障现象"),
        ("fault_scope", "邻居也停"),
        ("address", "请问清故障地址"),
        ("caller_phone", "请留联系电话"),
    ],
)
def test_a_fault_is_asked_about_in_detail(company: Company, missing: str, words: str) -> None:
    """S4-R15."""
    desk = at_desk(company.agent)
    answer = post(desk, **FAULT | {missing: ""})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert post(desk, **FAULT).status_code == 302


@pytest.mark.parametrize("ownership", ["utility", "unknown"])
def test_ours_and_unknown_go_out_at_once(company: Company, ownership: str) -> None:
    """S4-R16: dispatched in the same moment; the category of a fault need not be chosen."""
    post(at_desk(company.agent), **FAULT | {"ownership": ownership, "urgency": "danger", "meter_no": "M-1"})
    order = Order.objects.get()
    assert (order.state, order.category) == (State.CLASSIFIED, Category.FAULT_REPAIR)
    assert order.dispatched_at is not None
    found = order.fault
    assert (found.ownership, found.symptom, found.scope, found.meter_no) == (ownership, "全屋无电", "neighbours", "M-1")
    assert found.danger


def test_the_customers_own_asset_is_first_looked_at_by_telephone(company: Company) -> None:
    """S4-R17: steps and result; solved that way, the call is closed on the spot."""
    desk = at_desk(company.agent)
    answer = post(desk, **FAULT | {"ownership": "customer"})
    assert "先在电话里引导排查" in answer.content.decode()
    assert "请选择引导排查的结果" in answer.content.decode()
    guided = FAULT | OWN | {"guidance_result": "restored", "then": "answer", "answer": "已引导客户合闸，恢复供电。"}
    assert post(desk, **guided).status_code == 302
    order = Order.objects.get()
    assert order.state == State.ARCHIVED
    assert order.fault.guidance == ["查看漏电保护器", "合闸"]
    assert order.fault.guidance_result == "restored"


def test_no_charged_repair_without_a_stored_consent(company: Company) -> None:
    """S4-R18: the words, their version, the agent and the moment are there before the order is."""
    desk = at_desk(company.agent)
    for fields in (OWN, OWN | {"paid": "on"}, OWN | {"paid": "on", "paid_consent": "不是编号"}):
        assert post(desk, **FAULT | fields).status_code == 400, fields
    assert not Order.objects.exists()
    desk.post("/intake/consent/", {"caller_phone": "13800001234"})
    consent = PaidConsent.objects.get()
    assert (consent.agent, consent.text_version, consent.text) == (
        company.agent,
        PAID_NOTICE.version,
        str(PAID_NOTICE.text),
    )
    paid = FAULT | OWN | {"paid": "on", "paid_consent": str(consent.uid)}
    assert post(desk, **paid).status_code == 302
    order = Order.objects.get()
    assert order.fault.consent == consent
    assert consent.at <= order.registered_at
    again = post(desk, **paid | {"caller_phone": "13900000000"})
    assert again.status_code == 400
    assert "已用于另一张工单" in again.content.decode()


def test_the_door_itself_refuses_a_charged_repair_without_consent(company: Company) -> None:
    """Not only the page: API and services meet the same wall, and the database behind it."""
    late = record_consent(by=company.agent, now=MONDAY + timedelta(minutes=1))
    for facts in (
        FaultFacts(Ownership.CUSTOMER),
        FaultFacts(Ownership.CUSTOMER, paid=True),
        FaultFacts(Ownership.CUSTOMER, paid=True, consent=late),
        FaultFacts(Ownership.UTILITY, paid=True),
    ):
        with pytest.raises(Invalid):
            open_order(by=company.agent, now=MONDAY, matter=fault(fault=facts))
    with pytest.raises(Invalid):
        open_order(by=company.agent, now=MONDAY, matter=matter(fault=FaultFacts(Ownership.UTILITY)))
    order = open_order(by=company.agent, now=MONDAY, matter=fault(fault=FaultFacts(Ownership.UTILITY)))
    with pytest.raises(IntegrityError), transaction.atomic():
        FaultReport.objects.filter(order=order).update(paid=True)


def test_danger_goes_out_without_talk_of_money(company: Company) -> None:
    """A28: making safe is free; the bill comes after."""
    facts = FaultFacts(Ownership.CUSTOMER)
    order = open_order(by=company.agent, now=MONDAY, matter=fault(fault=facts, urgency=Urgency.DANGER))
    assert order.dispatched_at == MONDAY
    assert order.fault.danger


def test_consent_is_recorded_by_the_desk_only(company: Company) -> None:
    with pytest.raises(NotAllowed):
        record_consent(by=company.handler, now=MONDAY)
