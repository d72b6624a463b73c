"""The month's page, the click through its figures, and who reads which line."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import Order
from people.models import User
from people.roles import Role
from policy.models import Policy
from tests.factories import person
from tests.reports.conftest import SignIn
from tests.reports.golden import NOW, Golden

pytestmark = pytest.mark.django_db


def figures_of(html: str) -> dict[str, int]:
    """Every linked number of a page: address -> number."""
    found = re.findall(r'<a href="(/reports/2026-07/orders/[^"]+)"[^>]*>(?:<b>)?(\d+)(?:</b>)?</a>', html)
    return {address.replace("&amp;", "&"): int(number) for address, number in found}


def test_every_linked_figure_leads_to_exactly_so_many_orders(golden: Golden, signed_in: SignIn) -> None:
    """PEERS 15: the number and the list behind it are one question."""
    client = signed_in(person(Role.MANAGER, "company"))
    html = client.get("/reports/2026-07/").content.decode()
    linked = figures_of(html)
    assert len(linked) > 60
    checked = 0
    for address, number in linked.items():
        if "days" in address:
            continue
        response = client.get(address)
        assert response.status_code == 200
        assert response.context["count"] == number, address
        checked += 1
    assert checked > 50


def test_the_page_asks_few_questions_however_many_departments(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(person(Role.MANAGER, "company"))
    client.get("/reports/2026-07/")
    with CaptureQueriesContext(connection) as captured:
        response = client.get("/reports/2026-07/")
    assert response.status_code == 200
    assert len(captured) <= 20


def test_a_department_opens_its_own_orders_and_reads_the_others_totals(golden: Golden, signed_in: SignIn) -> None:
    """S4-R38: own line with its orders; other lines as the numbers of the rules say."""
    head = golden.staff["P"]["head"]
    html = signed_in(head).get("/reports/2026-07/").content.decode()
    assert "安全监察科" in html
    assert "department=production_tech_dept" in html
    assert "department=safety_section" not in html
    Policy.objects.create(**policy_values(report_shows_others=False))
    html = signed_in(head).get("/reports/2026-07/").content.decode()
    assert "安全监察科" not in html
    assert "生产技术部" in html
    assert "合计" in html


def test_a_month_never_published_shows_a_department_its_own_lines_everywhere(golden: Golden, signed_in: SignIn) -> None:
    """Issue 7: own lines, others as policy says; before publication the lines of others are not said (A21)."""
    handler = signed_in(golden.staff["P"]["handler"])
    for address in ("/reports/2026-07/", "/reports/2026-07/files/csv/", "/reports/2026-07/appraisal/"):
        text = handler.get(address).content.decode()
        assert "生产技术部" in text, address
        assert "安全监察科" not in text, address
    assert handler.get("/reports/2026-07/analysis/").status_code == 403
    names = [line["name"] for line in handler.get("/api/v1/reports/2026-07/").json()["lines"]]
    assert names == ["生产技术部"]
    own = handler.get("/reports/2026-07/orders/?figure=received&department=production_tech_dept")
    assert {row["order"].lead_department.code for row in own.context["rows"]} == {"production_tech_dept"}
    other = "figure=received&department=safety_section"
    assert handler.get(f"/reports/2026-07/orders/?{other}").status_code == 404
    assert handler.post("/reports/2026-07/orders/export/", {"query": other}).status_code == 404
    head = signed_in(golden.staff["P"]["head"])
    assert head.get(f"/reports/2026-07/orders/?{other}").status_code == 200, "who checks the report reads its lines"
    Policy.objects.create(**policy_values(report_shows_others=False))
    assert head.get(f"/reports/2026-07/orders/?{other}").status_code == 404


def policy_values(**changes: Any) -> dict[str, Any]:
    latest = Policy.objects.order_by("-effective_from")[0]
    names = [field.name for field in Policy._meta.fields if field.name not in {"id", "effective_from"}]
    return {name: getattr(latest, name) for name in names} | {"effective_from": NOW.date()} | changes


def test_the_list_behind_a_figure_stays_within_what_a_person_may_see(golden: Golden, signed_in: SignIn) -> None:
    handler = golden.staff["S"]["handler"]
    response = signed_in(handler).get("/reports/2026-07/orders/?figure=received")
    seen = {row["order"].pk for row in response.context["rows"]}
    assert seen <= set(Order.objects.visible_to(handler, now=NOW).values_list("pk", flat=True))
    assert response.context["count"] < 34


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/2026-13/", 404),
        ("/reports/2026-09/", 404),
        ("/reports/x/", 404),
        ("/reports/2026-07/orders/", 400),
        ("/reports/2026-07/orders/?figure=nothing", 400),
        ("/reports/2026-07/orders/?figure=received&kind=x", 400),
        ("/reports/2026-07/orders/?figure=received&department=nowhere", 404),
        ("/reports/2026-07/orders/?figure=received&after=-1", 400),
        ("/reports/2026-07/orders/?figure=received&colour=red", 400),
    ],
)
def test_an_address_no_link_of_ours_has_is_refused(golden: Golden, signed_in: SignIn, path: str, status: int) -> None:
    assert signed_in(golden.director).get(path).status_code == status


def test_who_has_no_orders_has_no_reports(golden: Golden, signed_in: SignIn) -> None:
    admin: User = person(Role.SYSTEM_ADMIN, "company")
    assert signed_in(admin).get("/reports/2026-07/").status_code == 403
