"""Accounts and posts: who may make, change, end and substitute what (S4-R03, S4-R08; RELIABILITY 3)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from people import services
from people.models import Assignment, User
from people.roles import HOTLINE, Role
from people.standing import contacts, standing
from tests.factories import MONDAY, dept, person, post
from tests.people.conftest import audited, enter, opened

pytestmark = pytest.mark.django_db
DAY = date(2026, 9, 7)
AFTER = DAY + timedelta(days=1)
PASSWORD = "Chushi-mima-2026"


def make(by: User | None, **fields: Any) -> User:
    fields = {"username": "xin", "name": "新同事", "password": PASSWORD, **fields}
    return services.create_user(by=by, now=MONDAY, **fields)


def errors(caught: Any) -> list[str]:
    return list(caught.value.message_dict)


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_the_administrator_makes_an_account_that_must_change_its_password(admin: User) -> None:
    user = make(admin, username=" Xin ", agent_no="1299", phone="13800001234")
    assert (user.username, user.agent_no, user.must_change_password) == ("xin", "1299", True)
    (row,) = audited("user.create")
    assert (row.actor, row.subject_ref) == (admin, "xin")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "lin"}, "username"),
        ({"username": "LIN"}, "username"),
        ({"username": "新同事"}, "username"),
        ({"username": "x"}, "username"),
        ({"agent_no": "1207"}, "agent_no"),
        ({"agent_no": "12 07"}, "agent_no"),
        ({"name": ""}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "20260907093000"}, "password"),
    ],
)
def test_what_an_account_cannot_have_is_named(admin: User, fields: dict[str, str], field: str) -> None:
    """S4-R08: the agent number is unique; so is the user name, whatever its case."""
    person(username="lin", agent_no="1207")
    with pytest.raises(ValidationError) as caught:
        make(admin, **fields)
    assert errors(caught) == [field]
    assert audited("user.create") == []


def test_a_disabled_persons_agent_number_is_never_given_again(admin: User) -> None:
    services.disable_user(person(agent_no="1207"), by=admin, now=MONDAY, reason="离职")
    with pytest.raises(ValidationError):
        make(admin, agent_no="1207")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM_ADMIN}))
def test_nobody_but_the_administrator_touches_accounts(role: Role) -> None:
    by, user = person(role, "repair_centre"), person()
    acts: list[Callable[[], object]] = [
        lambda: make(by),
        lambda: services.update_user(user, by=by, now=MONDAY, name="别名"),
        lambda: services.disable_user(user, by=by, now=MONDAY, reason="x"),
        lambda: services.enable_user(user, by=by, now=MONDAY),
        lambda: services.reset_password(user, by=by, now=MONDAY, password=PASSWORD),
        lambda: services.end_sessions(user, by=by, now=MONDAY),
        lambda: services.reset_second_factor(user, by=by, now=MONDAY, reason="x"),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()


def test_a_hotline_post_keeps_its_agent_number(admin: User) -> None:
    """S4-R08"""
    agent = person(Role.HOTLINE_AGENT)
    with pytest.raises(ValidationError) as caught:
        services.update_user(agent, by=admin, now=MONDAY, name=agent.name, agent_no="")
    assert errors(caught) == ["agent_no"]


def test_disabling_needs_a_reason_and_is_not_for_oneself(admin: User) -> None:
    with pytest.raises(ValidationError):
        services.disable_user(person(), by=admin, now=MONDAY, reason=" ")
    with pytest.raises(ValidationError):
        services.disable_user(admin, by=admin, now=MONDAY, reason="离职")


def test_the_last_administrator_stays(admin: User) -> None:
    other = person(Role.SYSTEM_ADMIN, "company")
    services.disable_user(other, by=admin, now=MONDAY, reason="离职")
    with pytest.raises(ValidationError):
        services.disable_user(admin, by=None, now=MONDAY, reason="离职")
    with pytest.raises(ValidationError):
        services.end_assignment(admin.assignments.get(), by=None, now=MONDAY, last_day=AFTER)


def test_an_enabled_account_has_its_posts_back(admin: User) -> None:
    user = person(Role.HANDLER, "repair_centre")
    services.disable_user(user, by=admin, now=MONDAY, reason="借调")
    assert standing(User.objects.get(pk=user.pk), DAY).posts == ()
    services.enable_user(user, by=admin, now=MONDAY)
    assert standing(User.objects.get(pk=user.pk), DAY).has(Role.HANDLER)


def test_nobody_resets_his_own_password_without_the_old_one(admin: User) -> None:
    with pytest.raises(PermissionDenied):
        services.reset_password(admin, by=admin, now=MONDAY, password=PASSWORD)


# --- posts ------------------------------------------------------------------------------------------------------------


def assign(
    user: User, by: User | None, role: Role = Role.HANDLER, code: str = "repair_centre", **fields: Any
) -> Assignment:
    fields.setdefault("valid_from", DAY)
    return services.assign(user, by=by, now=MONDAY, role=role, department=dept(code), **fields)


def test_an_assignment_is_audited_and_counts_from_its_day(admin: User) -> None:
    user = person()
    assign(user, admin, valid_from=AFTER)
    assert not standing(user, DAY).has(Role.HANDLER)
    assert standing(user, AFTER).has(Role.HANDLER)
    assert audited("assignment.create")[0].detail["role"] == "handler"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"valid_from": DAY - timedelta(days=1)}, "valid_from"),
        ({"valid_from": AFTER, "valid_to": DAY}, "valid_to"),
        ({"is_backup": True}, "is_backup"),
    ],
)
def test_dates_and_marks_of_a_post_are_checked(admin: User, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        assign(person(), admin, **fields)
    assert errors(caught) == [field]


@pytest.mark.parametrize("role", sorted(HOTLINE))
def test_hotline_posts_need_an_agent_number(admin: User, role: Role) -> None:
    """S4-R08: mandatory for whoever answers callers."""
    with pytest.raises(ValidationError) as caught:
        assign(person(), admin, role, "hotline")
    assert errors(caught) == ["user"]
    assert assign(person(agent_no="1299"), admin, role, "hotline").pk


def test_disabled_people_and_closed_departments_get_no_posts(admin: User) -> None:
    with pytest.raises(ValidationError):
        assign(person(is_active=False), admin)
    closed = dept("line_unit")
    closed.is_active = False
    closed.save()
    with pytest.raises(ValidationError):
        assign(person(), admin, code="line_unit")


def test_the_same_post_twice_in_the_same_days_is_refused(admin: User) -> None:
    user = person()
    assign(user, admin, valid_to=AFTER)
    with pytest.raises(ValidationError):
        assign(user, admin, valid_from=AFTER)
    assert assign(user, admin, valid_from=AFTER + timedelta(days=1)).pk


def test_keeping_accounts_and_checking_the_trail_are_two_people(admin: User) -> None:
    user = person()
    assign(user, admin, Role.AUDITOR, "company")
    with pytest.raises(ValidationError):
        assign(user, admin, Role.SYSTEM_ADMIN, "company")


def test_an_interface_account_has_no_other_role(admin: User) -> None:
    user = person(Role.API_CLIENT, "company")
    with pytest.raises(ValidationError):
        assign(user, admin)


def test_nobody_gives_himself_a_post(admin: User) -> None:
    with pytest.raises(PermissionDenied):
        assign(admin, admin, Role.MAIN_LEADER, "leadership")


def test_a_head_names_contacts_in_his_departments_only(clock: Any) -> None:
    """S4-R03"""
    head, user = person(Role.DEPARTMENT_HEAD, "repair_centre"), person()
    assign(user, head, Role.TICKET_CONTACT, "repair_team_east")
    team = dept("repair_team_east").pk
    assert contacts([team], DAY)[team] == [user]
    for role, code in (
        (Role.TICKET_CONTACT, "safety_section"),
        (Role.HANDLER, "repair_centre"),
        (Role.MANAGER, "company"),
    ):
        with pytest.raises(PermissionDenied):
            assign(person(), head, role, code)


def substitute(base: Assignment, user: User, by: User | None, **fields: Any) -> Assignment:
    fields = {"valid_from": DAY, "valid_to": AFTER, **fields}
    role = Role(base.role)
    return services.assign(
        user, by=by, now=MONDAY, role=role, department=base.department, substitute_for=base, **fields
    )


def test_the_director_names_his_substitute_for_some_days(clock: Any) -> None:
    director, deputy = person(Role.HOTLINE_DIRECTOR), person(Role.SUPERVISOR)
    substitute(director.assignments.get(), deputy, director)
    held = standing(User.objects.get(pk=deputy.pk), DAY)
    assert held.acting_for(Role.HOTLINE_DIRECTOR, dept("hotline").pk) == director.pk


def test_a_head_names_substitutes_for_his_staff_but_not_for_others(clock: Any) -> None:
    head = person(Role.DEPARTMENT_HEAD, "repair_centre")
    assert substitute(head.assignments.get(), person(), head).pk
    with pytest.raises(PermissionDenied):
        substitute(person(Role.DEPARTMENT_HEAD, "safety_section").assignments.get(), person(), head)
    with pytest.raises(PermissionDenied):
        substitute(person(Role.ADJUDICATOR, "repair_centre").assignments.get(), person(), head)


def test_a_substitute_is_dated_within_the_post_and_somebody_else(admin: User) -> None:
    holder = person()
    base = post(holder, Role.HANDLER, "repair_centre", valid_to=AFTER)
    for fields, by in (
        ({"valid_to": None}, person()),
        ({"valid_to": AFTER + timedelta(days=1)}, person()),
        ({}, holder),
    ):
        with pytest.raises(ValidationError):
            substitute(base, by, admin, **fields)
    with pytest.raises(ValidationError):
        services.assign(
            person(),
            by=admin,
            now=MONDAY,
            role=Role.MANAGER,
            department=base.department,
            valid_from=DAY,
            valid_to=AFTER,
            substitute_for=base,
        )


def test_a_substitute_has_no_substitute(admin: User) -> None:
    base = person(Role.HANDLER, "repair_centre").assignments.get()
    with pytest.raises(ValidationError):
        substitute(substitute(base, person(), admin), person(), admin)


def test_ending_a_post_ends_its_substitutes_and_keeps_the_past(admin: User) -> None:
    user = person(Role.HANDLER, "repair_centre")
    base = user.assignments.get()
    deputy = person()
    substitute(base, deputy, admin, valid_to=DAY + timedelta(days=9))
    services.end_assignment(base, by=admin, now=MONDAY, last_day=AFTER)
    for someone in (user, deputy):
        assert standing(User.objects.get(pk=someone.pk), AFTER).has(Role.HANDLER)
        assert not standing(User.objects.get(pk=someone.pk), AFTER + timedelta(days=1)).has(Role.HANDLER)
    assert audited("assignment.end")[0].detail["last_day"] == AFTER.isoformat()


def test_a_post_cannot_be_ended_in_the_past(admin: User) -> None:
    base = person(Role.HANDLER, "repair_centre").assignments.get()
    with pytest.raises(ValidationError):
        services.end_assignment(base, by=admin, now=MONDAY, last_day=DAY - timedelta(days=1))


def test_a_post_that_has_not_begun_is_taken_back(admin: User) -> None:
    user = person()
    future = assign(user, admin, valid_from=DAY + timedelta(days=5))
    services.end_assignment(future, by=admin, now=MONDAY, last_day=DAY)
    assert not user.assignments.exists()


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_administrator_makes_and_appoints_by_page(admin_page: Client) -> None:
    values = {
        "username": "xin",
        "name": "新\u200b同事",
        "agent_no": "1299",
        "phone": "138 0000 1234",
        "password": PASSWORD,
    }
    assert admin_page.post("/settings/people/new-user/", values).headers["Location"] == "/settings/people/users/xin/"
    user = User.objects.get(username="xin")
    assert (user.name, user.phone) == ("新同事", "13800001234")
    appointed = admin_page.post(
        "/settings/people/users/xin/posts/",
        {"post-role": "hotline_agent", "post-department": dept("hotline").pk, "post-valid_from": "2026-09-07"},
    )
    assert appointed.status_code == 302
    assert standing(user, DAY).has(Role.HOTLINE_AGENT)
    assert enter(Client(), "xin", PASSWORD).status_code == 302


def test_every_account_page_draws_and_shows_errors_beside_the_field(admin_page: Client) -> None:
    user = person(Role.HANDLER, "repair_centre", username="lin")
    row = user.assignments.get()
    person(username="gone", is_active=False)
    for path in ("", "?q=lin", "new-user/", "users/lin/", "users/gone/", f"posts/{row.pk}/"):
        assert admin_page.get("/settings/people/" + path).status_code == 200
    for path, values in (
        ("new-user/", {"username": "lin"}),
        ("users/lin/edit/", {"name": ""}),
        ("users/lin/disable/", {}),
        ("users/lin/password/", {"password": "x"}),
        ("users/lin/posts/", {"post-role": "king", "post-department": "99999999999999999999"}),
        (f"posts/{row.pk}/", {"valid_to": "2026-13-01"}),
        (f"posts/{row.pk}/substitute/", {"substitute-user": "0"}),
    ):
        response = admin_page.post("/settings/people/" + path, values)
        assert response.status_code == 400, path
        assert "field__error" in response.content.decode(), path


def test_the_buttons_of_an_account_page_work(admin_page: Client) -> None:
    user = person(username="lin")
    base = "/settings/people/users/lin/"
    assert admin_page.post(base + "edit/", {"name": "林晓", "agent_no": "", "phone": ""}).status_code == 302
    assert admin_page.post(base + "password/", {"password": PASSWORD}).status_code == 302
    assert admin_page.post(base + "disable/", {"disable-reason": "离职"}).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_active, user.must_change_password) == ("林晓", False, True)
    assert admin_page.post(base + "enable/").status_code == 302
    user.refresh_from_db()
    assert user.is_active


def test_a_substitute_is_named_and_a_post_ended_by_page(clock: Any) -> None:
    head, deputy = person(Role.DEPARTMENT_HEAD, "repair_centre"), person()
    row, page = head.assignments.get(), opened(head)
    url = f"/settings/people/posts/{row.pk}/"
    dates = {"substitute-valid_from": "2026-09-07", "substitute-valid_to": "2026-09-08"}
    assert page.post(url + "substitute/", {"substitute-user": deputy.pk, **dates}).status_code == 302
    assert standing(deputy, DAY).has(Role.DEPARTMENT_HEAD)
    assert page.get(url).status_code == 200


def test_a_post_out_of_reach_is_404(clock: Any) -> None:
    head = person(Role.DEPARTMENT_HEAD, "repair_centre")
    other = person(Role.HANDLER, "safety_section").assignments.get()
    assert opened(head).get(f"/settings/people/posts/{other.pk}/").status_code == 404
    assert opened(head).get("/settings/people/posts/99999999999999999999/").status_code == 404


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM_ADMIN}))
def test_account_pages_are_the_administrators(clock: Any, role: Role, settings: Any) -> None:
    settings.DEMO = True
    page = opened(person(role, "hotline"))
    person(username="lin")
    for path in ("new-user/", "users/lin/", "users/nobody/"):
        assert page.get("/settings/people/" + path).status_code == 403
    for path in ("new-user/", "users/lin/edit/", "users/lin/disable/", "users/lin/password/", "users/lin/posts/"):
        assert page.post("/settings/people/" + path, {"name": "x"}).status_code == 403


def test_accounts_page_by_key_and_refuse_unknown_parameters(
    admin_page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("people.views.users.PER_PAGE", 3)
    for n in range(7):
        person(username=f"zz{n}")
    first = admin_page.get("/settings/people/?q=zz")
    second = admin_page.get("/settings/people/", {"q": "zz", "after": first.context["more"]})
    assert [user.username for user in first.context["rows"]] == ["zz0", "zz1", "zz2"]
    assert [user.username for user in second.context["rows"]] == ["zz3", "zz4", "zz5"]
    assert admin_page.get("/settings/people/?order_by=password").status_code == 400
