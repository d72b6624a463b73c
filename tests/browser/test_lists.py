"""The department's list by keyboard: several orders taken at once, taken back, the list kept as a view and exported."""

from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect
from pytest_django import Settings

from complaints.models import Order
from exports.services import work_on
from tests.browser.conftest import PHONE, SignIn
from tests.factories import Company

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def test_orders_are_taken_and_given_back_by_keyboard(sign_in: SignIn) -> None:
    company = Company()
    now = timezone.now()
    numbers = [company.order(now).number for _n in range(3)]
    page = sign_in(company.contact)
    page.goto("/orders/?queue=department")
    for key in ("j", "x", "Shift+J"):
        page.keyboard.press(key)
    expect(page.locator("#bulk")).to_contain_text("已选 2 件")
    expect(page.locator("#bulk")).to_contain_text("待接单 · 投诉")
    page.keyboard.press("a")
    expect(page.get_by_text("2 件已接单")).to_be_visible()
    assert Order.objects.filter(accepted_at__isnull=False).count() == 2
    page.keyboard.press("z")
    expect(page.get_by_text("已撤销 2 件")).to_be_visible()
    assert not Order.objects.filter(accepted_at__isnull=False).exists()
    assert sorted(Order.objects.values_list("number", flat=True)) == sorted(numbers)


def test_a_list_is_kept_under_a_name_and_taken_out_as_a_file(sign_in: SignIn) -> None:
    company = Company()
    order = company.order(timezone.now())
    page = sign_in(company.contact)
    page.goto("/orders/?queue=department")
    page.keyboard.press("f")
    page.get_by_label("渠道").select_option("hotline")
    page.locator("form:visible").get_by_role("button", name="筛选工单").click()
    expect(page).to_have_url("/orders/?queue=department&channel=hotline")
    page.locator("summary", has_text="存为视图").click()
    page.get_by_label("名称").fill("热线来的")
    page.locator("form:visible").get_by_role("button", name="存为视图").click()
    expect(page.get_by_role("link", name="热线来的")).to_have_attribute("aria-current", "page")
    page.locator("summary", has_text="导出 Excel").click()
    page.get_by_label("用途（记入审计）").fill("周例会")
    page.get_by_role("button", name="导出这份列表").click()
    expect(page.locator("#state")).to_contain_text("排队中")
    work_on(timezone.now)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载文件").click(timeout=10_000)  # the page has asked again by itself
    book = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))
    assert book.worksheets[0].cell(2, 1).value == order.number


def test_everything_is_in_reach_on_a_phone(sign_in: SignIn) -> None:
    company = Company()
    company.order(timezone.now())
    page = sign_in(company.contact, size=PHONE)
    page.goto("/orders/?queue=department")
    page.locator("[name=pick]").first.check()
    button = page.get_by_role("button", name="接单并指派给我")
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert box["height"] >= 28
    button.click()
    expect(page.get_by_text("1 件已接单")).to_be_visible()
