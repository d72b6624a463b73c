"""The queues and their pages: what waits for whom, keyset by keyset, never counted in full (P3, B20)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.clock import next_days
from complaints.models import Order, OrderDepartment, OrderQuerySet, SubAssignment
from complaints.queries import CAPPED
from complaints.vocabulary import Part, State
from people.models import User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Standing, standing
from policy import rulebook
from policy.rulebook import Rulebook
from policy.vocabulary import Priority

PAGE = 50
Shape = Callable[[OrderQuerySet], OrderQuerySet]


@dataclass(frozen=True)
class Reader:
    """Who looks, and when: what a queue needs to know."""

    user: User
    who: Standing
    now: datetime
    held: Rulebook | None = None

    @cached_property
    def book(self) -> Rulebook:
        """The one the reader came with, or the one in force when a queue first asks for it."""
        return self.held or rulebook.current()

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def own(self) -> list[int]:
        """Departments whose work is this person's: own posts, and below them for heads."""
        below = self.who.subtree_ids if self.who.has(*HEADS) else frozenset()
        return sorted(self.who.departments(*DEPARTMENT_STAFF) | below)


def reader_of(user: User, *, now: datetime, book: Rulebook | None = None) -> Reader:
    return Reader(user, standing(user, timezone.localdate(now)), now, book)


