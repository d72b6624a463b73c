"""Reading outages: who is without supply where, and how it is said in one line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from outage.models import Outage, OutageQuerySet
from outage.vocabulary import State


def dark_at(area_id: int, at: datetime) -> list[Outage]:
    """Outages by which this area had no supply at that moment: detected, area not yet back (B11); oldest first."""
    return list(
        Outage.objects.filter(
            Q(areas__restored_at__isnull=True) | Q(areas__restored_at__gt=at),
            areas__area=area_id,
            detected_at__lte=at,
        )
        .exclude(state__in=[State.CANCELLED, State.MERGED, State.PLANNED])
        .select_related("policy", "station")
        .order_by("detected_at", "id")
    )


def recently_back(area_ids: Iterable[int], since: datetime) -> OutageQuerySet:
    """Outages of these areas that ended after ``since``."""
    return Outage.objects.filter(areas__area__in=list(area_ids), areas__restored_at__gte=since).distinct()


def told(outage: Outage, *, now: datetime) -> str:
    """One line for whoever talks to the caller: where, since when, why, until when."""
    words = [outage.place or outage.title]
    since = outage.occurred_at or outage.detected_at
    if since is not None:
        words.append(_("%s 起停电") % _clock(since, now))
    words.append(outage.cause_text or outage.get_cause_display())
    if outage.expected_at is not None:
        words.append(_("预计 %s 送电") % _clock(outage.expected_at, now))
    else:
        words.append(_("送电时间待定"))
    return "，".join(words)


def _clock(moment: datetime, now: datetime) -> str:
    """14:05 today, 9 月 22 日 14:05 on another day."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return _("%(month)d 月 %(day)d 日 %(time)s") % {
        "month": local.month,
        "day": local.day,
        "time": f"{local:%H:%M}",
    }


def newest_first(outages: OutageQuerySet) -> OutageQuerySet:
    return outages.select_related("station").order_by(F("detected_at").desc(nulls_first=True), "-id")
