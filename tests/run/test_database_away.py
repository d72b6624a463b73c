"""The database gone, going, coming or full: 503 with when to come back, as page and as problem; all else is 500."""

from typing import Any

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.urls import handler500
from config.views import passes

CODES = {"57P01": True, "57P03": True, "08006": True, "53100": True, "53300": True, "40P01": True, "55P03": True}
raised: list[Exception] = []
HTML = "text/html; charset=utf-8"


def broken(request: HttpRequest) -> HttpResponse:
    raise raised[0]


urlpatterns = [path("page/", broken), path("api/v1/thing/", broken)]
__all__ = ["handler500", "urlpatterns"]


class Coded(psycopg2.OperationalError):  # type: ignore[misc]
    """As psycopg2 raises it: the code is the server's, read only in the real class."""

    def __init__(self, code: str | None) -> None:
        super().__init__("server said no")
        self.code = code

    @property
    def pgcode(self) -> Any:
        return self.code


def caused(code: str | None, kind: type[OperationalError | InterfaceError] = OperationalError) -> Exception:
    error = kind("server said no")
    error.__cause__ = Coded(code)
    return error


@pytest.fixture
def visitor(settings: Any) -> Client:
    """Nobody signed in, on routes that raise, with nothing around them that would itself ask the database."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["config.problems.ProblemForm"]
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("code", [None, *CODES])
def test_a_database_that_is_away_is_503_and_says_when_to_come_back(visitor: Client, code: str | None) -> None:
    raised[:] = [caused(code)]
    page = visitor.get("/page/")
    assert (page.status_code, page["Retry-After"], page["Content-Type"]) == (503, "5", HTML)
    assert "数据库暂时连不上" in page.content.decode()
    answer = visitor.post("/api/v1/thing/", {}, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["code"] == "unavailable"


def test_a_closed_connection_is_503_too(visitor: Client) -> None:
    raised[:] = [caused(None, InterfaceError)]
    assert visitor.get("/page/").status_code == 503


@pytest.mark.parametrize(
    "error", [caused("57014"), caused("22021"), ValueError("ours")], ids=["timeout", "text", "bug"]
)
def test_what_would_fail_again_is_500(visitor: Client, error: Exception) -> None:
    raised[:] = [error]
    page = visitor.get("/page/")
    assert (page.status_code, page.has_header("Retry-After")) == (500, False)
    assert "系统出错" in page.content.decode()
    assert visitor.get("/api/v1/thing/").json()["code"] == "server_error"


def test_only_passing_codes_pass() -> None:
    assert all(passes(caused(code)) for code in CODES)  # type: ignore[arg-type]
    assert not passes(caused("23505"))  # type: ignore[arg-type]
