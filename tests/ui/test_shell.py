"""The frame around every page: navigation by role, theme, keys, messages."""

import re
from datetime import datetime
from functools import partial

import pytest
from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage, Message
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from config.context import RAIL, Shell, address
from people import navigation
from people.models import User
from people.roles import Role
from tests.factories import person

pytestmark = pytest.mark.django_db


def request_of(user: User, path: str = "/orders/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def seen_by(role: Role, department: str = "hotline") -> list[str]:
    return [link.icon for link in Shell(request_of(person(role, department))).links]


def page(user: User, path: str = "/keys/") -> str:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("entry", RAIL, ids=lambda entry: entry.url_name)
def test_every_entry_of_the_rail_leads_somewhere(entry: object) -> None:
    assert address(entry.url_name)  # type: ignore[attr-defined]


def test_the_rail_shows_each_role_its_own_pages() -> None:
    desk = ["phone", "tray", "stamp", "flag", "bolt", "people", "chart", "star", "screen", "sliders"]
    assert seen_by(Role.HOTLINE_AGENT) == desk
    assert seen_by(Role.HANDLER, "production_tech_dept") == ["tray", "stamp", "bolt", "people", "chart", "flag"]
    assert "tray" not in seen_by(Role.SYSTEM_ADMIN, "company"), "the system administrator sees no orders (S2-R13)"
    assert "shield" in seen_by(Role.AUDITOR, "company")
    assert "phone" not in seen_by(Role.AUDITOR, "company")


def test_a_user_without_a_post_gets_an_empty_rail_and_no_error() -> None:
    shell = Shell(request_of(person(None)))
    assert shell.links == []
    assert shell.post_label == ""


def test_the_page_one_is_on_is_marked() -> None:
    shell = Shell(request_of(person(Role.HOTLINE_AGENT), "/orders/20260910-0036/"))
    assert [link.icon for link in shell.links if link.current] == ["tray"]


def test_a_count_is_shown_capped_and_never_as_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = person(Role.HOTLINE_AGENT)
    for waiting, shown in ((0, ""), (12, "12"), (99, "99"), (100, "99+")):
        monkeypatch.setitem(navigation._counts, "orders", partial(lambda n, _user, _now: n, waiting))
        counts = {link.icon: link.count for link in Shell(request_of(agent)).links}
        assert counts["tray"] == shown
        assert counts["phone"] == ""


def test_counting_is_asked_by_the_bell_and_by_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """P2: no page waits for the numbers of the rail; the bell's polling brings each to its place."""
    asked: list[datetime] = []

    def count(_user: User, now: datetime) -> int:
        asked.append(now)
        return 7

    monkeypatch.setitem(navigation._counts, "orders", count)
    client = Client()
    client.force_login(person(Role.HOTLINE_AGENT))
    page = client.get("/keys/").content.decode()
    assert asked == []
    assert 'id="rail-orders"' in page
    answer = client.get("/inbox/bell/").content.decode()
    assert len(asked) == 1
    assert '<span id="rail-orders" hx-swap-oob="true"><b>7<' in answer
    assert '<span id="rail-intake" hx-swap-oob="true"></span>' in answer


def test_the_agent_is_known_by_number_and_others_by_department() -> None:
    assert Shell(request_of(person(Role.HOTLINE_AGENT, agent_no="1207"))).post_label == "1207 号坐席"
    assert "经办人" in Shell(request_of(person(Role.HANDLER, "production_tech_dept"))).post_label


def test_theme_and_single_keys_follow_the_users_choice() -> None:
    html = page(person(Role.HOTLINE_AGENT, theme="dark", single_key_shortcuts=False))
    assert 'data-theme="dark"' in html
    assert 'data-single-keys="off"' in html
    assert "data-theme" not in page(person(Role.HOTLINE_AGENT)), "else the system decides"


def test_a_page_may_run_only_our_own_scripts() -> None:
    client = Client()
    client.force_login(person(Role.HOTLINE_AGENT))
    response = client.get("/keys/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    html = response.content.decode()
    assert '"allowEval":false' in html
    assert all('src="/static/' in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", html))


class Kept(BaseStorage):
    def _get(self, *args: object, **kwargs: object) -> tuple[list[Message], bool]:
        return [
            Message(messages.SUCCESS, "3 件已指派", extra_tags="undo:/take-back/"),
            Message(messages.ERROR, "<b>没有保存</b>"),
        ], True

    def _store(self, messages: object, response: object, *args: object, **kwargs: object) -> list[Message]:
        return []


def test_good_news_is_a_toast_with_undo_and_bad_news_stays_in_the_page() -> None:
    """DESIGN: errors never go in a toast; undo only where the act has an inverse."""
    request = request_of(person(Role.HOTLINE_AGENT))
    request._messages = Kept(request)  # type: ignore[attr-defined]
    html = render_to_string("keys.html", {}, request)
    news, toasts = html.split('id="toasts"')
    assert 'action="/take-back/"' in toasts
    assert "data-undo" in toasts
    assert "&lt;b&gt;没有保存&lt;/b&gt;" in news
    assert "没有保存" not in toasts
