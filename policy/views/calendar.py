"""Pages of the working-day calendar: the year, and the two steps of importing a notice."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people.idempotency import once_per_key
from policy.calendars import current_calendar, import_year, preview, unknown_year_text
from policy.forms import CalendarConfirmForm, CalendarFileForm
from policy.models import CalendarVersion
from policy.months import year_view
from policy.notices import YEARS
from policy.permissions import may_change_calendar, may_read
from policy.views.access import SignedIn, allowed, frame, status_of
from policy.vocabulary import CalendarStatus


@require_GET
@allowed(may_read)
def calendar(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    return _page(request, CalendarFileForm(), now)


def _page(request: SignedIn, form: CalendarFileForm, now: dt.datetime) -> HttpResponse:
    """A year in months with its versions; unlike elsewhere the warning for next year shows all year round (F22)."""
    today = timezone.localdate(now)
    year = _year(request, today)
    in_force = current_calendar()
    months = year_view(year, in_force)
    unknown = [one for one in (today.year, today.year + 1) if one not in in_force.known_years]
    context = frame(request, "policy-calendar", now) | {
        "year": year,
        "months": months,
        "workdays": sum(month.workdays for month in months),
        "is_known": year in in_force.known_years,
        "versions": CalendarVersion.objects.filter(year=year).select_related("imported_by"),
        "warnings": [unknown_year_text(one) for one in unknown],
        "form": form,
    }
    return render(request, "policy/calendar.html", context, status=status_of(form))


def _year(request: SignedIn, today: dt.date) -> int:
    text = request.GET.get("year", "")
    if not text:
        return today.year
    if not (text.isdecimal() and text.isascii()) or len(text) != len("2026") or int(text) not in YEARS:
        raise Http404
    return int(text)


@require_POST
@allowed(may_change_calendar)
def calendar_check(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """Step one: read the file and show what it would change. Writes nothing."""
    form = CalendarFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, now)
    notice, status = form.cleaned_data["file"], form.cleaned_data["status"]
    context = frame(request, "policy-calendar", now) | {
        "difference": preview(notice, official=status == CalendarStatus.OFFICIAL),
        "status": CalendarStatus(status).label,
        "form": CalendarConfirmForm(initial={"payload": notice.as_json(), "status": status}),
    }
    return render(request, "policy/calendar_check.html", context)


@require_POST
@allowed(may_change_calendar)
@once_per_key
def calendar_import(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """Step two: the previewed notice becomes the next version of its year."""
    form = CalendarConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("policy-calendar")
    official = form.cleaned_data["status"] == CalendarStatus.OFFICIAL
    try:
        version = import_year(
            form.cleaned_data["payload"], by=request.user, now=now, official=official, request=request
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("policy-calendar")
    messages.success(
        request, _("已导入 %(year)d 年第 %(number)d 版日历") % {"year": version.year, "number": version.number}
    )
    return redirect(f"{reverse('policy-calendar')}?year={version.year}")
