"""Looking up by phone, account and words; the indexes behind it; the number of statements."""

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Reverse
from pytest_django import DjangoAssertNumQueries

from customers import queries
from customers.bigrams import bigrams, fold
from customers.models import Customer, CustomerPhone, TransformerArea
from customers.services import search_columns
from people.roles import Role
from tests.customers.conftest import MakeCustomer
from tests.factories import MONDAY, dept, person


def accounts(rows: list[Customer]) -> list[str]:
    return [row.account_no for row in rows]


@pytest.fixture
def two(customer: Customer, make_customer: MakeCustomer) -> None:
    make_customer(
        "6100307745", station="station_binhai", name="闵翠珠", address="滨海镇渔光路 130 号",
        numbers=("13800001689", "057788002236"),
    )  # fmt: skip


@pytest.mark.parametrize("typed", ["13800002236", "138 0000 2236", "+86-13800002236", "１３８００００２２３６"])
def test_a_customer_is_found_by_any_spelling_of_the_phone(two: None, typed: str) -> None:
    assert accounts(queries.find_by_phone(typed)) == ["6100975513"]


def test_the_last_digits_find_every_phone_that_ends_so(two: None) -> None:
    assert accounts(queries.find_by_phone_tail("2236")) == ["6100307745", "6100975513"]
    assert accounts(queries.find_by_phone_tail("002236")) == ["6100307745", "6100975513"]
    assert accounts(queries.find_by_phone_tail("00002236")) == ["6100975513"]
    assert accounts(queries.find_by_phone_tail("13800002236")) == ["6100975513"]
    assert queries.find_by_phone_tail("236") == []
    assert queries.find_by_phone_tail("%%%%") == []


def test_an_account_is_found_whole_or_by_its_tail(two: None) -> None:
    found = queries.find_by_account(" 6100-9755 13 ")
    assert found is not None
    assert found.account_no == "6100975513"
    assert accounts(queries.find_by_account_tail("5513")) == ["6100975513"]
    assert queries.find_by_account("不是户号") is None
    assert queries.find_by_account_tail("513") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13800002236", ["6100975513"]),
        ("6100307745", ["6100307745"]),
        ("2236", ["6100307745", "6100975513"]),
        ("7745", ["6100307745"]),
        ("柳浪", ["6100975513"]),
        ("柳浪新村14幢", ["6100975513"]),
        ("渔光路 130 号", ["6100307745"]),
        ("翠珠", ["6100307745"]),
        ("李承洲江湾", []),
        ("新村柳浪", []),
        ("李", []),
        ("%%", []),
        ("__", []),
        ("", []),
    ],
)
def test_one_box_finds_by_phone_account_tail_name_and_address(two: None, text: str, found: list[str]) -> None:
    assert accounts(queries.search(text)) == found


def test_pairs_alone_are_not_enough_the_text_itself_is_checked(customer: Customer, make_customer: MakeCustomer) -> None:
    make_customer("6100000001", name="新村柳浪新", address="", numbers=())
    assert set(bigrams("柳浪新村")) <= set(Customer.objects.get(account_no="6100000001").bigrams)
    assert accounts(queries.search("柳浪新村")) == ["6100975513"]


def test_a_search_stays_inside_what_the_user_may_see(two: None) -> None:
    """Invariant 24: search is no way around visibility."""
    user = person(Role.HANDLER, "station_binhai")
    within = Customer.objects.all().visible_to(user, now=MONDAY)
    for text in ("13800002236", "6100975513", "5513", "柳浪新村", "李承洲"):
        assert queries.search(text, within=within) == []
    assert accounts(queries.search("2236", within=within)) == ["6100307745"]


def test_the_area_of_an_account_is_known(two: None, area: TransformerArea) -> None:
    """B11: the area is what links a call to an outage."""
    assert queries.area_of("6100975513") == area
    assert queries.area_of("6100307745") is None
    assert queries.areas_of(["6100975513", "6100307745", "1"]) == {"6100975513": area}


def test_a_caller_look_up_takes_two_statements(two: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        (found,) = queries.find_by_phone("13800002236")
        assert (found.station.name, found.area and found.area.grid) == ("江湾供电所", None)
        assert [phone.number for phone in found.phones.all()] == ["13800002236"]


def test_pages_follow_each_other_without_offset_or_gap(make_customer: MakeCustomer) -> None:
    for n in range(5):
        make_customer(f"61000000{n:02d}", numbers=())
    within = Customer.objects.all()
    first, key = queries.page_of(within, size=2)
    second, second_key = queries.page_of(within, after=key, size=2)
    last, end = queries.page_of(within, after=second_key, size=2)
    assert accounts([*first, *second, *last]) == [f"61000000{n:02d}" for n in range(5)]
    assert end == ""


@pytest.fixture
def thousands(db: None) -> None:
    station = dept("station_jiangwan")
    rows = []
    for n in range(4000):
        name, address = f"客户{n:04d}", f"江湾街道第{n % 97}弄 {n} 号"
        rows.append(
            Customer(
                account_no=f"62{n:08d}",
                station=station,
                name=name,
                address=address,
                created_at=MONDAY,
                updated_at=MONDAY,
                **search_columns(name, address),
            )
        )
    made = Customer.objects.bulk_create(rows)
    CustomerPhone.objects.bulk_create(CustomerPhone(customer=row, number=f"139{n:08d}") for n, row in enumerate(made))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, customers_customerphone")
        cursor.execute("SET LOCAL enable_seqscan = off")


def plan_of(rows: Any) -> str:
    return str(rows.explain())


def test_every_look_up_reads_its_index(thousands: None) -> None:
    """P9: exact phone, tail of a phone, tail of an account, words, and the keyset of a station."""
    mirrored = CustomerPhone.objects.annotate(mirrored=Reverse("number"))
    assert "customers_phone_number" in plan_of(CustomerPhone.objects.filter(number="13900001234"))
    for tail in ("1234", "001234", "13900001234"):
        assert "customers_phone_tail" in plan_of(mirrored.filter(mirrored__startswith=tail[::-1]))
    by_account = Customer.objects.annotate(mirrored=Reverse("account_no"))
    assert "customers_account_tail" in plan_of(by_account.filter(mirrored__startswith="4321"))
    words = Customer.objects.filter(bigrams__contains=bigrams("客户0123"), search_text__contains=fold("客户0123"))
    assert "customers_bigrams" in plan_of(words)
    station = dept("station_jiangwan")
    page = Customer.objects.filter(station_id__in={station.pk}, account_no__gt="6200001000").order_by("account_no")
    assert "Index Scan" in plan_of(page[:51])
    assert "Sort" not in plan_of(page[:51])
