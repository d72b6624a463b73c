"""A page of ours in a real browser, without a server: the browser's requests are answered by the test itself."""

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from playwright.sync_api import Browser, Page, Request, Route

from config.context import Shell

HOST = "http://desk.test"
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'"


@dataclass
class Desk:
    """One open page. ``posted`` holds what the page sent; ``answers`` what a path gets (status, body)."""

    page: Page
    posted: list[Request] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    def open(self, main: str, **shell: Any) -> Page:
        """Shows ``main`` inside base.html."""
        self.answers["/"] = (200, frame(main, **shell))
        self.page.goto(f"{HOST}/")
        return self.page

    def handle(self, route: Route, request: Request) -> None:
        path = request.url.removeprefix(HOST).partition("?")[0]
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            assert isinstance(found, str), f"{path} is not there"
            kind = mimetypes.guess_type(found)[0] or "text/plain"
            route.fulfill(body=Path(found).read_bytes(), content_type=kind)
            return
        if request.method == "POST":
            self.posted.append(request)
        answer = self.answers.get(path, (204, ""))
        if answer is None:
            route.abort("internetdisconnected")
            return
        status, body = answer() if callable(answer) else answer
        route.fulfill(status=status, body=body, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    def bodies(self, path: str) -> list[str]:
        return [request.post_data or "" for request in self.posted if request.url == f"{HOST}{path}"]


def frame(main: str, *, single_keys: str = "on", toasts: tuple[Any, ...] = ()) -> str:
    urls = {"orders": "/orders/", "keys": "/keys/", "login": "/login/", "account": "", "logout": ""}
    rail = [("受理", "phone", "/intake/", "c"), ("待办", "tray", "/orders/", "g i")]
    shell = SimpleNamespace(
        links=[SimpleNamespace(label=a, icon=b, url=c, key=d, current=False, count="") for a, b, c, d in rail],
        urls=urls,
        single_keys=single_keys,
        theme="",
        user=None,
        texts=Shell.texts.fget(None),  # type: ignore[attr-defined]
    )
    text = (
        '{% extends "base.html" %}{% load ui %}{% block title %}x{% endblock %}{% block main %}'
        + main
        + "{% endblock %}"
    )
    context = {"shell": shell, "csrf_token": "t" * 32, "messages": toasts, "request": SimpleNamespace(GET={})}
    return Template(text).render(Context(context))


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    """A fresh page; afterwards no script error and no breach of the content policy may have happened."""
    assert settings.STATIC_URL == "/static/"
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.set_default_timeout(5000)
    desk = Desk(page)
    page.route("**/*", desk.handle)
    page.on("pageerror", lambda error: desk.trouble.append(str(error)))
    page.on("console", lambda entry: desk.trouble.append(entry.text) if "Content Security" in entry.text else None)
    yield desk
    context.close()
    assert desk.trouble == []


@pytest.fixture
def visited(desk: Desk) -> Callable[[], str]:
    """The path the page is on now."""
    return lambda: desk.page.url.removeprefix(HOST)


def value(page: Page, selector: str) -> str:
    return str(page.eval_on_selector(selector, "(e) => e.value"))


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))
