"""The duty roster: round the clock, with shift leader and supervisor (S4-R06)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from people import services
from people.models import DutyShift
from people.roles import Role
from tests.factories import MONDAY, at, dept, person
from tests.people.conftest import audited, opened

pytestmark = pytest.mark.django_db
URL = "/settings/people/roster/"


class Team:
    def __init__(self) -> None:
        self.director = person(Role.HOTLINE_DIRECTOR)
        self.leader = person(Role.SHIFT_LEADER)
        self.supervisor = person(Role.SUPERVISOR)
        self.agent = person(Role.HOTLINE_AGENT)

    def plan(self, begin: str = "2026-09-07 16:00", end: str = "2026-09-08 00:00", **fields: Any) -> DutyShift:
        values: dict[str, Any] = {
            "by": self.director,
            "shift_leader": self.leader,
            "supervisor": self.supervisor,
            "members": [self.agent],
            **fields,
        }
        return services.plan_shift(dept("hotline"), now=MONDAY, starts_at=at(begin), ends_at=at(end), **values)


@pytest.fixture
def team(clock: Any) -> Team:
    return Team()


def test_a_shift_has_agents_a_leader_and_a_supervisor(team: Team) -> None:
    shift = team.plan()
    found = services.on_duty(at("2026-09-07 16:00"))
    assert found == shift
    assert list(shift.members.all()) == [team.agent]
    assert audited("shift.plan")[0].actor == team.director


def test_the_end_of_a_shift_belongs_to_the_next(team: Team) -> None:
    team.plan()
    following = team.plan("2026-09-08 00:00", "2026-09-08 08:00")
    assert services.on_duty(at("2026-09-08 00:00")) == following
    assert services.on_duty(at("2026-09-08 08:00")) is None


@pytest.mark.parametrize(
    ("begin", "end", "field"),
    [
        ("2026-09-07 16:00", "2026-09-07 16:00", "ends_at"),
        ("2026-09-07 16:00", "2026-09-08 16:01", "ends_at"),
        ("2026-09-06 00:00", "2026-09-06 08:00", "ends_at"),
        ("2026-09-07 23:00", "2026-09-08 07:00", "starts_at"),
    ],
)
def test_times_of_a_shift_are_checked(team: Team, begin: str, end: str, field: str) -> None:
    team.plan()
    with pytest.raises(ValidationError) as caught:
        team.plan(begin, end)
    assert list(caught.value.message_dict) == [field]


@pytest.mark.parametrize("field", ["shift_leader", "supervisor", "members"])
def test_everybody_in_a_shift_holds_the_fitting_post_that_day(team: Team, field: str) -> None:
    """S4-R06"""
    stranger = person(Role.HANDLER, "repair_centre")
    wrong: dict[str, Any] = {field: [stranger] if field == "members" else stranger}
    with pytest.raises(ValidationError) as caught:
        team.plan(**wrong)
    assert list(caught.value.message_dict) == [field]


def test_a_shift_without_an_agent_is_refused(team: Team) -> None:
    with pytest.raises(ValidationError):
        team.plan(members=[])


@pytest.mark.parametrize("role", [Role.SHIFT_LEADER, Role.SYSTEM_ADMIN, Role.HOTLINE_AGENT, Role.DEPARTMENT_HEAD])
def test_only_the_hotline_director_plans(team: Team, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        team.plan(by=person(role))


def test_gaps_are_found(team: Team) -> None:
    """S4-R06: the line is open 24 hours."""
    team.plan()
    team.plan("2026-09-08 02:00", "2026-09-08 08:00")
    gaps = services.roster_gaps(begin=at("2026-09-07 12:00"), end=at("2026-09-08 12:00"))
    assert gaps == [
        (at("2026-09-07 12:00"), at("2026-09-07 16:00")),
        (at("2026-09-08 00:00"), at("2026-09-08 02:00")),
        (at("2026-09-08 08:00"), at("2026-09-08 12:00")),
    ]


def test_a_coming_shift_may_be_cancelled_a_running_one_not(team: Team) -> None:
    services.cancel_shift(team.plan(), by=team.director, now=MONDAY)
    assert not DutyShift.objects.exists()
    running = team.plan("2026-09-07 08:00", "2026-09-07 16:00")
    with pytest.raises(ValidationError):
        services.cancel_shift(running, by=team.director, now=MONDAY)


# --- pages ------------------------------------------------------------------------------------------------------------


def form(team: Team, **fields: Any) -> dict[str, Any]:
    return {
        "day": "2026-09-07",
        "begin": "16:00",
        "end": "00:00",
        "shift_leader": team.leader.pk,
        "supervisor": team.supervisor.pk,
        "members": [team.agent.pk],
        **fields,
    }


def test_the_director_plans_by_page_over_midnight(team: Team) -> None:
    page = opened(team.director)
    response = page.post(URL + "shifts/", form(team))
    assert response.headers["Location"] == URL + "?week=2026-09-07"
    shift = DutyShift.objects.get()
    assert (shift.starts_at, shift.ends_at) == (at("2026-09-07 16:00"), at("2026-09-08 00:00"))
    shown = page.get(URL)
    assert list(shown.context["shifts"]) == [shift]
    assert "没有人值班" in shown.content.decode()
    assert page.post(f"{URL}shifts/{shift.pk}/cancel/").status_code == 302
    assert not DutyShift.objects.exists()


def test_what_is_wrong_with_a_shift_stands_at_its_field(team: Team) -> None:
    page = opened(team.director)
    page.post(URL + "shifts/", form(team))
    for values, field in (
        ({"begin": "25:00"}, "begin"),
        ({"begin": "17:00"}, "begin"),
        ({"members": []}, "members"),
        ({"shift_leader": team.agent.pk}, "shift_leader"),
        ({"day": "2026-09-01"}, "end"),
    ):
        response = page.post(URL + "shifts/", form(team, **values))
        assert response.status_code == 400
        assert field in response.context["form"].errors, values


def test_agents_read_the_roster_but_do_not_write_it(team: Team) -> None:
    page = opened(team.agent)
    assert page.get(URL).status_code == 200
    assert page.get(URL + "?week=2026-12-31").status_code == 200
    assert page.post(URL + "shifts/", form(team)).status_code == 403
    shift = team.plan()
    assert page.post(f"{URL}shifts/{shift.pk}/cancel/").status_code == 403


@pytest.mark.parametrize("week", ["nonsense", "2026-13-01", "20260907x", ""])
def test_a_week_that_is_no_day_is_400(team: Team, week: str) -> None:
    assert opened(team.agent).get(URL, {"week": week}).status_code == 400


@pytest.mark.parametrize("week", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_do_not_break_the_roster(team: Team, week: str) -> None:
    assert opened(team.agent).get(URL, {"week": week}).status_code == 200


def test_department_staff_see_no_roster(clock: Any) -> None:
    assert opened(person(Role.HANDLER, "repair_centre")).get(URL).status_code == 403


def test_an_hour_ago_is_still_this_shift(team: Team) -> None:
    team.plan("2026-09-07 08:00", "2026-09-07 16:00")
    assert services.on_duty(MONDAY + timedelta(hours=1)) is not None


def test_the_operator_may_fill_in_a_past_shift(team: Team) -> None:
    assert team.plan("2026-09-01 08:00", "2026-09-01 16:00", by=None).pk
