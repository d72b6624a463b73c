"""A ruling is charged on the day it is confirmed: the number of that day stays from then on (A8, B16, invariant 7)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from escalation.invariants import INVARIANTS
from escalation.models import Penalty
from people.models import DepartmentHeadcount
from people.roles import Role
from people.services import set_headcount
from tests.conftest import COMMITTED
from tests.escalation.money.test_rulings import TUESDAY, House
from tests.factories import dept, person

LEAD = "production_tech_dept"
TODAY = TUESDAY.date()


def broken() -> list[str]:
    return [text for invariant in INVARIANTS for text in invariant.find()]


@pytest.mark.django_db
def test_todays_number_stays_once_money_rests_on_it() -> None:
    house, admin = House(), person(Role.SYSTEM_ADMIN, "company")
    ruling = house.proposed(house.archived())
    set_headcount(dept(LEAD), by=admin, now=TUESDAY, valid_from=TODAY, count=20)
    house.confirmed_one(ruling)
    with pytest.raises(ValidationError, match="2026-09-22 已按在册人数记了扣罚，新人数最早从次日起") as caught:
        set_headcount(dept(LEAD), by=admin, now=TUESDAY, valid_from=TODAY, count=5)
    assert list(caught.value.message_dict) == ["valid_from"]
    set_headcount(dept(LEAD), by=admin, now=TUESDAY, valid_from=TODAY + timedelta(days=1), count=5)
    set_headcount(dept("marketing_dept"), by=admin, now=TUESDAY, valid_from=TODAY, count=5)
    assert Penalty.objects.get(ruling=ruling).persons == 20
    assert broken() == []


@COMMITTED
@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.proof)])
def test_a_number_and_a_charge_at_once_agree(at_once: Callable[..., list[Any]], rounds: int) -> None:
    """Either the charge counts the new number, or the number comes too late and says so; never a deadlock."""
    house, admin = House(), person(Role.SYSTEM_ADMIN, "company")
    for count in range(rounds):
        now = TUESDAY + timedelta(days=count)
        ruling = house.proposed(house.archived(), now)
        said, charged = at_once(
            lambda now=now, count=count: set_headcount(
                dept(LEAD), by=admin, now=now, valid_from=now.date(), count=count % 20 + 5
            ),
            lambda now=now, ruling=ruling: house.confirmed_one(ruling, now),
        )
        assert isinstance(said, DepartmentHeadcount | ValidationError), said
        assert not isinstance(charged, Exception), charged
        assert broken() == []
