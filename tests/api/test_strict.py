"""What the API does not take: unknown fields (T11), wrong types, and text no column can hold (RELIABILITY 3)."""

import contextlib
import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.serializers import CharField, ValidationError
from rest_framework.test import APIClient

from complaints.forms import FORMS
from complaints.forms.api import IntakeBody, ListForm
from complaints.models import Order, OrderEvent
from people.jsonforms import accepted, read_body, schema_field
from tests.api.bodies import intake, version_of
from tests.api.conftest import Api
from tests.factories import MONDAY, Company

ORDERS = "/api/v1/orders/"
COLUMNS = sorted(
    {name for field in Order._meta.get_fields() for name in (field.name, getattr(field, "attname", ""))} - {""}
)
BARE = [name for name in settings.MIDDLEWARE if "CleanInput" not in name]

NASTY: list[Any] = [
    "\x00",
    "a\x00b",
    "\ud800",
    "\x1b[31m",
    "‮覆盖",
    "​",
    "𠮷👩‍👩‍👧é",
    "' OR 1=1 --",
    "%s%n{0}{{7*7}}",
    "<script>alert(1)</script>",
    '=HYPERLINK("x")',
    "../../etc/passwd",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "Infinity",
    "٣",
    "2026-02-30",
    "0000-00-00T99:99",
    "9999-12-31T23:59:59-23:59",
    "true",
    "长" * 30000,
    " ",
    "\r\n\t",
    "null",
    "[]",
]
ODD: list[Any] = [None, True, 0, -1, 1.5, 10**40, [], ["x"], [[["x"]]], {}, {"a": {"b": 1}}, [None], [{"$gt": ""}]]


MIDDLEWARES = {"clean-input": settings.MIDDLEWARE, "without": BARE}
both = pytest.mark.parametrize("middleware", MIDDLEWARES.values(), ids=MIDDLEWARES)


def columns_not_asked(fields: Iterable[str]) -> dict[str, int]:
    return {name: 1 for name in COLUMNS if name not in set(fields)}


def send(client: APIClient, path: str, body: Any) -> Any:
    """Lone surrogates and the like: encoded here, because the test client cannot."""
    return client.post(path, json.dumps(body), content_type="application/json")


def test_intake_writes_no_column_its_form_does_not_ask(company: Company, api: Api) -> None:
    """T11: every column of an order as an extra field is refused by name, and nothing is registered."""
    extra = columns_not_asked(IntakeBody.base_fields)
    assert len(extra) > 40
    answer = send(api(company.agent), ORDERS, intake(**extra))
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(extra)
    alone = send(api(company.agent), ORDERS, intake(state="archived"))
    assert (alone.status_code, list(alone.json()["errors"])) == (400, ["state"])
    assert not Order.objects.exists()


def test_steps_write_no_column_their_form_does_not_ask(company: Company, order: Order, api: Api) -> None:
    """T11 for every step: each other column is named, and the order stays as it was."""
    before = Order.objects.values().get(pk=order.pk)
    clients = {who: api(getattr(company, who)) for who in ("director", "contact", "agent")}
    named = set()
    for name, form in FORMS.items():
        extra = columns_not_asked(form.base_fields)  # type: ignore[attr-defined]
        for client in clients.values():
            answer = send(client, f"{ORDERS}{order.number}/actions/{name}/", {"version": order.version, **extra})
            assert answer.status_code in {400, 403}, (name, answer.json())
            if answer.status_code == 400:
                assert set(answer.json()["errors"]) == set(extra)
                named.add(name)
    assert named == set(FORMS) - {"rule_dispatch"}, "whose the step is, is told the fields"
    assert Order.objects.values().get(pk=order.pk) == before
    assert OrderEvent.objects.filter(order=order).count() == order.event_seq


@both
def test_values_of_a_wrong_type_are_named_every_one(company: Company, api: Api, middleware: list[str]) -> None:
    """Objects and nested lists fit no field; null is "left empty"; nothing crashes, nothing is written."""
    client = api(company.agent)
    with override_settings(MIDDLEWARE=middleware):
        for value in ({"a": {"b": 1}}, [[["x"]]], [{"$gt": ""}], [None], {}):
            answer = send(client, ORDERS, dict.fromkeys(IntakeBody.base_fields, value))
            assert (answer.status_code, set(answer.json()["errors"])) == (400, set(IntakeBody.base_fields))
        for value in ODD:
            assert send(client, ORDERS, dict.fromkeys(IntakeBody.base_fields, value)).status_code == 400
    assert not Order.objects.exists()


AT_ONCE = 8
FREE_TEXT = ["content", "caller_name", "address", "external_ref", "callback_when", "emotion"]


@both
def test_odd_texts_in_an_intake_are_refused_by_name_or_kept(company: Company, api: Api, middleware: list[str]) -> None:
    """T9: in every field at once, and in the free texts of an otherwise good body, down to the database."""
    client = api(company.agent)
    texts = [name for name, field in IntakeBody.base_fields.items() if isinstance(schema_field(field), CharField)]
    parts = [texts[n : n + AT_ONCE] for n in range(0, len(texts), AT_ONCE)]
    with override_settings(MIDDLEWARE=middleware):
        for value in NASTY:
            odd = [dict.fromkeys(part, value) for part in parts]
            for body in (*odd, intake(**dict.fromkeys(FREE_TEXT, value), demands=[value])):
                answer = send(client, ORDERS, body)
                assert answer.status_code in {201, 400}, (value, answer.status_code)
                if answer.status_code == 400:
                    assert set(answer.json()["errors"]) <= {*IntakeBody.base_fields, "demands[0]"}, answer.json()
                else:
                    assert client.get(f"{ORDERS}{answer.json()['number']}/").status_code == 200


