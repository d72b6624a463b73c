"""``/outages/<number>/``: the page for the phone in the rain; clocks first and again in the action bar."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from complaints.views.access import user_of
from outage import display, texts
from outage.models import Outage, OutagePhoto
from outage.permissions import crew, desk
from outage.services import callers, presence
from outage.services.posting import waiting_for_hand, waiting_for_robot
from outage.steps import STEPS
from outage.views.access import find_outage
from outage.vocabulary import UNFORESEEN, Crew, Medium, PhotoPurpose, Slot
from people.models import User
from people.standing import standing

NEWEST, MOST_CALLS = 30, 50


@login_required
@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    now = timezone.now()
    return show(request, find_outage(request, number, now=now), now=now)


@login_required
@require_safe
def clocks(request: HttpRequest, number: str) -> HttpResponse:
    """Only the three clocks, asked for every half minute."""
    now = timezone.now()
    found = find_outage(request, number, now=now)
    context = {"outage": found, "clocks": _clocks(found, now)}
    return render(request, "outage/_clocks.html", context)


def show(
    request: HttpRequest,
    outage: Outage,
    *,
    now: datetime,
    status: int = 200,
    refusal: str = "",
    typed: dict[str, Any] | None = None,
    part: str = "",
) -> HttpResponse:
    """The whole page, or with ``part`` the fragment an htmx request asked for; ``typed`` is what was not accepted."""
    user = user_of(request)
    context = context_of(outage, user, now=now) | {"refusal": refusal, "typed": typed or {}}
    template = part if part and getattr(request, "htmx", False) else "outage/page.html"
    return render(request, template, context, status=status)


def _clocks(outage: Outage, now: datetime) -> list[display.SlotClock]:
    rows = Outage.objects.prefetch_related("notices__group").get(pk=outage.pk)
    return display.clocks_of(rows, now=now)


def context_of(outage: Outage, user: User, *, now: datetime) -> dict[str, Any]:
    who = standing(user, timezone.localdate(now))
    found = _clocks(outage, now)
    works = crew(outage, who) is not None and not outage.is_over
    attendances = list(outage.attendances.select_related("person", "recorded_by"))
    events = list(outage.events.select_related("by").order_by("-seq")[:NEWEST])
    for event in events:
        event.known = STEPS.get(event.name)  # type: ignore[attr-defined]
    return {
        "outage": outage,
        "now": now,
        "clocks": found,
        "current": display.current_clock(found),
        "compliant": display.compliant(found),
        "may_work": works,
        "may_lead": desk(outage, who) is not None and not outage.is_over,
        "acts": display.acts_for(outage, by=user, now=now),
        "composer": _composer(outage, found) if works else None,
        "by_hand": [one for rows in waiting_for_hand(outage).values() for one in rows] if works else [],
        "by_robot": waiting_for_robot(outage) if works else [],
        "attendances": attendances,
        "arrived": sum(row.arrived_at is not None for row in attendances),
        "missing": [row for row in attendances if row.required and row.arrived_at is None],
        "here": any(row.person_id == user.pk and row.arrived_at for row in attendances),
        "crews": Crew.choices,
        "standard": display.measures_of(outage, display.STANDARD),
        "logged": display.measures_of(outage, display.LOGGED),
        "measures": list(outage.measures.filter(kind__in=display.LOGGED).select_related("by")),
        "chain": display.chain_of(outage, by=user, now=now),
        "events": events,
        "back_url": reverse("outages"),
        "owes": outage.kind in UNFORESEEN,
        **_people_context(outage, user, now),
    }


def _people_context(outage: Outage, user: User, now: datetime) -> dict[str, Any]:
    contacts = {row.customer_id: row for row in outage.sensitive_contacts.select_related("by")}
    sensitive = presence.sensitive_users(outage, by=user, now=now)
    live = {row.medium: row for row in outage.announcements.filter(withdrawn_at__isnull=True)}
    waiting = callers.to_answer(outage, by=user, now=now)
    return {
        "sensitive": [(row, contacts.get(row.customer_id)) for row in sensitive],
        "sensitive_done": sum(row.customer_id in contacts for row in sensitive),
        "must_announce": presence.must_announce(outage),
        "announcements": [(medium, live.get(medium), texts.announcement_of(outage, medium)) for medium in Medium],
        "callers": outage.calls.count(),
        "orders": outage.orders.count(),
        "to_answer": waiting,
        "calls_to_return": list(
            outage.calls.filter(called_back_at__isnull=True).select_related("call").order_by("pk")[:MOST_CALLS]
        ),
        "answer": texts.answer_of(outage) if outage.restored_at else "",
    }


def _composer(outage: Outage, found: list[display.SlotClock]) -> dict[str, Any] | None:
    """The notice to write now: the running clock that ends first, else a further word on the last one that began."""
    current = display.current_clock(found)
    begun = [one for one in found if one.groups]
    chosen = current or (begun[-1] if begun and outage.is_running else None)
    if chosen is None:
        return None
    templates = texts.templates_of(outage, chosen.slot)
    places = texts.places_of(outage)
    used = OutagePhoto.objects.filter(postings__isnull=False).values("pk")
    waiting = outage.photos.filter(purpose=PhotoPurpose.SCENE).exclude(pk__in=used)
    return {
        "slot": chosen.slot,
        "again": current is None,
        "templates": templates,
        "text": templates[0][1],
        "groups": [(one.name, places.get(one.notice.group_id, outage.place)) for one in chosen.groups],
        "photos": list(waiting),
        "needs_photo": chosen.slot == Slot.REPAIR,
    }
