"""From the list to the file over HTTP: what is filtered is what is exported, masked as the pages are (B19, S2-R13)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from complaints.exporting import COLUMNS
from exports.models import Export, Status
from exports.services import work_on
from people.models import User
from people.roles import Role
from policy.vocabulary import Category
from tests.exports.conftest import Clock
from tests.factories import MONDAY, Company, person

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(days=2)
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def sign_in() -> SignIn:
    def enter(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return enter


def asked_for(client: Client, query: str = "queue=all", **fields: Any) -> Export:
    answer = client.post("/orders/export/", {"query": query, "reason": "核对", **fields})
    assert answer.status_code == 302, answer.content.decode()
    return Export.objects.order_by("-id")[0]


def sheet(client: Client, export: Export) -> list[dict[str, Any]]:
    done = work_on(lambda: NOW)
    assert done is not None
    assert done.status == Status.READY, done.problem
    answer = client.get(f"/exports/{export.uid}/file/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(rows[0]) == len(COLUMNS)
    return [dict(zip([str(name) for name in rows[0]], row, strict=True)) for row in rows[1:]]


def test_what_is_filtered_is_what_is_exported(company: Company, sign_in: SignIn) -> None:
    quality = company.order()
    company.order(category=Category.FACILITY_SAFETY)
    client = sign_in(company.agent)
    page = client.get("/orders/?queue=all&category=power_quality&after=").content.decode()
    assert "queue=all&amp;category=power_quality" in page
    export = asked_for(client, "queue=all&category=power_quality&after=1_2_3")
    assert "分类：供电质量" in export.told
    assert "after" not in export.params["query"], "a page is not what was asked for"
    (row,) = sheet(client, export)
    assert row["工单编号"] == quality.number
    assert (row["来电人"], row["联系电话"]) == ("王××", "138****1234")
    assert row["时限（工作日）"] == 10
    assert row["逾期工作日"] is None


def test_everybody_exports_what_he_sees(company: Company, sign_in: SignIn) -> None:
    """visible_to at the time of writing; a concealed caller stays concealed (A27)."""
    company.order(hide_caller=True)
    company.order(category=Category.FACILITY_SAFETY)
    (mine,) = sheet(*(lambda c: (c, asked_for(c)))(sign_in(company.head)))
    assert (mine["来电人"], mine["联系电话"], mine["地址"]) == ("已隐去", None, None)
    both = sheet(*(lambda c: (c, asked_for(c)))(sign_in(company.agent)))
    assert len(both) == 2
    assert {row["来电人"] for row in both} == {"王××"}


def test_a_search_is_exported_as_a_search(company: Company, sign_in: SignIn) -> None:
    company.order(content="路灯不亮")
    company.order()
    client = sign_in(company.agent)
    export = asked_for(client, "q=路灯")
    assert len(sheet(client, export)) == 1
    assert "路灯" in export.told


def test_a_purpose_is_asked_for(company: Company, sign_in: SignIn) -> None:
    answer = sign_in(company.agent).post("/orders/export/", {"query": "queue=all", "reason": " "})
    assert answer.status_code == 400
    assert "请写明用途" in answer.content.decode()
    assert not Export.objects.exists()


@pytest.mark.parametrize("query", ["queue=nobody", "kind=x", "since=2026-13-01", "since=1800-01-01", "unknown=1"])
def test_a_list_nobody_has_is_not_exported(company: Company, sign_in: SignIn, query: str) -> None:
    assert sign_in(company.agent).post("/orders/export/", {"query": query, "reason": "核对"}).status_code == 400


def test_progress_and_result_are_one_page(company: Company, sign_in: SignIn) -> None:
    """It asks again by itself while it works and no longer once it is done."""
    company.order()
    client = sign_in(company.agent)
    export = asked_for(client)
    page = client.get(f"/exports/{export.uid}/").content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert "取消导出" in page
    work_on(Clock())
    fragment = client.get(f"/exports/{export.uid}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "every 2s" not in fragment
    assert f"/exports/{export.uid}/file/" in fragment
    assert export.title in client.get("/exports/").content.decode()


def test_an_approver_decides_on_the_page(company: Company, sign_in: SignIn, settings: Any) -> None:
    company.order()
    client, manager = sign_in(company.agent), sign_in(person(Role.MANAGER, "company"))
    export = asked_for(client)
    Export.objects.filter(pk=export.pk).update(status=Status.APPROVAL, total=9_000)
    assert "须由另一位管理人员批准" in client.get(f"/exports/{export.uid}/").content.decode()
    page = manager.get("/exports/").content.decode()
    assert export.title in page
    bell = manager.get("/inbox/bell/").content.decode()
    assert '<span id="rail-exports" hx-swap-oob="true"><b>1<span' in bell, "it is told on the rail"
    address = f"/exports/{export.uid}/decide/"
    assert client.post(address, {"decision": "approve"}).status_code == 403
    assert manager.post(address, {"decision": "refuse"}).status_code == 400
    key = {"request_key": "0123456789abcdef"}
    assert manager.post(address, {"decision": "approve", **key}).status_code == 302
    assert manager.post(address, {"decision": "approve", **key}).status_code == 302, "sent twice is decided once"
    assert manager.post(address, {"decision": "approve"}).status_code == 409
    assert manager.get(f"/exports/{export.uid}/file/").status_code == 403
    assert work_on(lambda: NOW) is not None
    assert client.get(f"/exports/{export.uid}/file/").status_code == 200


def test_an_approver_signs_in_with_a_second_factor(sign_in: SignIn, settings: Any) -> None:
    settings.DEMO = False
    answer = sign_in(person(Role.MANAGER, "company")).get("/exports/")
    assert answer.status_code == 302
    assert "second-factor" in answer["Location"]