STATES = {
    "resolve": "investigated",
    **dict.fromkeys(("return_feedback", "accept_feedback"), "resolved"),
    **dict.fromkeys(("attempt_callback", "archive", "reopen"), "callback"),
}


def test_no_form_of_a_step_breaks_on_any_value(company: Company) -> None:
    """T9: every field of every step × every odd value its parser lets through: accepted or refused in words."""
    orders = {state: company.taken_to(state) for state in ("classified", "investigated", "resolved", "callback")}
    for name, form in FORMS.items():
        given = {"order": orders[STATES.get(name, "classified")], "by": company.director, "now": MONDAY}
        for field in form(**given).fields:
            for value in [*ODD, *(text for text in NASTY if text.isprintable())]:
                body = {"version": 1, field: value}
                with contextlib.suppress(ValidationError):
                    accepted(read_body(body, form(body, **given)))


def test_odd_texts_in_a_step_reach_the_database_or_are_refused(company: Company, api: Api) -> None:
    order, client = company.order(), api(company.contact)
    path = f"{ORDERS}{order.number}/actions/add_fact/"
    for value in NASTY:
        answer = send(client, path, {"version": version_of(order), "text": value})
        assert answer.status_code in {200, 400}, (value, answer.status_code)
        if answer.status_code == 400:
            assert list(answer.json()["errors"]) == ["text"]
    assert client.get(f"{ORDERS}{order.number}/events/").status_code == 200


@both
def test_odd_query_parameters_never_crash(company: Company, order: Order, api: Api, middleware: list[str]) -> None:
    """T9 for every parameter of every reading route."""
    client = api(company.agent)
    routes = {
        ORDERS: set(ListForm.base_fields),
        f"{ORDERS}{order.number}/": {"x"},
        f"{ORDERS}{order.number}/events/": {"after", "page_size"},
        f"{ORDERS}{order.number}/deadline/": {"x"},
        "/api/v1/route/": {"kind", "category", "subcategory", "station", "registered_at"},
        "/api/v1/workdays/": {"from", "days"},
    }
    with override_settings(MIDDLEWARE=middleware):
        for path, names in routes.items():
            for value in NASTY:
                text = value.encode("utf-8", "surrogatepass")[:2000].decode("utf-8", "ignore")
                answer = client.get(path, dict.fromkeys(names, text))
                assert answer.status_code in {200, 400}, (path, value)
        for value in NASTY:
            text = value.encode("utf-8", "surrogatepass")[:2000].decode("utf-8", "ignore")
            for name in ("q", "lead_department", "after", "queue"):
                assert client.get(ORDERS, {name: text}).status_code in {200, 400}, (name, value)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'"text"', "body"),
        (b"null", "body"),
        (b'{"content": NaN}', "body"),
        (b'{"content": 1e999}', "body"),
        (b'{"a": 1, "a": 2}', "a"),
        (b'{"content": "\\u0000"}', "content"),
        (b'{"content": "\\ud800"}', "content"),
        (b'{"content": "\xff"}', "body"),
        ('{"content": "电压低"}'.encode("gb18030"), "body"),
        (b'{"content":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
        (b'{"content":' + b"[" * 40 + b"]" * 40 + b"}", "content"),
        (b"{" + b",".join(b'"k%d": 1' % n for n in range(1001)) + b"}", "body"),
        (b'{"content": ' + b"9" * 5000 + b"}", "body"),
    ],
)
@both
def test_a_body_that_is_no_json_object_is_refused_by_name(
    company: Company, api: Api, raw: bytes, field: str, middleware: list[str]
) -> None:
    with override_settings(MIDDLEWARE=middleware):
        answer = api(company.agent).post(ORDERS, raw, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert set(answer.json()) == {"code", "message", "errors", "changes"}


@both
def test_a_body_above_the_limit_is_413(company: Company, api: Api, middleware: list[str]) -> None:
    raw = json.dumps(intake(content="长" * 1_000_000)).encode()
    with override_settings(MIDDLEWARE=middleware):
        answer = api(company.agent).post(ORDERS, raw, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "application/xml"])
def test_only_json_is_taken(company: Company, api: Api, content_type: str) -> None:
    answer = api(company.agent).post(ORDERS, "content=x", content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert not Order.objects.exists()


def test_what_is_accepted_comes_back_as_it_was_sent(company: Company, api: Api) -> None:
    """Round trip: rare characters, emoji and combining marks survive; bidirectional marks do not."""
    text = "𠮷田家停电👩‍👩‍👧，电压 é"
    client = api(company.agent)
    number = client.post(ORDERS, intake(content=text + "\u202e")).json()["number"]
    assert client.get(f"{ORDERS}{number}/").json()["content"] == text
