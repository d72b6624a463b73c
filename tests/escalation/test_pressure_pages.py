"""Pages for pressing, supervising, dealing with, promising; and what the order's page offers to whom."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from complaints.models import Order
from complaints.services import perform
from escalation.models import Deadline, Escalation, FaultTimes, OrderFlag, Promise, Supervision, Urge
from escalation.services import settle_due
from escalation.vocabulary import ApprovalStatus
from people.models import User
from people.roles import Role
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, Company, at, person

pytestmark = pytest.mark.django_db

NOW = MONDAY + timedelta(days=1)
LATE = at("2026-09-21 09:00")


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def order(company: Company) -> Order:
    return perform(company.order(MONDAY), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_order_page_offers_each_what_is_his(company: Company, order: Order) -> None:
    settle_due(NOW)
    offered = {
        name: client_of(getattr(company, name)).get(f"/orders/{order.number}/").content.decode()
        for name in ("agent", "director", "handler", "head")
    }
    for name, words in {
        "agent": ["催办", "登记承诺", "各项时限"],
        "director": ["催办", "督办"],
        "handler": ["申请延期", "方案报审", "登记承诺"],
        "head": ["申请延期", "申请标记"],
    }.items():
        assert all(word in offered[name] for word in words), name
    assert f"/orders/{order.number}/urge/" not in offered["handler"]
    assert f"/orders/{order.number}/extension/" not in offered["agent"]


def test_urged_by_the_hotline_and_taken_by_the_head(company: Company, order: Order) -> None:
    url = f"/orders/{order.number}/urge/"
    assert client_of(company.agent).get(url).status_code == 200
    assert client_of(company.agent).post(url, {"level": "urge", "text": ""}).status_code == 400
    assert client_of(company.agent).post(url, {"level": "notice", "text": "书面"}).status_code == 400
    assert client_of(company.director).post(url, {"level": "notice", "text": "书面"}).status_code == 409
    assert client_of(company.agent).post(url, {"level": "urge", "text": "客户再次来电"}).status_code == 302
    assert Urge.objects.filter(order=order).count() == 1
    board = client_of(company.head).get("/escalations/").content.decode()
    assert "待我处理" in board
    form = f"/orders/{order.number}/escalation/"
    assert "亲自承办" in client_of(company.head).get(form).content.decode()
    assert client_of(company.handler).get(form).status_code == 403
    assert client_of(company.head).post(form, {"act": "reassigned"}).status_code == 400
    assert client_of(company.head).post(form, {"act": "taken"}).status_code == 302
    order.refresh_from_db()
    assert order.handler == company.head


def test_supervised_until_let_go(company: Company, order: Order) -> None:
    leader = person(Role.DEPUTY_LEADER, "leadership")
    url = f"/orders/{order.number}/supervise/"
    assert client_of(leader).post(url, {"text": "每日报告"}).status_code == 302
    assert "每日报告" in client_of(leader).get("/escalations/").content.decode()
    assert client_of(leader).post(f"{url}end/").status_code == 302
    assert not Supervision.objects.filter(ended_at__isnull=True).exists()


def test_a_promise_is_kept_or_called_off_once(company: Company, order: Order) -> None:
    """S1-R16, R19, R25."""
    url = f"/orders/{order.number}/promises/"
    client = client_of(company.handler)
    delay = {"kind": "delay", "what": "答复赔偿方案", "promised_at": "2026-09-10T10:00"}
    assert client.post(url, delay).status_code == 400, "a delay needs its reason"
    assert client.post(url, delay | {"reason": "等待检定报告"}).status_code == 302
    connection = {"kind": "connection", "what": "居民新装", "starts_on": "2026-09-07", "resident": "yes"}
    assert client.post(url, connection).status_code == 302
    first, second = Promise.objects.filter(order=order).order_by("pk")
    assert f"{second.promised_at.astimezone(MONDAY.tzinfo):%F %R}" == "2026-09-15 00:00"
    assert Deadline.objects.filter(order=order, rule__in=["delay", "connection"]).count() == 2
    assert client.post(f"{url}{first.pk}/kept/").status_code == 302
    assert client.post(f"{url}{second.pk}/off/").status_code == 302
    assert client.post(f"{url}{first.pk}/off/").status_code == 302
    first.refresh_from_db()
    assert (first.kept_at, first.called_off_at) == (NOW, None)
    assert Deadline.objects.get(order=order, rule="delay").met_at == NOW


def test_times_of_a_fault_are_the_lead_departments(company: Company) -> None:
    """A7, B22."""
    order = company.order(MONDAY, kind=Kind.FAULT_REPORT)
    url = f"/orders/{order.number}/fault-times/"
    assert client_of(company.agent).get(url).status_code == 403
    assert client_of(company.contact).post(url, {}).status_code == 400
    early = {"arrived_at": "2026-09-07T09:00"}
    assert client_of(company.contact).post(url, early).status_code == 400
    assert client_of(company.contact).post(url, {"arrived_at": "2026-09-07T10:00"}).status_code == 302
    assert FaultTimes.objects.get(order=order).arrived_at == at("2026-09-07 10:00")


def test_a_refused_solution_holds_the_feedback_until_another_is_agreed(company: Company, order: Order) -> None:
    """S0-R20."""
    url = f"/orders/{order.number}/solution/"
    case = client_of(company.handler).post(url, {"text": "更换配变，月底前完成"})["Location"]
    holds = order.holds.filter(blocks="resolve", released_at__isnull=True)
    assert holds.get().reason.startswith("处理方案待审核")
    word = {"decision": "rejected", "position": 1, "opinion": "请补充临时措施"}
    assert client_of(company.head).post(case, word).status_code == 302
    assert holds.get().reason.startswith("处理方案未通过")
    case = client_of(company.handler).post(url, {"text": "先调荷，再更换配变"})["Location"]
    assert client_of(company.head).post(case, {"decision": "approved", "position": 1}).status_code == 302
    assert not holds.exists()


def test_a_flag_holds_only_after_its_whole_chain(company: Company, order: Order) -> None:
    """S0-R17, A25: it never blocks anything."""
    deputy = person(Role.DEPUTY_LEADER, "leadership")
    url = f"/orders/{order.number}/flag/"
    case = client_of(company.agent).post(url, {"flag": "malicious", "text": "多次虚构事实"})["Location"]
    assert client_of(company.head).post(case, {"decision": "approved", "position": 1}).status_code == 403
    assert client_of(company.director).post(case, {"decision": "approved", "position": 1}).status_code == 302
    assert OrderFlag.objects.get().status == ApprovalStatus.PENDING
    assert client_of(deputy).post(case, {"decision": "approved", "position": 2}).status_code == 302
    assert "恶意投诉" in client_of(company.agent).get(f"/orders/{order.number}/").content.decode()
    order.refresh_from_db()
    assert order.is_open


def test_early_signs(company: Company) -> None:
    """S0-R40: repeats of a telephone, near due; nothing of a concealed caller."""
    for _n in range(2):
        company.order(MONDAY, caller_phone="13911112222")
        company.order(MONDAY, caller_phone="13933334444", hide_caller=True, category=Category.OTHER)
    with time_machine.travel(LATE, tick=False):
        settle_due(LATE)
        page = client_of(company.director).get("/warnings/").content.decode()
    assert "139****2222" in page
    assert "139****4444" not in page
    assert "其中逾期" in page
    assert Escalation.objects.filter(closed_at__isnull=True).exists()
