"""One form for every refusal under /api/, whoever refuses."""

from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from config.urls import urlpatterns as real
from people.models import User
from tests.api.conftest import Api
from tests.factories import Company

PROBLEM = {"code", "message", "errors", "changes"}


@api_view(["GET"])
def broken(request: Request) -> Response:
    raise RuntimeError("password=hunter2")


urlpatterns = [*real, path("api/v1/broken/", broken)]


def check(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/json")
    assert set(answer.json()) == PROBLEM
    assert answer.json()["code"] == code
    assert answer.json()["message"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_a_method_nobody_serves_is_405(company: Company, api: Api, method: str) -> None:
    answer = getattr(api(company.agent), method)("/api/v1/orders/")
    check(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) >= {"GET", "POST"}


def test_an_unknown_address_is_404(company: Company, api: Api) -> None:
    check(api(company.agent).get("/api/v1/nothing/"), 404, "not_found")
    check(api(company.agent).post("/api/v1/nothing/", {}), 404, "not_found")
    check(api(None).get("/api/v2/"), 404, "not_found")


def test_another_format_is_406(company: Company, api: Api) -> None:
    check(api(company.agent).get("/api/v1/orders/", headers={"Accept": "text/html"}), 406, "not_acceptable")


def test_a_wrong_token_is_401(api: Api) -> None:
    client = api(None)
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789")
    check(client.get("/api/v1/orders/"), 401, "not_authenticated")


def test_clean_input_speaks_the_same_form(company: Company, api: Api) -> None:
    answer = api(company.agent).get("/api/v1/orders/?q=%00")
    check(answer, 400, "invalid")
    assert list(answer.json()["errors"]) == ["q"]


def test_signing_in_speaks_the_same_form(db: None) -> None:
    client = Client()
    check(client.post("/api/v1/auth/login/", {}, content_type="application/json"), 400, "invalid")


def test_an_account_that_must_change_its_password_is_told_so(company: Company, order: Any) -> None:
    User.objects.filter(pk=company.agent.pk).update(must_change_password=True)
    client = Client()
    client.force_login(User.objects.get(pk=company.agent.pk))
    check(client.get("/api/v1/orders/"), 403, "not_allowed")


@override_settings(ROOT_URLCONF="tests.api.test_problems")
def test_a_fault_of_ours_tells_nothing_but_that(company: Company, api: Api) -> None:
    client = api(company.agent)
    client.raise_request_exception = False
    answer = client.get("/api/v1/broken/")
    check(answer, 500, "server_error")
    assert b"hunter2" not in answer.content


def test_pages_keep_their_own_refusals(company: Company) -> None:
    client = Client()
    client.force_login(company.agent)
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