@dataclass(frozen=True)
class Queue:
    """One tab of the list. ``roles`` see it; ``closed`` ones run newest first instead of by urgency.

    An order is in it that meets ``common`` and the condition of one of the ``runs``.
    """

    name: str
    label: str | Promise
    common: Callable[[OrderQuerySet, Reader], OrderQuerySet]
    roles: frozenset[Role]
    hot: bool = False
    closed: bool = False
    searched: bool = False
    runs: Callable[[Reader], list[Run]] = lambda reader: [Run()]

    def narrow(self, orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
        """Those of the orders that are in the queue, as one query."""
        return self.common(orders, reader).filter(reduce(or_, (run.where for run in self.runs(reader))))


@dataclass(frozen=True)
class Run:
    """A part of a queue that is one run of an index in queue order; the runs together are the queue.

    PostgreSQL sorts a whole backlog where one condition names several departments, states or priorities. Run by run it
    reads no more than a page of each. ``led_by`` is a department of the reader's that leads all orders of the run.
    """

    where: Q = field(default_factory=Q)
    led_by: int | None = None


def waiting_for(reader: Reader) -> list[Run]:
    """The orders whose next step is this person's, by reason."""
    who, found = reader.who, list[Run]()
    at_work = [State.CLASSIFIED, State.INVESTIGATED]
    if who.has(*DEPARTMENT_STAFF):
        found.append(Run(Q(handler=reader.user, state__in=at_work)))
        mine = SubAssignment.objects.filter(
            order=OuterRef("pk"), done_at__isnull=True, department_id__in=sorted(who.departments(*DEPARTMENT_STAFF))
        )
        found.append(Run(Q(Exists(mine), state__in=at_work)))
    for desk in sorted(who.departments(Role.TICKET_CONTACT, *HEADS)):
        nobody = Q(state=State.CLASSIFIED, accepted_at__isnull=True) | Q(state__in=at_work, handler__isnull=True)
        found.append(Run(Q(nobody, lead_department_id=desk), led_by=desk))
    if who.has(Role.HOTLINE_DIRECTOR):
        found.append(Run(Q(state=State.RESOLVED)))
    if who.has(*HOTLINE):
        found += [Run(Q(state=State.CALLBACK)), Run(Q(state=State.REGISTERED, needs_ruling=False))]
    if who.has(Role.ADJUDICATOR):
        found.append(Run(Q(needs_ruling=True)))
    return found or [Run(Q(pk__in=[]))]


def _by_department(reader: Reader) -> list[Run]:
    return [Run(Q(lead_department_id=pk), led_by=pk) for pk in reader.own] or [Run(Q(pk__in=[]))]


def _overdue(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.open().filter(overdue_since__isnull=False, answered_at__isnull=True)


def _soon(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    until = next_days(reader.today, reader.book)
    return orders.open().filter(answered_at__isnull=True, due_on__gte=reader.today, due_on__lte=until)


def _by_priority(reader: Reader) -> list[Run]:
    """Within a priority the index is in order of ``due_sort``, which lies within the due day or at its end."""
    first, last = reader.today, next_days(reader.today, reader.book) + timedelta(days=1)
    span = (midnight(first), midnight(last))
    return [Run(Q(priority=priority, due_sort__range=span)) for priority in Priority]


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _review(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.open().filter(state=State.RESOLVED)


def _callback(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.open().filter(state=State.CALLBACK)


def _unrouted(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.open().filter(state=State.REGISTERED)


def _copied(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    rows = OrderDepartment.objects.filter(order=OuterRef("pk"), part=Part.CC, department_id__in=reader.own)
    return orders.open().filter(Exists(rows))


def _all(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.open()


def _closed(orders: OrderQuerySet, reader: Reader) -> OrderQuerySet:
    return orders.filter(closed_at__isnull=False)


EVERYBODY = HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.ADJUDICATOR, Role.MANAGER, Role.AUDITOR}
WORKERS = HOTLINE | DEPARTMENT_STAFF | {Role.ADJUDICATOR}
QUEUES: tuple[Queue, ...] = (
    Queue("mine", _("我的待办"), _all, WORKERS, runs=waiting_for),
    Queue("overdue", _("已逾期"), _overdue, EVERYBODY, hot=True),
    Queue("soon", _("即将到期"), _soon, EVERYBODY, runs=_by_priority),
    Queue("department", _("本部在办"), _all, DEPARTMENT_STAFF, runs=_by_department),
    Queue("unrouted", _("待分类"), _unrouted, HOTLINE),
    Queue("review", _("待审核"), _review, frozenset({Role.HOTLINE_DIRECTOR})),
    Queue("callback", _("待回访"), _callback, HOTLINE),
    Queue("copied", _("抄送我部"), _copied, DEPARTMENT_STAFF),
    Queue("all", _("全部在办"), _all, EVERYBODY),
    Queue("closed", _("已结束"), _closed, EVERYBODY, closed=True),
)


def queues_for(who: Standing) -> list[Queue]:
    return [queue for queue in QUEUES if who.roles & queue.roles]


def waiting_count(user: User, now: datetime) -> int:
    """How many orders wait for this person, looked at no further than the rail shows (B20)."""
    reader = reader_of(user, now=now)
    return count_of(QUEUES[0], reader)


# --- pages by key ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    rows: list[Order]
    before: str
    after: str


def key_of(order: Order, queue: Queue) -> str:
    """The place of a row in its queue, fit for a URL."""
    return str(order.pk) if queue.closed else f"{order.priority}_{int(order.due_sort.timestamp())}_{order.pk}"


class BadKey(ValueError):
    """A page key that no list gave out."""


def page_of(
    orders: OrderQuerySet,
    queue: Queue,
    *,
    searched: bool = False,
    after: str = "",
    before: str = "",
    size: int = PAGE,
    shape: Shape | None = None,
) -> Page:
    """One page of any orders in view, in the order of the queue; see ``queue_page``. ``searched``: they are those
    that a search found. ``shape`` says which columns come along."""
    found = replace(queue, searched=searched)
    return _page([orders], found, after=after, before=before, size=size, shape=shape or with_names)


def queue_page(
    queue: Queue,
    reader: Reader,
    *,
    filters: Q | None = None,
    after: str = "",
    before: str = "",
    using: str | None = None,
) -> Page:
    """One page of a reader's queue, read by key: as fast at page 1 000 as at page 1. Raises BadKey."""
    pieces = [rows.filter(filters or Q()) for rows in pieces_of(queue, reader, using=using)]
    return _page(pieces, queue, after=after, before=before, size=PAGE, shape=as_rows)


def pieces_of(queue: Queue, reader: Reader, *, using: str | None = None) -> list[OrderQuerySet]:
    """The queue as this reader may see it, run by run; an order may be in several runs."""
    orders = Order.objects.using(using)
    return [
        queue.common(orders.visible_to(reader.user, now=reader.now, led_by=run.led_by).filter(run.where), reader)
        for run in queue.runs(reader)
    ]


def _page(pieces: Sequence[OrderQuerySet], queue: Queue, *, after: str, before: str, size: int, shape: Shape) -> Page:
    """First the keys, straight from the indexes, then their rows with the names shown: no join can make PostgreSQL
    give up the order of an index."""
    backwards = bool(before)
    key = before or after
    if key:
        pieces = [_place(rows, queue, key, backwards) for rows in pieces]
    keys = _keys(pieces, queue, backwards, size + 1)
    named = shape(Order.objects.using(pieces[0].db).filter(pk__in=keys))
    found = sorted(named, key=lambda order: keys.index(order.pk))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    earlier, later = (more, True) if backwards else (bool(key), more)
    return Page(
        found,
        key_of(found[0], queue) if found and earlier else "",
        key_of(found[-1], queue) if found and later else "",
    )


def _keys(pieces: Sequence[OrderQuerySet], queue: Queue, backwards: bool, size: int) -> list[int]:
    """Primary keys of the first rows of all pieces together, in order."""
    ordered = [_ordered(rows, queue, backwards)[:size] for rows in pieces]
    if len(ordered) == 1:
        return list(ordered[0].values_list("pk", flat=True))
    first, *others = (rows.values_list("priority", "due_sort", "id") for rows in ordered)
    joined: Any = _ordered(first.union(*others), queue, backwards)  # type: ignore[arg-type]
    return [pk for _priority, _due, pk in joined[:size]]


def count_of(queue: Queue, reader: Reader) -> int:
    """How many the reader has in the queue, at most CAPPED + 1 looked at (B20): 100 means "99+"."""
    return counts_of([queue], reader)[queue.name]


def counts_of(queues: Sequence[Queue], reader: Reader) -> dict[str, int]:
    """``count_of`` of several queues by name, in one statement: an array of at most a hundred keys each."""
    parts, values = [], list[Any]()
    for queue in queues:
        pieces = [rows.order_by().values_list("pk", flat=True)[: CAPPED + 1] for rows in pieces_of(queue, reader)]
        first, *others = pieces
        try:
            sql, params = (first.union(*others) if others else first)[: CAPPED + 1].query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
        else:
            parts.append(f"cardinality(ARRAY({sql}))")
            values += params
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip([queue.name for queue in queues], cursor.fetchone(), strict=True))


def _ordered(orders: OrderQuerySet, queue: Queue, backwards: bool) -> OrderQuerySet:
    if queue.closed:
        # What a search finds is read by the words' index and sorted. Left the choice, PostgreSQL may look for a rare
        # word in every order from the newest on, because it guesses that any word is in every two hundredth.
        place = F("pk") + 0 if queue.searched else F("pk")
        return orders.order_by(place.asc() if backwards else place.desc())
    if backwards:
        return orders.order_by("-priority", "-due_sort", "-id")
    return orders.in_queue_order()


def _place(orders: OrderQuerySet, queue: Queue, key: str, backwards: bool) -> OrderQuerySet:
    try:
        values = [int(part) for part in key.split("_")]
    except ValueError as error:
        raise BadKey(key) from error
    if queue.closed:
        if len(values) != 1 or not 0 <= values[0] < BIGGEST:
            raise BadKey(key)
        return orders.filter(Q(pk__gt=values[0]) if backwards else Q(pk__lt=values[0]))
    if len(values) != KEY_PARTS or not all(0 <= value < BIGGEST for value in values) or values[0] > SMALLEST_RANKS:
        raise BadKey(key)
    sign = "<" if backwards else ">"
    row = RawSQL(  # noqa: S611 - the sign is ours, the values are bound
        f'("complaints_order"."priority", "complaints_order"."due_sort", "complaints_order"."id") {sign}'
        " (%s, to_timestamp(%s), %s)",
        values,
        output_field=BooleanField(),
    )
    return orders.filter(row)


KEY_PARTS, BIGGEST, SMALLEST_RANKS = 3, 2**62, 99


def with_names(orders: OrderQuerySet) -> OrderQuerySet:
    """The order with the names beside it, in one query."""
    return orders.select_related("station", "lead_department", "handler").defer("content", "bigrams")


# What a row of the list shows, and what the guards of its two keys look at. An order has seventy columns, and making
# seventy attributes of each of fifty rows takes longer than finding them (P9).
ROW = (
    *("number", "version", "kind", "state", "priority", "title", "caller_name", "caller_phone", "anonymous"),
    *("hide_caller", "limit_days", "due_on", "due_at", "due_sort", "due_provisional", "overdue_since", "registered_at"),
    *("accepted_at", "answered_at", "closed_at", "needs_ruling", "updated_at", "policy_id", "audience"),
    *("station__name", "lead_department__name", "handler__name"),
)


def as_rows(orders: OrderQuerySet) -> OrderQuerySet:
    """What a row of the list shows and no more, in one query."""
    return orders.select_related("station", "lead_department", "handler").only(*ROW)
