"""What reports hear of orders: a customer's own low rating, in the transaction that wrote it; rows only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reports.followups import RATED, follow_ratings


def on_order_events(sender: Any, ids: Sequence[int], kind: str, now: datetime, **kwargs: Any) -> None:
    if kind == RATED:
        follow_ratings(ids, now=now)
