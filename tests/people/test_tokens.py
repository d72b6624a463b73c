"""Signing in by API: tokens, lock-out, second factor, and their end."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from people import services
from people.roles import Role
from tests.factories import MONDAY, PASSWORD, person
from tests.people.conftest import audited, code_of, with_device

pytestmark = pytest.mark.django_db
URL = "/api/v1/auth/"


def login(client: Client, **values: Any) -> Any:
    values = {"username": "lin", "password": PASSWORD, **values}
    return client.post(URL + "login/", values, content_type="application/json")


def me(client: Client, token: str) -> Any:
    return client.get(URL + "me/", headers={"Authorization": f"Token {token}"})


def test_a_token_opens_the_api_for_twelve_hours(client: Client, clock: Any) -> None:
    user = person(Role.HOTLINE_AGENT, username="lin")
    answer = login(client).json()
    assert answer["user"]["posts"] == [{"role": "hotline_agent", "department": "hotline", "substitute": False}]
    clock.shift(timedelta(hours=11, minutes=59))
    assert me(client, answer["token"]).json()["username"] == "lin"
    clock.shift(timedelta(minutes=2))
    assert me(client, answer["token"]).status_code == 401
    assert [row.actor for row in audited("token.issue")] == [user]


def test_an_interface_accounts_token_lives_longer(client: Client, clock: Any) -> None:
    person(Role.API_CLIENT, "company", username="lin")
    token = login(client).json()["token"]
    clock.shift(timedelta(days=30))
    assert me(client, token).status_code == 200


def test_nobody_is_told_without_a_token(client: Client) -> None:
    assert client.get(URL + "me/").status_code == 401
    assert me(client, "nonsense").status_code == 401


def test_five_failures_lock_the_account_for_page_and_api_alike(client: Client, clock: Any) -> None:
    person(username="lin")
    statuses = [login(client, password="Bushi-zhege").status_code for _n in range(6)]
    assert statuses == [400, 400, 400, 400, 429, 429]
    assert login(client).status_code == 429
    assert client.post("/login/", {"username": "lin", "password": PASSWORD}).status_code == 429


def test_a_good_sign_in_forgets_earlier_failures(client: Client, clock: Any) -> None:
    person(username="lin")
    for _round in range(2):
        for _n in range(4):
            login(client, password="Bushi-zhege")
        assert login(client).status_code == 200


def test_unknown_and_disabled_people_read_the_same(client: Client, clock: Any) -> None:
    person(username="lin", is_active=False)
    assert login(client).content == login(client, username="nobody").content


def test_the_second_factor_is_asked_for(client: Client, clock: Any) -> None:
    device = with_device(person(Role.MANAGER, "company", username="lin"))
    assert login(client).json()["errors"].keys() == {"otp"}
    assert login(client, otp="000000").json()["errors"].keys() == {"otp"}
    clock.shift(timedelta(seconds=40))
    assert login(client, otp=code_of(device)).status_code == 200
    assert AuthToken.objects.count() == 1


def test_an_account_not_in_order_gets_no_token(client: Client, clock: Any) -> None:
    person(Role.MANAGER, "company", username="lin")
    assert login(client).status_code == 403
    person(username="zhou", must_change_password=True)
    assert login(client, username="zhou").status_code == 403
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"extra": 1}, "extra"),
        ({"username": ""}, "username"),
        ({"password": ["x"]}, "password"),
        ({"otp": "1" * 21}, "otp"),
    ],
)
def test_bad_input_is_named(client: Client, values: dict[str, Any], field: str) -> None:
    response = login(client, **values)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("raw", ["[]", "null", '"text"', "1"])
def test_a_body_that_is_no_object_is_400(client: Client, raw: str) -> None:
    assert client.post(URL + "login/", raw, content_type="application/json").status_code == 400


def test_signing_out_ends_this_token_or_all(client: Client, clock: Any) -> None:
    person(username="lin")
    tokens = [login(client).json()["token"] for _n in range(3)]
    assert client.post(URL + "logout/", headers={"Authorization": f"Token {tokens[0]}"}).status_code == 204
    assert [me(client, token).status_code for token in tokens] == [401, 200, 200]
    client.post(URL + "logout-all/", headers={"Authorization": f"Token {tokens[1]}"})
    assert [me(client, token).status_code for token in tokens] == [401, 401, 401]


@pytest.mark.parametrize("how", ["password", "disabled"])
def test_tokens_end_with_the_password_or_the_account(client: Client, clock: Any, how: str) -> None:
    user = person(username="lin")
    token = login(client).json()["token"]
    if how == "password":
        services.change_password(user, now=MONDAY, old=PASSWORD, new="Xin-de-mima-2026")
    else:
        services.disable_user(user, by=None, now=MONDAY, reason="离职")
    assert me(client, token).status_code == 401


def test_the_oldest_tokens_make_room(client: Client, clock: Any) -> None:
    person(username="lin")
    first = login(client).json()["token"]
    for _n in range(10):
        clock.shift(timedelta(seconds=1))
        last = login(client).json()["token"]
    assert AuthToken.objects.count() == 10
    assert (me(client, first).status_code, me(client, last).status_code) == (401, 200)
