"""Whether a person may be told of what a message is about: always asked of ``visible_to`` (invariants 22, 24)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from complaints.models import Order
from notifications.models import Message
from outage.models import Outage
from people.models import User


@dataclass
class Sight:
    """What each of some people sees of the orders and outages of some messages: two queries at most per person."""

    orders: dict[int, set[int]] = field(default_factory=dict)
    outages: dict[int, set[int]] = field(default_factory=dict)

    def covers(self, user_id: int, message: Message) -> bool:
        """A message about neither is for whoever it was addressed to."""
        if message.order_id is not None and message.order_id not in self.orders.get(user_id, ()):
            return False
        return message.outage_id is None or message.outage_id in self.outages.get(user_id, ())


def sight(asked: Iterable[tuple[User, Message]], now: datetime) -> Sight:
    users: dict[int, User] = {}
    orders: dict[int, set[int]] = defaultdict(set)
    outages: dict[int, set[int]] = defaultdict(set)
    for user, message in asked:
        users[user.pk] = user
        if message.order_id is not None:
            orders[user.pk].add(message.order_id)
        if message.outage_id is not None:
            outages[user.pk].add(message.outage_id)
    return Sight(
        {pk: visible_orders(users[pk], wanted, now) for pk, wanted in orders.items()},
        {pk: visible_outages(users[pk], wanted, now) for pk, wanted in outages.items()},
    )


def visible_orders(user: User, wanted: Iterable[int], now: datetime) -> set[int]:
    return set(Order.objects.visible_to(user, now=now).filter(pk__in=wanted).values_list("pk", flat=True))


def visible_outages(user: User, wanted: Iterable[int], now: datetime) -> set[int]:
    return set(Outage.objects.visible_to(user, now=now).filter(pk__in=wanted).values_list("pk", flat=True))
