"""SAIDI, SAIFI, CAIDI and RS-1 by hand (S2-R03, outside fact 12), then the same from stored restoration steps."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage.reliability.figures import Back, Interruption, Period, customer_minutes, figures, shares
from outage.reliability.services import minutes_of, month_of
from outage.services import perform
from people.roles import Role
from tests.factories import MONDAY, at, person
from tests.outage.factories import Crew, area

SEPTEMBER = Period(at("2026-09-01 00:00"), at("2026-10-01 00:00"))
HOUR = timedelta(hours=1)
# A busy machine is no defect of the rule.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def out(begin: str, customers: int, *steps: tuple[str, int]) -> Interruption:
    return Interruption(at(begin), customers, tuple(Back(at(when), count) for when, count in steps))


def test_customer_minutes_are_summed_step_by_step() -> None:
    """1 126 customers dark at 09:49:30; 600 back after 90 minutes, the rest at 12:21."""
    steps = (Back(at("2026-09-22 11:19"), 600), Back(at("2026-09-22 12:21"), 526))
    one = Interruption(datetime.fromisoformat("2026-09-22T09:49:30+08:00"), 1126, steps)
    assert customer_minutes(one, SEPTEMBER) == pytest.approx(600 * 89.5 + 526 * 151.5)


def test_a_month_by_hand() -> None:
    """1 000 customers, 720 hours. A: 100 customers for 2 h, B: 50 for 1 h and 50 more for 4 h.

    Customer-hours 200 + 50 + 200 = 450; interrupted 200; SAIDI 0.45 h, SAIFI 0.2, CAIDI 2.25 h,
    RS-1 = (1 - 0.45/720) x 100 = 99.9375 %.
    """
    rows = [
        out("2026-09-05 08:00", 100, ("2026-09-05 10:00", 100)),
        out("2026-09-20 12:00", 100, ("2026-09-20 13:00", 50), ("2026-09-20 16:00", 50)),
    ]
    found = figures(rows, customers=1000, period=SEPTEMBER)
    assert (found.interruptions, found.interrupted) == (2, 200)
    assert found.customer_hours == pytest.approx(450)
    assert found.saidi == pytest.approx(0.45)
    assert found.saifi == pytest.approx(0.2)
    assert found.caidi == pytest.approx(2.25)
    assert found.rs1 == pytest.approx(99.9375)
    assert found.saidi == pytest.approx((found.saifi or 0) * (found.caidi or 0))


def test_an_outage_over_midnight_of_the_month_is_cut_in_two_but_counted_once() -> None:
    """30 September 22:00 to 1 October 03:00: two hours here, three there; the interruption belongs to September."""
    october = Period(at("2026-10-01 00:00"), at("2026-11-01 00:00"))
    one = out("2026-09-30 22:00", 10, ("2026-10-01 03:00", 10))
    assert customer_minutes(one, SEPTEMBER) == 10 * 120
    assert customer_minutes(one, october) == 10 * 180
    assert figures([one], customers=100, period=SEPTEMBER).interrupted == 10
    assert figures([one], customers=100, period=october).interrupted == 0
    assert figures([one], customers=100, period=october).caidi is None


def test_who_is_not_back_counts_to_the_end_of_the_period() -> None:
    assert customer_minutes(out("2026-09-30 23:00", 10, ("2026-09-30 23:30", 4)), SEPTEMBER) == 4 * 30 + 6 * 60


def test_nothing_is_said_of_nobody() -> None:
    found = figures([], customers=0, period=SEPTEMBER)
    assert (found.saidi, found.saifi, found.caidi, found.rs1) == (None, None, None, None)
    assert figures([], customers=5, period=SEPTEMBER).rs1 == 100


@UNHURRIED
@given(st.integers(0, 5000), st.lists(st.integers(0, 900), min_size=1, max_size=8))
def test_shares_lose_nobody_and_stay_within_one_of_the_proportion(total: int, weights: list[int]) -> None:
    given_out = shares(total, weights)
    assert sum(given_out) == total
    whole = sum(weights) or len(weights)
    for share, weight in zip(given_out, weights if any(weights) else [1] * len(weights), strict=True):
        assert abs(share - total * weight / whole) < 1


@UNHURRIED
@given(
    st.integers(1, 3000),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 60 * 24 * 40)), max_size=5),
    st.integers(0, 60 * 24 * 29),
)
def test_minutes_are_never_negative_and_two_months_add_up(
    customers: int, steps: list[tuple[int, int]], begins: int
) -> None:
    began = SEPTEMBER.begin + timedelta(minutes=begins)
    left, backs = customers, []
    for count, later in steps:
        backs.append(Back(began + timedelta(minutes=later), min(count, left)))
        left -= backs[-1].customers
    one = Interruption(began, customers, tuple(backs))
    split, end = SEPTEMBER.end, SEPTEMBER.end + timedelta(days=60)
    parts = [customer_minutes(one, Period(*span)) for span in ((SEPTEMBER.begin, split), (split, end))]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(customer_minutes(one, Period(SEPTEMBER.begin, end)))


# --- from what is stored ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_figures_come_from_the_stored_steps_and_are_shared_by_station() -> None:
    """300 households of Jiangwan and 100 of Binhai; Binhai back after one hour, Jiangwan after three."""
    crew = Crew()
    here, there = area(households=300), area(station="station_binhai", households=100)
    outage = crew.outage(MONDAY, areas=[here, there])
    outage = perform(outage, "restore_part", by=crew.duty, now=MONDAY + HOUR, at=MONDAY + HOUR, areas=[there])
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 3 * HOUR, at=MONDAY + 3 * HOUR)
    month = month_of(date(2026, 9, 1), now=MONDAY + 30 * 24 * HOUR)
    found = {row.station.code: row.figures for row in month.stations if row.station}
    assert found["station_jiangwan"].customer_hours == pytest.approx(900)
    assert found["station_binhai"].customer_hours == pytest.approx(100)
    assert month.company.figures.customer_hours == pytest.approx(1000)
    assert found["station_jiangwan"].customers == 400, "with the crew's own area of 100"
    assert [one.minutes for one in month.outages] == [pytest.approx(60_000)]
    assert minutes_of(outage, now=MONDAY + 9 * HOUR) == pytest.approx(60_000)
    assert not month.running


@pytest.mark.django_db
def test_a_running_outage_counts_to_now_and_a_cancelled_one_never_was() -> None:
    crew = Crew()
    crew.outage(MONDAY)
    false_alarm = crew.outage(MONDAY, areas=[area(households=50)])
    perform(false_alarm, "cancel", by=crew.duty, now=MONDAY + HOUR, reason="误报")
    month = month_of(date(2026, 9, 1), now=MONDAY + 2 * HOUR)
    assert month.running
    assert month.company.figures.customer_hours == pytest.approx(200)


@pytest.mark.django_db
def test_the_page_shows_the_station_its_own_line_and_refuses_nonsense() -> None:
    crew = Crew()
    crew.outage(MONDAY)
    client = Client()
    client.force_login(crew.head)
    with time_machine.travel(MONDAY + 2 * HOUR, tick=False):
        page = client.get(reverse("reliability")).content.decode()
        assert "江湾供电所" in page
        assert "滨海供电所" not in page
        assert "还在变化" in page
        for month in ("2026-13", "x", "2099-01"):
            assert client.get(reverse("reliability"), {"month": month}).status_code == 400
        client.force_login(person(Role.API_CLIENT, "company"))
        assert client.get(reverse("reliability")).status_code == 403
