"""Set-based marks of time on many orders: for sweeps. Each order is marked once; rows somebody is working on are
skipped and caught by the next sweep. Returns the keys marked, so that nothing is told twice."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from complaints.models import Order, OrderQuerySet
from complaints.services.door import note_many

BATCH = 5000


def _claim(orders: OrderQuerySet) -> list[int]:
    """Keys of at most one batch, locked, in key order; never waits for a person."""
    rows = orders.order_by("pk").select_for_update(skip_locked=True, no_key=True)
    return list(rows.values_list("pk", flat=True)[:BATCH])


@transaction.atomic(savepoint=False)
def mark_overdue(*, now: datetime) -> list[int]:
    """Unanswered orders whose due instant has come (``now >= due_at``); ``overdue_since`` is that instant."""
    ids = _claim(Order.objects.open().filter(answered_at__isnull=True, overdue_since__isnull=True, due_at__lte=now))
    Order.objects.filter(pk__in=ids).update(overdue_since=F("due_at"))
    note_many(ids, "overdue", now=now)
    return ids


@transaction.atomic(savepoint=False)
def mark_due_soon(*, until: date, now: datetime) -> list[int]:
    """Unanswered orders due on or before ``until`` that nobody was warned of yet."""
    ids = _claim(
        Order.objects.open().filter(
            answered_at__isnull=True, due_soon_since__isnull=True, due_on__lte=until, due_at__gt=now
        )
    )
    Order.objects.filter(pk__in=ids).update(due_soon_since=now)
    note_many(ids, "due_soon", now=now)
    return ids


@transaction.atomic(savepoint=False)
def mark_unaccepted(*, dispatched_before: datetime, now: datetime) -> list[int]:
    """Orders dispatched before that moment and still not accepted (S4-R46)."""
    ids = _claim(
        Order.objects.open().filter(
            accepted_at__isnull=True, accept_alarm_at__isnull=True, dispatched_at__lte=dispatched_before
        )
    )
    Order.objects.filter(pk__in=ids).update(accept_alarm_at=now)
    note_many(ids, "accept_overdue", now=now)
    return ids


@transaction.atomic(savepoint=False)
def mark_calendar(ids: list[int], version: int) -> int:
    """The due date of these orders was looked at again under this calendar and stays as it is."""
    return Order.objects.filter(pk__in=ids).update(calendar_version=version)
