"""The services refuse by themselves, whatever a form let through."""

import pytest

from customers import marks, services
from customers.errors import CustomerError, NotAllowed
from customers.models import Customer, CustomerPhone, TransformerArea
from people.roles import Role
from tests.customers.conftest import MakeCustomer, audited
from tests.factories import MONDAY, dept, person

OWN, OTHER = "station_jiangwan", "station_binhai"


def test_moving_a_customer_needs_both_stations(customer: Customer) -> None:
    head = person(Role.STATION_HEAD, OWN)
    moved = {"station": dept(OTHER), "area": None}
    with pytest.raises(NotAllowed):
        services.change_customer(customer, by=head, now=MONDAY, version=1, changes=moved)
    customer.refresh_from_db()
    assert customer.station.code == OWN
    services.change_customer(customer, by=person(Role.HOTLINE_DIRECTOR), now=MONDAY, version=1, changes=moved)
    customer.refresh_from_db()
    assert customer.station.code == OTHER


def test_nobody_else_writes_anything(customer: Customer) -> None:
    by = person(Role.HANDLER, OWN)
    number = customer.phones.get()
    for act in (
        lambda: services.change_customer(customer, by=by, now=MONDAY, version=1, changes={"name": "王"}),
        lambda: services.add_phone(customer, by=by, now=MONDAY, number="13900001111"),
        lambda: services.remove_phone(customer, by=by, now=MONDAY, phone_id=number.pk),
        lambda: services.create_customer(by=by, now=MONDAY, account_no="6100000001", station=dept(OWN)),
        lambda: marks.set_vulnerable(customer, kinds=frozenset(), by=by, now=MONDAY),
        lambda: marks.set_important(customer, values=None, by=by, now=MONDAY),
        lambda: marks.set_sensitive(customer, values=None, by=by, now=MONDAY),
        lambda: marks.reveal(customer, what="all", reason="核实", by=person(Role.AUDITOR, "company"), now=MONDAY),
    ):
        with pytest.raises(NotAllowed):
            act()
    customer.refresh_from_db()
    assert (customer.version, Customer.objects.count(), CustomerPhone.objects.count()) == (1, 1, 1)


def test_a_customer_belongs_to_a_station_and_an_area_to_it(customer: Customer, make_customer: MakeCustomer) -> None:
    elsewhere = TransformerArea.objects.create(code="BH-001", name="渔光路", station=dept(OTHER))
    with pytest.raises(CustomerError, match="台区不属于"):
        make_customer("6100000001", area=elsewhere)
    with pytest.raises(CustomerError, match="请选择供电所"):
        make_customer("6100000001", station="marketing_dept")
    with pytest.raises(CustomerError, match="户号已经存在"):
        make_customer(customer.account_no)
    with pytest.raises(CustomerError, match="少 1 位"):
        make_customer("6100000001", numbers=("1380000223",))
    assert Customer.objects.count() == 1


def test_a_customer_has_at_most_ten_phones_and_none_twice(customer: Customer) -> None:
    director = person(Role.HOTLINE_DIRECTOR)
    for n in range(1, services.MOST_PHONES):
        services.add_phone(customer, by=director, now=MONDAY, number=f"1390000{n:04d}")
    services.add_phone(customer, by=director, now=MONDAY, number="138 0000 2236", label="本人")
    with pytest.raises(CustomerError, match="最多 10 个电话"):
        services.add_phone(customer, by=director, now=MONDAY, number="13700000000")
    assert customer.phones.get(number="13800002236").label == "本人"


def test_every_write_has_its_audit_row_and_a_refused_one_has_none(customer: Customer) -> None:
    """Invariant 26: trace and write stand or fall together."""
    director = person(Role.HOTLINE_DIRECTOR)
    services.change_customer(customer, by=director, now=MONDAY, version=1, changes={"name": "王小明"})
    (row,) = audited("customer.change")
    assert (row.actor, row.at, row.subject_ref) == (director, MONDAY, customer.account_no)
    assert len(audited("customer.create")) == 1
    with pytest.raises(CustomerError):
        services.change_customer(customer, by=director, now=MONDAY, version=1, changes={"name": "李"})
    assert len(audited("customer.change")) == 1
