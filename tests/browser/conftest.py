"""A real server on committed data and Debian's Chromium."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from people.models import User
from tests.factories import PASSWORD

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def server(committed: None) -> Iterator[str]:
    """The address of the product, served from this test's own copy of the database."""
    live = LiveServer("127.0.0.1")
    yield live.url
    live.stop()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(browser: Browser, server: str) -> Iterator[SignIn]:
    """``sign_in(user, size=PHONE)``: a window of this person's own, signed in through the page; whatever a script
    complains of, or a server error, fails the test."""
    windows: list[Any] = []
    complaints: list[str] = []

    def enter(user: User, *, size: Any = DESK) -> Page:
        window = browser.new_context(viewport=size, locale="zh-CN", base_url=server)
        windows.append(window)
        page = window.new_page()
        _listening_first(page)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("response", lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        page.goto("/login/")
        page.get_by_label("用户名").fill(user.username)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        return page

    yield enter
    for window in windows:
        window.close()
    assert complaints == []


def _listening_first(page: Page) -> None:
    """A key typed before the page's scripts listen is lost, and a hand is never as fast as a test: wait for them."""
    press = page.keyboard.press

    def once_ready(key: str, **options: Any) -> None:
        page.wait_for_load_state("domcontentloaded")
        press(key, **options)

    page.keyboard.press = once_ready  # type: ignore[method-assign]
