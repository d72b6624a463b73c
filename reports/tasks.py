"""Beat's side of the reports."""

from celery import shared_task
from django.utils import timezone

from reports.publishing import settle
from reports.rollup import roll_up
from reports.telling import tell_all


@shared_task(name="reports.roll_up")  # type: ignore[untyped-decorator]
def roll_up_months() -> None:
    roll_up(timezone.now())


@shared_task(name="reports.settle")  # type: ignore[untyped-decorator]
def settle_publications() -> None:
    now = timezone.now()
    settle(now)
    tell_all(now)
