"""T19: what the browser is told and what it may not do, on every route."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from complaints.forms import FORMS
from tests.factories import PASSWORD
from tests.security.expected import ORDER_ROUTES, members, pages
from tests.security.people_and_orders import ANONYMOUS, World
from tests.security.routes import order_address, page_addresses

pytestmark = pytest.mark.django_db

OPEN = frozenset({"healthz"})  # tells a load balancer that we are up; nothing of anybody
# Whoever opens most routes; those they may not open are error pages, which are looked at as well.
READERS = ("director", "manager", "admin", "contact", "auditor", ANONYMOUS)
JSON, FORM = "application/json", MULTIPART_CONTENT
# Without a browser's session there is nothing a forged form could ride on.
TOKENLESS = frozenset({"api_login"})
FIRST_ASKED = ("director", "manager", "admin", "contact", "agent")


def get_routes(world: World) -> Iterator[tuple[str, str, str]]:
    """(route, who, address) of everything that answers to GET, for somebody who may and for somebody who may not."""
    addresses = page_addresses(world)
    for n, (route, row) in enumerate(pages().items()):
        if "GET" in row:
            allowed = sorted(members(row["GET"]) & {*READERS, "agent"})
            for who in {*(allowed[:1]), READERS[n % len(READERS)]}:
                yield route, who, addresses[route]
    number = world.orders["own"].number
    for route in ("order", "order_slip", "order_file", "api_order", "api_order_events", "api_order_deadline"):
        for who in ("director", "contact", "admin", ANONYMOUS):
            yield route, who, order_address(route, number)
    for step in FORMS:
        yield "order_act", "director" if step != "accept" else "contact", order_address("order_act", number, step)
    yield "nowhere", "director", "/nowhere/"
    yield "nowhere", ANONYMOUS, "/nowhere/"
    yield "bad input", ANONYMOUS, "/login/?next=%00"


def test_every_answer_carries_the_headers_that_protect_it(world: World) -> None:
    """Content policy without inline, nosniff, no frames, no referrer to others, nothing stored, no server's name."""
    found: list[str] = []
    for route, who, address in get_routes(world):
        answer = world.client(who).get(address)
        place = f"{route} as {who} ({answer.status_code})"
        found += [f"{place}: {problem}" for problem in problems_of(answer, route)]
    assert found == []


def problems_of(answer: Any, route: str) -> Iterator[str]:
    policy = answer.get("Content-Security-Policy", "")
    if not policy or "unsafe" in policy or "*" in policy.replace("*/", ""):
        yield f"content policy {policy!r}"
    for part in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        if part not in policy:
            yield f"content policy lacks {part}"
    if answer.get("X-Content-Type-Options") != "nosniff":
        yield "may be sniffed"
    if answer.get("X-Frame-Options") != "DENY":
        yield "may be framed"
    if answer.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        yield "tells others where one was"
    if answer.get("Cross-Origin-Opener-Policy") != "same-origin":
        yield "shares its window"
    if "no-store" not in answer.get("Cache-Control", "") and route not in OPEN:
        yield f"may be kept: {answer.get('Cache-Control')!r}"
    if {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers):
        yield "says too much"
    for cookie in answer.cookies.values():
        if not cookie["samesite"] or (cookie.key == settings.SESSION_COOKIE_NAME and not cookie["httponly"]):
            yield f"cookie {cookie.key}"


INLINE = (
    (re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE), "style attribute"),
    (re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE), "event attribute"),
    (re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE), "inline script"),
    (re.compile(r"<style", re.IGNORECASE), "inline style"),
    (re.compile(r"(?:src|href|action)=\"\s*(?:javascript:|data:text)", re.IGNORECASE), "script in an address"),
    (re.compile(r"(?:src|href)=\"(?:https?:)?//", re.IGNORECASE), "from another site"),
    (re.compile(r"Traceback|DoesNotExist|psycopg|django\.core|/usr/|site-packages"), "inner workings"),
)


def test_no_page_holds_what_its_content_policy_forbids(world: World) -> None:
    found = []
    for route, who, address in get_routes(world):
        answer = world.client(who).get(address)
        if answer.get("Content-Type", "").startswith("text/html"):
            text = answer.content.decode()
            found += [f"{route} as {who}: {what}" for pattern, what in INLINE if pattern.search(text)]
    assert found == []


