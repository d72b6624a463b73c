"""Two people of a level, one moment: the level has one word, each message its answer (T4, S0-R01)."""

from collections.abc import Callable
from typing import Any

from notifications.expand import expand_due
from notifications.inbox import acknowledge, inbox
from notifications.models import Delivery
from outage.vocabulary import ChainLevel
from tests.conftest import COMMITTED
from tests.factories import MONDAY
from tests.outage.factories import Crew

pytestmark = COMMITTED
Run = Callable[..., list[Any]]


def test_two_taps_at_once_are_one_word_of_the_level(at_once: Run) -> None:
    crew = Crew()
    for _round in range(3):
        outage = crew.outage()
        expand_due(MONDAY)
        first = inbox(crew.worker, now=MONDAY).get(message__code="outage.chain_first", message__outage=outage)
        acknowledge(first, by=crew.worker, now=MONDAY)
        expand_due(MONDAY)
        rows = [
            inbox(user, now=MONDAY).get(message__code="outage.chain_sent", message__outage=outage)
            for user in (crew.head, crew.deputy)
        ]
        outcomes = at_once(
            lambda rows=rows: acknowledge(rows[0], by=crew.head, now=MONDAY),
            lambda rows=rows: acknowledge(rows[1], by=crew.deputy, now=MONDAY),
        )
        assert True in outcomes, outcomes
        assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
        said = outage.events.filter(name="chain_acknowledged", data__level=ChainLevel.STATION_HEAD)
        assert said.count() == 1
        still = Delivery.objects.filter(pk__in=[row.pk for row in rows], ack_required=True, acknowledged_at=None)
        assert not still.exists(), "nobody is left with something to confirm"
