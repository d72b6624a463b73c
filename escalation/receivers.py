"""What this app does when an order changes: rows only, inside the order's own transaction."""

import threading
from datetime import date, datetime
from typing import Any

from django.dispatch import receiver

from complaints.models import Order
from complaints.signals import order_events
from escalation.models import LedgerState
from escalation.services import ledger
from escalation.services.rectifications import follow_findings
from policy.limits import shanghai_day

# Steps after which a day may be owed that was not, or no longer.
MONEY_STEPS = frozenset(
    {
        *("classify", "reschedule", "accept_feedback", "merge", "withdraw", "archive"),
        *("answer_by_outage", "answer_on_call", "rule_dispatch"),
    }
)
_seen = threading.local()


@receiver(order_events, sender=Order, dispatch_uid="escalation.money")
def follow_money(ids: list[int], kind: str, now: datetime, **extra: Any) -> None:
    """The ledger follows the order (A4, B2, A30). An order registered this moment owes nothing yet: intake pays no
    query for it, unless it is registered into days that were settled already (imports)."""
    if kind == "investigate":
        for order_id in ids:
            follow_findings(order_id, now=now)
    fresh, _seen.newest = getattr(_seen, "newest", None), ids if kind == "register" else None
    if kind not in MONEY_STEPS:
        return
    if kind == "classify" and ids == fresh and not _is_past(shanghai_day(now)):
        return
    ledger.changed(ids, now=now)


def _is_past(day: date) -> bool:
    """Whether the ledger has gone beyond that day, as far as this process knows; asked anew once a day."""
    known: date | None = getattr(_seen, "through", None)
    if known is None or (day - known).days > 1:
        known = LedgerState.objects.values_list("settled_through", flat=True).get() or date.min
        _seen.through = known
    return day <= known
