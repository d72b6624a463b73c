"""Rows of the stream, and the word to the apps above. Nothing else writes ``OutageEvent``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from outage.models import Outage, OutageEvent
from outage.signals import outage_events
from people.models import User
from people.standing import Post


def write_event(
    outage: Outage,
    name: str,
    *,
    by: User | None,
    now: datetime,
    post: Post | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    from_state: str = "",
    to_state: str = "",
) -> OutageEvent:
    """The next event of an outage whose row lock the caller holds; counts ``event_seq`` up, does not save it."""
    outage.event_seq += 1
    return OutageEvent.objects.create(
        outage=outage,
        seq=outage.event_seq,
        at=now,
        name=name,
        from_state=from_state,
        to_state=to_state,
        by=by,
        acting_for_id=post.acting_for_id if post else None,
        department_id=post.department_id if post else None,
        text=text,
        data=dict(data or {}),
        clock_skew=now < outage.updated_at,
    )


def announce(ids: Sequence[int], kind: str, *, now: datetime) -> None:
    """One signal for all of them, inside the transaction."""
    outage_events.send(sender=Outage, ids=list(ids), kind=kind, now=now)
