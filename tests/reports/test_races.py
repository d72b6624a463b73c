"""Two people, one report: exactly one signs, one release is frozen, one address is revoked (T4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from escalation.services.ledger import settle_money
from escalation.services.months import confirm_month
from people.roles import Role
from reports.errors import Overtaken, Refused
from reports.followups import close
from reports.models import FollowUp, Publication, Release
from reports.publishing import generate, take
from reports.records import file_record
from reports.rollup import refresh, rolled
from tests.conftest import COMMITTED
from tests.factories import MONDAY, at, dept, person
from tests.reports.golden import JULY, NOW

pytestmark = COMMITTED
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]
LATER = at("2026-08-12 09:00")  # the departments have had their time


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_directors_sign_at_once_and_one_report_is_frozen(at_once: Run, rounds: int) -> None:
    first, second = person(Role.HOTLINE_DIRECTOR), person(Role.HOTLINE_DIRECTOR)
    settle_money(NOW)
    month = JULY
    for _turn in range(rounds):
        confirm_month(month.first, by=person(Role.ADJUDICATOR, "party_admin_office"), now=NOW)
        row = generate(month, now=NOW)
        outcomes = at_once(*(lambda by=by: take(row, "sign", by=by, now=LATER) for by in (first, second)))  # noqa: B023
        won = [found for found in outcomes if isinstance(found, Publication)]
        lost = [found for found in outcomes if isinstance(found, Refused)]
        assert (len(won), len(lost)) == (1, 1), outcomes
        assert Release.objects.filter(publication=row).count() == 1
        month = month.before


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_runs_roll_a_month_up_at_once_and_its_cells_stand_once(at_once: Run, rounds: int) -> None:
    for _turn in range(rounds):
        outcomes = at_once(*(lambda: refresh(JULY, now=NOW) for _again in range(2)))
        assert outcomes == [None, None]
        assert JULY in rolled([JULY])


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_close_at_once_and_one_word_stands(at_once: Run, rounds: int) -> None:
    first, second = person(Role.HOTLINE_DIRECTOR), person(Role.HOTLINE_DIRECTOR)
    data = {"period": "第 3 季度", "sent": 9, "returned": 8, "satisfied": 7, "dissatisfied": 1}
    for turn in range(rounds):
        filed = file_record(
            "survey", department=dept("safety_section"), filed_on=MONDAY.date(), data=data, by=first, now=MONDAY
        )
        row = FollowUp.objects.get(record=filed)
        later = MONDAY + timedelta(minutes=turn)
        outcomes = at_once(*(lambda by=by: close(row, done=by.name, by=by, now=later) for by in (first, second)))  # noqa: B023
        won = [found for found in outcomes if isinstance(found, FollowUp)]
        assert len(won) == 1, outcomes
        assert sum(isinstance(found, Overtaken) for found in outcomes) == 1, outcomes
        row.refresh_from_db()
        assert row.done == won[0].done
