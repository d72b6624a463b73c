"""Forms, drafts and requests that fail, in a real browser: nothing typed is ever lost."""

import pytest
from playwright.sync_api import Dialog, expect

from tests.ui.conftest import Desk, focused, value

pytestmark = pytest.mark.browser

FORM = """
<form method="post" action="/act/" id="form" {attributes}><input type="hidden" name="request_key" value="k">
<textarea name="text" id="text" maxlength="1000" data-count="shown"></textarea><span id="shown"></span>
<span data-draft-note id="said"></span><button id="go">提交</button></form>
"""


def test_two_presses_are_one_submission(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes=""))
    page.fill("#text", "电压低")
    page.eval_on_selector("#go", "(b) => { b.click(); b.click(); }")
    page.wait_for_timeout(200)
    assert len(desk.bodies("/act/")) == 1


def test_the_counter_counts_characters_not_bytes(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes=""))
    page.fill("#text", "电压低𠮷")
    assert page.inner_text("#shown") == "4 / 1,000 字"


def test_leaving_with_unsent_text_asks_first(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes="data-guard"))
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.fill("#text", "还没提交")
    page.evaluate("setTimeout(() => location.assign('/orders/'))")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert value(page, "#text") == "还没提交"


def test_a_list_of_demands_grows_and_is_sent_as_lines(desk: Desk) -> None:
    text = '<textarea name="demands" id="demands" data-lines="一行一项">查明原因</textarea>'
    page = desk.open(f'<form data-no-enter>{text}<button id="go"></button></form>')
    items = page.get_by_label("一行一项")
    assert items.count() == 2, "what was there and an empty line"
    items.nth(1).fill("限期整改")
    page.keyboard.press("Enter")
    assert items.count() == 3
    assert page.evaluate("document.activeElement.value") == ""
    assert value(page, "textarea") == "查明原因\n限期整改"


def test_answering_on_the_call_goes_to_the_answer_first(desk: Desk) -> None:
    more = '<details><summary>答复</summary><textarea id="answer" name="answer"></textarea></details>'
    page = desk.open(
        f'<form method="post" action="/act/">{more}<button name="then" value="answer" aria-keyshortcuts="F4" '
        'data-needs="answer">当场答复办结</button></form>'
    )
    page.keyboard.press("F4")
    assert focused(page) == "answer"
    assert desk.bodies("/act/") == []
    page.keyboard.type("已说明电价")
    page.keyboard.press("F4")
    page.wait_for_timeout(200)
    assert len(desk.bodies("/act/")) == 1


def test_an_act_that_leaves_the_house_asks_and_escape_means_no(desk: Desk) -> None:
    page = desk.open(
        FORM.format(
            attributes='data-confirm="撤销这张工单？" data-confirm-text="不能恢复" data-confirm-label="撤销工单"'
        )
    )
    page.click("#go")
    dialog = page.get_by_role("alertdialog", name="撤销这张工单？")
    expect(dialog).to_be_visible()
    assert dialog.get_by_text("不能恢复").is_visible()
    page.keyboard.press("Escape")
    assert desk.bodies("/act/") == []
    page.click("#go")
    dialog.get_by_role("button", name="撤销工单").click()
    page.wait_for_timeout(200)
    assert len(desk.bodies("/act/")) == 1


def test_a_draft_is_kept_on_the_server_and_nowhere_else(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes='data-draft-url="/drafts/intake/"'))
    page.clock.install()
    page.fill("#text", "每晚电压低")
    page.clock.run_for(3500)
    expect(page.locator("#said")).to_contain_text("自动保存于")
    (body,) = desk.bodies("/drafts/intake/")
    assert "每晚电压低" in body
    assert "request_key" not in body, "the key belongs to the submission"
    assert "电压" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")


def test_a_draft_that_cannot_be_saved_says_so_and_is_tried_again(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes='data-draft-url="/drafts/intake/"'))
    page.clock.install()
    desk.answers["/drafts/intake/"] = None
    page.fill("#text", "断网时写的")
    page.clock.run_for(3500)
    expect(page.locator("#said")).to_contain_text("草稿没有保存")
    assert value(page, "#text") == "断网时写的"
    desk.answers["/drafts/intake/"] = (204, "")
    page.clock.run_for(11000)
    expect(page.locator("#said")).to_contain_text("自动保存于")


def test_a_draft_is_cleared_only_after_asking(desk: Desk) -> None:
    page = desk.open(
        FORM.format(attributes='data-draft-url="/drafts/intake/" data-guard').replace(
            "</form>", '<button type="button" id="clear" data-draft-clear data-confirm="清空？">清空</button></form>'
        )
    )
    page.fill("#text", "上一通来电")
    page.click("#clear")
    page.keyboard.press("Escape")
    assert value(page, "#text") == "上一通来电"
    page.click("#clear")
    with page.expect_navigation():
        page.locator("#ask button[value=yes]").click()
    assert value(page, "#text") == ""
    assert "上一通来电" not in desk.bodies("/drafts/intake/")[-1]


def test_no_late_draft_follows_a_submitted_form(desk: Desk) -> None:
    page = desk.open(FORM.format(attributes='data-draft-url="/drafts/intake/"'))
    page.clock.install()
    page.fill("#text", "提交了")
    page.click("#go")
    before = len(desk.bodies("/drafts/intake/"))
    page.clock.run_for(8000)
    assert len(desk.bodies("/act/")) == 1
    assert len(desk.bodies("/drafts/intake/")) == before


HX = """
<form id="form" hx-post="/act/" hx-target="#out"><textarea id="text" name="text"></textarea>
<button id="go">查看</button></form><div id="out">旧</div>
"""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "网络中断"),
        ((500, "<!doctype html><h1>系统出错</h1>"), "服务器出错"),
        ((503, "<!doctype html><h1>系统暂停服务</h1><p>数据库暂时连不上</p>"), "系统暂停服务：数据库暂时连不上"),
        ((403, "<!doctype html><h1>没有权限</h1><p>由热线办理</p>"), "没有权限：由热线办理"),
        ((401, ""), "登录已过期"),
    ],
    ids=["offline", "error", "away", "refused", "signed out"],
)
def test_a_failed_request_says_so_and_keeps_what_was_typed(
    desk: Desk, answer: tuple[int, str] | None, words: str
) -> None:
    page = desk.open(HX)
    desk.answers["/act/"] = answer
    page.fill("#text", "打了很久的字")
    page.click("#go")
    expect(page.locator("#news")).to_contain_text(words)
    assert value(page, "#text") == "打了很久的字"
    assert page.inner_text("#out") == "旧"
    desk.answers["/act/"] = (200, "新")
    page.click("#go")
    expect(page.locator("#out")).to_have_text("新")
    assert page.locator("#news .callout").count() == 0, "the next success clears the line"


def test_a_refused_form_is_shown_in_place(desk: Desk) -> None:
    page = desk.open(HX)
    desk.answers["/act/"] = (400, '<p class="field__error">请写明查看原因</p>')
    page.click("#go")
    expect(page.locator("#out")).to_have_text("请写明查看原因")


def test_every_htmx_request_carries_the_csrf_token(desk: Desk) -> None:
    page = desk.open(HX)
    desk.answers["/act/"] = (200, "新")
    page.click("#go")
    expect(page.locator("#out")).to_have_text("新")
    assert desk.posted[-1].headers["x-csrftoken"] == "t" * 32
