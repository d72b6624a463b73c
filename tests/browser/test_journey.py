"""One complaint from the ring to the archive, through the eyes and hands of the five people it passes."""

import pytest
from playwright.sync_api import Page, expect

from complaints.models import Order
from complaints.vocabulary import State
from tests.browser.conftest import PHONE, SignIn
from tests.factories import Company

pytestmark = pytest.mark.browser


def take_step(page: Page, name: str) -> None:
    """Opens a step of the order page, in the dialog, from its button or the menu."""
    button = page.get_by_role("link", name=name)
    if not button.first.is_visible():
        page.get_by_label("更多操作").click()
    button.first.click()
    expect(page.get_by_role("dialog").get_by_role("heading", name=name)).to_be_visible()


def submit(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state("load")
    expect(page.get_by_role("status").first).to_be_visible()


def test_a_complaint_goes_from_ring_to_archive_through_five_sign_ins(sign_in: SignIn) -> None:
    """Issue: the main job. Every step by the page a person uses, none by the code behind it."""
    company = Company()

    # 1. The agent types while the caller talks; department and date stand there before anything is submitted.
    page = sign_in(company.agent)
    expect(page).to_have_url("/intake/")
    page.get_by_label("来电号码").fill("138 0000 1234")
    page.locator("label", has_text="投诉").first.click()
    page.locator("label.cat", has_text="供电质量").click()
    route = page.locator("#route")
    expect(route).to_contain_text("生产技术部")
    expect(route).to_contain_text("10 个工作日内答复")
    page.get_by_role("textbox", name="来电人").fill("王小明")
    page.get_by_role("textbox", name="地址").fill("江湾街道稻香里 8 幢 602")
    page.get_by_label("反映内容").fill("每晚七点到十点电压只有一百八十伏，空调无法启动。")
    page.locator("#id_demands").fill("查明原因")
    page.get_by_label("已复述并确认").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/slip/**")
    order = Order.objects.get()
    expect(page.locator("body")).to_contain_text(order.number)
    expect(page.locator("body")).to_contain_text(order.query_code)
    assert order.state == State.CLASSIFIED

    # 2. The department's contact accepts and names the handler.
    page = sign_in(company.contact)
    page.get_by_role("link", name=order.number).click()
    take_step(page, "接单")
    page.get_by_label("经办人").select_option(label=company.handler.name)
    submit(page)
    expect(page.locator(".order__head")).to_contain_text(company.handler.name)

    # 3. The handler investigates, talks to the customer, and answers.
    page = sign_in(company.handler)
    page.get_by_role("link", name=order.number).click()
    take_step(page, "填报调查结论")
    page.get_by_label("调查方案").fill("晚高峰现场测量")
    page.get_by_label("调查事实").fill("实测一百七十八到一百八十六伏")
    page.get_by_role("radio", name="不属实", exact=True).check(force=True)
    page.get_by_role("radio", name="供电企业").check(force=True)
    page.get_by_label("原因", exact=True).fill("配变重载")
    submit(page)
    take_step(page, "联系客户")
    page.get_by_role("radio", name="已联系上").check(force=True)
    page.get_by_label("沟通内容").fill("已说明测量结果和整改安排")
    submit(page)
    take_step(page, "填报处理结果")
    page.get_by_label("处理措施").fill("调整配变分接头，十月更换大容量变压器")
    page.get_by_label("依据").fill("供电营业规则")
    page.get_by_label("答复诉求 1").fill("原因是配变重载")
    submit(page)
    expect(page.locator(".order__head")).to_contain_text("待审核")

    # 4. The hotline director reviews.
    page = sign_in(company.director)
    page.goto(f"/orders/{order.number}/")
    take_step(page, "审核通过")
    submit(page)
    expect(page.locator(".order__head")).to_contain_text("待回访")

    # 5. The hotline calls back and archives.
    page = sign_in(company.agent)
    page.goto(f"/orders/{order.number}/")
    take_step(page, "记录回访")
    page.get_by_role("radio", name="已联系上").check(force=True)
    page.get_by_label("答复与沟通内容").fill("已答复，客户认可")
    page.get_by_label("已向客户答复处理结果").check(force=True)
    page.get_by_role("radio", name="满意", exact=True).check(force=True)
    submit(page)
    take_step(page, "归档")
    submit(page)
    expect(page.locator(".order__head")).to_contain_text("已归档")

    order.refresh_from_db()
    assert (order.state, order.satisfaction) == (State.ARCHIVED, "satisfied")
    names = list(order.events.values_list("name", flat=True))
    assert names[:3] == ["register", "classify", "accept"]
    assert names[-2:] == ["attempt_callback", "archive"]


def test_the_order_page_works_on_a_phone_without_scrolling_sideways(sign_in: SignIn) -> None:
    company = Company()
    order = company.taken_to(State.INVESTIGATED)
    page = sign_in(company.head, size=PHONE)
    for path in ("/orders/", f"/orders/{order.number}/", f"/orders/{order.number}/do/add_fact/", "/account/"):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path


def test_a_stale_form_shows_what_changed_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    """F20, PEERS rows 22-23: nothing overwritten, nothing lost."""
    company = Company()
    order = company.taken_to(State.INVESTIGATED)
    page = sign_in(company.handler)
    page.goto(f"/orders/{order.number}/do/investigate/")
    page.get_by_label("调查方案").fill("补充测量三天")
    page.get_by_label("调查事实").fill("三天都低于一百九十伏")
    page.get_by_role("radio", name="属实", exact=True).check(force=True)
    page.get_by_role("radio", name="供电企业").check(force=True)
    page.get_by_label("原因", exact=True).fill("配变重载")

    other = sign_in(company.head)
    other.goto(f"/orders/{order.number}/do/assign_handler/")
    other.get_by_label("经办人").select_option(label=company.contact.name)
    submit(other)

    page.keyboard.press("Control+Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("没有提交")
    expect(alert).to_contain_text("指派经办人")
    expect(page.get_by_label("调查事实")).to_have_value("三天都低于一百九十伏")


def test_an_intake_survives_a_crash_of_the_browser(sign_in: SignIn) -> None:
    """The draft is kept by the server while typing."""
    company = Company()
    page = sign_in(company.agent)
    with page.expect_response("**/drafts/intake/") as kept:
        page.get_by_label("反映内容").fill("门口电线杆打火花")
        page.get_by_role("textbox", name="地址").focus()
    assert kept.value.status == 204
    page.context.close()

    again = sign_in(company.agent)
    expect(again.get_by_label("反映内容")).to_have_value("门口电线杆打火花")


def test_keys_choose_and_are_ignored_while_typing_and_composing(sign_in: SignIn) -> None:
    """DESIGN keyboard map: W chooses a complaint in the group; the same letter in a text is a letter."""
    company = Company()
    page = sign_in(company.agent)
    page.locator("input[name=kind]").first.focus()
    page.keyboard.press("w")
    expect(page.locator("input[name=kind][value=complaint]")).to_be_checked()
    page.keyboard.press("3")
    expect(page.locator("input[name=category][value=power_quality]")).to_be_checked()
    page.get_by_label("反映内容").focus()
    page.keyboard.type("c w 3")
    expect(page.get_by_label("反映内容")).to_have_value("c w 3")
    expect(page).to_have_url("/intake/")
    page.get_by_role("textbox", name="地址").dispatch_event(
        "keydown", {"key": "c", "keyCode": 229, "isComposing": True, "bubbles": True}
    )
    expect(page).to_have_url("/intake/")
