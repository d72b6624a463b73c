"""What need not be kept: texts of messages after a year, knocks of strangers after a day. Harmless when run twice."""

from datetime import datetime, timedelta

from notifications.models import Delivery, Knock
from notifications.vocabulary import DeliveryState

KEPT, KNOCKS_KEPT = timedelta(days=365), timedelta(days=1)
OVER = (DeliveryState.SENT, DeliveryState.CARRIED, DeliveryState.CANCELLED, DeliveryState.DONE, DeliveryState.DEAD)


def forget_old(now: datetime) -> int:
    """Empties the words of old deliveries; that they were made, and when, stays. Returns how many."""
    Knock.objects.filter(at__lt=now - KNOCKS_KEPT).delete()
    old = Delivery.objects.filter(state__in=OVER, created_at__lt=now - KEPT).exclude(text="")
    return old.update(text="")
