"""Lists, dialogs and toasts, in a real browser."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import HOST, Desk, focused

pytestmark = pytest.mark.browser


def rows(*numbers: int) -> str:
    cells = "".join(
        f'<tr data-row="{n}"><td><a data-open href="/orders/{n}/">{n}</a>'
        f'<a hidden data-row-key="a" href="/orders/{n}/do/accept/">接单</a></td></tr>'
        for n in numbers
    )
    return f'<table class="table"><tbody data-list>{cells}</tbody></table>'


def cursor(page: Page) -> str | None:
    return page.get_attribute(".is-cursor", "data-row")


def test_j_and_k_move_and_enter_opens(desk: Desk) -> None:
    desk.answers["/orders/2/"] = (200, "ok")
    page = desk.open(rows(1, 2, 3))
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert cursor(page) == "3"
    page.keyboard.press("j")
    assert cursor(page) == "3", "the list has an end"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{HOST}/orders/2/")


def test_a_rows_own_key_acts_on_the_row_under_the_cursor(desk: Desk) -> None:
    desk.answers["/orders/2/do/accept/"] = (200, "ok")
    page = desk.open(rows(1, 2))
    page.keyboard.press("a")
    assert page.url == f"{HOST}/", "no cursor, no act"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url(f"{HOST}/orders/2/do/accept/")


def test_polling_moves_neither_focus_nor_scroll(desk: Desk) -> None:
    many = tuple(range(1, 80))
    poll = f'<div id="rows" data-poll hx-get="/rows/" hx-trigger="poll-now" hx-swap="innerHTML">{rows(*many)}</div>'
    desk.answers["/rows/"] = (200, rows(99, *many))
    page = desk.open(poll)
    page.focus('[data-row="60"] a')
    before = page.evaluate("scrollY")
    page.evaluate("htmx.trigger('#rows', 'poll-now')")
    expect(page.locator('[data-row="99"]')).to_have_count(1)
    page.wait_for_timeout(150)
    assert page.evaluate("document.activeElement.closest('tr').dataset.row") == "60"
    assert cursor(page) == "60"
    assert page.evaluate("scrollY") == before
    assert before > 0


def test_a_form_opens_as_a_dialog_and_as_a_page_without_it(desk: Desk) -> None:
    desk.answers["/act/"] = (
        200,
        '<h1>记进展</h1><textarea id="text"></textarea><a href="/" data-close-dialog id="no">返回</a>',
    )
    page = desk.open('<a id="open" href="/act/" data-dialog aria-keyshortcuts="N">记进展</a>')
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="记进展")
    expect(dialog).to_be_visible()
    assert focused(page) == "text"
    page.click("#no")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert focused(page) == "open", "focus goes back to where it came from"
    desk.answers["/act/"] = (403, "<!doctype html><h1>没有权限</h1>")
    page.click("#open")
    page.wait_for_url(f"{HOST}/act/")


def said(words: str, tags: str = "") -> SimpleNamespace:
    class Words(str):
        level = 25
        extra_tags = tags

    return Words(words)  # type: ignore[return-value]


def show_with_stopped_clock(desk: Desk, *toasts: SimpleNamespace) -> Page:
    """Opens the page; its time passes only by ``run_for``."""
    desk.page.clock.install(time="2026-09-22T10:00:00")
    desk.page.clock.pause_at("2026-09-22T10:00:01")
    return desk.open("", toasts=toasts)


def test_a_toast_goes_by_itself_and_z_takes_the_act_back(desk: Desk) -> None:
    page = show_with_stopped_clock(desk, said("已保存"), said("已指派", "undo:/back/"))
    expect(page.locator(".toast")).to_have_count(2)
    page.clock.run_for(6500)
    expect(page.locator(".toast")).to_have_count(1)
    with page.expect_request(f"{HOST}/back/"):
        page.keyboard.press("z")


def test_an_undo_is_offered_for_eight_seconds(desk: Desk) -> None:
    page = show_with_stopped_clock(desk, said("已指派", "undo:/back/"))
    page.clock.run_for(7500)
    expect(page.locator(".toast")).to_have_count(1)
    page.clock.run_for(1000)
    expect(page.locator(".toast")).to_have_count(0)


# --- choosing rows ----------------------------------------------------------------------------------------------------


def choosable(*numbers: int) -> str:
    cells = "".join(
        f'<tr data-row="{n}" data-kind="咨询" data-state="{"待接单" if n < 3 else "调查中"}">'
        f'<td><input type="checkbox" name="pick" form="bulk" value="{n}@1" aria-label="选择 {n}"></td>'
        f'<td><a data-open href="/orders/{n}/">{n}</a></td></tr>'
        for n in numbers
    )
    return (
        f'<table class="table orders"><thead><tr><th><input type="checkbox" data-pick-all aria-label="全选"></th></tr>'
        f"</thead><tbody data-list>{cells}</tbody></table>"
        '<form id="bulk" class="dock bulkbar" data-bulk method="post" action="/bulk/"><span data-picked></span>'
        '<span data-common></span><button name="act" value="take" data-bulk-key="a">接单</button>'
        '<select name="handler" id="handler" data-bulk-key="m"><option>孙</option></select>'
        '<button type="button" data-unpick>取消</button></form>'
    )


def chosen(page: Page) -> list[str]:
    return list(page.eval_on_selector_all("[name=pick]:checked", "(all) => all.map((one) => one.value)"))


def test_x_chooses_shift_j_extends_and_escape_lets_go(desk: Desk) -> None:
    page = desk.open(choosable(1, 2, 3))
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_be_visible()
    page.keyboard.press("Shift+J")
    assert chosen(page) == ["1@1", "2@1"]
    assert page.inner_text("[data-picked]") == "2"
    assert page.inner_text("[data-common]") == "待接单 · 咨询", "what they have in common is said"
    page.keyboard.press("Shift+J")
    assert page.inner_text("[data-common]") == "咨询"
    assert page.locator("[data-pick-all]").is_checked()
    page.keyboard.press("x")
    assert chosen(page) == ["1@1", "2@1"]
    page.keyboard.press("Escape")
    assert chosen(page) == []
    expect(page.locator("#bulk")).to_be_hidden()


def test_the_keys_of_the_bar_act_on_what_is_chosen(desk: Desk) -> None:
    desk.answers["/bulk/"] = (200, "ok")
    page = desk.open(choosable(1, 2, 3))
    page.keyboard.press("a")
    assert desk.posted == [], "nothing chosen, nothing done"
    page.check("[data-pick-all]")
    page.keyboard.press("m")
    assert focused(page) == "handler"
    page.focus("[data-open]")
    page.keyboard.press("a")
    page.wait_for_url(f"{HOST}/bulk/")
    (body,) = desk.bodies("/bulk/")
    assert body.count("pick=") == 3
    assert "act=take" in body


def test_a_list_with_chosen_rows_stands_still(desk: Desk) -> None:
    poll = f'<div id="rows" data-poll hx-get="/rows/" hx-trigger="poll-now" hx-swap="innerHTML">{choosable(1, 2)}</div>'
    desk.answers["/rows/"] = (200, choosable(9))
    page = desk.open(poll)
    page.check("[name=pick] >> nth=0")
    page.evaluate("htmx.trigger('#rows', 'poll-now')")
    page.wait_for_timeout(100)
    expect(page.locator('[data-row="1"]')).to_have_count(1)
    page.uncheck("[name=pick] >> nth=0")
    page.evaluate("htmx.trigger('#rows', 'poll-now')")
    expect(page.locator('[data-row="9"]')).to_have_count(1)
