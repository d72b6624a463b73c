"""What ``complaints`` asks before an order is made."""

from datetime import datetime
from typing import Any

from complaints.queries import Inquiry, Proposal
from outage.queries import dark_at, told
from outage.texts import script_of
from policy.vocabulary import Category, Kind

# B11: a fault report, or a question about the supply. A question about a bill from the same house is its own matter.
ASKED_ABOUT = frozenset({"", Category.FAULT_REPAIR, Category.OUTAGE_LIMIT})


def propose(sender: Any, *, inquiry: Inquiry, now: datetime, **_more: Any) -> list[Proposal]:
    """The outage a caller stands in: same area, detected when the call came, not yet restored (B11, S4-R19). While
    nothing is chosen yet it is proposed as well; a complaint always makes an order. The agent's words come along."""
    if inquiry.area_id is None or not _may_belong(inquiry):
        return []
    return [
        Proposal("outage", outage.number, told(outage, now=inquiry.received_at), script=script_of(outage))
        for outage in dark_at(inquiry.area_id, inquiry.received_at)
    ]


def _may_belong(inquiry: Inquiry) -> bool:
    if inquiry.kind in {"", Kind.FAULT_REPORT}:
        return True
    return inquiry.kind == Kind.CONSULTATION and inquiry.category in ASKED_ABOUT
