"""Who reaches which customers, and who may not even know of their marks (S2-R13, S1-R08, S1-R31, S0-R08)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from customers import marks, permissions
from customers.models import Customer, ImportantUser, SensitiveUser, VulnerableFlag
from customers.vocabulary import VulnerableKind
from people.roles import HOTLINE, LEADERS, Role
from tests.customers.conftest import ROLES_OUTSIDE, MakeCustomer
from tests.factories import MONDAY, person, post

OWN = "station_jiangwan"
ALL_SEEING = sorted(HOTLINE | LEADERS | {Role.MANAGER})
STATION_STAFF = [Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD, Role.TICKET_CONTACT, Role.HANDLER, Role.GRID_WORKER]


@pytest.fixture
def marked(customer: Customer) -> Customer:
    marks.set_vulnerable(customer, kinds=frozenset({VulnerableKind.LIVING_ALONE}), by=None, now=MONDAY)
    marks.set_important(customer, values={"load_class": "first", "supplies": 2}, by=None, now=MONDAY)
    marks.set_sensitive(customer, values={"reason": "家中有呼吸机"}, by=None, now=MONDAY)
    return customer


def sees(user: permissions.Viewer) -> set[str]:
    rows = Customer.objects.all().visible_to(user, now=MONDAY)
    return set(rows.values_list("account_no", flat=True))


def knows(user: permissions.Viewer) -> list[int]:
    tables = (VulnerableFlag.objects, ImportantUser.objects, SensitiveUser.objects)
    return [table.all().visible_to(user, now=MONDAY).count() for table in tables]


@pytest.mark.parametrize("role", ALL_SEEING)
def test_hotline_leaders_and_manager_see_every_customer_and_mark(
    role: Role, marked: Customer, make_customer: MakeCustomer
) -> None:
    make_customer("6100307745", station="station_binhai")
    user = person(role, "company")
    assert sees(user) == {"6100975513", "6100307745"}
    assert knows(user) == [1, 1, 1]
    assert marks.marks_of(marked, user=user, now=MONDAY)


@pytest.mark.parametrize("role", STATION_STAFF)
def test_station_people_see_their_own_station_only(role: Role, marked: Customer, make_customer: MakeCustomer) -> None:
    make_customer("6100307745", station="station_binhai")
    user = person(role, OWN)
    assert sees(user) == {"6100975513"}
    assert knows(user) == [1, 1, 1]


@pytest.mark.parametrize(("role", "department"), ROLES_OUTSIDE)
def test_everybody_else_sees_neither_customer_nor_mark(role: Role, department: str, marked: Customer) -> None:
    user = person(role, department)
    assert sees(user) == set()
    assert knows(user) == [0, 0, 0]
    assert marks.marks_of(marked, user=user, now=MONDAY) is None


def test_the_auditor_sees_customers_without_marks_and_reveals_nothing(marked: Customer) -> None:
    user = person(Role.AUDITOR, "company")
    assert sees(user) == {"6100975513"}
    assert knows(user) == [0, 0, 0]
    assert not permissions.revealing(user, now=MONDAY).covers(marked.station_id)


def test_a_head_above_the_stations_sees_customers_but_not_their_marks(marked: Customer) -> None:
    """The marks are for the station's own people; a subtree is not enough."""
    user = person(Role.DEPARTMENT_HEAD, "company")
    assert sees(user) == {"6100975513"}
    assert knows(user) == [0, 0, 0]


def test_nobody_and_disabled_people_see_nothing(marked: Customer) -> None:
    disabled = person(Role.HOTLINE_AGENT, is_active=False)
    assert sees(AnonymousUser()) == sees(disabled) == sees(person(None)) == set()
    assert knows(AnonymousUser()) == [0, 0, 0]


def test_two_posts_add_up_and_no_more(marked: Customer, make_customer: MakeCustomer) -> None:
    make_customer("6100307745", station="station_binhai")
    user = person(Role.HANDLER, "production_tech_dept")
    post(user, Role.HANDLER, OWN)
    assert sees(user) == {"6100975513"}


def test_a_post_that_ended_yesterday_gives_nothing(marked: Customer) -> None:
    user = person(None)
    post(user, Role.HANDLER, OWN, valid_to=MONDAY.date() - timedelta(days=1))
    assert sees(user) == set()


def test_only_the_director_the_manager_and_the_stations_heads_may_change(customer: Customer) -> None:
    def may(role: Role, department: str) -> bool:
        return permissions.editing(person(role, department), now=MONDAY).covers(customer.station_id)

    assert may(Role.HOTLINE_DIRECTOR, "hotline")
    assert may(Role.MANAGER, "company")
    assert may(Role.STATION_HEAD, OWN)
    assert may(Role.DEPUTY_STATION_HEAD, OWN)
    assert not may(Role.STATION_HEAD, "station_binhai")
    assert not may(Role.HANDLER, OWN)
    assert not may(Role.HOTLINE_AGENT, "hotline")
    assert not may(Role.MAIN_LEADER, "leadership")
    assert not may(Role.AUDITOR, "company")


def test_the_sensitive_users_of_an_area_are_listed_for_those_who_may_know(marked: Customer) -> None:
    """S0-R08: the list per transformer area."""
    assert marked.area_id is not None
    areas = [marked.area_id]
    staff, stranger = person(Role.GRID_WORKER, OWN), person(Role.GRID_WORKER, "station_binhai")
    assert [row.customer for row in marks.sensitive_in(areas, user=staff, now=MONDAY)] == [marked]
    assert list(marks.sensitive_in(areas, user=stranger, now=MONDAY)) == []
    assert list(marks.sensitive_in([areas[0] + 1], user=staff, now=MONDAY)) == []


def test_a_vulnerable_customer_comes_first(marked: Customer, make_customer: MakeCustomer) -> None:
    """S1-R08: the flag raises priority."""
    assert marks.is_vulnerable(marked)
    assert not marks.is_vulnerable(make_customer("6100307745"))
