"""Entries against the register: what is new, what changes, what stays; and writing them, set-based and idempotent."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.errors import Gone
from customers.imports import columns
from customers.imports.rows import Entry
from customers.models import Customer, CustomerPhone, TransformerArea, VulnerableFlag
from customers.services import search_columns
from customers.vocabulary import Segment, Supply, VulnerableKind
from people import masking
from people.models import Department, User

BATCH = 2000
LOCK = "customers.imports"
_PLAIN = ("name", "address", "station_id", "area_id", "segment", "supply", "opened_on")
_COLUMN = {"station_id": "station", "area_id": "area"}
_WRITTEN = ("name", "address", "station", "area", "segment", "supply", "opened_on", "search_text", "bigrams")


@dataclass
class Change:
    """What one entry does. ``fields``: stored fields with their new values; phones and flags are only ever added."""

    entry: Entry
    row: Customer | None
    fields: dict[str, Any] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.row is None

    @property
    def is_empty(self) -> bool:
        return not (self.is_new or self.fields or self.numbers or self.kinds)


@dataclass(frozen=True)
class Counts:
    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.new + other.new, self.changed + other.changed, self.same + other.same)


def plan(entries: Sequence[Entry], *, lock: bool = False) -> Iterator[list[Change]]:
    """The changes batch by batch, against the register as it is now; three statements per batch."""
    for start in range(0, len(entries), BATCH):
        yield _compare(entries[start : start + BATCH], lock=lock)


def count(changes: Sequence[Change]) -> Counts:
    new, same = sum(c.is_new for c in changes), sum(c.is_empty for c in changes)
    return Counts(new, len(changes) - new - same, same)


@transaction.atomic
def write(entries: Sequence[Entry], *, by: User | None, now: dt.datetime) -> Counts:
    """Writes all entries or none. The same entries again change nothing (key: account number).

    One import at a time: two files with the same new account would otherwise collide; raises Gone for the second.
    """
    if not _alone():
        raise Gone(_("另一份客户资料正在导入，请稍候再确认"))
    total = Counts()
    for changes in plan(entries, lock=True):
        total += count(changes)
        made = Customer.objects.bulk_create([_new(c, now) for c in changes if c.is_new])
        by_account = {row.account_no: row for row in made}
        touched = [_touch(c, now) for c in changes if not c.is_new and not c.is_empty]
        Customer.objects.bulk_update(touched, [*_WRITTEN, "version", "updated_at"], batch_size=BATCH)
        owned = [(c.row or by_account[c.entry["account_no"]], c) for c in changes]
        phones = [CustomerPhone(customer=row, number=number) for row, c in owned for number in c.numbers]
        CustomerPhone.objects.bulk_create(phones, ignore_conflicts=True)
        stamp: dict[str, Any] = {"recorded_by": by, "recorded_at": now}
        flags = [VulnerableFlag(customer=row, kind=kind, **stamp) for row, c in owned for kind in c.kinds]
        VulnerableFlag.objects.bulk_create(flags, ignore_conflicts=True)
    return total


def _alone() -> bool:
    """Takes the lock of imports until the end of the transaction, without waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [LOCK])
        return bool(cursor.fetchone()[0])


def describe(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Rows of a preview: line, masked account and name, and per change the column, old and new value, masked."""
    stations = dict(Department.objects.values_list("pk", "name"))
    areas = dict(TransformerArea.objects.values_list("pk", "name"))
    names: dict[str, dict[Any, str]] = {"station_id": stations, "area_id": areas}
    return [_described(change, names) for change in changes]


def _compare(batch: Sequence[Entry], *, lock: bool) -> list[Change]:
    rows = Customer.objects.filter(account_no__in=[entry["account_no"] for entry in batch])
    if lock:
        rows = rows.select_for_update().order_by("pk")
    known = {row.account_no: row for row in rows}
    ids = [row.pk for row in known.values()]
    numbers = set(CustomerPhone.objects.filter(customer__in=ids).values_list("customer_id", "number"))
    kinds = set(VulnerableFlag.objects.filter(customer__in=ids).values_list("customer_id", "kind"))
    changes = []
    for entry in batch:
        row = known.get(entry["account_no"])
        key = row.pk if row else None
        values = {name: _value(name, entry[name]) for name in _PLAIN if name in entry}  # type: ignore[literal-required]
        changes.append(
            Change(
                entry,
                row,
                {n: v for n, v in values.items() if row is None or getattr(row, n) != v},
                [number for number in entry.get("phones", []) if (key, number) not in numbers],
                [kind for kind in entry.get("vulnerable", []) if (key, kind) not in kinds],
            )
        )
    return changes


def _value(name: str, stored: Any) -> Any:
    return dt.date.fromisoformat(stored) if name == "opened_on" else stored


def _new(change: Change, now: dt.datetime) -> Customer:
    row = Customer(account_no=change.entry["account_no"], created_at=now, updated_at=now)
    return _filled(row, change)


def _touch(change: Change, now: dt.datetime) -> Customer:
    assert change.row is not None
    change.row.version += 1
    change.row.updated_at = now
    return _filled(change.row, change)


def _filled(row: Customer, change: Change) -> Customer:
    for name, value in change.fields.items():
        setattr(row, name, value)
    # An area belongs to a station: a move without a new area leaves the customer without one.
    if "station_id" in change.fields and "area_id" not in change.entry:
        row.area_id = None
    for name, value in search_columns(row.name, row.address).items():
        setattr(row, name, value)
    return row


def _described(change: Change, names: dict[str, dict[Any, str]]) -> dict[str, Any]:
    entry, row = change.entry, change.row
    pairs = [
        {
            "field": str(columns.LABELS[_COLUMN.get(name, name)]),
            "old": _shown(name, getattr(row, name), names) if row else "",
            "new": _shown(name, value, names),
        }
        for name, value in change.fields.items()
    ]
    pairs += [_added("phones", masking.mask_phone(number)) for number in change.numbers]
    pairs += [_added("vulnerable", str(VulnerableKind(kind).label)) for kind in change.kinds]
    return {
        "line": entry["line"],
        "account": masking.mask_account(entry["account_no"]),
        "name": masking.mask_name(entry["name"]),
        "act": "new" if change.is_new else "same" if change.is_empty else "changed",
        "changes": pairs,
    }


def _added(column: str, value: str) -> dict[str, str]:
    return {"field": str(columns.LABELS[column]), "old": "", "new": value}


def _shown(name: str, value: Any, names: dict[str, dict[Any, str]]) -> str:
    match name:
        case "name":
            return masking.mask_name(value)
        case "address":
            return masking.mask_address(value)
        case "segment":
            return str(Segment(value).label)
        case "supply":
            return str(Supply(value).label)
        case "station_id" | "area_id":
            return names[name].get(value, "")
        case _:
            return str(value or "")
