"""Where would this order go, when is it due? The intake's answer without an order."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from policy import limits, rulebook
from policy.calendars import describe
from policy.forms import PreviewForm
from policy.models import Policy
from policy.permissions import may_read
from policy.routing import route
from policy.views.access import SignedIn, allowed, frame, status_of
from policy.vocabulary import Category, Kind


@require_GET
@allowed(may_read)
def preview(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """Route, basis and due date, day by day, for what the address says; the empty form asks about now."""
    start = {"kind": Kind.COMPLAINT, "category": Category.SERVICE_CONDUCT, "registered_at": timezone.localtime(now)}
    form = PreviewForm(request.GET) if "kind" in request.GET else PreviewForm(initial=start)
    context = frame(request, "policy-preview", now) | {"form": form}
    if form.is_bound and form.is_valid():
        context |= _answer(form)
    return render(request, "policy/preview.html", context, status=status_of(form))


def _answer(form: PreviewForm) -> dict[str, Any]:
    values = form.cleaned_data
    registered_at, station = values["registered_at"], values["station"]
    book, on = rulebook.current(), limits.shanghai_day(registered_at)
    try:
        policy = book.policy_on(on)
    except Policy.DoesNotExist:
        return {"answered": True, "route": None}
    due = limits.due(values["kind"], registered_at, policy, book.calendar)
    marks = limits.explain_due(registered_at, due.limit_days, policy, book.calendar) if due else []
    return {
        "answered": True,
        "route": route(
            values["category"], values["kind"], values["subcategory"], station.pk if station else None, on, book=book
        ),
        "policy": policy,
        "due": due,
        "marks": marks,
        "days": [(mark, describe(mark.date, book.calendar)) for mark in marks],
    }
