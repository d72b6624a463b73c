"""The month's reliability as a page and for programs."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from complaints.views.access import user_of
from outage.planning.forms import MonthForm
from outage.planning.views import shifted
from outage.reliability.permissions import expect_reader, stations_of
from outage.reliability.services import month_of
from policy.rulebook import policy_on

EARLIEST = date(2000, 1, 1)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """One month: the company, its stations, and what cost most."""
    user, now = user_of(request), timezone.now()
    held = expect_reader(user, now)
    first = month_asked(request.GET, timezone.localdate(now))
    month = month_of(first, now=now, station_ids=stations_of(held))
    target = policy_on(timezone.localdate(now)).reliability_target_percent
    context = {
        "month": month,
        "first": first,
        "earlier": shifted(first, -1) if first > EARLIEST else None,
        "later": shifted(first, 1) if first < timezone.localdate(now).replace(day=1) else None,
        "target": target,
        "rows": [(row, _below(row.figures.rs1, target)) for row in [month.company, *month.stations]],
    }
    return render(request, "outage/reliability/index.html", context)


def _below(rs1: float | None, target: Any) -> bool:
    return rs1 is not None and target is not None and rs1 < float(target)


def month_asked(query: Any, today: date) -> date:
    """The first day of ``month=2026-09``, of this month when none is asked; 400 for what is none or lies ahead."""
    form: forms.Form = MonthForm(query)
    if not form.is_valid() or set(query) - set(form.fields):
        raise BadRequest(_("month 写作 2026-09。"))
    return first_of(form.cleaned_data["month"], today)


def first_of(text: str, today: date) -> date:
    """The first day of a month given as 2026-09, of this month when none is."""
    first = date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    if first > today:
        raise BadRequest(_("这个月还没有开始。"))
    return first
