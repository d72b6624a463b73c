"""Session limits: idle 30 minutes, absolute 12 hours, everywhere at once when something changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from people import services
from people.models import User
from people.roles import Role
from tests.factories import MONDAY, PASSWORD, person
from tests.people.conftest import audited, enter, opened

pytestmark = pytest.mark.django_db
NEW = "Xin-de-mima-2026"


@pytest.fixture
def lin(clock: Any) -> User:
    return person(Role.HOTLINE_AGENT, username="lin")


def alive(client: Client) -> bool:
    return client.get("/probe/hello/").status_code == 200


def test_a_session_ends_after_thirty_idle_minutes(lin: User, client: Client, clock: Any) -> None:
    enter(client, "lin")
    clock.shift(timedelta(minutes=30))
    assert alive(client)
    clock.shift(timedelta(minutes=30, seconds=1))
    response = client.get("/probe/hello/?view=mine")
    assert response.headers["Location"] == "/login/?next=%2Fprobe%2Fhello%2F%3Fview%3Dmine"
    assert not alive(client)
    assert [row.actor for row in audited("session.expire")] == [lin]


def test_activity_keeps_a_session_alive_but_never_beyond_twelve_hours(lin: User, client: Client, clock: Any) -> None:
    enter(client, "lin")
    for _half_hour in range(24):
        assert alive(client)
        clock.shift(timedelta(minutes=29, seconds=59))
    assert alive(client)
    clock.shift(timedelta(minutes=2))
    assert not alive(client)


def test_a_page_refreshing_itself_is_not_activity(lin: User, client: Client, clock: Any) -> None:
    enter(client, "lin")
    for _quarter in range(2):
        clock.shift(timedelta(minutes=15))
        assert client.get("/probe/hello/", headers={"X-Background": "1"}).status_code == 200
    clock.shift(timedelta(minutes=1))
    assert not alive(client)


def test_fragments_and_the_api_are_told_instead_of_redirected(lin: User, client: Client, clock: Any) -> None:
    enter(client, "lin")
    clock.shift(timedelta(minutes=31))
    assert client.get("/probe/hello/", headers={"HX-Request": "true"}).status_code == 401
    enter(client, "lin")
    clock.shift(timedelta(minutes=31))
    response = client.get("/api/v1/auth/me/")
    assert response.status_code == 401
    assert "session" in response.json()["errors"]


def test_a_reading_session_is_not_written_at_every_request(
    lin: User, client: Client, clock: Any, django_assert_num_queries: Any
) -> None:
    enter(client, "lin")
    alive(client)
    clock.shift(timedelta(seconds=59))
    with django_assert_num_queries(3):  # session, user, posts
        alive(client)


def test_disabling_a_user_ends_the_sessions_at_once(lin: User, clock: Any) -> None:
    client = opened(lin)
    assert alive(client)
    services.disable_user(lin, by=None, now=MONDAY, reason="离职")
    assert not alive(client)


def test_a_password_change_ends_every_other_session_but_not_this_one(lin: User, clock: Any) -> None:
    here, there = Client(), Client()
    enter(here, "lin")
    enter(there, "lin")
    before = here.session.session_key
    response = here.post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert response.headers["Location"] == "/account/"
    assert alive(here)
    assert here.session.session_key != before
    assert not alive(there)
    assert enter(Client(), "lin").status_code == 400
    assert enter(Client(), "lin", NEW).status_code == 302
    assert len(audited("user.change_password", actor=lin)) == 1


def test_signing_out_elsewhere_keeps_this_session(lin: User, clock: Any) -> None:
    here, there = Client(), Client()
    enter(here, "lin")
    enter(there, "lin")
    here.post("/account/sessions/end/")
    assert alive(here)
    assert not alive(there)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"old": "not-my-password", "new": NEW, "again": NEW}, "old"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "new"),
        ({"old": PASSWORD, "new": "duanmima", "again": "duanmima"}, "new"),
        ({"old": PASSWORD, "new": "12345678901234", "again": "12345678901234"}, "new"),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "x"}, "again"),
    ],
)
def test_a_weak_or_mistyped_new_password_is_refused_at_its_field(
    lin: User, values: dict[str, str], field: str, clock: Any
) -> None:
    response = opened(lin).post("/account/password/", values)
    assert response.status_code == 400
    assert field in response.context["form"].errors
    lin.refresh_from_db()
    assert lin.check_password(PASSWORD)


def test_a_password_somebody_else_chose_must_be_changed_first(lin: User, clock: Any) -> None:
    services.reset_password(lin, by=None, now=MONDAY, password=NEW)
    client = Client()
    enter(client, "lin", NEW)
    assert client.get("/probe/hello/").headers["Location"] == "/account/password/?next=%2Fprobe%2Fhello%2F"
    assert client.get("/api/v1/auth/me/").status_code == 403
    own = "Ziji-de-mima-2026"
    client.post("/account/password/", {"old": NEW, "new": own, "again": own})
    assert alive(client)


def test_preferences_are_kept(lin: User, clock: Any) -> None:
    opened(lin).post("/account/preferences/", {"theme": "dark"})
    lin.refresh_from_db()
    assert (lin.theme, lin.single_key_shortcuts) == ("dark", False)
    opened(lin).post("/account/preferences/", {"theme": "pink"})
    lin.refresh_from_db()
    assert lin.theme == "dark"


def test_the_account_page_shows_the_posts_of_the_day(lin: User, clock: Any) -> None:
    page = opened(lin).get("/account/")
    assert page.status_code == 200
    assert [post.role for post in page.context["posts"]] == [Role.HOTLINE_AGENT]
