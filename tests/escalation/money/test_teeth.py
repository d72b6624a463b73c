"""T2: the checks have teeth. Every bug planted in the time-and-money code is found by what is named for it, and the
same story without the bug passes. A few in every run, all of them in `make proof`."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from tests.escalation.money.bugs import BUGS, Bug
from tests.escalation.money.stories import Broken

pytestmark = pytest.mark.django_db
STORIES = sorted({bug.story for bug in BUGS}, key=lambda story: story.__name__)
LEAST = 30


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_product_itself_passes(story: Callable[[], None]) -> None:
    """Without a bug: what is found below is found because of it."""
    story()


def planted(bug: Bug) -> object:
    return pytest.param(bug, id=bug.id, marks=() if bug.always else pytest.mark.proof)


@pytest.mark.parametrize("bug", [planted(bug) for bug in BUGS])
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    """T2."""
    found: set[str] = set()
    with transaction.atomic():
        bug.plant(monkeypatch)
        try:
            with transaction.atomic():
                bug.story()
        except Broken as broken:
            found = broken.by
        except DatabaseError:
            found = {"database"}
        finally:
            monkeypatch.undo()
            transaction.set_rollback(True)
    assert bug.by in found, f"found by {sorted(found)}"


def test_there_are_enough_of_them() -> None:
    assert len({bug.name for bug in BUGS}) == len(BUGS) >= LEAST
