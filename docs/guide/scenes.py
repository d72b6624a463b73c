"""What the pictures of the guide show: who looks at which page, and what is done before the picture is taken."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

WAIT = 60_000

Act = Callable[[Page], None]


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(250)


def first_row(page: Page, address: str) -> str:
    page.goto(address)
    row = page.locator("a[data-open]").first
    if not row.count():
        raise LookupError(f"no order in {address}")
    return str(row.get_attribute("href"))


def nothing(page: Page) -> None:
    """The page as it opens."""


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, at which address or at the first row of which list, and what is done before."""

    name: str
    who: str
    path: str
    then: Act = nothing
    fits: bool = False
    """True: only what the window shows (dialogs); else the whole page."""


# --- what is done before a picture ----------------------------------------------------------------------------------


def typing(page: Page) -> None:
    """A known caller with an open order, in the middle of the call."""
    phone = known_phone(page)
    page.goto("/intake/")
    clear_draft(page)
    page.get_by_label("来电号码").fill(phone)
    with page.expect_response("**/intake/caller/"):
        page.get_by_label("来电号码").press("Tab")
    choose(page, "投诉", "业扩")
    page.get_by_label("反映内容").fill(
        "8 月 31 日申请居民新装，受理时承诺 3 个工作日内装表，至今未装。客户要求说明原因并给出确定的装表日期。"
    )
    for n, text in enumerate(("给出确定的装表日期", "说明超期原因")):
        page.locator(".field:has(#id_demands) ol.asking input").nth(n).fill(text)
        page.locator(".field:has(#id_demands) ol.asking input").nth(n).press("Enter")
    page.get_by_label("方便联系时间").fill("工作日 18:00 后")
    page.locator("input[name=ring_count]").fill("2")
    page.get_by_label("已复述并确认").check()
    settle(page)


def known_phone(page: Page) -> str:
    """Of a customer with an account whose complaint is being worked on."""
    page.goto("/orders/?queue=all&category=connection_commitment&kind=complaint")
    for address in [row.get_attribute("href") or "" for row in page.locator("a[data-open]").all()]:
        page.goto(address)
        if "****" not in page.locator("#caller-facts dd").nth(2).inner_text():
            continue
        page.get_by_text("查看完整号码").first.click()
        page.get_by_placeholder("查看原因").fill("核对来电号码")
        page.get_by_role("button", name="查看并记录").click()
        return page.locator("#caller-facts a[href^='tel:']").inner_text(timeout=WAIT)
    raise LookupError("no such order")


def choose(page: Page, kind: str, category: str) -> None:
    page.locator(".kinds label", has_text=kind).first.click()
    with page.expect_response("**/intake/route/**"):
        page.locator("label.cat", has_text=category).click()
    settle(page)


def incomplete(page: Page) -> None:
    clear_draft(page)
    page.get_by_label("来电号码").fill("1381234")
    choose(page, "投诉", "供电质量")
    page.locator("input[name=ring_count]").fill("6")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".errors")


def clear_draft(page: Page) -> None:
    """A page without what an earlier picture typed."""
    page.locator(".form__foot").get_by_label("草稿").click()
    page.get_by_role("button", name="清空重填").click()
    with page.expect_navigation():
        page.locator("#ask button[value=yes]").click()
    settle(page)


