"""Ears on the streams: one INSERT of references per event, whatever the number of orders; a wake-up on commit.

Nothing is rendered, looked up or sent here: a broken text cannot stop an intake (ARCHITECTURE, one stream).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from notifications.messages import rows_on
from notifications.vocabulary import Stream
from notifications.wake import wake_on_commit

# The newest event of each subject is the one just announced; a second writing of the same key changes nothing.
TELL = """
INSERT INTO notifications_message
       (code, key, stream, {subject}_id, {event}_id, data, urgent, created_at, due_at, problem)
SELECT line.code, line.code || ':' || event.id, %(stream)s, event.{subject}_id, event.id, '{{}}', line.urgent,
       %(now)s, %(now)s, ''
  FROM unnest(%(codes)s::text[], %(urgent)s::boolean[]) AS line (code, urgent)
 CROSS JOIN LATERAL unnest(%(ids)s::bigint[]) AS subject (id)
 CROSS JOIN LATERAL (
       SELECT id, {subject}_id FROM {table}
        WHERE {subject}_id = subject.id AND name = %(kind)s ORDER BY seq DESC LIMIT 1) AS event
    ON CONFLICT (key) DO NOTHING
"""
TELL_OF_ORDERS = TELL.format(subject="order", event="event", table="complaints_orderevent")
TELL_OF_OUTAGES = TELL.format(subject="outage", event="outage_event", table="outage_outageevent")


def on_outage_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    _tell(TELL_OF_OUTAGES, Stream.OUTAGE, ids, kind, now)


def on_order_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    _tell(TELL_OF_ORDERS, Stream.ORDER, ids, kind, now)


def _tell(statement: str, stream: Stream, ids: Sequence[int], kind: str, now: datetime) -> None:
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
        cursor.execute(statement, values)
    wake_on_commit()
