"""The telephone system opens the page: who it is, what is running, what was begun and not finished."""

import pytest
import time_machine
from django.test import Client

from complaints.models import Call, Draft, Order
from complaints.services.desk import FORGOTTEN
from customers.models import Customer, CustomerPhone
from people.models import AuditEntry
from policy.vocabulary import Category, Kind
from tests.complaints.desk.conftest import CALL, at_desk, post
from tests.factories import MONDAY, Company, dept, person

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13800001234", "13900009876"


def customer(account: str, phone: str, name: str = "顾小北") -> Customer:
    found = Customer.objects.create(
        account_no=account,
        name=name,
        address="江湾街道稻香里 8 幢 602",
        station=dept("station_jiangwan"),
        created_at=MONDAY,
        updated_at=MONDAY,
    )
    CustomerPhone.objects.create(customer=found, number=phone)
    return found


def test_the_page_opens_filled_and_the_look_up_is_on_record(company: Company) -> None:
    """S2-R13, S3-R03."""
    customer("3301000042", PHONE)
    page = at_desk(company.agent).get(f"/intake/?phone={PHONE}&call_id=cti-7").content.decode()
    for text in ('value="顾小北"', 'value="江湾街道稻香里 8 幢 602"', 'value="cti-7"', "已识别", 'data-since="'):
        assert text in page, text
    assert AuditEntry.objects.get(action="customer.fill").actor == company.agent


def test_an_unknown_number_says_so_and_still_starts_the_call(company: Company) -> None:
    page = at_desk(company.agent).get(f"/intake/?phone={OTHER}").content.decode()
    assert f'value="{OTHER}"' in page
    assert "已识别" not in page


def test_several_accounts_of_a_number_are_offered(company: Company) -> None:
    customer("3301000042", PHONE)
    customer("3301000043", PHONE, name="顾小南")
    desk = at_desk(company.agent)
    answer = desk.post("/intake/caller/", {"caller_phone": PHONE}).content.decode()
    assert "请选一个" in answer
    chosen = desk.post("/intake/caller/", {"caller_phone": PHONE, "account_no": "3301000043"}).content.decode()
    assert 'value="顾小南"' in chosen


def test_the_last_six_digits_find_the_caller_and_bring_the_whole_number(company: Company) -> None:
    customer("3301000042", PHONE)
    answer = at_desk(company.agent).post("/intake/caller/", {"caller_phone": PHONE[-6:]}).content.decode()
    assert f'value="{PHONE}"' in answer


def test_open_orders_and_the_last_call_come_with_the_number(company: Company) -> None:
    """S1-R29, S4-R14, R22."""
    desk = at_desk(company.agent)
    with time_machine.travel(MONDAY):
        post(desk, caller_phone=PHONE, mood="angry", emotion="声音很大", name_note="三横王")
        page = desk.get(f"/intake/?phone={PHONE}").content.decode()
    number = Order.objects.get().number
    assert f'name="link_to" value="{number}"' in page
    assert "情绪发泄怒气" in page
    assert "姓名核对用“三横王”" in page


def test_merging_needs_no_words_twice(company: Company) -> None:
    """Merge and urge: the order knows caller and matter already."""
    order = company.order()
    answer = post(at_desk(company.agent), link_to=order.number, content="", caller_name="", read_back=None)
    assert answer.status_code == 302
    assert Order.objects.count() == 1
    assert order.events.filter(name="urge").exists()
    assert Call.objects.filter(order=order, disposition="linked_order").exists()


def test_similar_words_of_another_caller_are_offered(company: Company) -> None:
    """B11 and beyond: a neighbour about the same thing; another matter is not taken for it."""
    order = company.order()
    desk = at_desk(company.agent)
    typed = {"caller_phone": OTHER, "kind": "complaint", "category": "power_quality"}
    with time_machine.travel(MONDAY):
        same = desk.post("/intake/similar/", typed | {"content": "晚上七点到十点电压只有一百八十伏，空调无法启动。"})
        other = desk.post("/intake/similar/", typed | {"content": "营业厅工作人员态度恶劣，排队三小时没有人理。"})
    assert "内容相近" in same.content.decode()
    assert order.number in same.content.decode()
    assert order.number not in other.content.decode()


def test_an_order_out_of_view_is_neither_offered_nor_told_of(company: Company) -> None:
    """A27: the agent the report is about learns of it neither as duplicate, nor as similar, nor before saving."""
    person("ticket_contact", "party_admin_office")
    sealed = Company().order(
        kind=Kind.REPORT_MISCONDUCT, category=Category.SERVICE_CONDUCT, reported_person=company.agent
    )
    desk = at_desk(company.agent)
    typed = CALL | {"kind": "report_misconduct", "category": "service_conduct"}
    with time_machine.travel(MONDAY):
        told = (
            desk.post("/intake/similar/", typed).content.decode() + desk.get(f"/intake/?phone={PHONE}").content.decode()
        )
        assert sealed.number not in told
        assert post(desk, **typed).status_code == 302


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_each_call_has_a_draft_of_its_own_and_none_is_lost(company: Company) -> None:
    """A new caller neither sees nor overwrites what was typed for the last one."""
    desk = at_desk(company.agent)
    desk.post("/drafts/intake/cti-1/", {"caller_phone": PHONE, "content": "第一通电话的内容"})
    page = desk.get(f"/intake/?phone={OTHER}&call_id=cti-2").content.decode()
    assert "未完成的受理" in page
    assert f'value="{PHONE}"' not in page
    assert PHONE not in page, "masked"
    back = desk.get("/intake/?draft=cti-1").content.decode()
    assert f'value="{PHONE}"' in back
    assert "第一通电话的内容" in back
    desk.post("/drafts/intake/cti-2/", {"caller_phone": OTHER, "content": "第二通"})
    post(desk, caller_phone=OTHER, draft="cti-2", call_id="cti-2")
    assert list(Draft.objects.values_list("form", flat=True)) == ["intake/cti-1"]
    assert Call.objects.get().call_id == "cti-2"


def test_a_draft_is_its_writers_alone(company: Company) -> None:
    at_desk(company.agent).post("/drafts/intake/cti-1/", {"content": "只有我看得到"})
    for user in (company.director, person("hotline_agent")):
        assert "只有我看得到" not in at_desk(user).get("/intake/?draft=cti-1").content.decode()
    outside = Client()
    outside.force_login(company.handler)
    assert outside.post("/drafts/intake/cti-1/", {"content": "x"}).status_code == 403


def test_a_call_that_began_long_ago_or_tomorrow_begins_now(company: Company) -> None:
    desk = at_desk(company.agent)
    for odd in ("", "gestern", "9999-01-01T00:00:00+08:00", "2020-01-01T00:00:00+08:00", "2026-09-07T09:00:00"):
        with time_machine.travel(MONDAY, tick=False):
            post(desk, started_at=odd, seen=list(Order.objects.values_list("number", flat=True)))
    assert set(Call.objects.values_list("received_at", flat=True)) == {MONDAY}
    with time_machine.travel(MONDAY + FORGOTTEN, tick=False):
        post(desk, started_at=MONDAY.isoformat(), seen=list(Order.objects.values_list("number", flat=True)))
    assert Call.objects.latest("pk").received_at == MONDAY
