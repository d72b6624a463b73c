"""Changing a customer over HTTP: by few, masked, versioned, audited; and the marks only few may know of."""

from typing import Any

import pytest
from django.urls import reverse

from customers.models import Customer, TransformerArea
from people.roles import Role
from tests.customers.conftest import MakeCustomer, SignIn, audited
from tests.factories import dept

SECRETS = ("13800002236", "李承洲", "14 幢 301")
OWN, OTHER = "station_jiangwan", "station_binhai"


def page(name: str, customer: Customer, *more: Any) -> str:
    return reverse(name, args=[customer.account_no, *more])


def text_of(response: Any) -> str:
    return str(response.content.decode())


def changes(customer: Customer, **fields: Any) -> dict[str, Any]:
    form = {"station": customer.station_id, "area": customer.area_id or "", "segment": customer.segment}
    return {**form, "supply": customer.supply, "version": customer.version, **fields}


def test_an_edit_form_holds_no_personal_data(customer: Customer, sign_in: SignIn) -> None:
    answer = sign_in(Role.STATION_HEAD, OWN).get(page("customer_edit", customer))
    assert answer.status_code == 200
    assert "李××" in text_of(answer)
    assert not any(secret in text_of(answer) for secret in SECRETS)


def test_a_station_head_changes_a_customer_and_search_follows(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.STATION_HEAD, OWN)
    answer = client.post(page("customer_edit", customer), changes(customer, name="李承\u200b舟", segment="commercial"))
    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.segment, customer.version) == ("李承舟", "commercial", 2)
    assert customer.address == "江湾街道柳浪新村 14 幢 301"
    assert "承舟" in customer.bigrams
    assert "承洲" not in customer.bigrams
    (row,) = audited("customer.change")
    assert row.detail == {"name": ["李××", "李××"], "segment": ["residential", "commercial"]}


def test_an_edit_without_a_change_writes_nothing(customer: Customer, sign_in: SignIn) -> None:
    sign_in(Role.STATION_HEAD, OWN).post(page("customer_edit", customer), changes(customer))
    customer.refresh_from_db()
    assert customer.version == 1
    assert audited("customer.change") == []


def test_a_stale_form_is_refused_and_overwrites_nothing(customer: Customer, sign_in: SignIn) -> None:
    """F20: 409 with what is there now."""
    client = sign_in(Role.HOTLINE_DIRECTOR)
    stale = changes(customer, name="王晚到")
    client.post(page("customer_edit", customer), changes(customer, name="王先到"))
    answer = client.post(page("customer_edit", customer), stale)
    assert answer.status_code == 409
    assert "王××" in text_of(answer)
    customer.refresh_from_db()
    assert customer.name == "王先到"


@pytest.mark.parametrize(
    "fields",
    [
        {"segment": "abc"},
        {"version": "x"},
        {"version": "9" * 40},
        {"name": "=1+1"},
        {"name": "王\x07"},
        {"address": "址" * 201},
        {"opened_on": "2099-01-01"},
        {"opened_on": "31.2.2020"},
        {"area": "999999999999999999999"},
        {"station": "0"},
    ],
)
def test_odd_edits_are_refused_at_the_field(fields: dict[str, str], customer: Customer, sign_in: SignIn) -> None:
    answer = sign_in(Role.HOTLINE_DIRECTOR).post(page("customer_edit", customer), changes(customer, **fields))
    assert answer.status_code == 400
    customer.refresh_from_db()
    assert customer.version == 1


def test_an_area_must_belong_to_the_station(customer: Customer, sign_in: SignIn) -> None:
    elsewhere = TransformerArea.objects.create(code="BH-001", name="渔光路", station=dept(OTHER))
    client = sign_in(Role.HOTLINE_DIRECTOR)
    assert client.post(page("customer_edit", customer), changes(customer, area=elsewhere.pk)).status_code == 400
    moved = changes(customer, area=elsewhere.pk, station=elsewhere.station_id)
    assert client.post(page("customer_edit", customer), moved).status_code == 302
    customer.refresh_from_db()
    assert customer.station.code == OTHER


def test_a_station_head_cannot_move_a_customer_away_nor_touch_others(customer: Customer, sign_in: SignIn) -> None:
    moved = changes(customer, station=dept(OTHER).pk, area="")
    assert sign_in(Role.STATION_HEAD, OWN).post(page("customer_edit", customer), moved).status_code == 400
    assert sign_in(Role.STATION_HEAD, OTHER).post(page("customer_edit", customer), changes(customer)).status_code == 404
    assert sign_in(Role.HANDLER, OWN).post(page("customer_edit", customer), changes(customer)).status_code == 403
    assert sign_in(Role.HOTLINE_AGENT).post(page("customer_edit", customer), changes(customer)).status_code == 403


def test_phones_are_added_and_removed_masked_in_the_trail(customer: Customer, sign_in: SignIn) -> None:
    client = sign_in(Role.HOTLINE_DIRECTOR)
    client.post(page("customer_phone_add", customer), {"number": "0577－8888 9999", "label": "店里"})
    assert list(customer.phones.values_list("number", "label")) == [("13800002236", ""), ("057788889999", "店里")]
    phone = customer.phones.get(number="13800002236")
    client.post(page("customer_phone_remove", customer, phone.pk))
    assert list(customer.phones.values_list("number", flat=True)) == ["057788889999"]
    trail = [*audited("customer.phone_add"), *audited("customer.phone_remove")]
    assert [row.detail["phone"] for row in trail] == ["0577****999", "138****2236"]


