"""Pages of arrears disconnection: the list, a new case, one case, its steps."""

from datetime import datetime, time, timedelta
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
from outage.disconnection.forms import FORMS, FilterForm, ProposeForm
from outage.disconnection.gates import gates_of
from outage.disconnection.models import Disconnection, DisconnectionQuerySet
from outage.disconnection.permissions import READERS, may_open
from outage.disconnection.services import LATE, propose
from outage.disconnection.vocabulary import BEFORE_CUT, OPEN, RAIL, Risk, State
from outage.flow.pages import Flow, take_step
from outage.flow.reading import acts_for, rail_of, timeline_of
from people.idempotency import once_per_key
from people.models import User
from people.standing import standing
from policy.rulebook import policy_on

FLOW = Flow("disconnection", "disconnection_act", FORMS, "outage/disconnection/_facts.html")
PAGE = 50
NOTES = {"open": gettext_lazy("提出欠费停电"), LATE: gettext_lazy("超过复电时限")}
CHIPS = {
    State.DRAFTED: ("lens", ""),
    State.CHECKED: ("stamp", "wait"),
    State.APPROVED: ("send", ""),
    State.NOTIFIED: ("clock", "soon"),
    State.EXECUTED: ("bolt", "over"),
    State.PAID: ("bolt", "soon"),
    State.RECONNECTED: ("check", ""),
    State.SETTLED: ("check", ""),
    State.CANCELLED: ("x", ""),
}


def find(user: User, pk: int, *, now: datetime) -> Disconnection:
    """The case as far as this person may see it; out of view is 404."""
    rows = Disconnection.objects.visible_to(user, now=now).select_related("customer__station", "customer__area")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("没有这一件，或不在您的查看范围内。"))
    return found


def expect_reader(user: User, now: datetime) -> None:
    if not standing(user, timezone.localdate(now)).has(*READERS):
        raise PermissionDenied(_("欠费停电由供电所办理，您的岗位不能查看。"))


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The cases in view, what must be done first on top."""
    user, now = user_of(request), timezone.now()
    expect_reader(user, now)
    form = FilterForm(request.GET)
    if not form.is_valid() or set(request.GET) - set(form.fields):
        raise BadRequest(_("地址里的参数无法识别，请从欠费停电页重新进入。"))
    show = form.cleaned_data["show"] or "open"
    found = _chosen(Disconnection.objects.visible_to(user, now=now), show, now)
    if form.cleaned_data["before"]:
        found = found.filter(pk__lt=form.cleaned_data["before"])
    rows = list(found.select_related("customer__station").order_by("-pk")[: PAGE + 1])
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    context = {
        "rows": [(row, chip_of(row, now)) for row in rows],
        "views": [(value, label) for value, label in form.fields["show"].choices if value],  # type: ignore[attr-defined]
        "show": show,
        "older": f"?show={show}&before={rows[-1].pk}" if more else "",
        "may_open": bool(may_open(standing(user, timezone.localdate(now)))),
        "now": now,
    }
    return render(request, "outage/disconnection/index.html", context)


def _chosen(rows: DisconnectionQuerySet, show: str, now: datetime) -> DisconnectionQuerySet:
    if show == "today":
        begin = datetime.combine(timezone.localdate(now), time.min, timezone.get_current_timezone())
        return rows.filter(state=State.NOTIFIED, execute_at__gte=begin, execute_at__lt=begin + timedelta(days=1))
    if show == "reconnect":
        return rows.filter(state=State.PAID)
    return rows.exclude(state__in=OPEN) if show == "ended" else rows.open()


def chip_of(case: Disconnection, now: datetime) -> tuple[str, str, str]:
    """(word, glyph, style); red only where supply is off or the reconnection is late."""
    glyph, style = CHIPS[State(case.state)]
    if case.state == State.PAID and case.reconnect_due_at is not None and now > case.reconnect_due_at:
        return _("复电逾期"), "alert", "solid"
    return case.get_state_display(), glyph, style


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def new(request: HttpRequest) -> HttpResponse:
    """Proposing to cut a customer of the own station off."""
    user, now = user_of(request), timezone.now()
    held = standing(user, timezone.localdate(now))
    if not may_open(held):
        raise PermissionDenied(_("欠费停电由客户所属供电所提出。"))
    form = ProposeForm(request.POST or None, held=held)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        customer = values.pop("account_no")
        try:
            case = propose(customer, **values, by=user, now=now)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("已提出 %(number)s") % {"number": case.number})
            return redirect("disconnection", case.pk)
    return render(request, "outage/disconnection/new.html", {"form": form}, status=400 if form.errors else 200)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: its gates first, then facts and stream."""
    user, now = user_of(request), timezone.now()
    case = find(user, pk, now=now)
    gates = gates_of(case, now=now, policy=policy_on(timezone.localdate(now)))
    events = list(case.events.all())
    context = {
        "case": case,
        "chip": chip_of(case, now),
        "acts": acts_for(case, by=user, now=now, route="disconnection_act"),
        "gates": gates,
        "shut": sum(1 for gate in gates if gate.why),
        "rail": rail_of(case, RAIL, events),
        "timeline": timeline_of(case, NOTES),
        "risks": [Risk(risk).label for risk in case.risks],
        "shows_gates": case.state in BEFORE_CUT,
        "waits_for_supply": case.state == State.PAID,
        "is_late": bool(case.reconnect_due_at and not case.reconnected_at and now > case.reconnect_due_at),
        "now": now,
    }
    return render(request, "outage/disconnection/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    now = timezone.now()
    return take_step(request, find(user_of(request), pk, now=now), name, flow=FLOW, now=now)
