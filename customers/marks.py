"""Writing the marks with a restricted view and revealing personal data: acts that are sensitive in themselves.

``reveal`` is the only way to a full name, address or number: a reason, one audit row, in one transaction (S2-R13).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers import permissions
from customers.errors import CustomerError, NotAllowed
from customers.models import Customer, ImportantUser, SensitiveUser, VulnerableFlag
from customers.vocabulary import VulnerableKind
from people.audit import record
from people.models import User

SHORTEST_REASON = 2
LONGEST_REASON = 200
EVERYTHING = "all"


@dataclass(frozen=True)
class Revealed:
    """What one act of revealing shows, once; fields not asked for stay ``""`` and empty."""

    name: str = ""
    address: str = ""
    account_no: str = ""
    numbers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """The restricted marks of one customer, as far as the asking user may know of them."""

    vulnerable: tuple[VulnerableFlag, ...] = ()
    important: ImportantUser | None = None
    sensitive: SensitiveUser | None = None

    def __bool__(self) -> bool:
        return bool(self.vulnerable or self.important or self.sensitive)


def marks_of(customer: Customer, *, user: permissions.Viewer, now: datetime) -> Marks | None:
    """None when the user may not even know whether there are any (S1-R08, S1-R31, S0-R08)."""
    if not permissions.restricted(user, now=now).covers(customer.station_id):
        return None
    return Marks(
        tuple(VulnerableFlag.objects.filter(customer=customer)),
        ImportantUser.objects.filter(customer=customer).first(),
        SensitiveUser.objects.filter(customer=customer).first(),
    )


def sensitive_in(area_ids: Iterable[int], *, user: permissions.Viewer, now: datetime) -> QuerySet[SensitiveUser]:
    """The sensitive users of transformer areas, with their customers, as far as the user may know of them (S0-R08)."""
    rows = SensitiveUser.objects.all().visible_to(user, now=now).filter(customer__area_id__in=list(area_ids))
    return rows.select_related("customer__area").order_by("customer__area_id", "customer__account_no")


def is_vulnerable(customer: Customer) -> bool:
    """Whether an order of this customer goes first and home service is proposed (S1-R08). For rules, not for pages:
    what a page shows of it must pass ``marks_of``."""
    return VulnerableFlag.objects.filter(customer=customer).exists()


@transaction.atomic
def reveal(
    customer: Customer, *, what: str, reason: str, by: User, now: datetime, request: HttpRequest | None = None
) -> Revealed:
    """Full values of ``name``, ``address``, ``account_no``, ``phones`` or ``all``; raises CustomerError without a
    usable reason, NotAllowed where only the masked view is given."""
    if not permissions.revealing(by, now=now).covers(customer.station_id):
        raise NotAllowed(_("您只能查看隐去的资料"))
    why = " ".join(reason.split())
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        limits = {"low": SHORTEST_REASON, "high": LONGEST_REASON}
        raise CustomerError(_("请写明查看原因，%(low)d 到 %(high)d 个字") % limits, field="reason")
    values: dict[str, Any] = {
        "name": customer.name,
        "address": customer.address,
        "account_no": customer.account_no,
        "phones": {phone.pk: phone.number for phone in customer.phones.all()},
    }
    if what != EVERYTHING:
        if what not in values:
            raise CustomerError(_("请选择要查看的内容：户名、地址、户号、电话或全部"), field="what")
        values = {what: values[what]}
    record(
        actor=by, action="customer.reveal", subject=customer, now=now, request=request, reason=why,
        detail={"fields": sorted(values)},
    )  # fmt: skip
    numbers = values.pop("phones", {})
    return Revealed(numbers=numbers, **values)


@transaction.atomic
def set_vulnerable(
    customer: Customer,
    *,
    kinds: frozenset[VulnerableKind],
    note: str = "",
    by: User | None,
    now: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Makes the flags of a customer exactly ``kinds`` (S1-R08)."""
    _lock(customer, by=by, now=now)
    before = {VulnerableKind(f.kind) for f in VulnerableFlag.objects.filter(customer=customer)}
    VulnerableFlag.objects.filter(customer=customer).exclude(kind__in=kinds).delete()
    for kind in kinds:
        VulnerableFlag.objects.update_or_create(
            customer=customer,
            kind=kind,
            defaults={"note": note},
            create_defaults={"note": note, "recorded_by": by, "recorded_at": now},
        )
    detail = {"added": sorted(kinds - before), "removed": sorted(before - kinds)}
    record(actor=by, action="customer.vulnerable", subject=customer, now=now, request=request, detail=detail)


@transaction.atomic
def set_important(
    customer: Customer,
    *,
    values: Mapping[str, Any] | None,
    by: User | None,
    now: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Writes or (``values=None``) ends the entry in the important-user register (S1-R31)."""
    _lock(customer, by=by, now=now)
    if values is None:
        ImportantUser.objects.filter(customer=customer).delete()
    else:
        stamped = {**values, "recorded_by": by, "recorded_at": now}
        ImportantUser.objects.update_or_create(customer=customer, defaults=stamped)
    detail = {"listed": values is not None}
    record(actor=by, action="customer.important", subject=customer, now=now, request=request, detail=detail)


@transaction.atomic
def set_sensitive(
    customer: Customer,
    *,
    values: Mapping[str, Any] | None,
    by: User | None,
    now: datetime,
    request: HttpRequest | None = None,
) -> None:
    """Writes or (``values=None``) ends the entry in the sensitive-user list of the area (S0-R08)."""
    _lock(customer, by=by, now=now)
    if values is None:
        SensitiveUser.objects.filter(customer=customer).delete()
    else:
        stamped = {**values, "recorded_by": by, "recorded_at": now}
        SensitiveUser.objects.update_or_create(customer=customer, defaults=stamped)
    detail = {"listed": values is not None}
    record(actor=by, action="customer.sensitive", subject=customer, now=now, request=request, detail=detail)


def _lock(customer: Customer, *, by: User | None, now: datetime) -> None:
    row = Customer.objects.select_for_update().only("station_id").get(pk=customer.pk)
    if by is not None and not permissions.editing(by, now=now).covers(row.station_id):
        raise NotAllowed(_("只有热线主任、管理人员和本所负责人可以修改客户资料"))


def needs_care(customer: Customer) -> bool:
    """Whether orders of this customer go before ordinary ones (S1-R08, S3-R07). One query, no right needed: the
    answer only moves a queue."""
    return Customer.objects.filter(marked(), pk=customer.pk).exists()


def marked() -> Q:
    """Customers with any mark of the three registers."""
    registers: tuple[type[Model], ...] = (VulnerableFlag, ImportantUser, SensitiveUser)
    exists = (Q(Exists(register._default_manager.filter(customer=OuterRef("pk")))) for register in registers)
    return reduce(or_, exists)
