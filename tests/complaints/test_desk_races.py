"""Two at once over lists, undo and samples: each order once, one story, one sample."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from complaints.models import BulkRun, CallScore, OrderEvent
from complaints.services import perform
from complaints.services.bulk import run_bulk
from complaints.services.quality import SAMPLES, draw_calls
from complaints.services.undo import undo
from people.roles import Role
from tests.complaints.test_bulk import NOW, TAKE, picks
from tests.complaints.test_quality import calls
from tests.conftest import COMMITTED
from tests.factories import Company, findings, person

pytestmark = COMMITTED
ROUNDS = pytest.mark.parametrize(
    "rounds", [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]
)
AtOnce = Callable[..., list[Any]]


@ROUNDS
def test_two_batches_over_the_same_orders_take_each_once(rounds: int, at_once: AtOnce) -> None:
    company = Company()
    for turn in range(1, rounds + 1):
        orders = [company.order() for _n in range(4)]
        forth, back = picks(*orders), picks(*reversed(orders))
        one, other = at_once(
            lambda: run_bulk(TAKE, forth, by=company.handler, now=NOW),  # noqa: B023
            lambda: run_bulk(TAKE, back, by=company.contact, now=NOW),  # noqa: B023
        )
        assert isinstance(one, BulkRun), one
        assert isinstance(other, BulkRun), other
        assert len(one.done) + len(other.done) == len(orders)
        assert OrderEvent.objects.filter(name="accept").count() == len(orders) * turn


@ROUNDS
def test_undo_and_going_on_at_once_leave_one_story(rounds: int, at_once: AtOnce) -> None:
    company = Company()
    for _turn in range(rounds):
        order = perform(company.order(), "accept", by=company.contact, now=NOW, handler=company.handler)
        seq, version = order.event_seq, order.version
        outcomes = at_once(
            lambda: undo(order, seq=seq, by=company.contact, now=NOW),  # noqa: B023
            lambda: perform(order, "investigate", by=company.handler, now=NOW, version=version, **findings()),  # noqa: B023
        )
        assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1, outcomes
        order.refresh_from_db()
        assert (order.accepted_at is None) == (not order.events.filter(name="investigate").exists())


@ROUNDS
def test_two_draws_at_once_draw_once(rounds: int, at_once: AtOnce) -> None:
    later = NOW + timedelta(days=1)
    for turn in range(1, rounds + 1):
        calls(person(Role.HOTLINE_AGENT), 30)
        drawn = at_once(lambda: draw_calls(now=later), lambda: draw_calls(now=later))
        assert sum(drawn) == SAMPLES, drawn
        assert CallScore.objects.count() == SAMPLES * turn
