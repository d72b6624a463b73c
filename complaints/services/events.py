"""Rows of the stream, and the word to the apps above. Nothing else writes ``OrderEvent``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from complaints.models import Order, OrderEvent
from complaints.signals import order_events
from people.models import User
from people.standing import Post


def write_event(
    order: Order,
    name: str,
    *,
    by: User | None,
    now: datetime,
    post: Post | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    from_state: str = "",
    to_state: str = "",
    from_department_id: int | None = None,
) -> OrderEvent:
    """The event row for the sequence number the order already carries; the caller holds the order's row lock."""
    return OrderEvent.objects.create(
        order=order,
        seq=order.event_seq,
        at=now,
        name=name,
        from_state=from_state,
        to_state=to_state,
        by=by,
        acting_for_id=post.acting_for_id if post else None,
        department_id=post.department_id if post else None,
        from_department_id=from_department_id,
        text=text,
        data=dict(data or {}),
        clock_skew=now < order.updated_at,
    )


def announce(ids: Sequence[int], kind: str, *, now: datetime) -> None:
    """One signal for all of them, inside the transaction."""
    order_events.send(sender=Order, ids=list(ids), kind=kind, now=now)


NOTE_MANY = """
WITH before AS MATERIALIZED (
    SELECT id, updated_at FROM complaints_order WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
), bumped AS (
    UPDATE complaints_order o
       SET event_seq = o.event_seq + 1, updated_at = greatest(o.updated_at, %(now)s)
      FROM before
     WHERE o.id = before.id
 RETURNING o.id, o.event_seq
)
INSERT INTO complaints_orderevent
       (order_id, seq, at, name, from_state, to_state, text, data, clock_skew)
SELECT id, event_seq, %(now)s, %(kind)s, '', '', %(text)s, %(data)s::jsonb, updated_at > %(now)s
  FROM bumped JOIN before USING (id)
"""


def insert_notes(ids: Iterable[int], kind: str, *, now: datetime, text: str, data: str) -> None:
    """One statement for any number of orders: their locks in key order, the next sequence numbers, the events."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE_MANY, {"ids": sorted(ids), "now": now, "kind": kind, "text": text, "data": data})
