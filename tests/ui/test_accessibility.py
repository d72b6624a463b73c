"""axe-core finds nothing serious on any page in either theme, and every page works at 390 px and at 200 % zoom.

The pages are drawn once by the product for people who may see them (the tables of ``tests.security``, so that a page
nobody has listed cannot be left out), then looked at in a real browser with their own styles and scripts.
"""

import mimetypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.db import connections, transaction
from django.urls import reverse
from playwright.sync_api import Browser, Page, Request, Route

from complaints.forms import FORMS
from tests.security.expected import members, pages
from tests.security.people_and_orders import NOW, World, build
from tests.security.routes import page_addresses

pytestmark = pytest.mark.browser

HOST = "http://desk.test"
SERIOUS = frozenset({"serious", "critical"})
DESK, ZOOMED, PHONE = {"width": 1440, "height": 900}, {"width": 720, "height": 450}, {"width": 390, "height": 844}
READERS = ("agent", "director", "handler", "contact", "head", "manager", "admin", "auditor", "shift_leader")
# Pages looked at in every test run; all of them in `make proof`.
DAILY = frozenset({"orders", "order", "exports", "export", "quality", "quality_score", "orders_bulk_run", "intake"})

# All of them in `make proof`, in groups by the first part of their address.
REST = "rest"
AREAS = ("orders", "intake", "quality", "outages", "reports", "settings", "customers", "money", REST)


@dataclass(frozen=True)
class Drawn:
    route: str
    who: str
    html: str
    area: str = ""

    def __str__(self) -> str:
        return f"{self.route} as {self.who}"


def addresses(world: World) -> Iterator[tuple[str, str, str]]:
    """(route, who, address) of every page that is read, by somebody who may."""
    known = page_addresses(world)
    for route, row in pages().items():
        if "GET" in row and not route.startswith("api_"):
            allowed = members(row["GET"])
            who = next((name for name in READERS if name in allowed), min(allowed))
            yield route, who, known[route]
    for name, who in (
        *(("own", reader) for reader in ("handler", "agent", "deputy_leader")),
        *(("archived", "agent"), ("anonymous", "agent"), ("ruling", "adjudicator")),
    ):
        yield "order", who, reverse("order", args=[world.orders[name].number])
    for step in FORMS:
        for who in ("handler", "director"):
            yield "order_act", who, reverse("order_act", args=[world.orders["own"].number, step])
    yield "orders", "director", f"{known['orders']}?queue=all&kind=complaint"
    yield "orders", "contact", f"{known['orders']}?queue=all&view={world.ids['view']}"
    yield "orders", "agent", f"{known['orders']}?q=没有这样的词"


def drawn() -> list[Drawn]:
    """Every page's HTML. In a thread of its own: Playwright's loop and Django's connections do not go together."""
    found = []
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        world = build()
        for route, who, address in addresses(world):
            answer = world.client(who).get(address)
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"] and not answer.streaming:
                html = answer.content.decode()
                area = address.split("/")[1]
                found += (
                    [Drawn(route, who, html, area if area in AREAS else REST)]
                    if html.lstrip().lower().startswith("<!doctype")
                    else []
                )
        transaction.set_rollback(True)
    connections.close_all()
    return found


@pytest.fixture(scope="module")
def every_page(django_db_setup: None, django_db_blocker: Any) -> list[Drawn]:
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as pool:
        return pool.submit(drawn).result()


class Eyes:
    """A browser window that shows drawn pages, and what is wrong with them."""

    def __init__(self, browser: Browser, scheme: Any) -> None:
        self.window = browser.new_context(viewport=DESK, locale="zh-CN", color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = self.window.new_page()
        self.page.route("**/*", self._answer)
        self.html, self.axe = "", Axe()

    def _answer(self, route: Route, request: Request) -> None:
        path = request.url.removeprefix(HOST).partition("?")[0]
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            assert isinstance(file, str), path
            kind = mimetypes.guess_type(file)[0] or "text/plain"
            route.fulfill(body=Path(file).read_bytes(), content_type=kind)
        elif path == "/page/":
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=204, body="")

    def show(self, drawn: Drawn) -> None:
        self.html = drawn.html
        self.page.goto(f"{HOST}/page/")

    def serious(self) -> list[str]:
        found = self.axe.run(self.page).response["violations"]
        return [
            f"{rule['id']}: {node['target'][0]} {node['html'][:140]}"
            for rule in found
            if rule["impact"] in SERIOUS
            for node in rule["nodes"][:3]
        ]

    def sideways(self, size: Any) -> int:
        """By how many pixels the page is wider than the window."""
        self.page.set_viewport_size(size)
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def look(browser: Browser, shown: list[Drawn], scheme: str) -> list[str]:
    eyes, wrong = Eyes(browser, scheme), list[str]()
    for page in shown:
        eyes.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        eyes.show(page)
        wrong += [f"{page} ({scheme}): {text}" for text in eyes.serious()]
        if scheme == "light":
            wrong += [
                f"{page}: {over} px wider than {size['width']} px"
                for size in (ZOOMED, PHONE)
                if (over := eyes.sideways(size)) > 0
            ]
    eyes.window.close()
    return list(dict.fromkeys(wrong))


def test_the_pages_of_the_day_have_no_serious_fault(browser: Browser, every_page: list[Drawn]) -> None:
    daily = {(page.route, page.who): page for page in every_page if page.route in DAILY}
    assert {page.route for page in daily.values()} == DAILY
    shown = list(daily.values())
    assert [*look(browser, shown, "light"), *look(browser, shown[::2], "dark")] == []


def test_a_fault_would_be_found(browser: Browser, every_page: list[Drawn]) -> None:
    """The eyes see: a page with its labels and colours spoilt is not passed."""
    page = next(page for page in every_page if page.route == "intake")
    spoilt = page.html.replace('lang="', 'data-x="').replace("<label", "<span").replace("</label>", "</span>")
    wrong = look(browser, [Drawn("spoilt", "agent", spoilt)], "light")
    assert any("label" in text or "html-has-lang" in text for text in wrong)


@pytest.mark.proof
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("area", AREAS)
def test_no_page_has_a_serious_fault(browser: Browser, every_page: list[Drawn], scheme: str, area: str) -> None:
    shown = [page for page in every_page if page.area == area]
    print(f"\n{len(shown)} of {len(every_page)} pages, {area}, {scheme}")  # noqa: T201
    assert shown
    assert len(every_page) > 60
    wrong = look(browser, shown, scheme)
    assert wrong == [], "\n".join(wrong)
