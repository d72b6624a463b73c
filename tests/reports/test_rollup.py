"""P6: what a run of the roll-up counts anew, and what it never loses."""

from datetime import timedelta

import pytest

from complaints.models import Order, OrderEvent
from complaints.services import note_many
from reports.live import span_of
from reports.models import RollUpMark
from reports.months import Month
from reports.rollup import roll_up, rolled
from reports.sheet import live_sheet, sheet_of
from tests.reports.golden import JULY, NOW, Golden

pytestmark = pytest.mark.django_db


def test_a_run_counts_the_months_of_the_orders_that_moved_and_no_other(golden: Golden) -> None:
    """P6: what an old archive costs is nothing."""
    roll_up(NOW)
    later = NOW + timedelta(hours=1)
    assert set(roll_up(later)) == {Month.at(NOW)}, "nothing moved: the running month alone"
    order = Order.objects.filter(registered_at__gte=JULY.start, closed_at__lt=JULY.end).order_by("pk")[0]
    note_many([order.pk], "add_fact", now=JULY.end - timedelta(days=1))
    assert set(roll_up(later)) == {JULY, Month.at(NOW)}
    assert set(roll_up(later)) == {Month.at(NOW)}, "looked at once, not until it settles"


def test_a_change_found_while_a_run_had_no_time_left_stays_marked(golden: Golden) -> None:
    """A stale month is not read, and the next run counts it."""
    roll_up(NOW)
    order = Order.objects.filter(registered_at__gte=JULY.start, closed_at__lt=JULY.end).order_by("pk")[0]
    Order.objects.filter(pk=order.pk).update(transfers=9, refusals=9)
    note_many([order.pk], "add_fact", now=JULY.end - timedelta(days=1))
    assert roll_up(NOW, most=1) == [Month.at(NOW)]
    assert rolled([JULY]) == {}
    assert JULY in roll_up(NOW, most=2)
    counted = sheet_of(rolled([JULY])[JULY], JULY, as_of=NOW)
    assert counted.total.counts == live_sheet(span_of(JULY, now=NOW)).total.counts


def test_an_event_committed_later_than_a_younger_one_is_found(golden: Golden) -> None:
    """Numbers are drawn before transactions commit: a run may see 11 and not 10."""
    roll_up(NOW)
    order = Order.objects.filter(registered_at__gte=JULY.start, closed_at__lt=JULY.end).order_by("pk")[0]
    mark = RollUpMark.objects.get()
    # As the run before left it when it had seen all but one of the events above the base.
    RollUpMark.objects.update(event_id=order.events.latest("pk").pk - 1, next_at=NOW)
    above = OrderEvent.objects.filter(pk__gte=order.events.latest("pk").pk, pk__lte=mark.seen_id)
    RollUpMark.objects.update(seen_count=above.count() - 1)
    assert JULY in roll_up(NOW)
    assert set(roll_up(NOW)) == {Month.at(NOW)}
