"""The worker's side of exports. Telling it is a hint: beat's tick and the sweeper do the same work unasked."""

from celery import shared_task
from django.utils import timezone

from exports.services import tend, work_on

LONGEST = 3600  # seconds; a worker lost on the way is noticed by its lease much earlier


@shared_task(name="exports.run", soft_time_limit=LONGEST, time_limit=LONGEST + 60)  # type: ignore[untyped-decorator]
def run(pk: int) -> None:
    work_on(timezone.now, pk=pk)


@shared_task(name="exports.tend", soft_time_limit=LONGEST, time_limit=LONGEST + 60)  # type: ignore[untyped-decorator]
def tend_all() -> None:
    tend(timezone.now)
