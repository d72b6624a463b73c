"""Beat's side of the sweeps; the sweeper process calls the same functions."""

import time

from celery import shared_task
from django.utils import timezone

from escalation.services import settle_due
from escalation.services.holds import ClockWatch
from escalation.services.money import settle
from people.idempotency import forget_old_keys

watch = ClockWatch(timezone.now(), time.monotonic())


@shared_task(name="escalation.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    settle_due(timezone.now())


@shared_task(name="escalation.settle_money")  # type: ignore[untyped-decorator]
def money() -> None:
    """A clock in doubt holds money before anything is charged (B18)."""
    now = timezone.now()
    watch.check(wall=now, monotonic=time.monotonic())
    settle(now)


@shared_task(name="escalation.forget_old_keys")  # type: ignore[untyped-decorator]
def forget_keys() -> None:
    forget_old_keys(timezone.now())
