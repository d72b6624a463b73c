"""Deadline rows follow their orders: what should exist is computed by the rules, and the table is made to agree.

1. read the facts of any number of orders in a fixed number of statements;
2. insert what is missing, correct what moved, drop what ceased to apply; nothing is ever deleted;
3. the sweep marks what was not kept in time, once, and tells the stream.

Running it twice, late, or in two processes at once changes nothing: (order, rule, ref, start) is unique.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from complaints.models import Investigation, Order, SubAssignment
from complaints.services import note_many
from customers.vocabulary import AreaClass
from escalation.models import Deadline, FaultTimes, Promise
from escalation.rules import RULES, Facts, Rule, Span, rule
from policy import rulebook
from policy.rulebook import Rulebook

BATCH = 5000
Key = tuple[int, str, int, datetime]
MOVES = ("due_at", "warn_at", "met_at", "dropped_at", "breached_at", "calendar_version")


def facts_of(ids: Collection[int], book: Rulebook) -> Iterator[Facts]:
    """Five statements, however many orders."""
    policies = {row.pk: row for row in book.policies}
    parts, promises = defaultdict(list), defaultdict(list)
    for part in SubAssignment.objects.filter(order_id__in=ids):
        parts[part.order_id].append(part)
    for promise in Promise.objects.filter(order_id__in=ids):
        promises[promise.order_id].append(promise)
    visits = dict(Investigation.objects.filter(order_id__in=ids).order_by("-pk").values_list("order_id", "at"))
    faults = {row.order_id: row for row in FaultTimes.objects.filter(order_id__in=ids)}
    orders = Order.objects.filter(pk__in=ids).annotate(
        area_class=F("customer__area__area_class"), subcategory_code=F("subcategory__code")
    )
    for order in orders.defer("content", "bigrams").order_by("pk"):
        if order.policy_id in policies:
            order.policy = policies[order.policy_id]
        times = faults.get(order.pk)
        yield Facts(
            order=order,
            calendar=book.calendar,
            area_class=getattr(order, "area_class", None) or AreaClass.URBAN,
            subcategory=getattr(order, "subcategory_code", None) or "",
            parts=parts[order.pk],
            promises=promises[order.pk],
            visited_at=visits.get(order.pk),
            arrived_at=times.arrived_at if times else None,
            restored_at=times.restored_at if times else None,
        )


def expected(facts: Facts) -> Iterator[tuple[Rule, Span]]:
    """All limits of one order as it stands. Pure."""
    for one in RULES:
        for span in one.spans(facts):
            yield one, span


@transaction.atomic
def follow(ids: Iterable[int], *, now: datetime, book: Rulebook | None = None) -> int:
    """Makes the rows of these orders agree with the rules; returns how many were written. The caller holds the orders'
    locks, or the orders are new."""
    ids = list(ids)
    book = book or rulebook.current()
    kept: dict[Key, Deadline] = {}
    for row in Deadline.objects.filter(order_id__in=ids).order_by("pk"):
        kept[row.order_id, row.rule, row.ref, row.starts_at] = row
    new: list[Deadline] = []
    moved: list[Deadline] = []
    for facts in facts_of(ids, book):
        for one, span in expected(facts):
            key = (facts.order.pk, one.code, span.ref, span.starts_at)
            found = kept.pop(key, None)
            row = found or _row(facts, one, span)
            if _agree(row, one, span, facts, now=now):
                (moved if found else new).append(row)
            elif found is None:
                new.append(row)
    for row in kept.values():
        if row.met_at is None and row.dropped_at is None:
            row.dropped_at = now
            moved.append(row)
    Deadline.objects.bulk_create(new, ignore_conflicts=True)
    Deadline.objects.bulk_update(moved, MOVES)
    return len(new) + len(moved)


def _row(facts: Facts, one: Rule, span: Span) -> Deadline:
    return Deadline(
        order_id=facts.order.pk,
        rule=one.code,
        ref=span.ref,
        starts_at=span.starts_at,
        due_at=span.due_at,
        warn_at=span.warn_at,
        met_at=span.met_at,
        department_id=span.department_id or facts.order.lead_department_id,
        calendar_version=facts.calendar.version,
    )


def _agree(row: Deadline, one: Rule, span: Span, facts: Facts, *, now: datetime) -> bool:
    """Brings the row to what the rule says; whether anything changed."""
    before = tuple(getattr(row, name) for name in MOVES)
    if row.due_at != span.due_at:
        row.calendar_version = facts.calendar.version
    row.due_at, row.warn_at = span.due_at, span.warn_at
    row.met_at = span.met_at or (row.met_at if one.sticky else None)
    ended = facts.order.closed_at if row.met_at is None else None
    row.dropped_at = (row.dropped_at or ended) if ended else None
    if row.breached_at is not None and row.breached_at != row.due_at:
        late = (row.met_at or row.dropped_at or now) >= row.due_at
        row.breached_at = row.due_at if late else None
    return before != tuple(getattr(row, name) for name in MOVES)


# --- sweeps ---------------------------------------------------------------------------------------------------------


def settle_deadlines(now: datetime, *, book: Rulebook | None = None) -> int:
    """Rows for orders that have none yet, then breaches, then warnings; returns how many rows were marked."""
    book = book or rulebook.current()
    return _add_missing(now, book) + _in_batches(mark_breached, now) + _in_batches(mark_warned, now)


def _add_missing(now: datetime, book: Rulebook) -> int:
    """Orders just registered: intake itself pays nothing for them."""
    added = 0
    while found := _add_batch(now, book):
        added += found
        if found < BATCH:
            break
    return added


@transaction.atomic(savepoint=False)
def _add_batch(now: datetime, book: Rulebook) -> int:
    """Under the orders' locks, so that a step taken meanwhile sees these rows or makes them itself."""
    bare = ~Exists(Deadline.objects.filter(order=OuterRef("pk")))
    rows = Order.objects.open().filter(bare).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    follow(ids, now=now, book=book)
    return len(ids)


