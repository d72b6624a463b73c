"""Pages of time and money, one module per noun."""

from escalation.views.approvals import approval, approvals, take_back
from escalation.views.boards import escalations, warnings
from escalation.views.pressure import (
    deal_with_order,
    end_supervising,
    fault_times,
    promise,
    settle,
    supervise_order,
    urge_order,
)
from escalation.views.requests import extension, flag, solution

__all__ = [
    "approval",
    "approvals",
    "deal_with_order",
    "end_supervising",
    "escalations",
    "extension",
    "fault_times",
    "flag",
    "promise",
    "settle",
    "solution",
    "supervise_order",
    "take_back",
    "urge_order",
    "warnings",
]
