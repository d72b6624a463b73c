"""More pictures of the guide: outages, approvals, money, reports; see `scenes.py`."""

from playwright.sync_api import Page
from scenes import Act, Shot, first_link


def opened(selector: str, then: str = "") -> Act:
    """The page behind the first such link."""
    return first_link(selector, then)


def unfolded(summary: str) -> Act:
    def unfold(page: Page) -> None:
        page.locator("summary", has_text=summary).first.click()

    return unfold


OUTAGE = "main a[href^='/outages/TD']"
SHOTS = (
    Shot("outages", "duty_officer", "/outages/"),
    Shot("outage", "grid_worker", "/outages/", opened(OUTAGE)),
    Shot("outage-head", "station_head", "/outages/", opened(OUTAGE)),
    Shot("outage-new", "duty_officer", "/outages/new/"),
    Shot("plans", "duty_officer", "/outages/plans/"),
    Shot("plan", "duty_officer", "/outages/plans/", opened("main .hist a")),
    Shot("plan-new", "duty_officer", "/outages/plans/new/"),
    Shot("disconnections", "grid_worker", "/outages/disconnections/"),
    Shot(
        "disconnection",
        "grid_worker",
        "/outages/disconnections/",
        opened("main td a[href^='/outages/disconnections/']"),
    ),
    Shot("checklist", "centre_department", "/outages/checklists/before_crew/"),
    Shot("records", "centre_department", "/outages/records/"),
    Shot("record-new", "centre_department", "/outages/records/new/accident/"),
    Shot("reliability", "manager", "/outages/reliability/", unfolded("怎样算的")),
    Shot("approvals", "deputy_leader", "/approvals/"),
    Shot("escalations", "director", "/escalations/"),
    Shot("warnings", "director", "/warnings/"),
    Shot("money", "director", "/money/"),
    Shot("money-month", "director", "/money/", opened("main td a[href^='/money/2']")),
    Shot("money-lines", "director", "/money/lines/"),
    Shot("rulings", "director", "/rulings/"),
    Shot("rectifications", "contact", "/rectifications/"),
    Shot("report", "director", "/reports/"),
    Shot("report-checks", "director", "/reports/", opened("main a[href$='/checks/'], nav a[href$='/checks/']")),
    Shot("report-analysis", "manager", "/reports/", opened("a[href$='/analysis/']")),
    Shot("report-appraisal", "manager", "/reports/", opened("a[href$='/appraisal/']")),
    Shot("report-records", "manager", "/reports/records/"),
    Shot("wall", "manager", "/reports/wall/", fits=True),
)
