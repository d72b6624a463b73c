"""The demo company's messages: what five weeks of orders had to tell, read up to yesterday, with their own times.

No channel is set up: what would have gone out by SMS stands there as not sent, as on any new installation."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from notifications.expand import expand_due
from notifications.models import Delivery, Message
from notifications.vocabulary import INBOX, DeliveryState

UNREAD_FOR, LISTED_FOR = timedelta(hours=20), timedelta(days=2)


@transaction.atomic
def build(now: datetime) -> int:
    """Turns what the demo's orders left into deliveries of that time; returns how many. Twice is once."""
    expand_due(now)
    told = Message.objects.filter(pk=OuterRef("message_id")).values("created_at")[:1]
    fresh = Delivery.objects.filter(message__isnull=False, created_at=now)
    fresh.filter(state=DeliveryState.UNSENT, message__created_at__lt=now - LISTED_FOR).delete()
    count = fresh.update(created_at=Subquery(told), due_at=Subquery(told))
    own = Delivery.objects.filter(channel=INBOX, sent_at=now)
    own.update(sent_at=F("created_at"))
    old = Delivery.objects.filter(channel=INBOX, read_at__isnull=True, created_at__lt=now - UNREAD_FOR)
    old.update(read_at=F("created_at") + timedelta(minutes=40))
    return count