def _in_batches(mark: Any, now: datetime) -> int:
    total = 0
    while marked := mark(now=now):
        total += marked
        if marked < BATCH:
            break
    return total


RUNNING = {"met_at__isnull": True, "dropped_at__isnull": True, "breached_at__isnull": True}


@transaction.atomic(savepoint=False)
def mark_breached(*, now: datetime) -> int:
    """Limits that fell due unkept (``now >= due_at``), each once; one event per order and rule."""
    found = _claim(Deadline.objects.filter(**RUNNING, due_at__lte=now))
    Deadline.objects.filter(pk__in=[pk for pk, _order, _rule in found]).update(breached_at=F("due_at"))
    _tell(found, "deadline_late", _("超过时限：%(rule)s"), now=now)
    return len(found)


@transaction.atomic(savepoint=False)
def mark_warned(*, now: datetime) -> int:
    """Limits with a warning of their own, whose warning has come (S1-R25)."""
    found = _claim(Deadline.objects.filter(**RUNNING, warned_at__isnull=True, warn_at__lte=now, due_at__gt=now))
    Deadline.objects.filter(pk__in=[pk for pk, _order, _rule in found]).update(warned_at=now)
    _tell(found, "deadline_warning", _("时限预警：%(rule)s"), now=now)
    return len(found)


Claimed = list[tuple[int, int, str]]


def _claim(rows: QuerySet[Deadline]) -> Claimed:
    """At most one batch of these rows. Orders are locked first, as every step does; whoever works on one is not waited
    for, and its rows are looked at again under the lock."""
    wanted = dict(rows.order_by("pk").values_list("pk", "order_id")[:BATCH])
    orders = Order.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=set(wanted.values()))
    free = list(orders.order_by("pk").values_list("pk", flat=True))
    still = rows.filter(pk__in=list(wanted), order_id__in=free).order_by("pk")
    return list(still.values_list("pk", "order_id", "rule"))


def _tell(found: Claimed, event: str, text: str, *, now: datetime) -> None:
    by_rule: dict[str, set[int]] = defaultdict(set)
    for _pk, order_id, code in found:
        by_rule[code].add(order_id)
    for code, ids in sorted(by_rule.items()):
        known = rule(code)
        if known is not None and known.told:
            note_many(sorted(ids), event, now=now, text=text % {"rule": known.label}, data={"rule": code})
