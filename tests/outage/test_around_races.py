"""Two people, one moment, around the outages: exactly one wins, one effect (T4)."""

from collections.abc import Callable
from typing import Any

import pytest

from complaints.errors import NotNow, Refused, Stale
from outage.disconnection.models import Disconnection
from outage.disconnection.services import LATE, mark_late
from outage.disconnection.vocabulary import State
from outage.flow.door import perform
from outage.models import Outage, OutagePlan
from outage.planning.services import MISSED, mark_missed, take
from outage.planning.vocabulary import State as PlanState
from people.models import AuditEntry
from tests.conftest import COMMITTED
from tests.factories import MONDAY
from tests.outage.disconnections import EXECUTE_AT, HOUR, Station
from tests.outage.plans import STARTS_AT, Planners

pytestmark = COMMITTED
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]


def one_winner(outcomes: list[Any]) -> None:
    won = [one for one in outcomes if not isinstance(one, Exception)]
    lost = [one for one in outcomes if isinstance(one, Exception)]
    assert len(won) == 1, outcomes
    assert all(isinstance(one, (NotNow, Stale)) for one in lost), outcomes


@pytest.mark.parametrize("rounds", ROUNDS)
def test_cutting_and_paying_at_the_same_moment_have_one_winner(at_once: Run, rounds: int) -> None:
    """Either the payment comes first and nothing is cut, or the cut and then nobody "settles" it any more."""
    station = Station()
    for number in range(rounds):
        case = station.case(station.new_customer(f"61009{number:05d}"))
        case = station.taken_to(State.NOTIFIED, case)
        case = perform(case, "tell_again", by=station.clerk, now=EXECUTE_AT, **station.steps(case)[3][3])
        outcomes = at_once(
            lambda case=case: perform(case, "execute", by=station.clerk, now=EXECUTE_AT, unpaid=True),
            lambda case=case: perform(case, "settle", by=station.agent, now=EXECUTE_AT, paid_at=EXECUTE_AT),
        )
        one_winner(outcomes)
        case.refresh_from_db()
        assert case.events.filter(name__in=["execute", "settle"]).count() == 1
        assert case.events.count() == case.event_seq
        told = AuditEntry.objects.filter(subject_ref=case.number, action__startswith="disconnection.")
        assert told.count() == case.event_seq


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_customer_proposed_twice_at_once_has_one_case(at_once: Run, rounds: int) -> None:
    station = Station()
    for number in range(rounds):
        customer = station.new_customer(f"61008{number:05d}")
        outcomes = at_once(*[lambda customer=customer: station.case(customer)] * 2)
        assert sum(isinstance(one, Disconnection) for one in outcomes) == 1
        assert sum(isinstance(one, Refused) for one in outcomes) == 1


def test_a_plan_begun_twice_at_once_becomes_one_outage(at_once: Run) -> None:
    planners = Planners()
    plan = planners.announced(planners.taken_to(PlanState.APPROVED))
    outcomes = at_once(*[lambda: take(plan, "begin", by=planners.duty, now=STARTS_AT, begun_at=STARTS_AT)] * 2)
    one_winner(outcomes)
    assert Outage.objects.count() == 1
    assert OutagePlan.objects.get().outage == Outage.objects.get()


def test_sweeps_in_two_processes_mark_once(at_once: Run) -> None:
    case = Station().taken_to(State.PAID)
    late = EXECUTE_AT + 30 * HOUR
    assert sum(at_once(*[lambda: mark_late(late)] * 3)) == 1
    assert case.events.filter(name=LATE).count() == 1
    plan = Planners().taken_to(PlanState.APPROVED)
    assert sum(at_once(*[lambda: mark_missed(STARTS_AT - HOUR)] * 3)) == 1
    assert plan.events.filter(name=MISSED).count() == 1
    assert late > MONDAY
