"""What a digest of reminders still has to say when it goes out: without what was met meanwhile or left the view."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.models import Order
from escalation.models import Digest, Reminder
from escalation.rules import rule

MOST_LINES = 20


def open_reminders(digest: int, *, now: datetime) -> list[Reminder]:
    """Those of orders their person still sees and of deadlines still running, the earliest first."""
    row = Digest.objects.select_related("user").filter(pk=digest).first()
    if row is None:
        return []
    rows = row.reminders.filter(deadline__met_at__isnull=True, deadline__dropped_at__isnull=True)
    seen = Order.objects.visible_to(row.user, now=now)
    found = rows.filter(order__in=seen.values("pk")).select_related("order", "deadline")
    return list(found.order_by("deadline__due_at", "pk"))


def lines_of(rows: Sequence[Reminder]) -> list[str]:
    """One line per order: number, what is due, when."""
    lines = []
    for row in rows[:MOST_LINES]:
        known = rule(row.deadline.rule)
        words = {"number": row.order.number, "rule": known.label if known else "", "day": row.get_stage_display()}
        lines.append(_("%(number)s %(rule)s：%(day)s") % words)
    if len(rows) > MOST_LINES:
        lines.append(_("另有 %(n)d 张") % {"n": len(rows) - MOST_LINES})
    return lines
