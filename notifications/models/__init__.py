"""What is to be told, to whom it went, and how each attempt ended; channels, texts, wishes, one-time links."""

from notifications.models.outbox import SUBJECTS, Attempt, Delivery, DeliveryQuerySet, Message
from notifications.models.public import CustomerLink, Knock
from notifications.models.setup import Budget, Endpoint, Preference, TextVersion

__all__ = [
    "SUBJECTS",
    "Attempt",
    "Budget",
    "CustomerLink",
    "Delivery",
    "DeliveryQuerySet",
    "Endpoint",
    "Knock",
    "Message",
    "Preference",
    "TextVersion",
]
