"""Messages to customers: one SMS, within what one number may get, the number itself never stored (invariant 27)."""

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from complaints.models import Order
from notifications import keys
from notifications.models import Delivery, Endpoint, Message
from notifications.vocabulary import DeliveryState, ToKind
from people.masking import mask_phone

PER_DAY, APART = 5, timedelta(seconds=60)  # T15: a number gets at most one a minute and five a day
DAY = timedelta(days=1)


def customer_delivery(
    message: Message,
    order: Order,
    text: str,
    gateway: Endpoint | None,
    *,
    now: datetime,
    planned: dict[str, list[datetime]],
) -> Delivery:
    """Not yet saved. Where no gateway is set up it says so and stays unsent; it is not quietly dropped.

    ``planned`` holds what this batch already has for each number."""
    one = Delivery(
        message=message,
        to=ToKind.CUSTOMER,
        channel="sms",
        endpoint=gateway,
        target=keys.number_hash(order.caller_phone),
        reference=uuid.uuid4().hex,
        subject=_("客户 %(phone)s") % {"phone": mask_phone(order.caller_phone)},
        text=text,
        created_at=now,
        due_at=now,
        queued_at=now,
    )
    if gateway is None:
        one.state, one.reason = DeliveryState.UNSENT, _("没有启用的短信通道")
        return one
    known = planned.setdefault(one.target, [])
    earlier = known + list(
        Delivery.objects.filter(target=one.target, created_at__gt=now - DAY)
        .exclude(state__in=[DeliveryState.UNSENT, DeliveryState.CANCELLED])
        .order_by("-due_at")
        .values_list("due_at", flat=True)[:PER_DAY]
    )
    if len(earlier) >= PER_DAY:
        one.state, one.reason = DeliveryState.HELD, _("这个号码一天内已有 %(n)d 条短信") % {"n": PER_DAY}
        return one
    if earlier:
        one.due_at = max(now, max(earlier) + APART)
    known.append(one.due_at)
    return one
