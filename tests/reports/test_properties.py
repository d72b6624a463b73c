"""Whatever is corrected afterwards: parts add up to the whole, a figure equals the list behind it, the roll-up equals
the live count, and a frozen month stays what it was (PEERS 15, 16)."""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from complaints.models import Order
from complaints.services import note_many
from complaints.vocabulary import ArchiveGround, Satisfaction, State
from escalation.services.ledger import settle_money
from people.models import Department
from policy.vocabulary import Kind
from reports.figures import FIGURES
from reports.live import counted, each_order, span_of
from reports.models import Publication, Release
from reports.months import Month
from reports.publishing import _release, generate, is_untouched
from reports.rollup import roll_up, rolled
from reports.sheet import ANNEX_KINDS, PUBLISHED_KINDS, Sheet, live_sheet, sheet_of, thaw
from tests.factories import person

pytestmark = pytest.mark.django_db
ALL_KINDS = (*PUBLISHED_KINDS, *ANNEX_KINDS)
ORDERS, DAYS = 240, 100


@pytest.fixture
def now(settings: Any) -> datetime:
    settings.PRODUCTION = False
    call_command("seed_load", orders=ORDERS, days=DAYS, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    return timezone.now()


class Corrector:
    """Changes one order as a correction would, any way the database allows; the same seed, the same changes."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.chance, self.now = random.Random(seed), now
        self.pks = list(Order.objects.values_list("pk", flat=True))
        self.departments = list(Department.objects.values_list("pk", flat=True))

    def correct(self, many: int) -> None:
        touched = {self._one() for _again in range(many)}
        note_many(sorted(touched), "add_fact", now=self.now)

    def _one(self) -> int:
        pk = self.chance.choice(self.pks)
        rows = Order.objects.filter(pk=pk)
        getattr(self, self.chance.choice(("kind", "lead", "clocks", "ending", "opinion", "counts")))(rows)
        return pk

    def kind(self, rows: Any) -> None:
        rows.update(kind=self.chance.choice(list(Kind)), anonymous=False)

    def lead(self, rows: Any) -> None:
        rows.update(lead_department=self.chance.choice(self.departments))

    def clocks(self, rows: Any) -> None:
        shift = timedelta(days=self.chance.randrange(0, 40))
        column = self.chance.choice(("department_stopped_at", "feedback_at", "accepted_at", "dispatched_at"))
        rows.update(**{column: None if self.chance.random() < 0.2 else F("registered_at") + shift})

    def ending(self, rows: Any) -> None:
        shift = timedelta(hours=self.chance.randrange(1, 900))
        moment = min(rows[0].registered_at + shift, self.now)
        if self.chance.random() < 0.3:
            rows.update(closed_at=None, answered_at=None, state=State.REGISTERED)
        else:
            state = self.chance.choice((State.ARCHIVED, State.ARCHIVED, State.MERGED, State.WITHDRAWN))
            rows.update(closed_at=moment, answered_at=moment, state=state)

    def opinion(self, rows: Any) -> None:
        ground = self.chance.choice(list(ArchiveGround))
        rows.update(satisfaction=self.chance.choice(list(Satisfaction)), archive_ground=ground)

    def counts(self, rows: Any) -> None:
        original = self.chance.choice([None, *self.pks])
        rows.update(refusals=self.chance.randrange(3), transfers=self.chance.randrange(3), original_id=original)


def months_of(now: datetime) -> list[Month]:
    return [Month.at(now).plus(-n) for n in range(4)]


def expect_whole(sheet: Sheet) -> None:
    """Sum of the parts = the whole, for every figure, and nothing gets lost between the columns."""
    for key in FIGURES:
        assert sum(line.counts[key] for line in sheet.lines) == sheet.total.counts[key]
    for line in (*sheet.lines, sheet.total):
        counts = line.counts
        left = counts["closed"] + counts["merged"] + counts["withdrawn"] + counts["carried_out"]
        assert counts["carried_in"] + counts["received"] == left
        assert counts["on_time"] + counts["late"] == counts["limited"]


def expect_equal(month: Month, now: datetime, chance: random.Random) -> None:
    span = span_of(month, now=now)
    live = live_sheet(span, kinds=ALL_KINDS)
    expect_whole(live)
    kept = sheet_of(rolled([month])[month], month, as_of=now, kinds=ALL_KINDS)
    assert [(one.department, one.by_kind) for one in kept.lines] == [
        (one.department, one.by_kind) for one in live.lines
    ]
    each = sheet_of((cell for _pk, cell, _keys in each_order(span)), month, as_of=now, kinds=ALL_KINDS)
    assert [one.counts for one in each.lines] == [one.counts for one in live.lines]
    for line in chance.sample(live.lines, min(2, len(live.lines))):
        key = chance.choice([key for key, one in FIGURES.items() if one.amount is None])
        behind = counted(Order.objects.filter(lead_department_id=line.department), key, span)
        assert behind.count() == line.counts[key], key


def rounds(many: int, each: int, now: datetime) -> Iterator[int]:
    corrector = Corrector(7, now)
    for turn in range(many):
        corrector.correct(each)
        roll_up(now)
        yield turn


def frozen_month(now: datetime) -> Release:
    """Last month, signed as it stands."""
    settle_money(now)
    month = Month.at(now).before
    generate(month, now=now)
    return _release(Publication.objects.get(month=month.first), by=person(), now=now, reason="")


def run(now: datetime, *, turns: int, each: int) -> None:
    release = frozen_month(now)
    before = thaw(release.frozen).total.counts
    chance = random.Random(11)
    roll_up(now)
    for turn in rounds(turns, each, now):
        month = months_of(now)[turn % 4]
        expect_equal(month, now, chance)
    again = Release.objects.get(pk=release.pk)
    assert is_untouched(again)
    assert thaw(again.frozen).total.counts == before


def test_after_random_corrections_parts_make_the_whole_and_every_way_of_asking_agrees(now: datetime) -> None:
    run(now, turns=8, each=25)


@pytest.mark.proof
def test_ten_thousand_random_corrections(now: datetime) -> None:
    run(now, turns=100, each=100)