@pytest.mark.parametrize("number", ["1380000223", "abc", "", "1" * 31, "\x00"])
def test_a_wrong_phone_is_refused_with_advice(number: str, customer: Customer, sign_in: SignIn) -> None:
    answer = sign_in(Role.HOTLINE_DIRECTOR).post(page("customer_phone_add", customer), {"number": number})
    assert answer.status_code == 400
    assert customer.phones.count() == 1


def test_a_phone_of_another_customer_cannot_be_removed_by_its_key(
    customer: Customer, make_customer: MakeCustomer, sign_in: SignIn
) -> None:
    """A second id in the request is checked as well (GitLab's lesson)."""
    other = make_customer("6100307745", station=OTHER, numbers=("13800001689",))
    phone = other.phones.get()
    answer = sign_in(Role.STATION_HEAD, OWN).post(page("customer_phone_remove", customer, phone.pk))
    assert answer.status_code == 400
    assert other.phones.count() == 1


def test_the_same_form_sent_twice_acts_once(customer: Customer, sign_in: SignIn) -> None:
    """Invariant 17."""
    client = sign_in(Role.HOTLINE_DIRECTOR)
    form = changes(customer, name="王先到", request_key="key-of-one-form")
    first = client.post(page("customer_edit", customer), form)
    again = client.post(page("customer_edit", customer), form)
    assert (first.status_code, again.status_code) == (302, 302)
    assert len(audited("customer.change")) == 1


def test_marks_are_kept_by_the_station_and_unknown_to_others(customer: Customer, sign_in: SignIn) -> None:
    """S1-R08, S1-R31, S0-R08."""
    head = sign_in(Role.STATION_HEAD, OWN)
    flags = {"vulnerable-kinds": ["living_alone", "home_medical"], "vulnerable-note": "腿脚不便"}
    important = {"important-load_class": "first", "important-supplies": "2", "important-own_backup": "柴油机 30 kW"}
    advice = {"important-advice": "每月试机", "important-advised_on": "2026-09-01"}
    assert head.post(page("customer_marks_save", customer, "vulnerable"), flags).status_code == 302
    assert head.post(page("customer_marks_save", customer, "important"), important | advice).status_code == 302
    sensitive = {"sensitive-reason": "家中有呼吸机"}
    assert head.post(page("customer_marks_save", customer, "sensitive"), sensitive).status_code == 302
    seen = text_of(sign_in(Role.HOTLINE_AGENT).get(page("customer", customer)))
    for word in ("独居老人", "家用医疗设备", "腿脚不便", "一级负荷", "每月试机", "家中有呼吸机"):
        assert word in seen
        assert word not in text_of(sign_in(Role.AUDITOR, "company").get(page("customer", customer)))
    assert [len(audited(f"customer.{kind}")) for kind in ("vulnerable", "important", "sensitive")] == [1, 1, 1]


def test_marks_end_when_they_are_taken_off(customer: Customer, sign_in: SignIn) -> None:
    head = sign_in(Role.STATION_HEAD, OWN)
    head.post(page("customer_marks_save", customer, "sensitive"), {"sensitive-reason": "家中有呼吸机"})
    head.post(page("customer_marks_save", customer, "sensitive"), {"end": "1"})
    head.post(page("customer_marks_save", customer, "vulnerable"), {"vulnerable-kinds": ["disabled"]})
    head.post(page("customer_marks_save", customer, "vulnerable"), {})
    assert not hasattr(Customer.objects.get(pk=customer.pk), "sensitive")
    assert customer.vulnerable_flags.count() == 0
    assert audited("customer.vulnerable")[-1].detail == {"added": [], "removed": ["disabled"]}


@pytest.mark.parametrize(
    ("which", "form", "status"),
    [
        ("vulnerable", {"vulnerable-kinds": ["rich"]}, 400),
        ("important", {"important-load_class": "first", "important-supplies": "0"}, 400),
        ("important", {"important-load_class": "first", "important-supplies": "1e9"}, 400),
        ("important", {"important-load_class": "x"}, 400),
        ("important", {"important-load_class": "first", "important-supplies": "1", "important-advice": "试机"}, 400),
        ("sensitive", {"sensitive-reason": ""}, 400),
        ("nothing", {}, 404),
    ],
)
def test_odd_marks_are_refused(
    which: str, form: dict[str, Any], status: int, customer: Customer, sign_in: SignIn
) -> None:
    answer = sign_in(Role.STATION_HEAD, OWN).post(page("customer_marks_save", customer, which), form)
    assert answer.status_code == status


def test_agents_and_station_staff_read_marks_but_do_not_write_them(customer: Customer, sign_in: SignIn) -> None:
    for client in (sign_in(Role.HOTLINE_AGENT), sign_in(Role.GRID_WORKER, OWN)):
        assert client.get(page("customer_marks", customer)).status_code == 403
        assert client.post(page("customer_marks_save", customer, "vulnerable"), {}).status_code == 403
