"""The schema tells the truth: every route is in it, and what the server answers is what it says (T8)."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import override_settings
from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from complaints.forms import FORMS
from complaints.models import Order
from people.models import User
from people.roles import Role
from tests.api.bodies import intake
from tests.api.conftest import Api
from tests.factories import Company, person

CASES = 12
PROOF_CASES = 1200 if os.environ.get("FULL") == "1" else 240  # over six senders


@cache
def schema() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call, no-any-return]


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def routes(resolver: Any, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern)
        else:
            yield from routes(entry, prefix + str(entry.pattern))


# --- what it says ---------------------------------------------------------------------------------------------------


def test_every_route_below_api_is_in_the_schema() -> None:
    """T8: a route nobody documented fails this test."""
    served = {"/" + route for route in routes(get_resolver()) if route.startswith("api/")}
    assert {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}") for route in served} == set(
        schema()["paths"]
    )


def test_every_step_is_documented_with_the_fields_of_its_form() -> None:
    for name, form in FORMS.items():
        operation = schema()["paths"][f"/api/v1/orders/{{number}}/actions/{name}/"]["post"]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = schema()["components"]["schemas"][reference.rpartition("/")[2]]
        assert set(form.base_fields) <= set(body["properties"])  # type: ignore[attr-defined]
        assert "version" in body["required"]
        assert body["additionalProperties"] is False


def test_every_operation_documents_its_refusals_in_one_form() -> None:
    for path, method, operation in operations():
        expected = {"400", "403", "405", "406", "429"} | ({"404"} if "{" in path else set())
        expected |= {"413", "415", "409"} if "requestBody" in operation else set()
        assert expected <= set(operation["responses"]), (path, method)
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                body = answer["content"]["application/json"]["schema"]
                assert body == {"$ref": "#/components/schemas/Problem"}, (path, method, status)


def test_writing_orders_takes_a_request_key() -> None:
    for path, method, operation in operations():
        if method == "post" and path.startswith("/api/v1/orders/"):
            assert "Idempotency-Key" in {given["name"] for given in operation["parameters"]}


def test_the_schema_is_served_to_whoever_is_signed_in(company: Company, api: Api) -> None:
    answer = api(company.agent).get("/api/schema/")
    assert answer.status_code == 200
    assert set(answer.json()["paths"]) == set(schema()["paths"])
    assert api(None).get("/api/schema/").status_code == 401


# --- what the server does -------------------------------------------------------------------------------------------

CHECKED: list[Any] = [
    CHECKS.get_one("not_a_server_error"),
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class Fuzz:
    """Generated requests to one operation, each by one of five roles or by nobody, at orders of every state."""

    def __init__(self, company: Company, api: Api) -> None:
        self.api = api
        auditor, machine = person(Role.AUDITOR, "company"), person(Role.API_CLIENT)
        self.senders: list[User | None] = [None, company.agent, company.director, company.contact, auditor, machine]
        states = ("classified", "investigated", "resolved", "callback", "archived")
        orders = [company.order(), *(company.taken_to(state) for state in states), company.order(hide_caller=True)]
        self.numbers = [order.number for order in orders]
        self.seen: Counter[int] = Counter()

    def run(self, operation: Any, cases: int) -> list[str]:
        """Texts of what does not conform."""
        found: list[str] = []
        self.headers = [self._authorization(user) for user in self.senders]
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        strategy = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))

        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy, st.sampled_from(self.headers), st.sampled_from(self.numbers), st.booleans())
        def one(case: Case[Any], headers: dict[str, str], number: str, aimed: bool) -> None:
            if aimed:
                self._aim(case, number)
            answer = case.call(headers=headers)
            self.seen[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=CHECKED)
            except (AssertionError, schemathesis.errors.SchemathesisError, BaseExceptionGroup) as error:
                found.append(f"{operation.label}: {error!r} {case.as_curl_command()}")

        one()
        found += self._register(operation)
        return found

    def _register(self, operation: Any) -> list[str]:
        """A matter that is right in everything, by every sender: what generated bodies seldom are."""
        if operation.label != "POST /api/v1/orders/":
            return []
        found = []
        for headers in self.headers:
            case = operation.Case(body=intake(), media_type="application/json")
            answer = case.call(headers=headers)
            self.seen[answer.status_code] += 1
            try:
                case.validate_response(answer, checks=CHECKED)
            except (AssertionError, schemathesis.errors.SchemathesisError, BaseExceptionGroup) as error:
                found.append(f"{operation.label}: {error!r}")
        return found

    def _authorization(self, user: User | None) -> dict[str, str]:
        if user is None:
            return {}
        credentials: dict[str, str] = self.api(user)._credentials  # type: ignore[attr-defined]
        return {"Authorization": credentials["HTTP_AUTHORIZATION"]}

    def _aim(self, case: Case[Any], number: str) -> None:
        """At an order there is, in the version it has, or at a matter that can be registered: otherwise nearly every
        case ends at 400, 404 or 409."""
        body = case.body if isinstance(case.body, dict) else {}
        if "number" in case.path_parameters:
            case.path_parameters["number"] = number
            if isinstance(body.get("version"), int):
                body["version"] = Order.objects.values_list("version", flat=True).get(number=number)
        elif "channel" in body:
            case.body = {name: body[name] for name in KEPT if name in body} | intake()


KEPT = ("urgency", "callback_by", "callback_when", "hide_caller", "ring_count", "emotion", "live")


@contextmanager
def in_this_transaction() -> Iterator[None]:
    """A server closes the connection after a request; here it holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def run_all(fuzz: Fuzz, cases: int) -> list[str]:
    found: list[str] = []
    loaded = schemathesis.openapi.from_dict(schema())
    loaded.app = get_wsgi_application()
    with in_this_transaction():
        for result in loaded.get_all_operations():
            found += fuzz.run(result.ok(), cases)  # type: ignore[union-attr]
    return found


@override_settings(DEBUG=False)
def test_answers_are_what_the_schema_says(company: Company, api: Api) -> None:
    """T8, small: 0 × 5xx, 0 undocumented status or type, 0 schema mismatch."""
    fuzz = Fuzz(company, api)
    assert run_all(fuzz, CASES) == []
    assert {200, 201, 400, 401, 403, 404, 409} <= set(fuzz.seen), fuzz.seen


@pytest.mark.proof
@pytest.mark.full
@override_settings(DEBUG=False)
def test_answers_are_what_the_schema_says_at_length(company: Company, api: Api) -> None:
    """T8: at least 200 cases per operation (FULL=1: per operation and role)."""
    assert run_all(Fuzz(company, api), PROOF_CASES) == []