def test_every_post_without_its_token_is_refused(world: World) -> None:
    """CSRF on everything that writes, for whoever may write it, pages and session API alike."""
    found = []
    addresses = page_addresses(world)
    posts = [(name, addresses[name], row["POST"]) for name, row in pages().items() if "POST" in row]
    number = world.orders["own"].number
    for route, methods in ORDER_ROUTES.items():
        if "POST" in methods:
            posts += [(route, order_address(route, number, "add_fact"), "contact")]
    for route, address, allowed in posts:
        if route in TOKENLESS:
            continue
        who = next(
            (name for name in (*FIRST_ASKED, *sorted(members(allowed))) if name in members(allowed)),
            ANONYMOUS,
        )
        with transaction.atomic():
            kind = JSON if address.startswith("/api/") else FORM
            answer = world.client(who, enforce_csrf_checks=True).post(address, {}, content_type=kind)
            transaction.set_rollback(True)
        if answer.status_code != 403:
            found.append(f"{route} as {who}: {answer.status_code}")
    assert len(posts) > 60
    assert found == []


def test_no_reading_address_writes(world: World) -> None:
    """GET changes no order, no customer, no rule and no account."""
    before = written(world)
    for _route, who, address in get_routes(world):
        world.client(who).get(address)
    assert written(world) == before


def written(world: World) -> tuple[Any, ...]:
    order, user = world.orders["own"], world.users["contact"]
    order.refresh_from_db()
    user.refresh_from_db()
    return order.version, order.event_seq, order.state, user.session_epoch, user.password


ELSEWHERE = (
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://evil.example",
        "https:evil.example",
    ),
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/%2f..",
        "http:///evil.example",
        "/\t/evil.example",
        " //evil.example",
    ),
    *(
        "\x01//evil.example",
        "/%09/evil.example",
        "http://testserver@evil.example",
        "//testserver.evil.example",
        "/\n/evil.example",
    ),
)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_signing_in_leads_nowhere_else(world: World, place: str) -> None:
    """next= is a path of ours or nothing."""
    with transaction.atomic():
        fresh = Client()
        answer = fresh.post(
            "/login/", {"username": world.users["agent"].username, "password": PASSWORD}, query_params={"next": place}
        )
        signed_in = world.client("agent").get("/login/", {"next": place})
        transaction.set_rollback(True)
    for one in (answer, signed_in):
        assert one.status_code in {302, 400}
        target = one.get("Location", "/")
        assert target.startswith("/")
        assert not target.startswith(("//", "/\\", "/\t", "/\n"))
        assert "evil" not in target or target.startswith("/%09")


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80@evil.example", "evil.example:80", "[::1", ""]
)
def test_another_host_is_refused(world: World, host: str) -> None:
    """Neither Host nor X-Forwarded-Host makes our links lead elsewhere."""
    if host:
        for who, address in ((ANONYMOUS, "/login/"), ("agent", "/orders/"), ("agent", "/api/v1/orders/")):
            answer = world.client(who).get(address, headers={"Host": host})
            assert answer.status_code == 400
            assert host not in answer.content.decode()
    answer = world.client(ANONYMOUS).get("/orders/", headers={"X-Forwarded-Host": host or "evil.example"})
    assert "evil" not in answer.get("Location", "")


def test_cookies_are_for_our_pages_only(world: World) -> None:
    client = Client()
    answer = client.get("/login/")
    assert answer.cookies["csrftoken"]["samesite"] == "Lax"
    with transaction.atomic():
        answer = client.post("/login/", {"username": world.users["agent"].username, "password": PASSWORD})
        transaction.set_rollback(True)
    session = answer.cookies["sessionid"]
    assert (bool(session["httponly"]), session["samesite"]) == (True, "Lax")
    assert settings.SESSION_COOKIE_SECURE == settings.HTTPS


def test_a_reflected_word_is_escaped(world: World) -> None:
    """What stands in the address comes back as text."""
    probe = '"><svg onload=alert(1)>{{7*7}}'
    for who, address, name in (
        ("agent", "/orders/", "q"),
        ("agent", "/intake/", "phone"),
        ("admin", "/settings/people/", "q"),
        ("auditor", "/settings/people/audit/", "actor"),
        (ANONYMOUS, "/login/", "next"),
        ("agent", "/orders/", "queue"),
    ):
        text = world.client(who).get(address, {name: probe}).content.decode()
        assert "<svg onload" not in text
    order = world.orders["own"]
    with transaction.atomic():
        world.client("handler").post(reverse("order_act", args=[order.number, "add_fact"]), {"text": probe})
        text = world.client("agent").get(reverse("order", args=[order.number])).content.decode()
        transaction.set_rollback(True)
    assert "&lt;svg onload" in text
    assert "<svg onload" not in text
