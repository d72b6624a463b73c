"""What this app does by the clock, woken by beat."""

from celery import shared_task
from django.utils import timezone

from complaints.services.quality import draw_calls


@shared_task(name="complaints.draw_calls")  # type: ignore[untyped-decorator]
def draw() -> None:
    """Samples of calls for listening: the month that runs and the one before it (S4-R53)."""
    draw_calls(now=timezone.now())
