"""Time and money of the rules. Orders are named, never changed: that is the door's business alone."""

from escalation.models.approvals import Approval, ApprovalStep
from escalation.models.consequences import (
    Accountability,
    Compensation,
    Rectification,
    SelfInspection,
    ServiceRecord,
)
from escalation.models.deadlines import Deadline, FaultTimes, Promise
from escalation.models.extensions import Extension
from escalation.models.flags import OrderFlag
from escalation.models.heartbeat import Heartbeat
from escalation.models.ledger import (
    LedgerState,
    MoneyHold,
    NamedPerson,
    Penalty,
    PenaltyMonth,
    Reattribution,
    Unsettled,
)
from escalation.models.pressure import Escalation, EscalationStep, Supervision, Urge
from escalation.models.reminders import Digest, Reminder
from escalation.models.rulings import Appeal, Ruling

__all__ = [
    "Accountability",
    "Appeal",
    "Approval",
    "ApprovalStep",
    "Compensation",
    "Deadline",
    "Digest",
    "Escalation",
    "EscalationStep",
    "Extension",
    "FaultTimes",
    "Heartbeat",
    "LedgerState",
    "MoneyHold",
    "NamedPerson",
    "OrderFlag",
    "Penalty",
    "PenaltyMonth",
    "Promise",
    "Reattribution",
    "Rectification",
    "Reminder",
    "Ruling",
    "SelfInspection",
    "ServiceRecord",
    "Supervision",
    "Unsettled",
    "Urge",
]
