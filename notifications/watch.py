"""Alarms about the sending itself. Idempotent: one message of a kind per hour."""

from datetime import datetime, timedelta

from notifications.messages import TABLE
from notifications.models import Delivery, Message
from notifications.vocabulary import DeliveryState

LATE = timedelta(seconds=60)  # an urgent message waiting longer than this is an alarm (invariant 20)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def look(now: datetime) -> int:
    """Writes the messages that should exist and do not; returns how many."""
    found = [*undelivered(now), *backlog(now)]
    fresh = {message.key: message for message in found}
    known = set(Message.objects.filter(key__in=fresh).values_list("key", flat=True))
    new = [message for key, message in fresh.items() if key not in known]
    Message.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def tell(code: str, key: str, data: dict[str, object], *, now: datetime) -> Message:
    row = TABLE[code]
    return Message(
        code=code,
        key=f"{code}:{key}",
        stream=row.stream,
        data=data,
        urgent=row.urgent,
        created_at=now,
        due_at=now,
    )


def undelivered(now: datetime) -> list[Message]:
    dead = Delivery.objects.filter(state=DeliveryState.DEAD, closed_at__isnull=True, due_at__gt=now - HOUR).count()
    return [tell("system.undelivered", f"{now:%Y%m%d%H}", {"count": dead}, now=now)] if dead else []


def backlog(now: datetime) -> list[Message]:
    late = Delivery.objects.filter(
        state=DeliveryState.PENDING, urgent=True, due_at__lt=now - LATE, due_at__gt=now - DAY
    ).count()
    return [tell("system.backlog", f"{now:%Y%m%d%H}", {"count": late}, now=now)] if late else []
