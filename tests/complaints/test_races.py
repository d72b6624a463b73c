"""Two people, one moment: exactly one wins, the other is told, one effect, no deadlock (T4, F19).

A few rounds in every run; ``make proof`` runs 200 rounds of each.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from complaints.errors import Blocked, NotNow, Refused, Stale
from complaints.models import Call, Order, OrderEvent
from complaints.services import open_order, perform
from complaints.vocabulary import State
from escalation.services import settle_due
from people.models import AuditEntry
from tests.conftest import COMMITTED
from tests.factories import MONDAY, Company, contact, dept, feedback, findings, matter

pytestmark = COMMITTED
HOUR = timedelta(hours=1)
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]


def one_winner(outcomes: list[Any]) -> Refused:
    """Exactly one result and one refusal that is a clear conflict; returns the refusal."""
    won = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    lost = [outcome for outcome in outcomes if not isinstance(outcome, Order)]
    assert len(won) == 1, outcomes
    assert len(lost) == 1, outcomes
    assert isinstance(lost[0], (NotNow, Stale, Blocked)), lost
    return lost[0]


PAIRS: dict[str, tuple[str, str, Callable[[Company, Order], dict[str, Any]]]] = {
    "classify": (State.REGISTERED, "agent", lambda c, o: {"kind": "complaint", "category": "power_quality"}),
    "accept": (State.CLASSIFIED, "contact", lambda c, o: {"handler": c.handler}),
    "reject_dispatch": (State.CLASSIFIED, "contact", lambda c, o: {"reason": "不属本部门"}),
    "resolve": (State.INVESTIGATED, "handler", lambda c, o: feedback(o)),
    "accept_feedback": (State.RESOLVED, "director", lambda c, o: {}),
    "return_feedback": (State.RESOLVED, "director", lambda c, o: {"missing": "缺少期限"}),
    "archive": (State.CALLBACK, "agent", lambda c, o: {}),
    "withdraw": (State.CLASSIFIED, "agent", lambda c, o: {"reason": "客户撤回"}),
}


def ready(company: Company, state: str, name: str) -> Order:
    if state == State.REGISTERED:
        return company.order(kind="", category="")
    if state == State.CLASSIFIED:
        return company.order()
    order = company.taken_to(state)
    if name == "resolve":
        order = perform(order, "contact_customer", by=company.handler, now=MONDAY + HOUR, at=MONDAY, **contact())
    if name == "archive":
        done = contact(answered=True, satisfaction="satisfied")
        order = perform(order, "attempt_callback", by=company.agent, now=MONDAY + 9 * HOUR, at=MONDAY, **done)
    return order


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("name", PAIRS)
def test_the_same_step_twice_at_once_has_one_winner(name: str, rounds: int, at_once: Run) -> None:
    company = Company()
    state, who, details = PAIRS[name]
    for _round in range(rounds):
        order = ready(company, state, name)
        by, version = getattr(company, who), order.version

        def act(order: Order = order, by: Any = by, version: int = version) -> Order:
            return perform(order, name, by=by, now=MONDAY + 10 * HOUR, version=version, **details(company, order))

        one_winner(at_once(act, act))
        assert OrderEvent.objects.filter(order=order, name=name).count() == 1
        assert AuditEntry.objects.filter(action=f"order.{name}", subject_ref=order.number).count() == 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_different_steps_at_once_leave_one_of_them(rounds: int, at_once: Run) -> None:
    """Accepting against refusing, returning against accepting feedback, transferring against resolving."""
    company = Company()
    for _round in range(rounds):
        order = company.order()
        one_winner(
            at_once(
                lambda o=order: perform(o, "accept", by=company.contact, now=MONDAY, version=o.version),
                lambda o=order: perform(
                    o, "reject_dispatch", by=company.head, now=MONDAY, version=o.version, reason="x"
                ),
            )
        )
        judged = company.taken_to(State.RESOLVED)
        one_winner(
            at_once(
                lambda o=judged: perform(o, "accept_feedback", by=company.director, now=MONDAY, version=o.version),
                lambda o=judged: perform(
                    o, "return_feedback", by=company.director, now=MONDAY, version=o.version, missing="x"
                ),
            )
        )
        asked = company.taken_to(State.INVESTIGATED)
        one_winner(
            at_once(
                lambda o=asked: perform(
                    o,
                    "transfer",
                    by=company.director,
                    now=MONDAY,
                    version=o.version,
                    lead_department=dept("safety_section"),
                    reason="x",
                ),
                lambda o=asked: perform(
                    o, "investigate", by=company.handler, now=MONDAY, version=o.version, **findings()
                ),
            )
        )


@pytest.mark.parametrize("rounds", ROUNDS)
def test_merging_both_ways_at_once_never_closes_both(rounds: int, at_once: Run) -> None:
    """PEERS row 22: both rows are locked in key order, so there is no deadlock either."""
    company = Company()
    for _round in range(rounds):
        older, younger = company.order(), company.order()

        def merge(order: Order, into: Order) -> Order:
            return perform(order, "merge", by=company.agent, now=MONDAY + HOUR, master=into, reason="同一件事")

        one_winner(at_once(lambda a=older, b=younger: merge(a, b), lambda a=older, b=younger: merge(b, a)))
        states = sorted(Order.objects.filter(pk__in=[older.pk, younger.pk]).values_list("state", flat=True))
        assert states == [State.CLASSIFIED, State.MERGED]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_same_request_key_twice_at_once_makes_one_order(rounds: int, at_once: Run) -> None:
    """Invariant 17, F1, F2: a double click, a retry after a lost answer."""
    company = Company()
    for turn in range(rounds):
        form = {
            "request_key": f"round-{turn:06d}",
            "channel": "hotline",
            "kind": "complaint",
            "category": "power_quality",
            "caller_name": "王小明",
            "caller_phone": f"138{turn:08d}",  # one customer a round: the desk asks about an open order
            "content": "电压低",
            "demands": "查明原因",
            "read_back": "on",
        }

        def send(form: dict[str, str] = form) -> Any:
            client = Client()
            client.force_login(company.agent)
            return client.post("/intake/", form)

        answers = at_once(send, send)
        assert [getattr(answer, "status_code", answer) for answer in answers] == [302, 302]
        assert answers[0]["Location"] == answers[1]["Location"]
        assert Order.objects.count() == turn + 1
        assert Call.objects.count() == turn + 1


@pytest.mark.parametrize("rounds", ROUNDS)
def test_numbers_are_unique_however_many_agents_register_at_once(rounds: int, at_once: Run) -> None:
    """Invariant 18; also on the first order of a day, when all of them set the base."""
    company = Company()
    for turn in range(max(1, rounds // 10)):
        now = MONDAY + timedelta(days=turn)
        outcomes = at_once(*[lambda n=now: open_order(by=company.agent, now=n, matter=matter()) for _agent in range(6)])
        numbers = [outcome.number for outcome in outcomes]
        assert len(set(numbers)) == 6
        assert all(number.startswith(f"{now:%Y%m%d}-") for number in numbers)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_sweeps_at_once_mark_each_order_once(rounds: int, at_once: Run) -> None:
    """F11: same rows as with one."""
    company = Company()
    late = MONDAY + timedelta(days=30)
    for _round in range(max(1, rounds // 10)):
        orders = [company.order() for _n in range(5)]
        outcomes = at_once(lambda: settle_due(late), lambda: settle_due(late))
        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
        settle_due(late)
        for order in orders:
            assert OrderEvent.objects.filter(order=order, name="overdue").count() == 1
