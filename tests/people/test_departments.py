"""Departments and headcount (S4-R03, S4-R51, B16)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from people import services
from people.company import DEPARTMENTS, ensure_departments
from people.models import Department, DepartmentKind, User
from people.roles import Role
from people.standing import contacts, headcount
from tests.factories import MONDAY, dept, person
from tests.people.conftest import audited, opened

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 7)
YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
URL = "/settings/people/departments/"


def update(code: str, by: User | None, **fields: Any) -> Department:
    row = dept(code)
    kept = {name: getattr(row, name) for name in ("name", "kind", "parent", "phone", "position", "is_active")}
    return services.update_department(row, by=by, now=MONDAY, **{**kept, **fields})


def test_the_administrator_makes_and_moves_departments(admin: User) -> None:
    made = services.create_department(
        by=admin, now=MONDAY, code="meter_lab", name="计量室", kind=DepartmentKind.SECTION, parent=dept("company")
    )
    update("meter_lab", admin, parent=dept("customer_service_centre"), phone="057788123112")
    made.refresh_from_db()
    assert made.parent == dept("customer_service_centre")
    assert [row.action for row in audited("department.create") + audited("department.update")] == [
        "department.create",
        "department.update",
    ]


@pytest.mark.parametrize(
    ("fields", "field"), [({"code": "hotline"}, "code"), ({"name": "抢修中心"}, "name"), ({"kind": "planet"}, "kind")]
)
def test_codes_and_names_are_unique_and_kinds_known(admin: User, fields: dict[str, Any], field: str) -> None:
    values = {"code": "meter_lab", "name": "计量室", "kind": DepartmentKind.SECTION, **fields}
    with pytest.raises(ValidationError) as caught:
        services.create_department(by=admin, now=MONDAY, parent=dept("company"), **values)
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize("parent", ["repair_centre", "repair_team_east"])
def test_the_tree_stays_a_tree(admin: User, parent: str) -> None:
    """S4-R51: never below itself."""
    with pytest.raises(ValidationError):
        update("repair_centre", admin, parent=dept(parent))
    with pytest.raises(ValidationError):
        update("repair_centre", admin, parent=None)


def test_a_department_closes_after_its_units(admin: User) -> None:
    with pytest.raises(ValidationError):
        update("repair_centre", admin, is_active=False)
    for code in ("repair_team_east", "repair_team_west", "repair_centre"):
        update(code, admin, is_active=False)
    assert not dept("repair_centre").is_active


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM_ADMIN}))
def test_only_the_administrator_changes_departments_and_headcount(role: Role) -> None:
    """A head in particular never sets the number his own penalty is multiplied by."""
    by = person(role, "repair_centre")
    with pytest.raises(PermissionDenied):
        update("repair_centre", by, name="别名")
    with pytest.raises(PermissionDenied):
        services.set_headcount(dept("repair_centre"), by=by, now=MONDAY, valid_from=TOMORROW, count=1)


def test_a_headcount_counts_from_its_day_and_may_be_corrected_until_it_ends(admin: User) -> None:
    """B16"""
    centre = dept("repair_centre")
    services.set_headcount(centre, by=admin, now=MONDAY, valid_from=DAY, count=26)
    services.set_headcount(centre, by=admin, now=MONDAY, valid_from=DAY, count=25)
    services.set_headcount(centre, by=admin, now=MONDAY, valid_from=TOMORROW, count=24)
    assert [headcount(centre.pk, on) for on in (YESTERDAY, DAY, TOMORROW)] == [None, 25, 24]
    assert [row.detail["before"] for row in audited("headcount.set")] == [None, 26, None]


def test_a_day_that_has_ended_keeps_its_number(admin: User) -> None:
    """B16: no back-dating, not by the administrator, not by the operator once there is a number."""
    centre = dept("repair_centre")
    with pytest.raises(ValidationError) as caught:
        services.set_headcount(centre, by=admin, now=MONDAY, valid_from=YESTERDAY, count=1)
    assert list(caught.value.message_dict) == ["valid_from"]
    services.set_headcount(centre, by=None, now=MONDAY, valid_from=date(2025, 1, 1), count=26)
    with pytest.raises(ValidationError):
        services.set_headcount(centre, by=None, now=MONDAY, valid_from=YESTERDAY, count=1)


def test_a_negative_headcount_is_refused(admin: User) -> None:
    with pytest.raises(ValidationError):
        services.set_headcount(dept("repair_centre"), by=admin, now=MONDAY, valid_from=DAY, count=-1)


def test_the_rules_departments_are_made_once() -> None:
    Department.objects.filter(code="metering_unit").delete()
    before = Department.objects.count()
    ids = ensure_departments(Department)
    assert ensure_departments(Department) == ids
    assert len(ids) == len(DEPARTMENTS)
    assert Department.objects.count() == before + 1


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_administrator_sees_the_tree_and_who_is_missing(admin_page: Client) -> None:
    """S4-R03: a department without contact is a loud line."""
    page = admin_page.get(URL)
    assert len(page.context["rows"]) == Department.objects.count()
    assert "没有工单联系人，不能派单" in page.content.decode()


def test_a_head_sees_and_serves_his_own_department_only(clock: Any) -> None:
    head, contact = person(Role.DEPARTMENT_HEAD, "repair_centre"), person()
    page = opened(head)
    codes = {row["department"].code for row in page.get(URL).context["rows"]}
    assert codes == {"repair_centre", "repair_team_east", "repair_team_west"}
    assert page.get(URL + "safety_section/").status_code == 404
    assert page.get(URL + "repair_centre/").status_code == 200
    values = {"contact-user": contact.pk, "contact-valid_from": "2026-09-07"}
    assert page.post(URL + "repair_centre/contacts/", values).status_code == 302
    centre = dept("repair_centre").pk
    assert contacts([centre], DAY)[centre] == [contact]
    assert page.post(URL + "safety_section/contacts/", values).status_code == 404
    for path in ("edit/", "headcount/"):
        assert page.post(URL + "repair_centre/" + path, {}).status_code == 403


def test_the_forms_of_a_department_work_and_name_what_is_wrong(admin_page: Client) -> None:
    base = URL + "repair_centre/"
    good = {"headcount-valid_from": "2026-09-07", "headcount-count": "26"}
    assert admin_page.post(base + "headcount/", good).status_code == 302
    bad = admin_page.post(base + "headcount/", {**good, "headcount-valid_from": "2026-09-06"})
    assert bad.status_code == 400
    assert "valid_from" in bad.context["headcount_form"].errors
    edit = {"edit-name": "抢修中心", "edit-kind": "centre", "edit-position": "8", "edit-is_active": "on"}
    assert admin_page.post(base + "edit/", {**edit, "edit-parent": dept("company").pk}).status_code == 302
    circle = admin_page.post(base + "edit/", {**edit, "edit-parent": dept("repair_centre").pk})
    assert "parent" in circle.context["edit"].errors
    made = admin_page.post(
        "/settings/people/new-department/",
        {"code": "meter_lab", "name": "计量室", "kind": "section", "parent": dept("company").pk, "position": "9"},
    )
    assert made.headers["Location"] == URL + "meter_lab/"
    assert admin_page.post("/settings/people/new-department/", {"code": "坏"}).status_code == 400
    assert admin_page.get("/settings/people/new-department/").status_code == 200


def test_the_hotline_director_reads_every_departments_contacts_and_changes_none(clock: Any) -> None:
    """S4-R03: who dispatches must see who answers."""
    page = opened(person(Role.HOTLINE_DIRECTOR))
    assert len(page.get(URL).context["rows"]) == Department.objects.count()
    assert page.get(URL + "repair_centre/").status_code == 200
    values = {"contact-user": person().pk, "contact-valid_from": "2026-09-07"}
    for path, sent in (("contacts/", values), ("edit/", {}), ("headcount/", {})):
        assert page.post(URL + "repair_centre/" + path, sent).status_code == 403


@pytest.mark.parametrize("role", [Role.HANDLER, Role.HOTLINE_AGENT, Role.MAIN_LEADER, Role.AUDITOR])
def test_others_see_no_department_pages(clock: Any, role: Role) -> None:
    page = opened(person(role, "hotline"))
    assert page.get(URL).status_code == 403
    assert page.get(URL + "hotline/").status_code == 404
    assert page.get("/settings/people/new-department/").status_code == 403
