"""Open orders a call may repeat, beyond the same caller: similar words of the last days, and what nobody has looked at
before saving (B11, S1-R29)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, DateTimeField, F, Func, IntegerField, Q, Value
from django.utils import timezone

from complaints.models import Order
from complaints.queries import Inquiry
from customers.bigrams import bigrams
from people.models import User
from people.statements import Given, Prepared
from policy import rulebook
from policy.limits import shanghai_day

# Text is compared with so many of the newest open orders of the kind and category, whatever the size of the base.
LOOKED_AT = 300
FEWEST_WORDS, SHARE_PERCENT = 6, 45
MOST_SIMILAR = 3


@dataclass(frozen=True)
class Similar:
    """An open order whose words hold ``percent`` of the pieces of what is being typed."""

    order: Order
    percent: int


class Shared(Func):
    """How many of the second array's words stand in the first."""

    output_field = IntegerField()
    arg_joiner = ") AS piece(word) WHERE word = ANY("
    template = "(SELECT count(*)::int FROM unnest(%(expressions)s))"


def similar(
    inquiry: Inquiry, text: str, *, by: User, now: datetime, station_id: int | None = None, without: frozenset[str]
) -> list[Similar]:
    """The likeliest open orders in view, of ``Policy.duplicate_days``; with kind, category and station as far as they
    are chosen. Bounded: the newest ``LOOKED_AT`` are compared. Numbers in ``without`` are shown already."""
    words = bigrams(text)
    if len(words) < FEWEST_WORDS:
        return []
    today = shanghai_day(now)
    since = now - timedelta(days=rulebook.policy_on(today).duplicate_days)
    rows = Order.objects.visible_to(by, now=now).open().filter(number__gte=f"{timezone.localdate(since):%Y%m%d}")
    for name, value in (("kind", inquiry.kind), ("category", inquiry.category), ("station_id", station_id)):
        rows = rows.filter(**{name: value}) if value else rows
    newest = rows.exclude(number__in=without).order_by("-number").values("pk")[:LOOKED_AT]
    needed = max(FEWEST_WORDS, len(words) * SHARE_PERCENT // 100)
    found = (
        Order.objects.filter(pk__in=newest)
        .annotate(shared=Shared(F("bigrams"), Value(words, output_field=ArrayField(CharField(max_length=2)))))
        .filter(shared__gte=needed)
        .select_related("station", "lead_department")
        .defer("content", "bigrams")
        .order_by("-shared", "-pk")[:MOST_SIMILAR]
    )
    return [Similar(order, min(100, order.shared * 100 // len(words))) for order in found]  # type: ignore[attr-defined]


def unseen_duplicates(inquiry: Inquiry, *, days: int, seen: frozenset[str], by: User) -> list[str]:
    """Numbers of open orders of the same account or phone, kind and category within ``days`` (B11) that the
    page has not shown: registered meanwhile, or the number was typed last. Those out of this person's view are kept."""
    if not (inquiry.phone or inquiry.account_no) or not (inquiry.kind and inquiry.category):
        return []
    rows = _SAME(
        phone=inquiry.phone or None,
        account=inquiry.account_no or None,
        kind=inquiry.kind,
        category=inquiry.category,
        since=inquiry.received_at - timedelta(days=days),
        now=inquiry.received_at,
    )
    numbers = [number for (number,) in rows if number not in seen]
    if not numbers:
        return []
    visible = Order.objects.visible_to(by, now=inquiry.received_at).filter(number__in=numbers)
    return list(visible.values_list("number", flat=True))


_SAME = Prepared(
    lambda: (
        Order.objects.filter(
            Q(caller_phone=Given("phone", CharField())) | Q(account_no=Given("account", CharField())),
            kind=Given("kind", CharField()),
            category=Given("category", CharField()),
            closed_at__isnull=True,
            registered_at__gte=Given("since", DateTimeField()),
            registered_at__lte=Given("now", DateTimeField()),
        )
        .order_by("-pk")
        .values_list("number")[:20]
    )
)