def registered(page: Page) -> None:
    clear_draft(page)
    page.get_by_label("来电号码").fill("13800001234")
    choose(page, "投诉", "供电质量")
    page.get_by_role("textbox", name="来电人").fill("王小明")
    page.get_by_role("textbox", name="地址").fill("江湾街道稻香里 8 幢 602")
    page.get_by_label("反映内容").fill("近两周每晚七点到十点电压只有一百八十伏左右，空调无法启动。")
    page.locator("#id_demands").fill("查明原因并限期整改")
    page.get_by_label("已复述并确认").check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/slip/**", timeout=WAIT)


def step(name: str) -> Act:
    """The step's form as a page of its own."""

    def go(page: Page) -> None:
        page.goto(page.url.split("?")[0] + f"do/{name}/")

    return go


def dialog(label: str) -> Act:
    def go(page: Page) -> None:
        button = page.locator(".order__acts a", has_text=label).first
        if not button.is_visible():
            page.get_by_label("更多操作").click()
        button.click()
        page.wait_for_selector("dialog[open] form")
        settle(page)

    return go


def menu(page: Page) -> None:
    page.get_by_label("更多操作").click()


def revealing(page: Page) -> None:
    page.get_by_text("查看完整号码").first.click()
    page.get_by_placeholder("查看原因").fill("联系客户约定上门时间")


def explained(page: Page) -> None:
    page.get_by_text("为什么是这一天").click()


def empty_submit(page: Page) -> None:
    step("investigate")(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".errors")


def stale(page: Page) -> None:
    step("add_fact")(page)
    page.get_by_label("进展").fill("已与客户约定周三上午现场测量")
    page.evaluate("document.querySelector('input[name=version]').value = 1")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".callout")


def wrong_password(page: Page) -> None:
    page.get_by_label("用户名").fill("agent")
    page.get_by_label("密码").fill("12345678")
    page.keyboard.press("Enter")
    page.wait_for_selector(".callout--over")


def previewed(page: Page) -> None:
    rows = "户号,户名,地址,供电所,电话\n3301999000012,周玉兰,江湾街道稻香里 3 幢 201,江湾供电所,13900001111\n"
    rows += "3301999000013,,城东大道 18 号,不存在的供电所,139\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "客户资料.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_url(re.compile(r"/import/\d+/"), timeout=WAIT)


def trial(page: Page) -> None:
    page.goto("/settings/policy/preview/?kind=complaint&category=power_quality&registered_at=2026-09-22T20:16")


def more_filters(page: Page) -> None:
    page.locator("summary[data-key=f]").click()


def three_chosen(page: Page) -> None:
    for place in range(3):
        page.locator("[name=pick]").nth(place).check()


def exported(page: Page) -> None:
    """A list asked for as a file, and waited for."""
    page.locator("summary", has_text="导出 Excel").click()
    page.get_by_label("用途（记入审计）").fill("部门周例会核对在办工单")
    page.get_by_role("button", name="导出这份列表").click()
    page.get_by_role("link", name="下载文件").wait_for(timeout=WAIT)


def first_link(selector: str, then: str = "") -> Act:
    def go(page: Page) -> None:
        address = page.locator(selector).first.get_attribute("href") or ""
        page.goto(address + then)

    return go


# --- the pictures ---------------------------------------------------------------------------------------------------

INVESTIGATING = "/orders/?queue=mine&state=classified&kind=complaint"
PROCESSING = "/orders/?queue=mine&state=investigated&kind=complaint"
CALLBACK = "/orders/?queue=callback&kind=complaint"
REVIEW = "/orders/?queue=review&kind=complaint"
RULING = "/orders/?queue=mine"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
LAST_MONTH = f"{TODAY.replace(day=1) - timedelta(days=1):%Y-%m}"
SHOTS = (
    Shot("sign-in", "", "/login/"),
    Shot("sign-in-wrong", "", "/login/", wrong_password),
    Shot("second-factor", "deputy_leader", "/account/second-factor/"),
    Shot("intake", "agent3", "/intake/"),
    Shot("intake-typing", "agent", "/intake/", typing),
    Shot("intake-errors", "agent2", "/intake/", incomplete),
    Shot("slip", "agent2", "/intake/", registered),
    Shot("orders-agent", "agent", "/orders/"),
    Shot("orders-all", "agent", "/orders/?queue=all"),
    Shot("orders-search", "agent", "/orders/?q=电压"),
    Shot("orders-filter", "agent", "/orders/?queue=all&kind=complaint&kind=consultation", more_filters, fits=True),
    Shot("orders-bulk", "contact", "/orders/?queue=department", three_chosen, fits=True),
    Shot("export-ready", "contact", "/orders/?queue=department", exported),
    Shot("exports", "contact", "/exports/"),
    Shot("boxes", "leader", "/boxes/"),
    Shot("box", "leader", "/boxes/", first_link("#main a[href^='/boxes/'][data-open]")),
    Shot("report", "director", f"/reports/{LAST_MONTH}/"),
    Shot("report-analysis", "director", f"/reports/{LAST_MONTH}/analysis/"),
    Shot("report-appraisal", "director", f"/reports/{LAST_MONTH}/appraisal/"),
    Shot("report-checks", "director", f"/reports/{LAST_MONTH}/checks/"),
    Shot("records", "director", "/reports/records/"),
    Shot("follow-ups", "director", "/reports/follow-ups/"),
    Shot("wall", "director", "/reports/wall/", fits=True),
    Shot("quality", "leader", "/quality/"),
    Shot("quality-score", "leader", "/quality/", first_link("#main a[href^='/quality/']")),
    Shot("orders-empty", "agent", "/orders/?queue=unrouted&kind=praise"),
    Shot("order-callback", "agent", f"first:{CALLBACK}"),
    Shot("step-callback", "agent", f"first:{CALLBACK}", step("attempt_callback")),
    Shot("step-archive", "agent", f"first:{CALLBACK}", step("archive")),
    Shot("step-reopen", "agent", f"first:{CALLBACK}", step("reopen")),
    Shot("order-unrouted", "agent", "first:/orders/?queue=unrouted"),
    Shot("step-classify", "agent", "first:/orders/?queue=unrouted", step("classify")),
    Shot("step-merge", "agent", "first:/orders/?queue=all&state=classified&kind=complaint", step("merge")),
    Shot("order-merged", "agent", "first:/orders/?queue=closed&state=merged"),
    Shot("order-withdrawn", "agent", "first:/orders/?queue=closed&state=withdrawn"),
    Shot("order-archived", "agent", "first:/orders/?queue=closed&state=archived&kind=complaint"),
    Shot("customers", "agent", "/customers/"),
    Shot("customer", "agent", "/customers/", first_link("#customers td a")),
    Shot("orders-contact", "contact", "/orders/"),
    Shot("order-waiting", "contact", "first:/orders/?queue=mine&state=classified"),
    Shot("dialog-accept", "contact", "first:/orders/?queue=mine&state=classified", dialog("接单"), fits=True),
    Shot("step-accept", "contact", "first:/orders/?queue=mine&state=classified", step("accept")),
    Shot("step-reject", "contact", "first:/orders/?queue=mine&state=classified", step("reject_dispatch")),
    Shot("orders-handler", "handler", "/orders/"),
    Shot("order-investigating", "handler", f"first:{INVESTIGATING}"),
    Shot("order-menu", "handler", f"first:{INVESTIGATING}", menu, fits=True),
    Shot("order-why", "handler", f"first:{INVESTIGATING}", explained),
    Shot("step-contact", "handler", f"first:{INVESTIGATING}", step("contact_customer")),
    Shot("step-investigate", "handler", f"first:{INVESTIGATING}", step("investigate")),
    Shot("step-investigate-errors", "handler", f"first:{INVESTIGATING}", empty_submit),
    Shot("step-fact", "handler", f"first:{INVESTIGATING}", step("add_fact")),
    Shot("order-processing", "handler", f"first:{PROCESSING}"),
    Shot("order-reveal", "handler", f"first:{PROCESSING}", revealing),
    Shot("step-resolve", "handler", f"first:{PROCESSING}", step("resolve")),
    Shot("dialog-contact", "handler", f"first:{PROCESSING}", dialog("联系客户"), fits=True),
    Shot("conflict", "handler", f"first:{PROCESSING}", stale),
    Shot("orders-head", "head", "/orders/?queue=department"),
    Shot("step-assign", "head", f"first:{PROCESSING.replace('mine', 'department')}", step("assign_handler")),
    Shot("step-sub-assign", "head", f"first:{PROCESSING.replace('mine', 'department')}", step("sub_assign")),
    Shot("orders-station-head", "station_head", "/orders/?queue=department"),
    Shot("department-head", "station_head", "/settings/people/departments/station_jiangwan/"),
    Shot("orders-director", "director", "/orders/?queue=review"),
    Shot("order-review", "director", f"first:{REVIEW}"),
    Shot("step-accept-feedback", "director", f"first:{REVIEW}", step("accept_feedback")),
    Shot("step-return-feedback", "director", f"first:{REVIEW}", step("return_feedback")),
    Shot("orders-overdue", "director", "/orders/?queue=overdue"),
    Shot("order-overdue", "director", "first:/orders/?queue=overdue"),
    Shot("orders-leader", "deputy_leader", "/orders/?queue=overdue"),
    Shot("orders-adjudicator", "adjudicator", "/orders/"),
    Shot("order-ruling", "adjudicator", f"first:{RULING}"),
    Shot("step-ruling", "adjudicator", f"first:{RULING}", step("rule_dispatch")),
    Shot("orders-manager", "manager", "/orders/"),
    Shot("settings-manager", "manager", "/settings/"),
    Shot("policy-numbers", "manager", "/settings/policy/"),
    Shot("policy-numbers-add", "manager", "/settings/policy/add/"),
    Shot("policy-routes", "manager", "/settings/policy/routes/"),
    Shot("policy-routes-add", "manager", "/settings/policy/routes/add/"),
    Shot("policy-duties", "manager", "/settings/policy/duties/"),
    Shot("policy-subcategories", "manager", "/settings/policy/subcategories/"),
    Shot("policy-calendar", "manager", "/settings/policy/calendar/"),
    Shot("policy-preview", "manager", "/settings/policy/preview/", trial),
    Shot("settings-admin", "admin", "/settings/"),
    Shot("people", "admin", "/settings/people/"),
    Shot("user-new", "admin", "/settings/people/new-user/"),
    Shot("user", "admin", "/settings/people/users/handler/"),
    Shot("departments", "admin", "/settings/people/departments/"),
    Shot("department", "admin", "/settings/people/departments/customer_service_centre/"),
    Shot("department-new", "admin", "/settings/people/new-department/"),
    Shot("roster", "supervisor", "/settings/people/roster/"),
    Shot("customers-import", "manager", "/customers/import/"),
    Shot("customers-import-preview", "manager", "/customers/import/", previewed),
    Shot("customer-edit", "manager", "/customers/", first_link("#customers td a", "edit/")),
    Shot("audit", "auditor", "/settings/people/audit/"),
    Shot("orders-auditor", "auditor", "/orders/"),
    Shot("account", "handler", "/account/"),
    Shot("password", "handler", "/account/password/"),
    Shot("keys", "handler", "/keys/"),
    Shot("inbox", "contact", "/inbox/"),
    Shot("inbox-waiting", "contact", "/inbox/?show=waiting"),
    Shot("inbox-wishes", "contact", "/inbox/wishes/"),
    Shot("message-trouble", "admin", "/settings/messages/"),
    Shot("message-log", "admin", "/settings/messages/log/"),
    Shot(
        "message-delivery",
        "director",
        "/settings/messages/log/",
        first_link("#main td a[href^='/settings/messages/log/']"),
    ),
    Shot("message-channels", "admin", "/settings/messages/channels/"),
    Shot("message-channel", "admin", "/settings/messages/channels/add/wecom_robot/"),
    Shot("message-texts", "admin", "/settings/messages/texts/"),
    Shot("message-text", "admin", "/settings/messages/texts/order.dispatched/"),
    Shot("message-calls", "supervisor", "/settings/messages/calls/"),
    Shot("error-403", "handler", "/intake/"),
    Shot("error-404", "handler", "/orders/20990101-0001/"),
    Shot("error-400", "handler", "/orders/?queue=nowhere"),
)
