"""The test set-up itself: committed tests find the seeds and leave nothing; no developer's database is touched."""

import pytest
from django.db import connection

from people.models import Department
from tests.conftest import COMMITTED


@COMMITTED
@pytest.mark.parametrize("turn", [1, 2])
def test_every_committed_test_finds_the_seeds_and_nothing_of_the_one_before(turn: int) -> None:
    assert Department.objects.filter(code="hotline").exists()
    assert not Department.objects.filter(code="left_over").exists()
    Department.objects.create(code="left_over", name="临时", kind="unit")


def test_tests_run_in_a_database_of_their_own(db: None) -> None:
    assert connection.settings_dict["NAME"].startswith("test_")
