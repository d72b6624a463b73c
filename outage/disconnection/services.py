"""Proposing a disconnection, and the sweep that marks reconnections past their limit."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed
from customers.models import Customer, ImportantUser, SensitiveUser
from outage.disconnection import permissions
from outage.disconnection.models import Disconnection, DisconnectionEvent
from outage.disconnection.vocabulary import State
from outage.flow.door import announce, open_case
from people.models import User
from people.standing import standing

LATE = "reconnect_late"
MOST_AT_ONCE = 500


@transaction.atomic
def propose(
    customer: Customer, *, arrears_yuan: Decimal, arrears_months: str, text: str, by: User, now: datetime
) -> Disconnection:
    """A new case for a customer of the proposer's station; one open case per customer, whoever is quicker.

    The register of important and sensitive users decides which gates the case has (S1-R22, S1-R24).
    """
    if customer.station_id not in permissions.may_open(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("欠费停电由客户所属供电所提出。"))
    case = Disconnection(
        customer=customer,
        arrears_yuan=arrears_yuan,
        arrears_months=arrears_months,
        important=ImportantUser.objects.filter(customer=customer).exists(),
        sensitive=SensitiveUser.objects.filter(customer=customer).exists(),
    )
    try:
        with transaction.atomic():
            return open_case(case, by=by, now=now, text=text)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") != "23505":
            raise
        raise Invalid(_("该客户已有一件未结的欠费停电，请在那一件上办理。"), field="account_no") from error


def mark_late(now: datetime) -> int:
    """Reconnections not made by their limit, each marked once with one event (S1-R24). Idempotent; running it twice,
    late or in two processes at once changes nothing. Returns how many were marked."""
    marked = 0
    while batch := _mark_some(now):
        marked += len(batch)
        if len(batch) < MOST_AT_ONCE:
            break
    return marked


@transaction.atomic
def _mark_some(now: datetime) -> Sequence[int]:
    due: Any = Disconnection.objects.filter(state=State.PAID, late_since__isnull=True, reconnect_due_at__lt=now)
    rows = list(due.select_for_update(skip_locked=True).order_by("pk")[:MOST_AT_ONCE])
    for row in rows:
        row.late_since, row.event_seq, row.updated_at = now, row.event_seq + 1, max(now, row.updated_at)
    Disconnection.objects.bulk_update(rows, ["late_since", "event_seq", "updated_at"])
    DisconnectionEvent.objects.bulk_create(
        [DisconnectionEvent(case=row, seq=row.event_seq, at=now, name=LATE) for row in rows]
    )
    ids = [row.pk for row in rows]
    if ids:
        announce(Disconnection, ids, LATE, now=now)
    return ids
