"""The settings pages over HTTP: who gets in, what they show, what bad input does."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from people.models import AuditEntry, AuditResult, User
from people.roles import Role
from policy.models import CalendarVersion, Policy, RoutingRule, StationDuty, Subcategory
from policy.numbers import FIELDS
from policy.vocabulary import CalendarStatus, Category, Kind
from tests.policy.conftest import NOW, TOMORROW, department
from tests.policy.test_calendar import CSV_2027, NOTICE_2027

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
People = Callable[..., User]

READ = ("policy-numbers", "policy-routes", "policy-duties", "policy-subcategories", "policy-calendar", "policy-preview")
WRITE = ("policy-numbers-add", "policy-routes-add", "policy-subcategories-add")
NASTY = ["\u202e", "𠮷", "'; DROP TABLE policy_policy; --", "<script>", "９９", "-1", "1e9", "NaN", "9" * 40]


@pytest.fixture(autouse=True)
def at_a_known_moment() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text(response: Any) -> str:
    return str(response.content.decode())


def policy_form(**changes: Any) -> dict[str, Any]:
    row = {
        name: value for name, value in model_to_dict(Policy.objects.get(), FIELDS).items() if value not in (None, False)
    }
    return row | {"effective_from": "2126-03-02", "note": "会议纪要"} | changes


# --- who gets in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*READ, *WRITE])
def test_a_visitor_is_sent_to_sign_in(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("role", sorted(Role))
def test_only_manager_hotline_director_and_administrator_read_the_rules(
    person: People, signed_in: SignIn, role: Role
) -> None:
    client = signed_in(person(role))
    expected = 200 if role in {Role.MANAGER, Role.HOTLINE_DIRECTOR, Role.SYSTEM_ADMIN} else 403
    assert {client.get(reverse(name)).status_code for name in READ} == {expected}


@pytest.mark.parametrize("role", [Role.HOTLINE_DIRECTOR, Role.SYSTEM_ADMIN, Role.HOTLINE_AGENT])
def test_only_the_manager_writes_numbers_routes_duties_and_subcategories(
    person: People, signed_in: SignIn, role: Role
) -> None:
    client = signed_in(person(role))
    addresses = [
        reverse("policy-numbers-add"),
        reverse("policy-numbers-withdraw", args=[1]),
        reverse("policy-routes-add"),
        reverse("policy-routes-close", args=[1]),
        reverse("policy-routes-withdraw", args=[1]),
        reverse("policy-duties-set"),
        reverse("policy-duties-withdraw", args=[1]),
        reverse("policy-subcategories-add"),
        reverse("policy-subcategories-edit", args=[1]),
    ]
    assert {client.post(address, {}).status_code for address in addresses} == {403}
    refused = AuditEntry.objects.filter(action="policy.page", result=AuditResult.REFUSED)
    assert refused.count() == len(addresses)


@pytest.mark.parametrize(
    ("role", "status"), [(Role.SYSTEM_ADMIN, 422), (Role.MANAGER, 422), (Role.HOTLINE_DIRECTOR, 403)]
)
def test_manager_and_administrator_import_the_calendar(
    person: People, signed_in: SignIn, role: Role, status: int
) -> None:
    assert signed_in(person(role)).post(reverse("policy-calendar-check"), {}).status_code == status


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_the_manager_adds_a_row_and_reads_what_it_changed(manager: User, signed_in: SignIn) -> None:
    client = signed_in(manager)
    answer = client.post(reverse("policy-numbers-add"), policy_form(consultation_days=5), follow=True)
    assert Policy.objects.in_force(TOMORROW).consultation_days == 5
    page = text(answer)
    assert "咨询时限：3 → <b>5</b>" in page
    assert "未生效" in page


def test_the_numbers_page_lists_what_is_unset(manager: User, signed_in: SignIn) -> None:
    """A22."""
    page = text(signed_in(manager).get(reverse("policy-numbers")))
    assert "未设的数值" in page
    assert "计划停电提前公告" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effective_from": "2020-01-01"}, "不能早于今天"),
        ({"effective_from": "2000-01-01"}, "生效日期"),
        ({"effective_from": "明天"}, "日期"),
        ({"cap_days": 4}, "不能短于"),
        ({"consultation_days": "三"}, "整数"),
        ({"consultation_days": 10**30}, "3650"),
        ({"company_name": ""}, "必填"),
    ],
)
def test_a_wrong_row_is_refused_beside_its_field_and_nothing_is_written(
    manager: User, signed_in: SignIn, changes: dict[str, Any], words: str
) -> None:
    answer = signed_in(manager).post(reverse("policy-numbers-add"), policy_form(**changes))
    assert answer.status_code == 422
    assert words in text(answer)
    assert Policy.objects.count() == 1


def test_the_same_submission_twice_adds_one_row(manager: User, signed_in: SignIn) -> None:
    client = signed_in(manager)
    form = policy_form(request_key="0123456789abcdef")
    assert [client.post(reverse("policy-numbers-add"), form).status_code for _ in range(2)] == [302, 302]
    assert Policy.objects.count() == 2


def test_a_coming_row_is_withdrawn_and_one_in_force_is_not(manager: User, signed_in: SignIn) -> None:
    client = signed_in(manager)
    client.post(reverse("policy-numbers-add"), policy_form())
    coming = Policy.objects.in_force(TOMORROW)
    client.post(reverse("policy-numbers-withdraw", args=[coming.pk]))
    answer = client.post(reverse("policy-numbers-withdraw", args=[Policy.objects.get().pk]), follow=True)
    assert "已经生效" in text(answer)
    assert Policy.objects.count() == 1


# --- routes, duties, subcategories ------------------------------------------------------------------------------------


def test_the_manager_replaces_a_route_and_closes_a_special_one(manager: User, signed_in: SignIn) -> None:
    client = signed_in(manager)
    general = RoutingRule.objects.get(category=Category.OTHER)
    prefilled = text(client.get(reverse("policy-routes-add"), {"from": general.pk}))
    assert general.basis in prefilled
    form = {
        "category": Category.OTHER,
        "kind": Kind.PRAISE,
        "lead": department("hotline").pk,
        "basis": "会议纪要",
        "effective_from": "2126-03-02",
    }
    refused = client.post(reverse("policy-routes-add"), form)
    assert refused.status_code == 422  # the hotline is no responsible department
    form["lead"] = department("party_admin_office").pk
    assert client.post(reverse("policy-routes-add"), form).status_code == 302
    special = RoutingRule.objects.get(kind=Kind.PRAISE)
    close = reverse("policy-routes-close", args=[special.pk])
    assert client.get(close).status_code == 200
    assert client.post(close, {"effective_from": "2126-04-01"}).status_code == 302
    assert "停用，按总路由" in text(client.get(reverse("policy-routes")))
    refused = client.post(reverse("policy-routes-close", args=[general.pk]), {"effective_from": "2126-04-01"})
    assert "不能停用" in text(refused)
    assert client.post(reverse("policy-routes-withdraw", args=[special.pk])).status_code == 302
    assert not RoutingRule.objects.filter(pk=special.pk).exists()


def test_the_manager_changes_a_station_duty(manager: User, signed_in: SignIn) -> None:
    client = signed_in(manager)
    station = department("station_binhai")
    form = {"station": station.pk, "category": Category.FAULT_REPAIR, "effective_from": "2126-03-02"}
    assert client.post(reverse("policy-duties-set"), form).status_code == 302
    assert client.post(reverse("policy-duties-set"), form).status_code == 422
    row = StationDuty.objects.get(effective_from=TOMORROW)
    assert row.carries is False
    assert "将要生效" in text(client.get(reverse("policy-duties")))
    client.post(reverse("policy-duties-withdraw", args=[row.pk]))
    assert not StationDuty.objects.filter(pk=row.pk).exists()


def test_the_manager_edits_a_subcategory_but_not_its_code(manager: User, signed_in: SignIn) -> None:
    row = Subcategory.objects.get(code="low_voltage")
    form = {
        "category": Category.OTHER,
        "code": "hacked",
        "name": "电压低",
        "initials": "dyd",
        "position": 0,
        "is_active": "on",
        "prompts": "什么时段\n\n多少伏",
    }
    answer = signed_in(manager).post(reverse("policy-subcategories-edit", args=[row.pk]), form)
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.category, row.code, row.name) == (Category.POWER_QUALITY, "low_voltage", "电压低")
    assert row.prompts == ["什么时段", "多少伏"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("initials", "电压", "小写"),
        ("prompts", "长" * 81, "不超过"),
        ("name", "电压偏高", "同名"),
        ("code", "", "必填"),
    ],
)
def test_a_wrong_subcategory_is_refused_in_words(
    manager: User, signed_in: SignIn, field: str, value: str, words: str
) -> None:
    form = {"category": Category.POWER_QUALITY, "code": "new", "name": "新", "initials": "x", "position": 1} | {
        field: value
    }
    answer = signed_in(manager).post(reverse("policy-subcategories-add"), form)
    assert answer.status_code == 422
    assert words in text(answer)


# --- calendar ---------------------------------------------------------------------------------------------------------


def upload(content: str, name: str = "2027.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode())


def test_the_notice_is_previewed_first_and_imported_on_confirmation(person: People, signed_in: SignIn) -> None:
    client = signed_in(person(Role.SYSTEM_ADMIN))
    form = {"file": upload(CSV_2027, "2027.csv"), "status": CalendarStatus.OFFICIAL}
    page = text(client.post(reverse("policy-calendar-check"), form))
    assert "放假（元旦）" in page
    assert CalendarVersion.objects.filter(year=2027).count() == 0
    payload = re.search(r'name="payload" value="([^"]*)"', page)
    assert payload
    confirmed = {"payload": payload[1].replace("&quot;", '"'), "status": CalendarStatus.OFFICIAL}
    answer = client.post(reverse("policy-calendar-import"), confirmed, follow=True)
    assert "已导入 2027 年第 1 版日历" in text(answer)
    again = client.post(reverse("policy-calendar-import"), confirmed, follow=True)
    assert "完全相同" in text(again)


def test_a_tampered_confirmation_is_refused(manager: User, signed_in: SignIn) -> None:
    answer = signed_in(manager).post(
        reverse("policy-calendar-import"), {"payload": "{", "status": CalendarStatus.OFFICIAL}, follow=True
    )
    assert "JSON" in text(answer)
    assert CalendarVersion.objects.filter(year=2027).count() == 0


def test_the_calendar_page_warns_all_year_and_the_others_from_december(manager: User, signed_in: SignIn) -> None:
    """F22."""
    client = signed_in(manager)
    warning = "2027 年放假安排尚未正式导入"
    assert warning in text(client.get(reverse("policy-calendar")))
    assert warning not in text(client.get(reverse("policy-numbers")))
    with time_machine.travel(dt.datetime(2026, 12, 1, 9, tzinfo=NOW.tzinfo), tick=False):
        assert warning in text(signed_in(manager).get(reverse("policy-numbers")))


def test_the_year_shows_holidays_and_makeup_days(manager: User, signed_in: SignIn) -> None:
    page = text(signed_in(manager).get(reverse("policy-calendar"), {"year": "2026"}))
    assert page.count("<small>班</small>") == 6
    assert '<td class="off" title="国庆节">7<small>国庆节</small></td>' in page


@pytest.mark.parametrize("year", ["1999", "2101", "x", "２０２６", "20261", "-1"])
def test_an_impossible_year_is_not_found(manager: User, signed_in: SignIn, year: str) -> None:
    assert signed_in(manager).get(reverse("policy-calendar"), {"year": year}).status_code == 404


# --- preview ----------------------------------------------------------------------------------------------------------


def ask(client: Client, **fields: Any) -> Any:
    fields = {"kind": "complaint", "category": "fault_repair", "registered_at": "2026-09-18T20:16"} | fields
    return client.get(reverse("policy-preview"), fields)


def test_the_preview_says_where_an_order_goes_and_when_it_is_due(person: People, signed_in: SignIn) -> None:
    client = signed_in(person(Role.HOTLINE_DIRECTOR))
    page = text(ask(client, station=department("station_binhai").pk))
    assert "滨海供电所" in page
    assert "10 月 9 日" in page
    assert "11 月 5 日" in page
    assert "S4-R29" in page
    assert 'class="weekline"' in page
    assert "抢修中心" in text(ask(client))
    assert "没有工作日时限" in text(ask(client, kind="praise"))
    assert "暂定" in text(ask(client, kind="consultation", registered_at="2026-12-29T19:50"))
    limited = Subcategory.objects.get(code="load_limiting").pk
    assert "有序用电办公室" in text(ask(client, category="outage_limit", subcategory=limited))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "abc"},
        {"category": ""},
        {"registered_at": "1999-01-01T00:00"},
        {"registered_at": "0001-01-01T00:00"},
        {"registered_at": "9999-12-31T23:59"},
        {"station": "9" * 30},
        {"subcategory": "1", "category": "other"},
    ],
    ids=str,
)
def test_a_question_that_cannot_be_answered_is_refused_beside_its_field(
    manager: User, signed_in: SignIn, fields: dict[str, str]
) -> None:
    answer = ask(signed_in(manager), **fields)
    assert answer.status_code == 422
    assert "field__error" in text(answer)


@pytest.mark.parametrize("name", ["kind", "category", "registered_at", "station", "subcategory"])
def test_nasty_text_in_a_question_is_refused_beside_its_field(manager: User, signed_in: SignIn, name: str) -> None:
    client = signed_in(manager)
    for nasty in NASTY:
        answer = ask(client, **{name: nasty})
        assert answer.status_code == 422, nasty
        assert "field__error" in text(answer)


@pytest.mark.parametrize("nasty", NASTY)
def test_nasty_text_in_any_field_never_breaks_a_page(manager: User, signed_in: SignIn, nasty: str) -> None:
    client = signed_in(manager)
    subcategory = {
        "category": nasty,
        "code": nasty,
        "name": nasty,
        "initials": nasty,
        "position": nasty,
        "prompts": nasty,
    }
    answers = [
        client.post(reverse("policy-numbers-add"), dict.fromkeys(["effective_from", "note", *FIELDS], nasty)),
        client.post(reverse("policy-routes-add"), dict.fromkeys(["category", "kind", "lead", "cc", "basis"], nasty)),
        client.get(reverse("policy-routes-add"), {"from": nasty}),
        client.post(reverse("policy-duties-set"), dict.fromkeys(["station", "category", "effective_from"], nasty)),
        client.post(reverse("policy-subcategories-add"), subcategory),
        client.post(reverse("policy-calendar-check"), {"file": upload(nasty), "status": nasty}),
        client.post(reverse("policy-calendar-import"), {"payload": nasty, "status": nasty}),
        client.get(reverse("policy-numbers-withdraw", args=[int("9" * 30)])),
        client.post(reverse("policy-routes-withdraw", args=[int("9" * 30)])),
    ]
    assert {answer.status_code for answer in answers} <= {200, 302, 404, 405, 422}


def test_the_confirmation_carries_the_whole_notice(manager: User, signed_in: SignIn) -> None:
    form = {"file": upload(json.dumps(NOTICE_2027)), "status": CalendarStatus.PROVISIONAL}
    page = text(signed_in(manager).post(reverse("policy-calendar-check"), form))
    assert "调休上班（元旦）" in page
    assert "2026-12-27 周日" in page
