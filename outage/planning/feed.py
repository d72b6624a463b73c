"""Planned outages as an iCalendar feed (RFC 5545), public text only: the address may end up in anybody's telephone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from outage.planning.models import OutagePlan
from outage.planning.vocabulary import PUBLIC, State

BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)
MOST = 1000


def plans_for_feed(now: datetime) -> list[OutagePlan]:
    """What was announced: approved and begun plans, and cancelled ones that somebody may have in a calendar."""
    rows = OutagePlan.objects.filter(approved_at__isnull=False, state__in=[*PUBLIC, State.CANCELLED])
    near = rows.within(now - BEHIND, now + AHEAD).select_related("station").order_by("starts_at", "pk")
    return list(near[:MOST])


def feed_of(plans: Iterable[OutagePlan], *, company: str, host: str) -> bytes:
    """``UID`` stays for the life of a plan, ``SEQUENCE`` grows with every round, so that calendars update in place."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{company}//outage plans//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("%(company)s计划停电") % {"company": company})
    for plan in plans:
        calendar.add_component(_event(plan, host))
    return bytes(calendar.to_ical())


def _event(plan: OutagePlan, host: str) -> Event:
    cancelled = plan.state == State.CANCELLED
    event = Event()
    event.add("uid", f"plan-{plan.pk}@{host}")
    event.add("sequence", plan.round)
    event.add("dtstamp", plan.updated_at)
    event.add("last-modified", plan.updated_at)
    event.add("dtstart", plan.starts_at)
    event.add("dtend", plan.ends_at)
    event.add("summary", _("已取消：%(title)s") % {"title": plan.title} if cancelled else plan.title)
    event.add("description", plan.announcement_text())
    event.add("location", plan.station.name)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event
