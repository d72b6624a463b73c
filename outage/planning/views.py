"""Pages of planned outages: the month, a new plan, one plan, its steps."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from complaints.errors import Refused
from complaints.views.access import user_of
from customers.models import TransformerArea
from outage.flow.pages import Flow, take_step
from outage.flow.reading import acts_for, rail_of, timeline_of
from outage.planning import permissions
from outage.planning.forms import FORMS, MonthForm, NewPlanForm
from outage.planning.leads import lead_text, owed_for
from outage.planning.models import OutagePlan, SensitiveDay
from outage.planning.month import span_of, weeks_of
from outage.planning.services import MISSED, draw_up, take
from outage.planning.vocabulary import AHEAD, RAIL, State, Subject
from people.idempotency import once_per_key
from people.models import User
from people.standing import standing
from policy.rulebook import current

FLOW = Flow("plan", "plan_act", FORMS, "outage/planning/_facts.html", take)
NOTES = {"open": gettext_lazy("拟停电计划"), MISSED: gettext_lazy("没有按时公告")}
CHIPS = {
    State.DRAFTED: ("pencil", ""),
    State.SUBMITTED: ("stamp", "wait"),
    State.APPROVED: ("clock", "info"),
    State.CHANGING: ("swap", "wait"),
    State.BEGUN: ("bolt", "over"),
    State.CANCELLED: ("x", ""),
}
ONE_DAY = timedelta(days=1)


def expect_reader(user: User, now: datetime) -> None:
    if not permissions.is_reader(user, now=now):
        raise PermissionDenied(_("停电计划不在您的职责内。"))


def find(user: User, pk: int, *, now: datetime) -> OutagePlan:
    """The plan as far as this person may see it; out of view is 404."""
    rows = OutagePlan.objects.visible_to(user, now=now).select_related("station", "created_by", "outage")
    found = rows.prefetch_related("areas", "announcements__posted_by").filter(pk=pk).first()
    if found is None:
        raise Http404(_("没有这份停电计划，或不在您的查看范围内。"))
    return found


def chip_of(plan: OutagePlan) -> tuple[str, str, str]:
    """(word, glyph, style); a begun plan whose outage is over recedes."""
    if plan.state == State.BEGUN and plan.outage is not None and plan.outage.restored_at is not None:
        return _("已送电"), "check", ""
    glyph, style = CHIPS[State(plan.state)]
    return plan.get_state_display(), glyph, style


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """A month as a calendar, and what waits for somebody above it."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    held, today = standing(user, timezone.localdate(now)), timezone.localdate(now)
    first = _month(request, today)
    begin, end = span_of(first.year, first.month)
    plans = OutagePlan.objects.visible_to(user, now=now).select_related("station", "outage")
    shown = list(plans.within(_midnight(begin), _midnight(end + ONE_DAY)))
    waiting = plans.filter(state__in=[State.DRAFTED, State.SUBMITTED, State.CHANGING]).order_by("starts_at")[:20]
    context = {
        "first": first,
        "earlier": shifted(first, -1),
        "later": shifted(first, 1),
        "weeks": weeks_of(
            first.year,
            first.month,
            plans=shown,
            spared=SensitiveDay.objects.all().touching(begin, end),
            calendar=current().calendar,
        ),
        "rows": [(plan, chip_of(plan)) for plan in sorted(shown, key=lambda one: one.starts_at)],
        "waiting": [(plan, chip_of(plan)) for plan in waiting],
        "ahead": AHEAD,
        "may_plan": bool(permissions.planned_stations(held)),
    }
    return render(request, "outage/planning/index.html", context)


def _month(request: HttpRequest, today: date) -> date:
    form = MonthForm(request.GET)
    if not form.is_valid() or set(request.GET) - set(form.fields):
        raise BadRequest(_("month 写作 2026-09。"))
    text = form.cleaned_data["month"]
    return date.fromisoformat(f"{text}-01") if text else today.replace(day=1)


def shifted(first: date, by: int) -> date:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def new(request: HttpRequest) -> HttpResponse:
    """Drawing a plan up."""
    user, now = user_of(request), timezone.now()
    if not permissions.planned_stations(standing(user, timezone.localdate(now))):
        raise PermissionDenied(_("停电计划由计划部门、本所负责人或值班人员拟定。"))
    form = NewPlanForm(request.POST or None, by=user, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            plan = draw_up(by=user, now=now, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已拟 %(number)s，核对后提交审批") % {"number": plan.number})
            return redirect("plan", plan.pk)
    return render(request, "outage/planning/new.html", {"form": form}, status=400 if form.errors else 200)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One plan: conflicts and announcements first, then facts and stream."""
    user, now = user_of(request), timezone.now()
    plan = find(user, pk, now=now)
    calendar = current().calendar
    announced = plan.state not in {State.DRAFTED, State.SUBMITTED}
    context = {
        "case": plan,
        "chip": chip_of(plan),
        "acts": acts_for(plan, by=user, now=now, route="plan_act"),
        "rail": rail_of(plan, RAIL, plan.events.all()),
        "conflicts": plan.conflicts(calendar) if plan.state in AHEAD else [],
        "owed": [_owed_row(one, now) for one in owed_for(plan)],
        "announced": announced,
        "history": [row for row in plan.announcements.all() if row.round < plan.round],
        "subject": Subject(plan.subject).label,
        "proposal": _proposal(plan),
        "timeline": timeline_of(plan, NOTES),
        "is_cancelled": plan.state == State.CANCELLED,
        "now": now,
    }
    return render(request, "outage/planning/detail.html", context)


def _owed_row(one: Any, now: datetime) -> dict[str, Any]:
    return {
        "medium": one.medium.label,
        "lead": lead_text(one.hours) if one.hours else "",
        "basis": one.basis,
        "due_at": one.due_at,
        "posted": one.posted,
        "state": one.state(now),
    }


def _proposal(plan: OutagePlan) -> dict[str, Any]:
    """A change that waits, as people read it."""
    if not plan.proposal:
        return {}
    found = dict(plan.proposal)
    for name in ("starts_at", "ends_at"):
        found[name] = datetime.fromisoformat(found[name])
    found["areas"] = list(TransformerArea.objects.filter(pk__in=found["areas"]).values_list("name", flat=True))
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    now = timezone.now()
    return take_step(request, find(user_of(request), pk, now=now), name, flow=FLOW, now=now)
