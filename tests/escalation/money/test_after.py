"""What follows a verified complaint: archive waits for the order to put right, and for money to be decided."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from complaints.errors import Blocked, Held, Invalid, NotAllowed, NotNow
from complaints.models import Order
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.models import Accountability, Compensation
from escalation.services import compensations
from escalation.services import rectifications as after
from escalation.services.cases import decide
from escalation.vocabulary import Decision
from people.roles import Role
from policy.services import add_policy
from tests.escalation.money.test_rulings import House
from tests.factories import MONDAY, contact, dept, feedback, findings, person

pytestmark = pytest.mark.django_db
NEXT_WEEK = date(2026, 9, 16)
HOUR = timedelta(hours=1)


@pytest.fixture
def house() -> House:
    return House()


def called_back(house: House, *, verified: bool) -> Order:
    """An order ready for archive."""
    order = house.order(MONDAY)
    order = perform(order, "accept", by=house.contact, now=MONDAY, handler=house.handler)
    order = perform(order, "investigate", by=house.handler, now=MONDAY, **findings(verified=verified))
    order = perform(order, "contact_customer", by=house.handler, now=MONDAY, at=MONDAY, **contact())
    order = perform(order, "resolve", by=house.handler, now=MONDAY, **feedback(order))
    order = perform(order, "accept_feedback", by=house.director, now=MONDAY)
    answered = contact(answered=True, satisfaction="fair")
    return perform(order, "attempt_callback", by=house.agent, now=MONDAY, at=MONDAY, **answered)


def test_a_verified_complaint_is_archived_only_after_the_order_to_put_right(house: House) -> None:
    """S4-R48."""
    order = called_back(house, verified=True)
    with pytest.raises(Held, match="整改"):
        perform(order, "archive", by=house.agent, now=MONDAY)
    for wrong in (house.agent, house.head):
        with pytest.raises(NotAllowed):
            after.issue(order, owner=house.handler, measures="换变压器", due_on=NEXT_WEEK, by=wrong, now=MONDAY)
    with pytest.raises(Invalid):
        after.issue(order, owner=house.outsider, measures="x", due_on=NEXT_WEEK, by=house.director, now=MONDAY)
    after.issue(order, owner=house.handler, measures="换变压器", due_on=NEXT_WEEK, by=house.director, now=MONDAY)
    assert perform(order, "archive", by=house.agent, now=MONDAY).state == "archived"


def test_what_was_not_verified_waits_for_nothing(house: House) -> None:
    order = called_back(house, verified=False)
    assert perform(order, "archive", by=house.agent, now=MONDAY).state == "archived"
    with pytest.raises(Blocked):
        after.issue(order, owner=house.handler, measures="x", due_on=NEXT_WEEK, by=house.director, now=MONDAY)


def test_putting_right_is_proven_and_accepted_by_somebody_else(house: House) -> None:
    order = called_back(house, verified=True)
    row = after.issue(order, owner=house.handler, measures="换变压器", due_on=NEXT_WEEK, by=house.director, now=MONDAY)
    with pytest.raises(NotNow):
        after.accept(row, accepted=True, by=house.director, now=MONDAY + HOUR)
    with pytest.raises(NotAllowed):
        after.submit(row, proof="已更换", by=house.outsider, now=MONDAY + HOUR)
    after.submit(row, proof="已更换", by=house.handler, now=MONDAY + HOUR)
    with pytest.raises(NotAllowed):
        after.accept(row, accepted=True, by=house.handler, now=MONDAY + HOUR)
    after.accept(row, accepted=False, missing="缺少照片", by=house.director, now=MONDAY + HOUR)
    after.submit(row, proof="已更换，附照片", by=house.handler, now=MONDAY + HOUR)
    assert after.accept(row, accepted=True, by=house.director, now=MONDAY + HOUR).accepted_by == house.director


def test_other_departments_look_at_themselves(house: House) -> None:
    """S1-R28."""
    order = called_back(house, verified=True)
    section = dept("safety_section")
    (row,) = after.inspect(
        order, departments=[section], task="查同类隐患", due_on=NEXT_WEEK, by=house.director, now=MONDAY
    )
    assert Order.objects.visible_to(house.outsider, now=MONDAY).filter(pk=order.pk).exists()
    with pytest.raises(NotAllowed):
        after.finish_inspection(row, result="没有", by=house.handler, now=MONDAY)
    assert after.finish_inspection(row, result="没有", by=house.outsider, now=MONDAY).done_at == MONDAY
    with pytest.raises(NotNow):
        after.finish_inspection(row, result="没有", by=house.outsider, now=MONDAY)


def test_several_people_answer_for_one_order(house: House) -> None:
    """S1-R27."""
    order = called_back(house, verified=True)
    facts = {"measure": "deduction", "notice": "通报〔2026〕3 号", "amount": Decimal(200)}
    for one, role in ((house.handler, "专责"), (house.head, "主任")):
        after.hold_accountable(order, person=one, role=role, by=house.adjudicator, now=MONDAY, **facts)  # type: ignore[arg-type]
    assert Accountability.objects.filter(order=order).count() == 2
    with pytest.raises(NotAllowed):
        after.hold_accountable(order, person=house.head, role="x", by=house.head, now=MONDAY, **facts)  # type: ignore[arg-type]
    assert after.record_service(order, kind="suggestion", text="建议有效", by=house.main, now=MONDAY).pk


@pytest.mark.parametrize("decision", [Decision.APPROVED, Decision.REJECTED])
def test_compensation_is_decided_before_the_archive(house: House, decision: Decision) -> None:
    """S3-R12, S0-R37: two steps, by others than who asked."""
    order = called_back(house, verified=False)
    ask = {"form": "refund", "text": "多收电费", "charged": Decimal(300), "correct": Decimal(180)}
    with pytest.raises(Invalid):
        compensations.ask_compensation(order, amount=Decimal(100), by=house.contact, now=MONDAY, **ask)  # type: ignore[arg-type]
    case = compensations.ask_compensation(order, amount=Decimal(120), by=house.contact, now=MONDAY, **ask)  # type: ignore[arg-type]
    with pytest.raises(Held, match="补偿"):
        perform(order, "archive", by=house.agent, now=MONDAY)
    with pytest.raises(NotAllowed):
        decide(case, KINDS["compensation"], by=house.contact, now=MONDAY, decision=decision, position=1, opinion="x")
    decide(case, KINDS["compensation"], by=house.head, now=MONDAY, decision=decision, position=1, opinion="已核")
    if decision == Decision.APPROVED:
        decide(case, KINDS["compensation"], by=house.deputy, now=MONDAY, decision=decision, position=2, opinion="同意")
    assert perform(order, "archive", by=house.agent, now=MONDAY).state == "archived"


THRESHOLD = Decimal("500.00")
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("threshold", "amount", "rungs"),
    [
        (THRESHOLD, THRESHOLD - CENT, ["head"]),
        (THRESHOLD, THRESHOLD, ["head", "deputy_leader"]),
        (THRESHOLD, THRESHOLD + CENT, ["head", "deputy_leader"]),
        (None, CENT, ["head", "deputy_leader"]),
    ],
)
def test_from_an_amount_on_money_takes_two_steps(
    house: House, threshold: Decimal | None, amount: Decimal, rungs: list[str]
) -> None:
    """S3-R12: at the amount itself too; where no amount is set every one takes both steps."""
    manager = person(Role.MANAGER, "company")
    values = {"compensation_two_step_yuan": threshold}
    add_policy(values, effective_from=MONDAY.date() + timedelta(days=1), by=manager, now=MONDAY)
    order, then = called_back(house, verified=False), MONDAY + timedelta(days=1)
    case = compensations.ask_compensation(
        order, form="compensation", text="x", amount=amount, by=house.contact, now=then
    )
    assert [step.rung for step in case.steps.order_by("position")] == rungs
    assert Compensation.objects.get(pk=case.pk).amount == amount
    decide(case, KINDS["compensation"], by=house.head, now=then, decision=Decision.APPROVED, position=1)
    case.refresh_from_db()
    assert (case.status == "approved") == (rungs == ["head"])
    if rungs == ["head"]:
        assert perform(order, "archive", by=house.agent, now=then).state == "archived"


def test_an_amount_asked_for_before_the_number_keeps_its_steps(house: House) -> None:
    """Old cases never move: the number of the day of the request counts."""
    manager = person(Role.MANAGER, "company")
    values = {"compensation_two_step_yuan": THRESHOLD}
    add_policy(values, effective_from=MONDAY.date() + timedelta(days=1), by=manager, now=MONDAY)
    order = called_back(house, verified=False)
    case = compensations.ask_compensation(
        order, form="compensation", text="x", amount=CENT, by=house.contact, now=MONDAY
    )
    then = MONDAY + timedelta(days=2)
    decide(case, KINDS["compensation"], by=house.head, now=then, decision=Decision.APPROVED, position=1)
    case.refresh_from_db()
    assert case.status == "pending"
