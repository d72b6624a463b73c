from complaints.models.boxes import BoxLetter, BoxOpening
from complaints.models.calls import Call, Draft, NumberBase
from complaints.models.desk import BulkRun, DefaultView, SavedView
from complaints.models.events import Hold, OrderEvent
from complaints.models.files import Attachment
from complaints.models.hotline import DeskHandover, FaultReport, HarassmentReport, PaidConsent, Presence
from complaints.models.order import Order, OrderQuerySet
from complaints.models.quality import CallScore
from complaints.models.work import Contact, Demand, Feedback, Investigation, OrderDepartment, SubAssignment

__all__ = [
    "Attachment",
    "BoxLetter",
    "BoxOpening",
    "BulkRun",
    "Call",
    "CallScore",
    "Contact",
    "DefaultView",
    "Demand",
    "DeskHandover",
    "Draft",
    "FaultReport",
    "Feedback",
    "HarassmentReport",
    "Hold",
    "Investigation",
    "NumberBase",
    "Order",
    "OrderDepartment",
    "OrderEvent",
    "OrderQuerySet",
    "PaidConsent",
    "Presence",
    "SavedView",
    "SubAssignment",
]
