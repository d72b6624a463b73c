"""Writing the customer register: every change checks who may, keeps the search columns in step and leaves one audit
row in the same transaction. ``by=None`` is the system itself (commands, demo data)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers import permissions, phones
from customers.bigrams import bigrams, fold
from customers.errors import CustomerError, NotAllowed, Stale
from customers.models import Customer, CustomerPhone, TransformerArea
from people import masking
from people.audit import record
from people.models import Department, DepartmentKind, User

MOST_PHONES = 10
CHANGEABLE = ("name", "address", "station", "area", "segment", "supply", "opened_on")


def search_columns(name: str, address: str) -> dict[str, Any]:
    """``search_text`` and ``bigrams`` of a name and an address; a pair never spans the two."""
    pieces = dict.fromkeys([*bigrams(name), *bigrams(address)])
    return {"search_text": f"{fold(name)}\n{fold(address)}", "bigrams": list(pieces)}


@transaction.atomic
def create_customer(
    *,
    by: User | None,
    now: datetime,
    account_no: str,
    station: Department,
    name: str = "",
    address: str = "",
    numbers: Iterable[str] = (),
    request: HttpRequest | None = None,
    **more: Any,
) -> Customer:
    """A new account with its telephones. Raises CustomerError for a known account, a place that does not fit or a
    number that is none. ``more``: area, segment, supply, opened_on."""
    _may_edit(by, station.pk, now)
    _place_fits(station, more.get("area"))
    row = Customer(account_no=account_no, station=station, name=name, address=address, created_at=now, updated_at=now)
    for field, value in {**more, **search_columns(name, address)}.items():
        setattr(row, field, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise CustomerError(_("户号已经存在，请改用修改"), field="account_no") from error
    for number in numbers:
        CustomerPhone.objects.create(customer=row, number=_digits(number))
    record(actor=by, action="customer.create", subject=row, now=now, request=request)
    return row


@transaction.atomic
def change_customer(
    customer: Customer,
    *,
    by: User | None,
    now: datetime,
    version: int,
    changes: Mapping[str, Any],
    request: HttpRequest | None = None,
) -> Customer:
    """Sets the given fields (see CHANGEABLE) of the row as it is now; unchanged values write nothing.

    Raises Stale (409) when the form was opened on an older version, NotAllowed outside the editor's stations: moving a
    customer to another station needs both.
    """
    row = _locked(customer, by=by, now=now, version=version)
    changed = {f: v for f, v in changes.items() if f in CHANGEABLE and getattr(row, f) != v}
    if not changed:
        return row
    detail = {field: [_shown(field, getattr(row, field)), _shown(field, value)] for field, value in changed.items()}
    for field, value in changed.items():
        setattr(row, field, value)
    _may_edit(by, row.station_id, now)
    _place_fits(row.station, row.area)
    for field, value in search_columns(row.name, row.address).items():
        setattr(row, field, value)
    _bump(row, now)
    record(actor=by, action="customer.change", subject=row, now=now, request=request, detail=detail)
    return row


@transaction.atomic
def add_phone(
    customer: Customer,
    *,
    by: User | None,
    now: datetime,
    number: str,
    label: str = "",
    request: HttpRequest | None = None,
) -> CustomerPhone:
    """One more telephone; the same number again changes only its label."""
    row = _locked(customer, by=by, now=now)
    digits = _digits(number)
    known = row.phones.filter(number=digits).first()
    if known is None and row.phones.count() >= MOST_PHONES:
        raise CustomerError(_("每户最多 %(n)d 个电话，请先删除不用的") % {"n": MOST_PHONES}, field="number")
    phone, _made = CustomerPhone.objects.update_or_create(customer=row, number=digits, defaults={"label": label})
    _bump(row, now)
    detail = {"phone": masking.mask_phone(digits), "label": label}
    record(actor=by, action="customer.phone_add", subject=row, now=now, request=request, detail=detail)
    return phone


@transaction.atomic
def remove_phone(
    customer: Customer, *, by: User | None, now: datetime, phone_id: int, request: HttpRequest | None = None
) -> None:
    """Takes a telephone of this very customer away; another customer's key is "not found"."""
    row = _locked(customer, by=by, now=now)
    phone = row.phones.filter(pk=phone_id).first()
    if phone is None:
        raise CustomerError(_("这个电话已不在该客户名下，请刷新页面"), field="number")
    phone.delete()
    _bump(row, now)
    detail = {"phone": masking.mask_phone(phone.number)}
    record(actor=by, action="customer.phone_remove", subject=row, now=now, request=request, detail=detail)


def must_edit(customer: Customer, *, by: User | None, now: datetime) -> None:
    """Raises NotAllowed unless ``by`` may change this customer."""
    _may_edit(by, customer.station_id, now)


def _locked(customer: Customer, *, by: User | None, now: datetime, version: int | None = None) -> Customer:
    """The row as it is now, locked until the end of the transaction, if ``by`` may change it."""
    row = Customer.objects.select_for_update(of=("self",)).select_related("station", "area").get(pk=customer.pk)
    _may_edit(by, row.station_id, now)
    if version is not None and version != row.version:
        raise Stale(_("客户资料已被他人修改，请核对后重新保存"), changes=_difference(row))
    return row


def _difference(row: Customer) -> tuple[str, ...]:
    values = {f: _shown(f, getattr(row, f)) for f in CHANGEABLE}
    return tuple(f"{Customer._meta.get_field(f).verbose_name}：{values[f]}" for f in CHANGEABLE if values[f])  # type: ignore[union-attr]


def _bump(row: Customer, now: datetime) -> None:
    row.version += 1
    row.updated_at = now
    row.save()


def _digits(number: str) -> str:
    digits = phones.normalise(number)
    if phones.is_plausible(digits):
        return digits
    raise CustomerError(_("电话%(advice)s") % {"advice": phones.advice(number)}, field="number")


def _place_fits(station: Department, area: TransformerArea | None) -> None:
    if station.kind != DepartmentKind.STATION:
        raise CustomerError(_("请选择供电所"), field="station")
    if area is not None and area.station_id != station.pk:
        raise CustomerError(_("台区不属于该供电所，请重新选择台区"), field="area")


def _may_edit(by: User | None, station_id: int, now: datetime) -> None:
    if by is not None and not permissions.editing(by, now=now).covers(station_id):
        raise NotAllowed(_("只有热线主任、管理人员和本所负责人可以修改客户资料"))


def _shown(field: str, value: Any) -> str:
    """A value for the audit trail: personal data masked."""
    if field == "name":
        return masking.mask_name(str(value))
    if field == "address":
        return masking.mask_address(str(value))
    return "" if value is None else str(value)
