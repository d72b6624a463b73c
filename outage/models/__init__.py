"""Everything an outage leaves behind. Rows are written by ``outage.services`` only."""

from outage.checklists.models import ChecklistItem, ChecklistTemplate, Tick
from outage.closing.models import CustomerFeedback, GapExplanation, Ledger, Review, ReviewAction
from outage.disconnection.models import Disconnection, DisconnectionEvent
from outage.models.callers import OutageCall, OutageOrder, Suggestion
from outage.models.events import OutageEvent
from outage.models.notices import Announcement, Notice, OutagePhoto, Posting
from outage.models.outage import Outage, OutageArea, OutageGroup, OutageQuerySet, RestorationStep
from outage.models.response import Attendance, ChainStep, Measure, SensitiveContact
from outage.planning.models import (
    CalendarLink,
    NoticeLead,
    OutagePlan,
    PlanAnnouncement,
    PlanEvent,
    SensitiveDay,
)
from outage.records.models import OutageRecord

__all__ = [
    "Announcement",
    "Attendance",
    "CalendarLink",
    "ChainStep",
    "ChecklistItem",
    "ChecklistTemplate",
    "CustomerFeedback",
    "Disconnection",
    "DisconnectionEvent",
    "GapExplanation",
    "Ledger",
    "Measure",
    "Notice",
    "NoticeLead",
    "Outage",
    "OutageArea",
    "OutageCall",
    "OutageEvent",
    "OutageGroup",
    "OutageOrder",
    "OutagePhoto",
    "OutagePlan",
    "OutageQuerySet",
    "OutageRecord",
    "PlanAnnouncement",
    "PlanEvent",
    "Posting",
    "RestorationStep",
    "Review",
    "ReviewAction",
    "SensitiveContact",
    "SensitiveDay",
    "Suggestion",
    "Tick",
]
