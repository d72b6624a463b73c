"""What follows an attempt: delivered, tried again later, given up with a reason, or passed on to the next channel.

Each failure is one short transaction, written right after the answer; arrivals are recorded together, those that came
in while the record before was written: what a crash can repeat is what was on the wire or just off it, each once (F5).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from notifications.channels.base import Failure, Permanent, Receipt, Temporary
from notifications.expand import new_delivery
from notifications.models import Attempt, Delivery, Endpoint
from notifications.vocabulary import CALL, PERSON_CHANNELS, TEST, DeliveryState, Outcome, ToKind, moved
from notifications.wishes import endpoints_for_people, read_people

MOST_URGENT, MOST = 3, 8  # attempts; after three an urgent message takes the next channel (F15)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
JITTER = 0.25
DOWN_AFTER = 3  # failures in a row after which an endpoint rests between attempts
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(seconds=60)


def wait_for(attempts: int, *, draw: float, asked: timedelta | None = None) -> timedelta:
    """5 s, 10 s, 20 s … 10 min, each up to a quarter longer; never sooner than the other side asked."""
    doublings: int = 2 ** (attempts - 1)
    wait = min(FIRST_WAIT * doublings, LONGEST_WAIT) * (1 + JITTER * draw)
    return max(wait, asked or timedelta(0))


@dataclass(frozen=True)
class Arrived:
    """A delivery the other side took, its number for it, and when it said so."""

    row: Delivery
    receipt: Receipt
    at: datetime


# One statement, so one transaction: the attempts end, the deliveries and what they carried are sent, the door is well.
RECORD = """
WITH said AS (
     SELECT * FROM unnest(%(ids)s::bigint[], %(numbers)s::int[], %(refs)s::text[], %(ats)s::timestamptz[])
            AS t (id, number, ref, at)),
ended AS (
     UPDATE notifications_attempt SET ended_at = said.at, outcome = %(ok)s, detail = ''
       FROM said WHERE delivery_id = said.id AND notifications_attempt.number = said.number),
well AS (
     UPDATE notifications_endpoint SET failures = 0, rest_until = NULL WHERE id = %(endpoint)s AND failures > 0),
carried AS (
     UPDATE notifications_delivery AS row
        SET state = %(sent)s, sent_at = said.at, reason = '', lease_until = NULL, claimed_by = ''
       FROM said WHERE row.carrier_id = said.id)
UPDATE notifications_delivery AS row
   SET state = %(sent)s, sent_at = said.at, reason = '', lease_until = NULL, claimed_by = '', provider_ref = said.ref
  FROM said WHERE row.id = said.id
