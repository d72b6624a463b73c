"""The hotline's roster: who sits when, who leads, where nobody does (S4-R06)."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from people import permissions, services
from people.forms.company import ShiftForm
from people.guard import SignedIn, held, only_parameters, saved, signed_in, today
from people.idempotency import once_per_key
from people.models import Department, DutyShift
from people.queries import hotline_of, shifts_between

WEEK = timedelta(days=7)


@signed_in
@require_GET
def roster(request: SignedIn) -> HttpResponseBase:
    """One week from Monday; ``week`` is any day of it."""
    permissions.require(permissions.may_see_roster(held(request)))
    only_parameters(request, "week")
    return _page(request, _hotline(request), ShiftForm(department=_hotline(request), now=timezone.now()))


@signed_in
@require_POST
@once_per_key
def shift_new(request: SignedIn) -> HttpResponseBase:
    permissions.require(permissions.may_manage_roster(held(request)))
    hotline, now = _hotline(request), timezone.now()
    form = ShiftForm(request.POST, department=hotline, now=now)
    if form.is_valid() and saved(form, lambda: _plan(request, hotline, form, now)):
        messages.success(request, _("班次已排好"))
        return redirect(f"{request.path.removesuffix('shifts/')}?week={form.cleaned_data['day'].isoformat()}")
    return _page(request, hotline, form)


@signed_in
@require_POST
@once_per_key
def shift_cancel(request: SignedIn, shift_id: int) -> HttpResponseBase:
    permissions.require(permissions.may_manage_roster(held(request)))
    shift = get_object_or_404(DutyShift.objects.select_related("department"), pk=shift_id)
    try:
        services.cancel_shift(shift, by=request.user, now=timezone.now())
        messages.success(request, _("班次已取消"))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("roster")


def _plan(request: SignedIn, hotline: Department, form: ShiftForm, now: datetime) -> DutyShift:
    starts_at, ends_at = form.moments()
    values = form.cleaned_data
    return services.plan_shift(
        hotline,
        by=request.user,
        now=now,
        starts_at=starts_at,
        ends_at=ends_at,
        shift_leader=values["shift_leader"],
        supervisor=values["supervisor"],
        members=list(values["members"]),
    )


def _hotline(request: SignedIn) -> Department:
    found = hotline_of(held(request))
    if found is None:
        raise Http404
    return found


def _page(request: SignedIn, hotline: Department, form: ShiftForm) -> HttpResponseBase:
    monday = _monday(request)
    begin = datetime.combine(monday, time.min, timezone.get_current_timezone())
    context = {
        "form": form,
        "hotline": hotline,
        "monday": monday,
        "earlier": monday - WEEK,
        "later": monday + WEEK,
        "shifts": shifts_between(hotline, begin=begin, end=begin + WEEK),
        "gaps": services.roster_gaps(begin=max(begin, timezone.now()), end=begin + WEEK),
        "may_manage": permissions.may_manage_roster(held(request)),
        "moment": timezone.now(),
    }
    return render(request, "people/roster.html", context, status=400 if request.method == "POST" else 200)


def _monday(request: SignedIn) -> date:
    """Monday of the asked week, of this week when none is asked; 400 for what is no day."""
    try:
        day = date.fromisoformat(request.GET["week"]) if "week" in request.GET else today()
        return day - timedelta(days=day.weekday()) if WEEK < day - date.min < date.max - date.min - WEEK else today()
    except ValueError:
        raise BadRequest(_("week 须为日期，例如 2026-09-21")) from None
