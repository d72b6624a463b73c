"""What no stream announces: alarms about the sending itself, reminders whose moment has come, reported calls.

Idempotent: an alarm once an hour, a digest and a reported call once."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from complaints.models import HarassmentReport
from escalation.models import Digest
from notifications.messages import TABLE
from notifications.models import Delivery, Message
from notifications.vocabulary import DeliveryState

LATE = timedelta(seconds=60)  # an urgent message waiting longer than this is an alarm (invariant 20)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SLOT = timedelta(minutes=1)


def look(now: datetime) -> int:
    """Writes the messages that should exist and do not; returns how many."""
    found = [*undelivered(now), *backlog(now), *reminders(now), *harassment(now)]
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
    return (
        [tell("system.undelivered", f"{now:%Y%m%d%H}", {"count": dead, "page": reverse("message_trouble")}, now=now)]
        if dead
        else []
    )


def backlog(now: datetime) -> list[Message]:
    late = Delivery.objects.filter(
        state=DeliveryState.PENDING, urgent=True, due_at__lt=now - LATE, due_at__gt=now - DAY
    ).count()
    return [tell("system.backlog", f"{now:%Y%m%d%H}", {"count": late}, now=now)] if late else []


def reminders(now: datetime) -> list[Message]:
    """One message per digest, when the minute of its slot is over: nothing is added to it any more (S4-R48)."""
    rows = Digest.objects.filter(slot__lte=now - SLOT, slot__gt=now - DAY)
    return [
        tell("reminder.digest", str(pk), {"digest": pk, "user": user, "page": reverse("orders")}, now=now)
        for pk, user in rows.values_list("pk", "user_id")
    ]


def harassment(now: datetime) -> list[Message]:
    """Calls that wait for shift leader or supervisor to take note of them (S4-R21)."""
    rows = HarassmentReport.objects.filter(acknowledged_at__isnull=True, reported_at__gt=now - DAY)
    return [
        tell(
            "call.harassment",
            str(pk),
            {"call": pk, "who": agent, "at": f"{timezone.localtime(at):%m-%d %H:%M}"},
            now=now,
        )
        for pk, at, agent in rows.values_list("pk", "reported_at", "call__agent__name")
    ]
