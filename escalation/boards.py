"""What is stuck where, and early signs of trouble (B23, S0-R40). Reading only, and only orders in view."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q

from complaints.models import Order, OrderQuerySet
from complaints.vocabulary import Satisfaction
from escalation.models import Escalation, Supervision
from escalation.services.authority import Authority
from escalation.services.pressure import seat_for
from escalation.vocabulary import EscalationCause, Rung
from people.masking import mask_account, mask_phone
from people.models import User
from policy import rulebook
from policy.limits import shanghai_day
from policy.workdays import add_workdays

MOST_ROWS = 60


@dataclass
class Place:
    """One department's stuck orders: how many for which cause, how many at which rung, lying since when."""

    name: str
    causes: Counter[str] = field(default_factory=Counter)
    rungs: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.rungs.values())

    @property
    def cells(self) -> list[int]:
        return [*(self.causes[cause] for cause in EscalationCause), *(self.rungs[rung] for rung in RUNGS)]


RUNGS = (Rung.HEAD, Rung.DEPUTY_LEADER, Rung.MAIN_LEADER)


def lying(user: User, *, now: datetime) -> list[Escalation]:
    """Open escalations of orders in view, longest lying first."""
    seen = Order.objects.visible_to(user, now=now)
    rows = Escalation.objects.filter(closed_at__isnull=True, order__in=seen.values("pk"))
    return list(rows.select_related("order__lead_department", "order__handler").order_by("rung_since", "pk"))


def before(user: User, rows: list[Escalation], *, now: datetime) -> list[Escalation]:
    """Those that lie before this person."""
    authority = Authority(shanghai_day(now))
    return [row for row in rows if seat_for(user, row, authority) is not None]


def places(rows: list[Escalation]) -> list[Place]:
    """What is stuck where, most first."""
    found: dict[str, Place] = {}
    for row in rows:
        name = row.order.lead_department.name if row.order.lead_department else ""
        place = found.setdefault(name, Place(name))
        place.causes[row.cause] += 1
        place.rungs[row.rung] += 1
        place.oldest = min(filter(None, (place.oldest, row.rung_since)))
    return sorted(found.values(), key=lambda place: (-place.total, place.name))


def supervised(user: User, *, now: datetime) -> list[Supervision]:
    """Live supervised orders in view, oldest first."""
    seen = Order.objects.visible_to(user, now=now)
    rows = Supervision.objects.filter(ended_at__isnull=True, order__in=seen.values("pk"))
    return list(rows.select_related("order__lead_department", "by").order_by("at")[:MOST_ROWS])


# --- early warning (S0-R40) -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sign:
    """One early sign: what it is about, how many orders within the period, the newest of them to look at."""

    label: str
    count: int
    order: Order
    note: str = ""


@dataclass(frozen=True)
class Signs:
    days: int
    threshold: int
    repeats: list[Sign]
    areas: list[Sign]
    people: list[Sign]
    dissatisfied: list[Order]
    near_due: list[Sign]


def signs(user: User, *, now: datetime) -> Signs:
    """Repeats, clusters by area and person, bad satisfaction, near due; within ``Policy.cluster_days``."""
    book = rulebook.current()
    policy = book.policy_on(shanghai_day(now))
    seen = Order.objects.visible_to(user, now=now)
    recent = seen.filter(registered_at__gte=now - timedelta(days=policy.cluster_days), registered_at__lte=now)
    soon = add_workdays(shanghai_day(now), policy.due_soon_days, book.calendar).date
    return Signs(
        days=policy.cluster_days,
        threshold=policy.cluster_orders,
        repeats=_repeats(recent),
        areas=_clusters(recent, "customer__area", "customer__area__name", policy.cluster_orders),
        people=_clusters(recent, "handler", "handler__name", policy.cluster_orders, complaints_only=True),
        dissatisfied=_dissatisfied(seen, since=now - timedelta(days=policy.cluster_days)),
        near_due=_near_due(seen, until=soon),
    )


TWICE = 2


def _repeats(recent: OrderQuerySet) -> list[Sign]:
    """The same account or telephone more than once; concealed callers are left out (A27)."""
    rows = recent.filter(hide_caller=False, anonymous=False).exclude(account_no="", caller_phone="")
    found: dict[str, Sign] = {}
    for column, mask in (("account_no", mask_account), ("caller_phone", mask_phone)):
        groups = rows.exclude(**{column: ""}).values(column).annotate(n=Count("pk"), newest=Max("pk"))
        top = list(groups.filter(n__gte=TWICE).order_by("-n", "-newest")[:MOST_ROWS])
        orders = _orders(row["newest"] for row in top)
        for row in top:
            sign = Sign(mask(row[column]), row["n"], orders[row["newest"]])
            kept = found.get(sign.order.number)
            found[sign.order.number] = sign if kept is None or kept.count < sign.count else kept
    return sorted(found.values(), key=lambda sign: -sign.count)[:MOST_ROWS]


def _clusters(
    recent: OrderQuerySet, column: str, name: str, threshold: int, *, complaints_only: bool = False
) -> list[Sign]:
    rows = recent.filter(**{f"{column}__isnull": False})
    if complaints_only:
        rows = rows.filter(
            Q(verified=True) | Q(satisfaction=Satisfaction.DISSATISFIED) | Q(overdue_since__isnull=False)
        )
    groups = rows.values(column, name).annotate(n=Count("pk"), newest=Max("pk")).filter(n__gte=threshold)
    top = list(groups.order_by("-n", "-newest")[:MOST_ROWS])
    orders = _orders(row["newest"] for row in top)
    return [Sign(row[name], row["n"], orders[row["newest"]]) for row in top]


def _orders(keys: Any) -> dict[int, Order]:
    rows = Order.objects.filter(pk__in=list(keys)).select_related("lead_department")
    return {row.pk: row for row in rows.defer("content", "bigrams")}


def _dissatisfied(seen: OrderQuerySet, *, since: datetime) -> list[Order]:
    rows = seen.filter(satisfaction=Satisfaction.DISSATISFIED, answered_at__gte=since)
    return list(rows.select_related("lead_department").defer("content", "bigrams").order_by("-answered_at")[:MOST_ROWS])


def _near_due(seen: OrderQuerySet, *, until: Any) -> list[Sign]:
    """Per department: open, unanswered and due by the next working day, or over already."""
    rows = seen.open().filter(answered_at__isnull=True, due_on__lte=until, lead_department__isnull=False)
    found: dict[str, list[Order]] = defaultdict(list)
    for order in rows.select_related("lead_department").defer("content", "bigrams").order_by("due_on", "pk"):
        if order.lead_department is not None:
            found[order.lead_department.name].append(order)
    signs = [
        Sign(name, len(orders), orders[0], str(sum(order.overdue_since is not None for order in orders)))
        for name, orders in found.items()
    ]
    return sorted(signs, key=lambda sign: -sign.count)
