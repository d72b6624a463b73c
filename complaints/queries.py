"""Reading orders: duplicates, originals, queues, search. Every list starts from ``visible_to``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Order, OrderQuerySet
from complaints.signals import before_order
from customers.bigrams import bigrams
from people.masking import mask_text
from people.models import User
from policy import rulebook
from policy.limits import shanghai_day

CAPPED, MOST_SHOWN = 99, 3


@dataclass(frozen=True)
class Inquiry:
    """What is known of a call while it is being taken; blank or None where not known yet."""

    received_at: datetime
    kind: str = ""
    category: str = ""
    phone: str = ""
    account_no: str = ""
    area_id: int | None = None


@dataclass(frozen=True)
class Proposal:
    """Something already running that the call may belong to; the agent or the import decides (B11)."""

    kind: Literal["order", "outage"]
    ref: str
    text: str
    order: Order | None = None
    script: str = ""  # what to tell the caller of a running outage, word for word (S4-R19)


def same_person(phone: str, account_no: str) -> Q | None:
    """Orders of the same account or telephone; None when neither is known."""
    found = Q(caller_phone=phone) if phone else None
    if account_no:
        found = Q(account_no=account_no) if found is None else found | Q(account_no=account_no)
    return found


def duplicates(inquiry: Inquiry, *, while_typing: bool = False, limit: int = MOST_SHOWN) -> list[Order]:
    """Open orders of the same account or phone, same category and kind, within ``Policy.duplicate_days`` (B11).

    ``while_typing`` takes kind and category not chosen yet for "any": the agent sees what is open from the number on.
    """
    person = same_person(inquiry.phone, inquiry.account_no)
    if person is None or not (while_typing or (inquiry.kind and inquiry.category)):
        return []
    same = {name: value for name, value in (("kind", inquiry.kind), ("category", inquiry.category)) if value}
    days = rulebook.policy_on(shanghai_day(inquiry.received_at)).duplicate_days
    return list(
        Order.objects.open()
        .filter(person, **same)
        .filter(registered_at__gte=inquiry.received_at - timedelta(days=days), registered_at__lte=inquiry.received_at)
        .select_related("lead_department")
        .order_by("registered_at", "id")[:limit]
    )


def proposals(inquiry: Inquiry, *, now: datetime, while_typing: bool = False) -> list[Proposal]:
    """Open orders of this module and whatever the apps above know (running outages), outages first."""
    answers: list[tuple[Any, Any]] = before_order.send(sender=Inquiry, inquiry=inquiry, now=now)
    above: list[Proposal] = [proposal for _receiver, found in answers for proposal in found]
    own = [
        Proposal(
            "order", order.number, _("%(number)s %(title)s") % {"number": order.number, "title": order.title}, order
        )
        for order in duplicates(inquiry, while_typing=while_typing)
    ]
    return [*above, *own]


def visible_proposals(found: list[Proposal], user: User, *, now: datetime) -> list[Proposal]:
    """Those whose order this person may see; what is no order stays (A27: not even that there is one)."""
    named = [one.order.pk for one in found if one.order]
    rows = Order.objects.visible_to(user, now=now).filter(pk__in=named) if named else Order.objects.none()
    seen = set(rows.values_list("pk", flat=True))
    return [one for one in found if one.order is None or one.order.pk in seen]


def first_moment(now: datetime, days: int) -> datetime:
    """00:00 of the day that many natural days ago: the 90th day after closing counts whole (A16)."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def original_of(order: Order, *, now: datetime) -> Order | None:
    """The earlier order this one repeats: same account or phone, same category, closed within
    ``Policy.repeat_days`` (A16). Linking only; what it costs is another matter (B5)."""
    person = same_person(order.caller_phone, order.account_no)
    if person is None:
        return None
    since = first_moment(now, order.policy.repeat_days)
    return (
        Order.objects.filter(person, category=order.category, closed_at__gte=since, closed_at__lte=now)
        .exclude(pk=order.pk)
        .order_by("-closed_at")
        .first()
    )


# --- search ---------------------------------------------------------------------------------------------------------

SHORTEST_TAIL = 4


def search(orders: OrderQuerySet, text: str, *, knows_callers: bool) -> OrderQuerySet:
    """Orders by number, reference, account, telephone (whole or tail), or words of two and more characters.

    Whoever may not know a concealed caller (``knows_callers`` False) cannot find the order by the caller either (A27).
    """
    words = text.strip()
    digits = words.replace("-", "")
    if digits.isascii() and digits.isdigit():
        return _by_digits(orders, words, digits, knows_callers=knows_callers)
    pieces = bigrams(words)
    if pieces:
        return orders.filter(Q(bigrams__contains=pieces) | Q(external_ref=words))
    return orders.filter(external_ref=words)


def _by_digits(orders: OrderQuerySet, words: str, digits: str, *, knows_callers: bool) -> OrderQuerySet:
    caller = Q(account_no=digits) | Q(caller_phone=digits)
    if len(digits) >= SHORTEST_TAIL:
        orders = orders.alias(phone_backwards=Reverse("caller_phone"))
        caller |= Q(phone_backwards__startswith=digits[::-1])
    if not knows_callers:
        caller &= Q(hide_caller=False, anonymous=False)
    return orders.filter(Q(number=words) | Q(external_ref=words) | caller)


def search_words(content: str, address: str, caller_name: str, *, concealed: bool) -> list[str]:
    """The pieces an order is found by; a concealed caller's name and any number in the words are not (A27)."""
    return bigrams(" ".join([mask_text(content), address] if concealed else [content, address, caller_name]))


# --- counts ---------------------------------------------------------------------------------------------------------


def capped_count(orders: OrderQuerySet) -> int:
    """How many, at most CAPPED + 1 looked at (B20): 100 means "99+"."""
    return len(orders.order_by().values_list("pk", flat=True)[: CAPPED + 1])
