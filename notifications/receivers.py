"""Ears on the streams: one INSERT of references per event, whatever the number of orders; a wake-up on commit.

Nothing is rendered, looked up or sent here: a broken text cannot stop an intake (ARCHITECTURE, one stream).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from notifications.confirming import chain_confirmed
from notifications.messages import rows_on
from notifications.postings import hand_over
from notifications.vocabulary import Stream
from notifications.wake import wake_on_commit
from outage.models import Disconnection, OutageEvent, OutagePlan

# The newest event of each subject is the one just announced, and with it those of the same moment: a chain that slept
# has several levels to tell. A second writing of the same key changes nothing.
TELL = """
INSERT INTO notifications_message
       (code, key, stream, {subject}_id, {event}_id, data, urgent, created_at, due_at, problem)
SELECT line.code, line.code || ':' || event.id, %(stream)s, subject.id, event.id, '{{}}', line.urgent,
       %(now)s, %(now)s, ''
  FROM unnest(%(codes)s::text[], %(urgent)s::boolean[]) AS line (code, urgent)
 CROSS JOIN LATERAL unnest(%(ids)s::bigint[]) AS subject (id)
 CROSS JOIN LATERAL (
       SELECT id FROM (
              SELECT id, at, row_number() OVER (ORDER BY seq DESC) AS place FROM {table}
               WHERE {owner}_id = subject.id AND name = %(kind)s ORDER BY seq DESC LIMIT {most}) AS newest
        WHERE place = 1 OR at = %(now)s) AS event
    ON CONFLICT (key) DO NOTHING
"""
TELL_OF: dict[Stream, str] = {
    Stream.ORDER: TELL.format(subject="order", event="event", owner="order", table="complaints_orderevent", most=1),
    Stream.OUTAGE: TELL.format(
        subject="outage", event="outage_event", owner="outage", table="outage_outageevent", most=5
    ),
    Stream.PLAN: TELL.format(subject="plan", event="plan_event", owner="case", table="outage_planevent", most=1),
    Stream.CUT: TELL.format(subject="cut", event="cut_event", owner="case", table="outage_disconnectionevent", most=1),
}
FLOWS: dict[Any, Stream] = {OutagePlan: Stream.PLAN, Disconnection: Stream.CUT}


def on_outage_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    _tell(Stream.OUTAGE, ids, kind, now)
    if kind == "publish":
        hand_over(ids, now)
    if kind == "chain_acknowledged":
        for event in OutageEvent.objects.filter(outage_id__in=ids, name=kind, at=now).select_related("by"):
            chain_confirmed(event.outage_id, event.data.get("level"), event.by, now=now)


def on_flow_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    if sender in FLOWS:
        _tell(FLOWS[sender], ids, kind, now)


def on_order_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    _tell(Stream.ORDER, ids, kind, now)


def _tell(stream: Stream, ids: Sequence[int], kind: str, now: datetime) -> None:
    rows = rows_on(stream, kind)
    if not rows or not ids:
        return
    values: dict[str, Any] = {
        "stream": stream.value,
        "codes": [row.code for row in rows],
        "urgent": [row.urgent for row in rows],
        "ids": list(ids),
        "kind": kind,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL_OF[stream], values)
    wake_on_commit()
