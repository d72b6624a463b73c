"""Facts of orders as the pure core takes them, read in a few statements for any number of orders: for the audit, which
must not share the sweep's SQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from complaints.models import Feedback, Order, OrderEvent
from complaints.vocabulary import FeedbackStatus
from escalation.models import Approval, NamedPerson, Penalty, Reattribution, Ruling
from escalation.money import RulingStatus
from escalation.penalties import FeedbackFacts, Headcounts, Lead, OrderFacts, Rates, RulingFacts
from escalation.services.extensions import EXTENSION
from escalation.vocabulary import ApprovalStatus
from people.models import DepartmentHeadcount
from policy.limits import shanghai_day
from policy.models import Policy
from policy.rulebook import Rulebook

HANDOVERS = ("classify", "reject_dispatch", "rule_dispatch", "transfer")


def headcounts() -> Headcounts:
    """Every dated number of every department (B16), oldest first. One query."""
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    rows = DepartmentHeadcount.objects.order_by("valid_from").values_list("department_id", "valid_from", "count")
    for department, since, count in rows:
        found[department].append((since, count))
    return found


def all_rates(book: Rulebook) -> list[Rates]:
    return [rates_of(row) for row in book.policies]


def rates_of(row: Policy) -> Rates:
    """The money numbers of a policy row as the pure core takes them."""
    return Rates(
        effective_from=row.effective_from,
        overdue=row.overdue_rate_yuan,
        unqualified=row.unqualified_rate_yuan,
        repeat=row.repeat_rate_yuan,
        day_unit=row.penalty_day_unit,
        persons=row.penalty_persons,
        repeat_mode=row.repeat_penalty_mode,
    )


def facts_of(ids: Iterable[int]) -> Iterator[OrderFacts]:
    """Eight queries, however many orders."""
    ids = list(ids)
    handed = _group(
        OrderEvent.objects.filter(order_id__in=ids, name__in=HANDOVERS, data__has_key="lead")
        .order_by("order_id", "seq")
        .values_list("order_id", "at", "from_department_id")
    )
    feedbacks = _group(
        Feedback.objects.filter(order_id__in=ids).values_list("order_id", "submitted_at", "status").order_by("id")
    )
    waiting = set(
        Approval.objects.filter(order_id__in=ids, kind=EXTENSION.code, status=ApprovalStatus.PENDING).values_list(
            "order_id", flat=True
        )
    )
    given = _group(
        Reattribution.objects.filter(order_id__in=ids).order_by("id").values_list("order_id", "day", "department_id")
    )
    barred = _group(
        Penalty.objects.filter(order_id__in=ids, voids__isnull=False, bars=True).values_list(
            "order_id", "kind", "day", "department_id"
        )
    )
    rulings = _group(
        Ruling.objects.filter(order_id__in=ids, status=RulingStatus.CONFIRMED)
        .order_by("id")
        .values_list("order_id", "kind", "decided_on", "department_id", "charges")
    )
    named = _group(NamedPerson.objects.filter(order_id__in=ids).values_list("order_id", "department_id", "since"))
    orders = Order.objects.filter(pk__in=ids).values_list(
        "pk", "due_on", "department_stopped_at", "closed_at", "lead_department_id", "registered_at"
    )
    for pk, due_on, stopped_at, closed_at, lead, registered_at in orders.order_by("pk"):
        ended = stopped_at or closed_at
        yield OrderFacts(
            order=pk,
            due_on=due_on,
            stopped_on=shanghai_day(ended) if ended else None,
            leads=_leads(handed[pk], lead, registered_at),
            extension_pending=pk in waiting,
            feedbacks=tuple(
                FeedbackFacts(shanghai_day(at), status == FeedbackStatus.PENDING) for at, status in feedbacks[pk]
            ),
            rulings=tuple(RulingFacts(*row) for row in rulings[pk]),
            reattributed=dict(given[pk]),
            barred=frozenset(barred[pk]),
            named=_days_per_department(named[pk]),
        )


def _leads(handed: list[tuple[Any, ...]], now_led_by: int | None, registered_at: datetime) -> tuple[Lead, ...]:
    """A hand-over names whom it took the order from; the last one gave it to who leads now."""
    receivers = [taken_from for _at, taken_from in handed[1:]] + [now_led_by]
    if not handed:
        return (Lead(registered_at, now_led_by),)
    moments = accumulate((at for at, _from in handed), max)  # by sequence: a clock set back moves nothing (F12)
    return (Lead(registered_at, handed[0][1]), *(Lead(at, to) for at, to in zip(moments, receivers, strict=True)))


def _group(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for order, *rest in rows:
        found[order].append(tuple(rest))
    return found


def _days_per_department(rows: list[tuple[Any, ...]]) -> dict[int, tuple[date, ...]]:
    found: dict[int, tuple[date, ...]] = {}
    for department, since in rows:
        found[department] = (*found.get(department, ()), since)
    return found
