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
TURNS = pytest.mark.parametrize("turn", range(3))
AtOnce = Callable[..., list[Any]]


@TURNS
def test_two_batches_over_the_same_orders_take_each_once(turn: int, at_once: AtOnce) -> None:
    company = Company()
    orders = [company.order() for _n in range(4)]
    forth, back = picks(*orders), picks(*reversed(orders))
    one, other = at_once(
        lambda: run_bulk(TAKE, forth, by=company.handler, now=NOW),
        lambda: run_bulk(TAKE, back, by=company.contact, now=NOW),
    )
    assert isinstance(one, BulkRun), one
    assert isinstance(other, BulkRun), other
    assert len(one.done) + len(other.done) == len(orders)
    assert OrderEvent.objects.filter(name="accept").count() == len(orders)


@TURNS
def test_undo_and_going_on_at_once_leave_one_story(turn: int, at_once: AtOnce) -> None:
    company = Company()
    order = perform(company.order(), "accept", by=company.contact, now=NOW, handler=company.handler)
    seq = order.event_seq
    outcomes = at_once(
        lambda: undo(order, seq=seq, by=company.contact, now=NOW),
        lambda: perform(order, "investigate", by=company.handler, now=NOW, version=order.version, **findings()),
    )
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1, outcomes
    order.refresh_from_db()
    assert (order.accepted_at is None) == (not order.events.filter(name="investigate").exists())


@TURNS
def test_two_draws_at_once_draw_once(turn: int, at_once: AtOnce) -> None:
    calls(person(Role.HOTLINE_AGENT), 30)
    drawn = at_once(lambda: draw_calls(now=NOW + timedelta(days=1)), lambda: draw_calls(now=NOW + timedelta(days=1)))
    assert sum(drawn) == SAMPLES, drawn
    assert CallScore.objects.count() == SAMPLES
