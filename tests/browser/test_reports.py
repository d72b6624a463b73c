"""A manager reads: from the published report to a figure, its orders, one order's explanation, and back."""

import pytest
from playwright.sync_api import Page, expect

from escalation.services.ledger import settle_money
from escalation.services.months import confirm_month
from people.roles import Role
from reports.publishing import check, generate, take, unchecked
from tests.browser.conftest import DESK, PHONE, SignIn
from tests.factories import person
from tests.reports.golden import JULY, NOW, play

pytestmark = pytest.mark.browser
HALL = {"width": 1920, "height": 1080}


def published() -> None:
    """The golden month, checked, locked, signed and published."""
    golden = play()
    row = generate(JULY, now=NOW)
    for place in unchecked(row, now=NOW):
        check(row, place, objection="", by=golden.director, now=NOW)
    settle_money(NOW)
    confirm_month(JULY.first, by=golden.adjudicator, now=NOW)
    for step in ("sign", "publish"):
        row = take(row, step, by=golden.director, now=NOW)


def test_a_manager_goes_from_the_report_to_an_orders_explanation_and_back(sign_in: SignIn) -> None:
    published()
    leader = person(Role.MAIN_LEADER, "leadership")
    page: Page = sign_in(leader, size=DESK)
    page.goto("/reports/2026-07/")
    expect(page.get_by_text("按期公布")).to_be_visible()
    expect(page.get_by_role("button", name="签发")).to_have_count(0)
    line = page.get_by_role("row", name="生产技术部").first
    line.locator("a.bad").first.click()
    expect(page.get_by_role("heading", name="逾期")).to_be_visible()
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(4)
    rows.first.get_by_role("link").first.click()
    expect(page.locator("body")).to_contain_text("工作日")
    page.go_back()
    page.keyboard.press("u")
    page.wait_for_url("**/reports/2026-07/")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= DESK["width"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_board_fits_a_screen_in_the_hall_and_the_paper_lies_across(sign_in: SignIn) -> None:
    """1920 × 1080 without scrolling; the report prints on A4 landscape without controls."""
    published()
    page: Page = sign_in(person(Role.MAIN_LEADER, "leadership"), size=HALL)
    page.goto("/reports/wall/")
    tall = page.evaluate("document.documentElement.scrollHeight")
    assert tall <= HALL["height"]
    big = page.locator(".big b").first.evaluate("(e) => e.getBoundingClientRect().height")
    assert big > 100, "readable at five metres"
    page.goto("/reports/2026-07/")
    page.emulate_media(media="print")
    expect(page.locator(".nav")).to_be_hidden()
    expect(page.locator(".pub")).to_be_hidden()
    expect(page.locator("header.paper")).to_be_visible()
    expect(page.locator("footer.sign")).to_be_visible()
