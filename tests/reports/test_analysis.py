"""Trends, hours, causes and what falls due, against the month worked by hand."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Grid, GridGroup, TransformerArea
from outage.models import Notice, Outage, RestorationStep
from policy import rulebook
from reports import analysis
from reports.live import cells, span_of
from reports.reliability import reliability
from tests.factories import at, dept
from tests.reports.conftest import SignIn
from tests.reports.golden import JULY, NOW, Golden

pytestmark = pytest.mark.django_db


def test_parts_of_the_analysis_add_up_to_the_month(golden: Golden) -> None:
    """36 orders were registered in July: 34 of the published kinds and two of the annex."""
    span = span_of(JULY, now=NOW)
    assert sum(row.received for row in analysis.by_category(cells(span))) == 36
    heat = analysis.heat(span)
    assert heat.total == 36 == sum(total for _day, _cells, total in heat.rows)
    assert [day for day, _cells, total in heat.rows if day == "周日"] == ["周日"]
    sunday = next(total for day, _cells, total in heat.rows if day == "周日")
    assert sunday == 3, "K2, K3 and I6"
    causes = {row.label: row.received for row in analysis.causes(span)}
    assert causes == {"第三方": 23}, "all closed and investigated: 27 of the table and P12, less the five on the call"
    repeats = analysis.repeats(span)
    assert (repeats.households, repeats.linked) == (0, 1)


def test_the_forecast_names_what_falls_due_in_the_next_ten_working_days(golden: Golden) -> None:
    """On Monday 3 August: P9 today, S6 on the 4th, P11 on the 5th, P10 on the 7th, C6 on the 10th, I3 on the 11th."""
    found = analysis.forecast(NOW, rulebook.current())
    assert found.days[0] == date(2026, 8, 3)
    assert len(found.days) == 10
    assert found.days[-1] == date(2026, 8, 14)
    assert found.late == 1, "P8"
    assert [(f"{day:%d}", n) for day, n in zip(found.days, found.total, strict=True) if n] == [
        ("03", 1),
        ("04", 1),
        ("05", 1),
        ("07", 1),
        ("10", 1),
        ("11", 1),
    ]
    assert next(row for row in found.rows if row[0] == "生产技术部")[3] == 4


def test_the_trend_ends_with_the_month_and_compares_what_was_counted_then(golden: Golden) -> None:
    points = analysis.trend(JULY, now=NOW, book=rulebook.current())
    assert [(str(point.month), point.received) for point in points] == [("2026-06", 4), ("2026-07", 34)]


def test_notices_are_on_time_up_to_their_last_second(golden: Golden) -> None:
    """A17: the due second is in time, the next is late; nothing posted is missed."""
    detected = at("2026-07-15 08:00")
    facts: dict[str, Any] = {
        "kind": "fault",
        "title": "支线 12",
        "place": "滨海工业区",
        "station": dept("station_binhai"),
    }
    facts |= {"policy": rulebook.policy_on(JULY.first), "registered_at": detected, "updated_at": detected}
    outage = Outage.objects.create(number="O-1", detected_at=detected, **facts)
    grid = Grid.objects.create(name="一号网格", station=dept("station_binhai"))
    due = detected + timedelta(minutes=15)
    for number, posted in enumerate((due, due + timedelta(seconds=1), None)):
        group = GridGroup.objects.create(grid=grid, name=f"群 {number}")
        Notice.objects.create(outage=outage, group=group, slot=1, triggered_at=detected, due_at=due, posted_at=posted)
    first = analysis.notices(span_of(JULY, now=NOW))[0]
    assert (first.owed, first.on_time, first.late, first.missed) == (3, 1, 1, 1)


def test_the_page_is_for_those_who_read_every_line(golden: Golden, signed_in: SignIn) -> None:
    assert signed_in(golden.director).get("/reports/2026-07/analysis/").status_code == 200
    assert signed_in(golden.staff["P"]["head"]).get("/reports/2026-07/analysis/").status_code == 403


def test_reliability_counts_every_customer_up_to_the_own_step_of_restoration(golden: Golden) -> None:
    """S2-R03 by hand: 100 homes dark from 08:00, 60 back at 10:00, the rest at 13:00: 60 × 2 + 40 × 5 = 320 hours.
    Of 1 000 customers in July's 744 hours: SAIDI 0.32, SAIFI 0.1, CAIDI 3.2, RS-1 = 1 − 0.32 / 744 = 99.9570 %."""
    begun = at("2026-07-15 08:00")
    facts: dict[str, Any] = {
        "kind": "fault",
        "title": "支线 12",
        "place": "滨海工业区",
        "station": dept("station_binhai"),
    }
    facts |= {
        "policy": rulebook.policy_on(JULY.first),
        "registered_at": begun,
        "updated_at": begun,
        "state": "restored",
    }
    facts |= {"households": 100, "occurred_at": begun, "restored_at": at("2026-07-15 13:00")}
    outage = Outage.objects.create(number="O-2", detected_at=begun, **facts)
    for hour, homes, final in (("10:00", 60, False), ("13:00", 40, True)):
        moment = at(f"2026-07-15 {hour}")
        RestorationStep.objects.create(outage=outage, at=moment, households=homes, is_final=final, recorded_at=moment)
    TransformerArea.objects.update(households=0)
    TransformerArea.objects.create(code="t-1", name="滨海一号", station=dept("station_binhai"), households=1000)
    found = reliability(span_of(JULY, now=NOW)).total
    assert (found.outages, found.interrupted, found.customer_hours) == (1, 100, Decimal("320.00"))
    assert (found.saidi, found.saifi, found.caidi) == (Decimal("0.3200"), Decimal("0.1000"), Decimal("3.20"))
    assert found.rs1 == Decimal("99.9570")
    august = reliability(span_of(JULY.plus(1), now=NOW)).total
    assert (august.outages, august.customer_hours) == (0, Decimal(0))
