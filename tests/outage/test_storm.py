"""The storm on a simulated clock: 200 outages, 3 000 calls in ten minutes, 600 notices due (issue 6, T16)."""

import random
import time
from datetime import timedelta

import pytest
from django.db import connection

from complaints.services import log_call
from complaints.vocabulary import Disposition
from customers.models import Grid, GridGroup, TransformerArea
from outage.models import Notice, Outage, OutageCall, OutageEvent, Posting
from outage.services import Facts, open_outage, record_posted
from outage.services.posting import publish
from outage.services.sweep import settle_outages
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, dept, matter, person
from tests.outage.factories import STATION

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def storm(outages: int, calls: int, groups: int = 3) -> None:
    """Outages begin over the first ten minutes while calls come in; two thirds of the groups are posted in time, the
    rest by nobody. The sweep looks every second for twenty-six minutes. Nothing may be lost, late or told twice."""
    chance = random.Random(6)
    duty, agent = person(Role.DUTY_OFFICER, "dispatch_room"), person(Role.HOTLINE_AGENT)
    station = dept(STATION)
    grids = Grid.objects.bulk_create(Grid(station=station, name=f"风暴{n}网格") for n in range(outages))
    GridGroup.objects.bulk_create(GridGroup(grid=grid, name=f"{n}群") for grid in grids for n in range(groups))
    areas = TransformerArea.objects.bulk_create(
        TransformerArea(code=f"ST{n:04d}", name=f"风暴{n}村", station=station, grid=grid, households=80)
        for n, grid in enumerate(grids)
    )
    starts = sorted(chance.randrange(600) for _n in range(outages))
    rings = sorted(chance.randrange(600) for _n in range(calls))
    made: list[Outage] = []
    spent: list[float] = []
    about = matter(kind=Kind.FAULT_REPORT, category=Category.FAULT_REPAIR)
    for second in range(26 * 60):
        now = MONDAY + second * SECOND
        while len(made) < outages and starts[len(made)] <= second:
            area = areas[len(made)]
            made.append(open_outage(by=duty, now=now, facts=Facts(title=area.name, station=station, areas=[area])))
        while rings and rings[0] <= second and made:
            rings.pop(0)
            ref = chance.choice(made).number
            log_call(by=agent, now=now, matter=about, disposition=Disposition.LINKED_OUTAGE, linked_ref=ref)
        for outage in made:
            if outage.detected_at and now - outage.detected_at == 7 * MINUTE and outage.pk % 3:
                for posting in publish(outage, 1, text="{范围}停电，正在抢修。", by=duty, now=now):
                    record_posted(posting.pk, at=now, proof="robot", now=now)
        begun = time.perf_counter()
        settle_outages(now)
        spent.append(time.perf_counter() - begun)
    check(outages, calls, groups)
    spent.sort()
    print(f"\nstorm: sweep p50 {spent[len(spent) // 2] * 1000:.1f} ms, max {spent[-1] * 1000:.0f} ms")  # noqa: T201


def check(outages: int, calls: int, groups: int) -> None:
    assert Outage.objects.count() == outages
    assert OutageCall.objects.count() == calls
    notices = list(Notice.objects.all())
    assert len(notices) == outages * groups
    # Attempted before due, or escalated at the first second that is too late; nothing in between.
    for notice in notices:
        if notice.posted_at is not None:
            assert notice.posted_at <= notice.due_at
            assert notice.breached_at is None
        else:
            assert notice.breached_at == notice.due_at + SECOND
    assert Posting.objects.count() == sum(notice.posted_at is not None for notice in notices)
    told = OutageEvent.objects.filter(name="notice_breach")
    assert sum(len(event.data["notices"]) for event in told) == sum(n.posted_at is None for n in notices)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM outage_outage o WHERE o.event_seq <>"
            " (SELECT count(*) FROM outage_outageevent e WHERE e.outage_id = o.id)"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.proof
def test_a_storm_of_200_outages_and_3000_calls() -> None:
    storm(200, 3000)
