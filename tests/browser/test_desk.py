"""The desk by keyboard alone, in Chinese through an input method: ring to dispatch, merge, and two at one order."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.models import Call, Order
from complaints.vocabulary import State
from customers.models import Customer, CustomerPhone
from people.roles import Role
from tests.browser.conftest import DESK, PHONE, SignIn
from tests.browser.hands import Hands
from tests.data.uploads import PDF
from tests.factories import MONDAY, Company, dept, person

pytestmark = pytest.mark.browser
NUMBER = "13800001234"
# Upper bounds of what docs/proofs.md states.
MOST_KEYS, MOST_TRIPS, MOST_ROUTES = 140, 20, 3


def known_caller() -> Customer:
    found = Customer.objects.create(
        account_no="3301000042",
        name="王小明",
        address="江湾街道稻香里 8 幢 602",
        station=dept("station_jiangwan"),
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    CustomerPhone.objects.create(customer=found, number=NUMBER)
    return found


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.id"))


def write_complaint(hands: Hands) -> None:
    """From the group of kinds to the box that is submitted: the route is there before the text is."""
    page = hands.page
    hands.press("w", "3")
    expect(page.locator("#route")).to_contain_text("生产技术部")
    expect(page.locator("#route")).to_contain_text("10 个工作日内答复")
    hands.type("dypd")  # 电压偏低, by initials
    expect(page.get_by_role("option", name="电压偏低")).to_be_visible()
    hands.press("Enter")
    assert focused(page) == "content", "name and address are known: on to the words"
    hands.compose(("meiwan", "每晚"), ("qidian", "七点"), ("dianya", "电压"), ("taidi", "太低"))
    hands.compose(("kongtiao", "空调"), ("bunengqidong", "不能启动"))
    hands.press("Tab")
    hands.compose(("chaming", "查明"), ("yuanyin", "原因"))
    hands.press("Alt+ArrowDown", "Alt+ArrowDown", "Alt+ArrowDown")


def test_ring_to_dispatch_without_a_mouse(sign_in: SignIn) -> None:
    """Issue 3: keys and round trips are counted; the desk stays on one page until the order is dispatched."""
    company = Company()
    known_caller()
    page = sign_in(company.agent)
    hands = Hands(page)
    hands.type(NUMBER)
    with page.expect_response("**/intake/caller/"):
        hands.press("Enter")
    expect(page.locator("#id_caller_name")).to_have_value("王小明")
    expect(page.locator("[data-call]")).to_be_visible()
    write_complaint(hands)
    hands.press("Control+Enter")
    page.wait_for_url("**/slip/**")
    order = Order.objects.get()
    assert order.state == State.CLASSIFIED
    assert order.dispatched_at is not None
    assert order.content == "每晚七点电压太低空调不能启动"
    assert list(order.demands.values_list("text", flat=True)) == ["查明原因"]
    assert order.subcategory is not None
    assert (order.caller_name, order.account_no) == ("王小明", "3301000042")
    call = order.calls.get()
    assert (call.read_back, call.apologised) == (True, True)
    assert call.received_at <= order.registered_at
    with page.expect_navigation():
        hands.press("h")  # the caller hung up first
    call.refresh_from_db()
    assert call.hung_up_by == "caller"
    before = hands.loads[: hands.loads.index("POST /intake/")]
    asked = [trip for trip in hands.trips if not trip.endswith("/drafts/intake/")]
    print(f"\nring to dispatch: {hands.keys} keys, page loads before it: {len(before)}, requests: {asked}")  # noqa: T201
    assert before == [], "no page load between ring and dispatch"
    assert hands.keys <= MOST_KEYS
    assert len(asked) <= MOST_TRIPS
    routes = [trip for trip in asked if trip.endswith("/intake/route/")]
    assert len(routes) <= MOST_ROUTES, "asked only when kind and category, or then the subcategory, have been chosen"


def at_a_stroke(page: Page, *choices: str) -> None:
    """Choices faster than any hand, so that a slow machine does not take them for two."""
    page.evaluate("choices => choices.forEach((one) => document.querySelector(one).click())", list(choices))


def test_the_route_is_asked_once_for_each_answer(sign_in: SignIn) -> None:
    """Two choices in one breath are one question; choosing the same again, or other fields, is none."""
    company = Company()
    page = sign_in(company.agent)
    hands = Hands(page)

    def routes() -> int:
        return sum(trip.endswith("/intake/route/") for trip in hands.trips)

    with page.expect_response("**/intake/route/**"):
        at_a_stroke(page, "[name=kind][value=complaint]", "[name=category][value=power_quality]")
    expect(page.locator("#route")).to_contain_text("生产技术部")
    assert routes() == 1
    at_a_stroke(page, "[name=kind][value=consultation]", "[name=kind][value=complaint]")
    page.locator("#id_caller_name").fill("王小明")
    page.locator("#id_address").fill("江湾新村 5 幢 402")
    page.locator("#id_content").fill("每晚电压低")
    page.locator("#id_demands").focus()
    page.wait_for_timeout(600)
    assert routes() == 1, "back where it was before anybody asked"
    with page.expect_response("**/intake/route/**"):
        at_a_stroke(page, "[name=category][value=other]", "[name=category][value=facility_safety]")
    expect(page.locator("#subcategory-row option").nth(1)).to_be_attached()
    assert routes() == 2


def test_a_file_goes_with_the_form_and_is_there_with_the_order(sign_in: SignIn, tmp_path: Path) -> None:
    """One submission: the order is dispatched and the file hangs on it."""
    company = Company()
    page = sign_in(company.agent)
    hands = Hands(page)
    letter = tmp_path / "来信.pdf"
    letter.write_bytes(PDF)
    page.locator("#id_caller_phone").fill(NUMBER)
    page.locator("#id_kind input").first.focus()
    hands.press("w", "3")
    page.locator("#id_caller_name").fill("王小明")
    page.locator("#id_content").fill("每晚七点电压太低，空调不能启动")
    page.locator("#id_demands").fill("查明原因")
    page.locator("summary", has_text="附件").click()
    page.locator("#id_files").set_input_files(letter)
    page.locator("#id_ring_count").fill("2")
    page.locator("#id_read_back").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/slip/**")
    order = Order.objects.get()
    stored = order.files.get()
    assert (stored.name, stored.uploaded_by) == ("来信.pdf", company.agent)
    page.goto(f"/orders/{order.number}/")
    expect(page.get_by_text("来信.pdf").first).to_be_visible()


def test_a_screen_pop_with_an_open_order_found_and_merged(sign_in: SignIn) -> None:
    """The telephone system opens the page; F8 joins the open order; a second matter of the caller is a new order."""
    company = Company()
    known_caller()
    open_one = company.order(timezone.now(), account_no="3301000042", caller_phone=NUMBER)
    page = sign_in(company.agent)
    hands = Hands(page)
    page.goto(f"/intake/?phone={NUMBER}&call_id=cti-1")
    expect(page.locator("#proposals")).to_contain_text(open_one.number)
    hands.press("Tab")
    page.locator("#id_content").focus()
    hands.compose(("haimeixiu", "还没有人来修"))
    hands.press("F8")
    page.wait_for_url(f"**/orders/{open_one.number}/")
    call = Call.objects.get(call_id="cti-1")
    assert (call.disposition, call.order) == ("linked_order", open_one)
    assert "还没有人来修" in open_one.events.get(name="urge").text
    assert Order.objects.count() == 1

    loads = len(hands.loads)
    page.goto(f"/intake/?phone={NUMBER}&call_id=cti-2")
    expect(page.locator("#id_caller_name")).to_have_value("王小明")
    page.locator("#id_kind input").first.focus()
    hands.press("q", "6")  # a consultation about a new connection
    page.locator("#id_content").focus()
    hands.compose(("xinzhuang", "新装"), ("yaojitian", "要几天"))
    hands.press("Alt+ArrowDown", "Alt+ArrowDown", "Alt+ArrowDown", "Alt+ArrowDown")
    expect(page.locator("#id_delay_apologised")).to_be_checked()
    hands.press("Control+Enter")
    page.wait_for_url("**/slip/**")
    assert Order.objects.count() == 2
    assert hands.loads[loads:][:2] == ["GET /intake/", "POST /intake/"], "one page load from ring to dispatch"


def test_nothing_fires_while_an_input_method_is_composing(sign_in: SignIn) -> None:
    """DESIGN key map: letters, Enter and function keys belong to the composition until it ends."""
    company = Company()
    page = sign_in(company.agent)
    hands = Hands(page)
    name = page.locator("#id_caller_name")
    name.focus()
    hands.begin_composing("wang")
    for key in ("c", "Enter", "F8", "F4", "Escape", "ArrowDown"):
        hands.swallowed(key)
    hands.swallowed("Enter", modifiers=2)  # Ctrl Enter
    assert focused(page) == "caller_name"
    expect(page).to_have_url("/intake/")
    assert not Order.objects.exists()
    hands.cdp.send("Input.insertText", {"text": "王"})
    expect(name).to_have_value("王")
    hands.press("Enter")
    assert focused(page) == "address", "afterwards Enter goes on"
    expect(page.locator("#name-aid")).to_contain_text("三横王")


def test_the_business_kinds_open_below_and_the_fault_form_with_its_kind(sign_in: SignIn) -> None:
    """S4-R02, R15: T opens the four kinds of business, R the fault form with its category."""
    company = Company()
    page = sign_in(company.agent)
    page.locator("#id_kind input").first.focus()
    page.keyboard.press("t")
    expect(page.get_by_text("服务申请", exact=False).first).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("input[name=kind][value=suggestion]")).to_be_checked()
    page.locator("#id_kind input").first.focus()
    page.keyboard.press("r")
    expect(page.locator("input[name=category][value=fault_repair]")).to_be_checked()
    expect(page.locator("#id_fault_symptom")).to_be_visible()
    expect(page.locator("#id_guidance")).to_be_hidden()


def test_two_at_one_order_see_each_other(sign_in: SignIn) -> None:
    """PEERS 15: presence without a lock; it is gone when the page is."""
    company = Company()
    order = company.taken_to(State.INVESTIGATED)
    company.handler.name = "陈大文"
    company.handler.save()
    first = sign_in(company.handler)
    with first.expect_response("**/presence/"):
        first.goto(f"/orders/{order.number}/do/resolve/")
    second = sign_in(company.head)
    second.goto(f"/orders/{order.number}/")
    expect(second.locator(".presence")).to_contain_text("陈×× 正在填写“填报处理结果”")
    first.goto("/account/")  # the page says good-bye while it is being left: no answer to wait for
    second.wait_for_function(
        """async () => {
            const page = await (await fetch(location.href)).text();
            const seen = new DOMParser().parseFromString(page, "text/html").querySelector(".presence");
            return !seen || seen.textContent.trim() === "";
        }"""
    )


def test_the_menus_of_the_foot_open_within_the_window(sign_in: SignIn) -> None:
    """S4-R20..R23 on a phone too: what is opened can be pressed."""
    company = Company()
    for size in (PHONE, DESK):
        page = sign_in(company.agent, size=size)
        for name, inside in (("转值长", "转主管"), ("不生成工单", "打错电话，已礼貌结束"), ("草稿", "存草稿")):
            menu = page.locator(".form__foot details", has=page.locator("summary", has_text=name)).first
            menu = menu if name != "草稿" else page.locator(".form__foot details").last
            menu.locator("summary").click()
            menu.get_by_role("button", name=inside).click(trial=True)
            page.keyboard.press("Escape")


def test_the_desk_fits_a_phone_and_a_zoomed_screen(sign_in: SignIn) -> None:
    company = Company()
    person(Role.SHIFT_LEADER)
    leader = person(Role.SUPERVISOR)
    for size in (PHONE, {"width": 720, "height": 450}):  # 1440 × 900 at 200 %
        page = sign_in(leader, size=size)
        for path in ("/intake/", "/intake/duty/", f"/orders/{company.order().number}/hand-up/"):
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (path, size)
