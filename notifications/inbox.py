"""The inbox of one person: what is unread, reading, acknowledging. Everything starts from ``visible_to``."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from notifications.confirming import carry_out
from notifications.models import Delivery, DeliveryQuerySet
from people import audit
from people.models import User
from people.navigation import CAP

# What a row's page and words need, besides the row.
ABOUT = tuple(f"message__{name}" for name in ("order", "event", "outage", "outage_event", "plan", "cut"))


def inbox(user: User, *, now: datetime) -> DeliveryQuerySet:
    return Delivery.objects.inbox_of(user).visible_to(user, now=now)


def waiting(user: User, *, now: datetime) -> DeliveryQuerySet:
    """Unread, or read but still to be acknowledged."""
    return inbox(user, now=now).filter(Q(read_at__isnull=True) | Q(ack_required=True, acknowledged_at__isnull=True))


def unread_count(user: User, *, now: datetime) -> int:
    """At most one more than is shown (B20)."""
    rows = inbox(user, now=now).filter(read_at__isnull=True).order_by("-id")
    return len(rows.values_list("pk", flat=True)[: CAP + 1])


def mark_read(user: User, *, now: datetime, pk: int | None = None, up_to: int | None = None) -> int:
    """One message, all of them, or all up to one; reading again keeps the first time."""
    rows = Delivery.objects.inbox_of(user).filter(read_at__isnull=True)
    if pk is not None:
        rows = rows.filter(pk=pk)
    if up_to is not None:
        rows = rows.filter(pk__lte=up_to)
    return rows.update(read_at=now)


@transaction.atomic
def acknowledge(row: Delivery, *, by: User, now: datetime) -> bool:
    """确认收到, once and by its recipient, with what it asks for; False when there is nothing to confirm any more.

    What it asks for comes first: an outage is locked before any row of this app.
    """
    asked = Delivery.objects.filter(pk=row.pk, recipient=by, ack_required=True, acknowledged_at__isnull=True)
    if not asked.exists():
        return False
    done = row.message is not None and carry_out(row.message, by=by, now=now)
    done = bool(asked.update(acknowledged_at=now)) or done
    mark_read(by, now=now, pk=row.pk)
    if done:
        audit.record(actor=by, action="message.acknowledge", ref=row.reference, now=now)
    return done
