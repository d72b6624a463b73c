"""Beat's side of the sweeps; the sweeper process calls the first one every second too."""

from celery import shared_task
from django.utils import timezone

from outage.disconnection.services import mark_late
from outage.planning.services import mark_missed
from outage.services.sweep import settle_outages


@shared_task(name="outage.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    settle_outages(timezone.now())


@shared_task(name="outage.sweep_around")  # type: ignore[untyped-decorator]
def sweep_around() -> None:
    """Late reconnections (S1-R24) and announcements not made in time (S2-R01)."""
    now = timezone.now()
    mark_late(now)
    mark_missed(now)
