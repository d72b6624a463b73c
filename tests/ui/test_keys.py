"""The keyboard map and the combobox, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import HOST, Desk, focused, value

pytestmark = pytest.mark.browser

NOTE = '<button type="button" id="note" aria-keyshortcuts="N" data-x="0">记</button><input id="field">'
CLICKS = """
document.querySelectorAll("#note").forEach((b) => b.addEventListener("click", () => { b.dataset.x = +b.dataset.x + 1 }))
"""


def clicks(page: Page) -> str | None:
    return page.get_attribute("#note", "data-x")


def test_a_letter_acts_on_the_page_but_is_a_letter_in_a_text_field(desk: Desk) -> None:
    page = desk.open(NOTE)
    page.evaluate(CLICKS)
    page.keyboard.press("n")
    assert clicks(page) == "1"
    page.focus("#field")
    page.keyboard.press("n")
    assert clicks(page) == "1"
    assert value(page, "#field") == "n"


@pytest.mark.parametrize("detail", ["isComposing: true", "keyCode: 229"])
def test_no_key_fires_while_an_input_method_is_composing(desk: Desk, detail: str) -> None:
    page = desk.open(NOTE)
    page.evaluate(CLICKS)
    page.evaluate(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: 'n', bubbles: true, {detail}}}))")
    assert clicks(page) == "0"


def test_single_letters_can_be_switched_off_while_chords_stay(desk: Desk) -> None:
    page = desk.open(NOTE.replace('aria-keyshortcuts="N"', 'data-key="n, ctrl+enter"'), single_keys="off")
    page.evaluate(CLICKS)
    page.keyboard.press("n")
    assert clicks(page) == "0"
    page.keyboard.press("Control+Enter")
    assert clicks(page) == "1"


def test_a_function_key_and_a_chord_work_inside_a_text_field(desk: Desk) -> None:
    page = desk.open('<input id="phone" aria-keyshortcuts="F2"><textarea id="text"></textarea>')
    page.focus("#text")
    page.keyboard.press("F2")
    assert focused(page) == "phone"


def test_g_and_i_lead_to_the_to_do_list_but_i_alone_does_not(desk: Desk, visited: Callable[[], str]) -> None:
    desk.answers["/orders/"] = (200, "ok")
    page = desk.open("")
    page.keyboard.press("i")
    assert visited() == "/"
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url(f"{HOST}/orders/")


def test_a_disabled_or_hidden_button_has_no_key(desk: Desk) -> None:
    page = desk.open(NOTE.replace("<button", "<button disabled") + f"<div hidden>{NOTE}</div>")
    page.evaluate(CLICKS)
    page.keyboard.press("n")
    assert page.eval_on_selector_all("#note", "(all) => all.map((b) => b.dataset.x)") == ["0", "0"]


GROUPS = """
<fieldset data-picks="#categories">
  <label data-pick="q"><input type="radio" name="kind" value="consultation" id="first">咨询</label>
  <label data-pick="w"><input type="radio" name="kind" value="complaint">投诉</label>
  <label data-pick="c"><input type="radio" name="kind" value="other">其他</label>
</fieldset>
<fieldset id="categories" data-picks="#sub">
  <label data-pick="3"><input type="radio" name="category" value="quality">质</label></fieldset>
<div id="sub"><input id="subfield"></div>
"""


def test_a_letter_in_a_focused_group_chooses_and_moves_on(desk: Desk, visited: Callable[[], str]) -> None:
    page = desk.open(GROUPS)
    page.focus("#first")
    page.keyboard.press("w")
    assert page.is_checked("[value=complaint]")
    page.keyboard.press("3")
    assert page.is_checked("[value=quality]")
    assert focused(page) == "subfield"


def test_a_groups_letter_comes_before_the_pages_letter(desk: Desk, visited: Callable[[], str]) -> None:
    """C takes a new call everywhere, but not while a choice with that letter has the focus."""
    page = desk.open(GROUPS)
    page.focus("#first")
    page.keyboard.press("c")
    assert page.is_checked("[value=other]")
    assert visited() == "/"


COMBO = """
<label for="id_sub">细类</label>
<select id="id_sub" name="sub" class="select" data-combo><option value="">不细分</option>
<option value="late" data-initials="zbcq">装表超期</option><option value="low" data-initials="dyd">电压低</option>
<option value="high" data-initials="dyg">电压高</option></select>
"""


def test_initials_find_a_subcategory_and_enter_takes_it(desk: Desk) -> None:
    page = desk.open(COMBO)
    page.focus("#id_sub")
    page.keyboard.type("dy")
    box = page.get_by_role("combobox", name="细类")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert page.get_by_role("option").all_inner_texts() == ["电压低\ndyd", "电压高\ndyg"]
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("option", selected=True).inner_text().startswith("电压高")
    page.keyboard.press("Enter")
    expect(box).to_have_value("电压高")
    expect(box).to_have_attribute("aria-expanded", "false")
    assert value(page, "select") == "high"


def test_escape_and_leaving_keep_the_earlier_choice_and_emptying_clears_it(desk: Desk) -> None:
    page = desk.open(COMBO.replace('value="late"', 'value="late" selected'))
    box = page.get_by_role("combobox")
    box.fill("没有这个")
    assert page.locator(".combo__none").inner_text() == "没有匹配的选项"
    page.keyboard.press("Escape")
    expect(box).to_have_value("装表超期")
    box.fill("半个词")
    box.blur()
    expect(box).to_have_value("装表超期")
    box.fill("")
    box.blur()
    assert value(page, "select") == ""
