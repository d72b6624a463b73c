"""Warnings at 5, 10 and 14 minutes, the breach at 15:01, progress every hour, the chain: once each, however often the
sweep looks (S0-R01, R05, S2-R02, B14)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from complaints.errors import NotAllowed, NotNow
from outage.models import Outage
from outage.services import perform
from outage.services.chain import acknowledge
from outage.services.sweep import settle_outages
from tests.conftest import COMMITTED
from tests.factories import MONDAY
from tests.outage.factories import Crew

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def story(outage: Outage) -> list[tuple[str, int]]:
    """(event, whole minutes after MONDAY) of what the sweep wrote."""
    return [
        (event.name, int((event.at - MONDAY) / MINUTE))
        for event in outage.events.filter(by__isnull=True).exclude(name__in=["open", "attendance_asked"])
    ]


@pytest.mark.django_db
def test_warnings_and_breach_at_the_second() -> None:
    crew = Crew()
    outage = crew.outage()
    for second in (299, 300, 301, 599, 600, 839, 840, 900, 901, 902, 2000):
        settle_outages(MONDAY + second * SECOND)
    names = ["notice_warning", "notice_breach"]
    found = [
        (event.name, int((event.at - MONDAY) / SECOND), len(event.data["notices"]))
        for event in outage.events.filter(name__in=names)
    ]
    assert found == [
        ("notice_warning", 300, 2),
        ("notice_warning", 600, 2),
        ("notice_warning", 840, 2),
        ("notice_breach", 901, 2),
    ]
    assert set(outage.notices.values_list("breached_at", flat=True)) == {MONDAY + 901 * SECOND}


@pytest.mark.django_db
def test_a_sweep_that_slept_breaches_at_once_and_warns_no_more() -> None:
    outage = Crew().outage()
    settle_outages(MONDAY + 40 * MINUTE)
    names = [name for name, _at in story(outage) if name.startswith("notice")]
    assert names == ["notice_breach"]


@pytest.mark.django_db
def test_restored_outages_still_owe_and_ended_ones_do_not() -> None:
    crew = Crew()
    outage = crew.outage()
    other = perform(crew.outage(), "cancel", by=crew.duty, now=MONDAY, reason="误报")
    perform(outage, "restore", by=crew.duty, now=MONDAY + MINUTE, at=MONDAY + MINUTE)
    settle_outages(MONDAY + 20 * MINUTE)
    assert ("notice_breach", 20) in story(outage)
    assert story(other) == []


@pytest.mark.django_db
def test_progress_is_asked_for_every_hour() -> None:
    """S2-R02, S0-R32: from the detection, then from the last word; a new expected time is kept with its history."""
    crew = Crew()
    outage = crew.outage()
    for minute in (59, 60, 61, 100):
        settle_outages(MONDAY + minute * MINUTE)
    now = MONDAY + 100 * MINUTE
    outage = perform(
        outage, "report_progress", by=crew.worker, now=now, text="电缆已更换", expected_at=now + 30 * MINUTE
    )
    for minute in (159, 160):
        settle_outages(MONDAY + minute * MINUTE)
    asked = [at for name, at in story(outage) if name == "progress_due"]
    assert asked == [60, 160]
    changed = outage.events.get(name="report_progress").data["changed"]["expected_at"]
    assert changed["from"] is None


@pytest.mark.django_db
def test_the_chain_reminds_skips_and_goes_on() -> None:
    """S0-R01, B14."""
    crew = Crew()
    outage = crew.outage()
    now = MONDAY + 4 * MINUTE
    acknowledge(outage, 1, by=crew.worker, now=now)
    with pytest.raises(NotNow):
        acknowledge(outage, 1, by=crew.worker, now=now)
    with pytest.raises(NotAllowed):
        acknowledge(outage, 2, by=crew.worker, now=now)
    for minute in (18, 19, 34, 40):
        settle_outages(MONDAY + minute * MINUTE)
    head = outage.chain.get(level=2)
    assert (head.sent_at, head.reminded_at, head.skipped_at) == (now, now + 15 * MINUTE, now + 30 * MINUTE)
    assert outage.chain.get(level=3).sent_at == now + 30 * MINUTE
    acknowledge(outage, 2, by=crew.head, now=MONDAY + 41 * MINUTE)
    acknowledge(outage, 3, by=crew.centre, now=MONDAY + 42 * MINUTE)
    assert outage.chain.get(level=4).sent_at == MONDAY + 42 * MINUTE
    assert outage.chain.get(level=5).sent_at is None


@pytest.mark.django_db
def test_a_level_nobody_holds_is_skipped_when_it_is_reached() -> None:
    crew = Crew()
    crew.centre.assignments.all().delete()
    outage = crew.outage(by=crew.worker)
    acknowledge(outage, 2, by=crew.head, now=MONDAY + MINUTE)
    assert outage.chain.get(level=3).skipped_at == MONDAY + MINUTE
    assert outage.chain.get(level=4).sent_at == MONDAY + MINUTE


@COMMITTED
@pytest.mark.parametrize("_round", range(3))
def test_two_sweeps_at_once_write_each_alarm_once(at_once: Callable[..., list[Any]], _round: int) -> None:
    crew = Crew()
    outages = [crew.outage() for _n in range(5)]
    late: datetime = MONDAY + 61 * MINUTE
    outcomes = at_once(lambda: settle_outages(late), lambda: settle_outages(late))
    assert not [one for one in outcomes if isinstance(one, Exception)]
    settle_outages(late)
    for outage in outages:
        names = [name for name, _at in story(outage)]
        assert names.count("notice_breach") == 1
        assert names.count("progress_due") == 1
        assert names.count("chain_reminded") == len({*names} & {"chain_reminded"}) * names.count("chain_reminded")
        assert list(outage.events.values_list("seq", flat=True)) == list(range(1, outage.events.count() + 1))
