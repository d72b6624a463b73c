"""Housekeeping that spans apps: nightly, idempotent, harmless when it runs twice."""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from complaints.services import file_sweep
from customers.imports import forget_expired

SUNDAY = 6


@shared_task(name="config.clear_sessions")
def clear_sessions() -> None:
    """Removes sessions that ran out; they live in the database."""
    call_command("clearsessions")


@shared_task(name="config.sweep_files")
def sweep_files() -> None:
    """Files without a row and left-over uploads; on Sundays every file is read and compared with its hash."""
    now = timezone.localtime()
    file_sweep.sweep(now, verify=now.weekday() == SUNDAY)


@shared_task(name="config.forget_customer_imports")
def forget_customer_imports() -> None:
    """Previews of customer lists nobody confirmed hold personal data; they go after a day."""
    forget_expired(timezone.now())