"""


def delivered(found: Sequence[Arrived], *, endpoint_id: int) -> None:
    """What one endpoint took since the last record."""
    values: dict[str, Any] = {
        "ids": [one.row.pk for one in found],
        "numbers": [one.row.attempts for one in found],
        "refs": [one.receipt.ref for one in found],
        "ats": [one.at for one in found],
        "ok": Outcome.OK.value,
        "sent": DeliveryState.SENT.value,
        "endpoint": endpoint_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(RECORD, values)


@transaction.atomic
def failed(row: Delivery, error: Failure, *, now: datetime) -> None:
    """Temporary: again after a while, up to the limit. Permanent or too often: dead, and on by the next channel."""
    reason = str(error)[:200]
    if isinstance(error, Temporary):
        _end(row, Outcome.TEMPORARY, reason, now)
        _rest(row, now)
        if row.note != TEST and row.attempts < (MOST_URGENT if row.urgent else MOST):
            due = now + wait_for(row.attempts, draw=random.random(), asked=error.after)  # noqa: S311 - spread, no secret
            Delivery.objects.filter(pk=row.pk).update(
                **moved(DeliveryState.PENDING, due_at=due, queued_at=now, reason=reason)
            )
            return
    else:
        _end(row, Outcome.PERMANENT, reason, now)
    give_up(row, reason, now=now)


def _end(row: Delivery, outcome: Outcome, detail: str, now: datetime) -> None:
    Attempt.objects.filter(delivery=row, number=row.attempts).update(ended_at=now, outcome=outcome, detail=detail)


def _rest(row: Delivery, now: datetime) -> None:
    """An endpoint that keeps failing is asked less often, so that it keeps no sender busy (F15)."""
    door = Endpoint.objects.filter(pk=row.endpoint_id or 0)
    door.update(failures=F("failures") + 1)
    failures = door.values_list("failures", flat=True).first() or 0
    if failures >= DOWN_AFTER:
        rest = min(FIRST_REST * 2 ** min(failures - DOWN_AFTER, 10), LONGEST_REST)
        door.update(rest_until=now + rest)


def give_up(row: Delivery, reason: str, *, now: datetime) -> None:
    """Dead with its reason; each message it carried goes on by itself."""
    values = moved(DeliveryState.DEAD, reason=reason)
    Delivery.objects.filter(pk=row.pk).update(**values)
    carried = [row] if row.message_id is not None else list(Delivery.objects.filter(carrier=row))
    Delivery.objects.filter(carrier=row).update(**values)
    pass_on(carried, reason, now=now)


def pass_on(rows: list[Delivery], reason: str, *, now: datetime) -> None:
    """The next channel of each: another robot, another way to the person, at last a telephone call by hand."""
    endpoints = endpoints_for_people()
    people = read_people(row.recipient_id for row in rows if row.recipient_id)
    following = []
    for row in rows:
        person = people.get(row.recipient_id or 0)
        told = Delivery.objects.filter(message=row.message, recipient=row.recipient)
        tried = set(told.values_list("channel", flat=True))
        one = new_delivery(row.message, row.channel, row.subject, row.text, now=now)
        one.to, one.recipient_id, one.fallback_of = row.to, row.recipient_id, row
        one.urgent, one.version = row.urgent, row.version
        one.reason = reason[:200]
        fallback = row.endpoint.fallback if row.endpoint and row.to == ToKind.GROUP else None
        open_ways = [name for name in PERSON_CHANNELS if person and person.addresses.get(name) and name in endpoints]
        free = [name for name in open_ways if name not in tried]
        if fallback is not None and fallback.enabled and not _tried_group(row, fallback):
            one.channel, one.endpoint, one.reason = fallback.channel, fallback, ""
        elif row.to == ToKind.PERSON and free and row.urgent:
            one.channel, one.endpoint, one.reason = free[0], endpoints[free[0]], ""
        elif row.urgent and CALL not in tried and row.to != ToKind.CUSTOMER:
            one.channel, one.state = CALL, DeliveryState.WAITING
        else:
            continue
        following.append(one)
    Delivery.objects.bulk_create(following, ignore_conflicts=True)


def _tried_group(row: Delivery, endpoint: Endpoint) -> bool:
    return Delivery.objects.filter(message=row.message, endpoint=endpoint).exists()


@transaction.atomic
def divert(endpoint: Endpoint, *, now: datetime) -> int:
    """Urgent messages do not queue before a door that does not open: all but one take the next channel at once; the
    one left tries the door (T16: attempted or escalated before due)."""
    waiting = (
        Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING, urgent=True)
        .select_related("endpoint__fallback", "message")
        .order_by("due_at", "id")
        .select_for_update(skip_locked=True, of=("self",))
    )
    rows = list(waiting[1:])
    if not rows:
        return 0
    reason = _("通道“%(name)s”连续失败，改走下一通道") % {"name": endpoint.name}
    carriers = [row for row in rows if row.message_id is None]
    keys = [row.pk for row in rows]
    Delivery.objects.filter(pk__in=keys).update(**moved(DeliveryState.DEAD, reason=reason))
    carried = list(Delivery.objects.filter(carrier__in=carriers).select_related("endpoint__fallback", "message"))
    Delivery.objects.filter(carrier__in=carriers).update(**moved(DeliveryState.DEAD, reason=reason))
    pass_on([row for row in rows if row.message_id is not None] + carried, reason, now=now)
    return len(rows)


def refuse(row: Delivery, reason: str, *, now: datetime) -> None:
    """Not sent at all: cancelled, or the recipient may no longer see it (invariant 22)."""
    _end(row, Outcome.PERMANENT, reason, now)
    Delivery.objects.filter(pk=row.pk).update(**moved(DeliveryState.CANCELLED, reason=reason))


__all__ = ["Arrived", "Permanent", "delivered", "divert", "failed", "give_up", "refuse", "wait_for"]
