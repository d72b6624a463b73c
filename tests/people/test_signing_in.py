"""Signing in and out: RELIABILITY 3 (brute force, session, own paths), invariant 26 (each attempt is audited)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from people import signin
from people.models import AuditResult
from people.roles import Role
from tests.factories import PASSWORD, person
from tests.people.conftest import audited, enter

pytestmark = pytest.mark.django_db
WRONG = "Bushi-zhege-mima"


def test_the_right_password_opens_a_session_and_is_audited(client: Client, clock: Any) -> None:
    user = person(Role.HOTLINE_AGENT, username="lin")
    response = enter(client, "lin")
    assert response.status_code == 302
    assert client.get("/probe/hello/").status_code == 200
    (row,) = audited("sign_in")
    assert (row.actor, row.result, row.ip) == (user, AuditResult.OK, "127.0.0.1")


def test_the_user_name_may_be_typed_in_capitals_or_full_width(client: Client, clock: Any) -> None:
    person(Role.HOTLINE_AGENT, username="lin")
    assert enter(client, " ＬIN ").status_code == 302


def test_the_session_id_changes_at_sign_in(client: Client, clock: Any) -> None:
    """A session id planted before signing in is worth nothing afterwards."""
    person(username="lin")
    client.get("/probe/hello/")
    client.session["planted"] = True
    before = client.session.session_key
    enter(client, "lin")
    assert client.session.session_key != before


def test_a_disabled_user_cannot_sign_in_and_reads_the_same_text(client: Client, clock: Any) -> None:
    person(username="gone", is_active=False)
    person(username="here")
    texts = {
        enter(client, name, WRONG).content.count(str(signin.TEXTS[signin.Outcome.WRONG]).encode())
        for name in ("gone", "here", "nobody")
    }
    assert texts == {1}
    assert enter(client, "gone").status_code == 400
    assert client.get("/probe/hello/").status_code == 302


def test_an_unknown_user_costs_one_hash_like_a_known_one(
    client: Client, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same time: the hasher runs exactly once either way."""
    person(username="known")
    runs: list[str] = []
    hasher = __import__("django.contrib.auth.hashers", fromlist=["x"]).MD5PasswordHasher
    encode = hasher.encode

    def counted(self: Any, password: str, salt: str) -> Any:
        runs.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hasher, "encode", counted)
    enter(client, "known", WRONG)
    known = len(runs)
    enter(client, "unknown", WRONG)
    assert len(runs) - known == known == 1


@pytest.mark.parametrize("username", ["lin", "nobody"])
def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(client: Client, clock: Any, username: str) -> None:
    """Known and unknown names lock alike; the right password does not help while locked."""
    person(username="lin")
    statuses = [enter(client, username, WRONG).status_code for _n in range(6)]
    assert statuses == [400, 400, 400, 400, 429, 429]
    assert enter(client, username).status_code == 429
    clock.shift(timedelta(minutes=15, seconds=1))
    assert enter(client, username).status_code == (302 if username == "lin" else 400)
    assert {row.reason for row in audited("sign_in", result=AuditResult.REFUSED)} == {"locked"}


def test_failures_while_locked_do_not_prolong_the_lock(client: Client, clock: Any) -> None:
    person(username="lin")
    for _n in range(5):
        enter(client, "lin", WRONG)
    clock.shift(timedelta(minutes=14))
    enter(client, "lin", WRONG)
    clock.shift(timedelta(minutes=2))
    assert enter(client, "lin").status_code == 302


def test_the_lock_is_one_persons_not_the_address(client: Client, clock: Any) -> None:
    person(username="lin")
    person(username="zhou")
    for _n in range(5):
        enter(client, "lin", WRONG)
    assert enter(client, "zhou").status_code == 302


def test_success_forgets_the_failures(client: Client, clock: Any) -> None:
    person(username="lin")
    for _round in range(2):
        for _n in range(4):
            enter(client, "lin", WRONG)
        assert enter(Client(), "lin").status_code == 302


def test_an_address_that_keeps_failing_has_to_wait(client: Client, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guessing one password at many names is slowed down by address."""
    monkeypatch.setattr(signin, "ADDRESS_LIMIT", 3)
    person(username="lin")
    for n in range(3):
        enter(client, f"somebody{n}", WRONG)
    assert enter(client, "lin").status_code == 429
    clock.shift(timedelta(minutes=16))
    assert enter(client, "lin").status_code == 302


def test_a_forged_forwarded_address_gives_no_more_guesses(client: Client, clock: Any) -> None:
    person(username="lin")
    for n in range(7):
        last = client.post(
            "/login/", {"username": "lin", "password": WRONG}, headers={"X-Forwarded-For": f"10.0.0.{n}"}
        )
    assert last.status_code == 429
    assert {row.ip for row in audited("sign_in")} == {"127.0.0.1"}


def test_a_password_typed_as_user_name_is_not_written_down(client: Client, clock: Any) -> None:
    enter(client, "My-secret-password", WRONG)
    (row,) = audited("sign_in")
    assert row.subject_ref == ""
    assert "secret" not in f"{row.actor_label}{row.reason}{row.detail}"


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/orders/?view=mine", "/orders/?view=mine"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
        ("orders", "/"),
        ("", "/"),
    ],
)
def test_next_leads_to_own_paths_only(client: Client, clock: Any, wanted: str, landed: str) -> None:
    person(username="lin")
    response = client.post("/login/", {"username": "lin", "password": PASSWORD}, query_params={"next": wanted})
    assert response.headers["Location"] == landed


def test_a_signed_in_person_is_sent_on_from_the_sign_in_page(client: Client, clock: Any) -> None:
    person(username="lin")
    enter(client, "lin")
    assert client.get("/login/", {"next": "/account/"}).headers["Location"] == "/account/"


def test_an_anonymous_visitor_is_asked_to_sign_in_and_brought_back(client: Client, db: None) -> None:
    assert client.get("/account/").headers["Location"] == "/login/?next=/account/"


def test_signing_out_ends_the_session_is_audited_and_needs_a_post(client: Client, clock: Any) -> None:
    user = person(username="lin")
    enter(client, "lin")
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/probe/hello/").status_code == 302
    assert [row.actor for row in audited("sign_out")] == [user]


def test_sign_in_without_a_csrf_token_is_refused(clock: Any) -> None:
    person(username="lin")
    assert enter(Client(enforce_csrf_checks=True), "lin").status_code == 403


def test_demo_accounts_are_shown_in_the_demo_only(client: Client, clock: Any, settings: Any) -> None:
    assert "演示账号" not in client.get("/login/").content.decode()
    settings.DEMO = True
    assert "station_head" in client.get("/login/").content.decode()
