"""Standing: dated posts, substitutes, subtrees, contacts, headcount (S4-R03, S4-R51, B16)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from people.models import Department, DepartmentHeadcount, DepartmentKind
from people.roles import Role
from people.standing import (
    contacts,
    department_id,
    department_name,
    department_tree,
    departments_without_contact,
    headcount,
    holders,
    standing,
)
from tests.factories import MONDAY, dept, person, post

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 7)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


def test_a_post_counts_from_its_first_to_its_last_day() -> None:
    user = person()
    post(user, Role.HANDLER, "repair_centre", valid_from=DAY, valid_to=DAY)
    assert [standing(user, on).has(Role.HANDLER) for on in (BEFORE, DAY, AFTER)] == [False, True, False]


def test_several_posts_stand_side_by_side() -> None:
    user = person(Role.HANDLER, "repair_centre")
    post(user, Role.TICKET_CONTACT, "safety_section")
    held = standing(user, DAY)
    assert held.roles == {Role.HANDLER, Role.TICKET_CONTACT}
    assert held.departments() == {dept("repair_centre").pk, dept("safety_section").pk}
    assert held.departments(Role.HANDLER) == {dept("repair_centre").pk}
    assert held.holds(dept("safety_section").pk, Role.TICKET_CONTACT)
    assert not held.holds(dept("safety_section").pk, Role.HANDLER)


def test_a_dated_substitute_acts_only_in_his_days() -> None:
    director = person(Role.HOTLINE_DIRECTOR)
    base = director.assignments.get()
    deputy = person(Role.SUPERVISOR)
    post(deputy, Role.HOTLINE_DIRECTOR, "hotline", valid_from=DAY, valid_to=AFTER, substitute_for=base)
    hotline = dept("hotline").pk
    assert not standing(deputy, BEFORE).has(Role.HOTLINE_DIRECTOR)
    assert standing(deputy, DAY).acting_for(Role.HOTLINE_DIRECTOR, hotline) == director.pk
    assert standing(deputy, DAY).acting_for(Role.SUPERVISOR, hotline) is None
    assert not standing(deputy, AFTER + timedelta(days=1)).has(Role.HOTLINE_DIRECTOR)
    assert standing(director, DAY).acting_for(Role.HOTLINE_DIRECTOR, hotline) is None


def test_own_right_wins_over_acting_for_another() -> None:
    base = person(Role.HANDLER, "repair_centre").assignments.get()
    user = person(Role.HANDLER, "repair_centre")
    post(user, Role.HANDLER, "repair_centre", valid_from=DAY, valid_to=DAY, substitute_for=base)
    assert standing(user, DAY).acting_for(Role.HANDLER, dept("repair_centre").pk) is None


@pytest.mark.parametrize("role", [Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD, Role.DEPARTMENT_HEAD])
def test_heads_see_their_department_and_what_is_below(role: Role) -> None:
    held = standing(person(role, "repair_centre"), DAY)
    assert held.subtree_ids == {dept(code).pk for code in ("repair_centre", "repair_team_east", "repair_team_west")}


@pytest.mark.parametrize("role", [Role.DEPUTY_LEADER, Role.MAIN_LEADER, Role.MANAGER])
def test_leaders_and_managers_see_every_department(role: Role) -> None:
    assert standing(person(role, "leadership"), DAY).subtree_ids == set(Department.objects.values_list("id", flat=True))


@pytest.mark.parametrize(
    "role", [Role.HANDLER, Role.TICKET_CONTACT, Role.HOTLINE_DIRECTOR, Role.SYSTEM_ADMIN, Role.AUDITOR]
)
def test_other_roles_have_no_subtree(role: Role) -> None:
    assert standing(person(role, "company"), DAY).subtree_ids == frozenset()


def test_disabled_and_anonymous_people_have_no_posts() -> None:
    user = person(Role.MAIN_LEADER, "leadership", is_active=False)
    for nobody in (user, AnonymousUser()):
        held = standing(nobody, DAY)
        assert (held.posts, held.subtree_ids) == ((), frozenset())


def test_it_is_one_query_and_kept_for_the_day(django_assert_num_queries: Any) -> None:
    user = person(Role.HANDLER, "repair_centre")
    with django_assert_num_queries(1):
        standing(user, DAY)
        standing(user, DAY)
    with django_assert_num_queries(1):
        standing(user, AFTER)


def test_contacts_come_main_first_and_only_while_valid_and_enabled() -> None:
    centre, section = dept("repair_centre"), dept("safety_section")
    backup, main = person(), person(Role.TICKET_CONTACT, "repair_centre")
    post(backup, Role.TICKET_CONTACT, "repair_centre", is_backup=True)
    person(Role.TICKET_CONTACT, "repair_centre", is_active=False)
    post(person(), Role.TICKET_CONTACT, "repair_centre", valid_to=BEFORE)
    assert contacts([centre.pk, section.pk], DAY) == {centre.pk: [main, backup], section.pk: []}


def test_departments_without_contact_or_backup_are_listed() -> None:
    """S4-R03: none blocks dispatch, a missing backup is a warning; one person is not his own backup."""
    lone = person(Role.TICKET_CONTACT, "repair_centre")
    post(lone, Role.TICKET_CONTACT, "repair_centre", is_backup=True)
    person(Role.TICKET_CONTACT, "safety_section")
    post(person(), Role.TICKET_CONTACT, "safety_section", is_backup=True)
    found = {item.department.code: item for item in departments_without_contact(DAY)}
    assert (found["repair_centre"].no_contact, found["repair_centre"].no_backup) == (False, True)
    assert (found["dispatch_room"].no_contact, found["dispatch_room"].no_backup) == (True, True)
    assert not {"safety_section", "company", "leadership", "hotline"} & set(found)
    Department.objects.filter(code="dispatch_room").update(is_active=False)
    assert "dispatch_room" not in {item.department.code for item in departments_without_contact(DAY)}


def test_the_headcount_of_a_day_is_the_newest_row_up_to_it() -> None:
    """B16"""
    centre = dept("repair_centre")
    for day, count in ((date(2026, 1, 1), 26), (DAY, 24)):
        DepartmentHeadcount.objects.create(department=centre, valid_from=day, count=count, recorded_at=MONDAY)
    days = (date(2025, 12, 31), date(2026, 1, 1), BEFORE, DAY, AFTER)
    assert [headcount(centre.pk, on) for on in days] == [None, 26, 26, 24, 24]


def test_the_tree_knows_paths_and_ancestors() -> None:
    """S4-R51"""
    tree = department_tree()
    team = tree.by_code["repair_team_east"]
    assert [tree.nodes[pk].code for pk in team.path] == ["company", "repair_centre", "repair_team_east"]
    centre = tree.nearest(team.id, DepartmentKind.CENTRE)
    assert centre is not None
    assert centre.code == "repair_centre"
    assert tree.nearest(team.id, DepartmentKind.STATION) is None


def test_departments_are_found_by_code() -> None:
    found = department_id("party_admin_office")
    assert found is not None
    assert department_name(found) == "党政办公室"
    assert department_id("no_such_office") is None


def test_holders_are_enabled_people_with_the_post_on_the_day() -> None:
    there = person(Role.HANDLER, "repair_centre")
    person(Role.HANDLER, "safety_section")
    post(person(), Role.HANDLER, "repair_centre", valid_from=AFTER)
    assert list(holders(Role.HANDLER, on=DAY, department_ids=[dept("repair_centre").pk])) == [there]
    assert holders(Role.HANDLER, on=DAY).count() == 2


def test_the_rules_departments_exist_after_migration() -> None:
    codes = {
        "party_admin_office", "inspection_group", "production_tech_dept", "safety_section", "repair_centre",
        "customer_service_centre", "dispatch_room", "orderly_use_office", "marketing_dept", "hotline",
        "station_jiangwan", "station_chengdong", "station_binhai", "station_shanqian", "company", "leadership",
    }  # fmt: skip
    assert codes <= set(Department.objects.values_list("code", flat=True))
