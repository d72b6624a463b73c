"""Beat's and the commit's side of sending; the sender process does the same on its own clock."""

from celery import shared_task
from django.utils import timezone

from notifications.housekeeping import forget_old
from notifications.sender import drain


@shared_task(name="notifications.drain")
def drain_outbox() -> None:
    drain(timezone.now)


@shared_task(name="notifications.forget_old")
def forget() -> None:
    forget_old(timezone.now())
