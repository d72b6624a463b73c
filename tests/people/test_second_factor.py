"""Second factor (RELIABILITY 3 and invariant 30): administrator, adjudicator and export approver."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from people import secondfactor, services
from people.models import User
from people.roles import Role
from tests.factories import MONDAY, person
from tests.people.conftest import audited, code_of, enter, opened, with_device

pytestmark = pytest.mark.django_db
NEEDS = [(Role.SYSTEM_ADMIN, "company"), (Role.ADJUDICATOR, "party_admin_office"), (Role.MANAGER, "company")]


@pytest.mark.parametrize(("role", "department"), NEEDS)
def test_privileged_roles_set_it_up_before_anything_else(role: Role, department: str, clock: Any) -> None:
    client = opened(person(role, department))
    assert client.get("/probe/hello/").headers["Location"].startswith("/account/second-factor/")
    assert client.get("/settings/people/").headers["Location"].startswith("/account/second-factor/")
    page = client.get("/account/second-factor/")
    assert b"<svg" in page.content
    assert b"style=" not in page.content.split(b"<svg", 2)[1]


def test_ordinary_roles_need_none(clock: Any) -> None:
    assert opened(person(Role.HOTLINE_AGENT)).get("/probe/hello/").status_code == 200


def test_the_demo_does_not_force_it(clock: Any, settings: Any) -> None:
    settings.DEMO = True
    assert opened(person(Role.MANAGER, "company")).get("/probe/hello/").status_code == 200


def set_up(client: Client, user: User) -> tuple[TOTPDevice, list[str]]:
    client.get("/account/second-factor/")
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    response = client.post("/account/second-factor/", {"code": code_of(device)})
    assert response.headers["Location"] == "/account/second-factor/codes/"
    codes = client.get("/account/second-factor/codes/").context["codes"]
    return TOTPDevice.objects.get(user=user, confirmed=True), codes


def test_set_up_confirms_by_a_first_code_and_shows_ten_codes_once(clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    client, elsewhere = opened(user), opened(user)
    _device, codes = set_up(client, user)
    assert len(set(codes)) == 10
    assert client.get("/account/second-factor/codes/").headers["Location"] == "/account/"
    assert client.get("/probe/hello/").status_code == 200
    assert elsewhere.get("/probe/hello/").status_code == 302
    assert len(audited("second_factor.set")) == 1
    assert not StaticToken.objects.filter(token__in=codes).exists()


def test_a_wrong_first_code_sets_nothing_up(clock: Any) -> None:
    user = person(Role.MANAGER, "company")
    client = opened(user)
    client.get("/account/second-factor/")
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 400
    assert not secondfactor.has_device(user)


def test_signing_in_asks_for_the_code_and_is_nobody_until_then(client: Client, clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    device = with_device(user)
    response = client.post(
        "/login/", {"username": "feng", "password": "Mima-123456-gongdan"}, query_params={"next": "/account/"}
    )
    assert response.headers["Location"] == "/login/code/?next=%2Faccount%2F"
    assert client.get("/probe/hello/").status_code == 302
    assert audited("sign_in") == []
    response = client.post("/login/code/?next=/account/", {"code": code_of(device)})
    assert response.headers["Location"] == "/account/"
    assert client.get("/probe/hello/").status_code == 200
    assert audited("sign_in")[0].detail == {"second_factor": True}


def test_a_code_works_once(client: Client, clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    code = code_of(with_device(user))
    enter(client, "feng")
    client.post("/login/code/", {"code": code})
    again = Client()
    enter(again, "feng")
    assert again.post("/login/code/", {"code": code}).status_code == 400
    clock.shift(timedelta(seconds=60))
    assert again.post("/login/code/", {"code": code_of(TOTPDevice.objects.get(user=user))}).status_code == 302


def test_a_recovery_code_opens_once_when_the_phone_is_lost(clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    _device, codes = set_up(opened(user), user)
    for expected in (302, 400):
        client = Client()
        enter(client, "feng")
        assert client.post("/login/code/", {"code": codes[0].upper()}).status_code == expected
    assert secondfactor.recovery_codes_left(user) == 9


def test_wrong_codes_lock_the_account_like_wrong_passwords(client: Client, clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    device = with_device(user)
    enter(client, "feng")
    statuses = []
    for _n in range(6):
        statuses.append(client.post("/login/code/", {"code": "000000"}).status_code)
        clock.shift(timedelta(seconds=40))
    assert statuses == [400, 400, 400, 400, 429, 429]
    assert client.post("/login/code/", {"code": code_of(device)}).status_code == 429
    assert enter(Client(), "feng").status_code == 429


def test_the_password_step_is_forgotten_after_five_minutes(client: Client, clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    device = with_device(user)
    enter(client, "feng")
    clock.shift(timedelta(minutes=5, seconds=1))
    assert client.post("/login/code/", {"code": code_of(device)}).headers["Location"] == "/login/"


def test_the_password_step_does_not_survive_a_reset(client: Client, clock: Any) -> None:
    user = person(Role.MANAGER, "company", username="feng")
    device = with_device(user)
    enter(client, "feng")
    services.end_sessions(user, by=None, now=MONDAY)
    assert client.post("/login/code/", {"code": code_of(device)}).headers["Location"] == "/login/"


def test_a_session_without_the_code_is_ended_for_privileged_roles(clock: Any) -> None:
    """Signed in before the device existed: the password alone is no longer enough."""
    user = person(Role.MANAGER, "company")
    client = opened(user)
    with_device(user)
    assert client.get("/probe/hello/").headers["Location"].startswith("/login/")


def test_new_recovery_codes_need_a_verified_session_and_replace_the_old(clock: Any) -> None:
    user = person(Role.MANAGER, "company")
    with_device(user)
    client = opened(user)
    old = secondfactor.new_recovery_codes(user)
    assert client.post("/account/second-factor/codes/").headers["Location"] == "/account/second-factor/codes/"
    fresh = client.get("/account/second-factor/codes/").context["codes"]
    assert not set(old) & set(fresh)
    assert secondfactor.verify_code(user, old[0]) is None


def test_an_administrator_clears_a_lost_phone_but_not_his_own(admin: User, admin_page: Client) -> None:
    user = person(Role.MANAGER, "company")
    with_device(user)
    client = opened(user)
    url = f"/settings/people/users/{user.username}/second-factor/"
    assert admin_page.post(url, {"factor-reason": ""}).status_code == 400
    assert admin_page.post(url, {"factor-reason": "手机丢失"}).status_code == 302
    assert not secondfactor.has_device(user)
    assert client.get("/probe/hello/").status_code == 302
    own = f"/settings/people/users/{admin.username}/second-factor/"
    assert admin_page.post(own, {"factor-reason": "手机丢失"}).status_code == 403
    assert secondfactor.has_device(admin)
