"""Several workers, several approvers, and the sweeper beside them: one file, one decision."""

from collections.abc import Callable
from typing import Any

import pytest

from exports import background
from exports.errors import ExportRefused
from exports.models import Export, Status
from exports.services import decide, work_on
from people.roles import Role
from tests.conftest import COMMITTED
from tests.exports.conftest import Clock, Numbers, ask
from tests.exports.test_exports import trail
from tests.factories import person

pytestmark = COMMITTED


def test_the_sweeper_works_in_a_thread_of_its_own(clock: Clock, numbers: Numbers) -> None:
    export = ask(person(Role.HANDLER, "production_tech_dept"), clock.now)
    assert background.tend_in_background(clock) is None
    clock.pass_(minutes=1)
    thread = background.tend_in_background(clock)
    assert thread is not None
    thread.join(timeout=30)
    export.refresh_from_db()
    assert export.status == Status.READY
    assert background.tend_in_background(clock) is None


@pytest.mark.parametrize("turn", range(3))
def test_two_workers_at_once_write_one_file(
    turn: int, clock: Clock, numbers: Numbers, at_once: Callable[..., list[Any]]
) -> None:
    export = ask(person(Role.HANDLER, "production_tech_dept"), clock.now)
    outcomes = at_once(lambda: work_on(clock), lambda: work_on(clock))
    assert sum(outcome is not None for outcome in outcomes) == 1, outcomes
    assert numbers.reads == 1
    assert trail(export) == ["request", "ready"]


@pytest.mark.parametrize("turn", range(3))
def test_two_approvers_at_once_decide_once(
    turn: int, clock: Clock, numbers: Numbers, at_once: Callable[..., list[Any]]
) -> None:
    export = ask(person(Role.HANDLER, "production_tech_dept"), clock.now)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9)
    one, other = person(Role.MANAGER, "company"), person(Role.MANAGER, "company")
    outcomes = at_once(
        lambda: decide(export, approve=True, opinion="", by=one, now=clock.now),
        lambda: decide(export, approve=False, opinion="不同意", by=other, now=clock.now),
    )
    assert sum(isinstance(outcome, ExportRefused) for outcome in outcomes) == 1, outcomes
