"""Pages beside the plans: lead times by medium, days to spare, the calendar link and the feed itself."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.errors import Refused
from complaints.views.access import user_of
from outage.planning import permissions
from outage.planning.feed import feed_of, plans_for_feed
from outage.planning.forms import DayForm, LeadForm
from outage.planning.leads import lead_text, leads_on
from outage.planning.models import CalendarLink, NoticeLead, SensitiveDay
from outage.planning.services import add_day, end_link, new_link, reader_of, remove_day, set_lead
from outage.planning.views import expect_reader
from outage.planning.vocabulary import PlanKind
from people.idempotency import once_per_key
from people.models import User
from people.standing import standing
from policy.rulebook import policy_on


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def leads(request: HttpRequest) -> HttpResponse:
    """How early each medium must know; what is not set is said to be unenforced (A22)."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    may_set = permissions.may_set_leads(standing(user, timezone.localdate(now)))
    if request.method == "POST" and not may_set:
        raise PermissionDenied(_("公告提前时间由管理人员设定。"))
    form = LeadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_lead(**form.cleaned_data, by=user, now=now)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("已设定公告提前时间"))
            return redirect("plan_leads")
    return render(request, "outage/planning/leads.html", _leads(form, may_set, now), status=400 if form.errors else 200)


def _leads(form: LeadForm, may_set: bool, now: datetime) -> dict[str, object]:
    today = timezone.localdate(now)
    rows = list(NoticeLead.objects.select_related("recorded_by"))
    kinds = [(kind.label, leads_on(kind, today, rows, policy_on(today)).values()) for kind in PlanKind]
    return {
        "form": form,
        "may_set": may_set,
        "kinds": [
            (label, [(one.medium.label, lead_text(one.hours) if one.hours else "", one.basis) for one in found])
            for label, found in kinds
        ],
        "unset": [f"{label}·{one.medium.label}" for label, found in kinds for one in found if one.hours is None],
        "coming": [row for row in rows if row.effective_from > today],
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def days(request: HttpRequest) -> HttpResponse:
    """Exams, festivals and events on which supply should not be cut."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    today = timezone.localdate(now)
    may_keep = permissions.may_keep_days(standing(user, today))
    if request.method == "POST" and not may_keep:
        raise PermissionDenied(_("避让日由管理人员、热线主任或专业部室维护。"))
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_day(**form.cleaned_data, by=user, now=now)
        messages.success(request, _("已登记避让日"))
        return redirect("plan_days")
    rows = SensitiveDay.objects.filter(removed_at__isnull=True, last_on__gte=today).select_related("station")
    context = {"form": form, "may_keep": may_keep, "rows": rows[:200]}
    return render(request, "outage/planning/days.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
@once_per_key
def day_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    if not permissions.may_keep_days(standing(user, timezone.localdate(now))):
        raise PermissionDenied(_("避让日由管理人员、热线主任或专业部室维护。"))
    remove_day(get_object_or_404(SensitiveDay, pk=pk), by=user, now=now)
    messages.success(request, _("已移除避让日"))
    return redirect("plan_days")


# --- the feed ---------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def link(request: HttpRequest) -> HttpResponse:
    """Whether this person has a calendar address; the address itself is shown only when it is made."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    return render(request, "outage/planning/link.html", {"live": _live(user)})


def _live(user: User) -> CalendarLink | None:
    return CalendarLink.objects.filter(user=user, revoked_at__isnull=True).first()


@login_required
@require_POST
def link_new(request: HttpRequest) -> HttpResponse:
    """A new address, shown once in this answer; not repeated for the same key, since it is not kept."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    token = new_link(by=user, now=now)
    address = request.build_absolute_uri(reverse("plan_feed", args=[token]))
    return render(request, "outage/planning/link.html", {"live": _live(user), "address": address})


@login_required
@require_POST
@once_per_key
def link_end(request: HttpRequest) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    end_link(by=user, now=now)
    messages.success(request, _("日历链接已作废"))
    return redirect("plan_link")


@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The iCalendar feed of a live link; the token is the only key, so an unknown or revoked one is 404."""
    now = timezone.now()
    if reader_of(token, now=now) is None:
        raise Http404(_("这个日历链接已作废。"))
    company = policy_on(timezone.localdate(now)).company_name
    body = feed_of(plans_for_feed(now), company=company, host=request.get_host().partition(":")[0])
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="outages.ics"'
    return answer
