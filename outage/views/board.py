"""``/outages/``: the duty desk's board of all running outages with their clocks, and the registration of new ones."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import NotAllowed, Refused
from complaints.views.access import user_of
from outage import display
from outage.forms import OpenForm
from outage.forms.opening import stations_for
from outage.models import Outage, OutageQuerySet, Suggestion
from outage.permissions import may_register, sees_every_outage
from outage.queries import newest_first
from outage.services import Facts, open_outage
from outage.services.suggestions import dismiss, orders_of, settle_accepted
from outage.vocabulary import RUNNING, State, SuggestionStatus
from people.idempotency import once_per_key
from people.models import Department, User
from people.roles import DEPARTMENT_STAFF, HOTLINE, LEADERS, Role
from people.standing import Standing, standing

RECENT, SHOWN = timedelta(days=2), 30
VIEWERS = HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.MANAGER, Role.AUDITOR}


def _prefetched(rows: OutageQuerySet) -> OutageQuerySet:
    return rows.prefetch_related("notices__group", "attendances__person", "chain").annotate(
        callers=Count("calls", distinct=True) + Count("orders", distinct=True)
    )


@login_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """All running outages of this person's view, the clock that ends first on top."""
    now, user = timezone.now(), user_of(request)
    who = standing(user, timezone.localdate(now))
    if not who.roles & VIEWERS:
        raise PermissionDenied(_("停电由值班、供电所和热线人员查看。"))
    visible = Outage.objects.visible_to(user, now=now).select_related("station", "policy")
    running = display.board_rows(_prefetched(visible.running())[: SHOWN * 10], now=now)
    recent = newest_first(visible.exclude(state__in=RUNNING).filter(updated_at__gte=now - RECENT))
    after = display.board_rows(_prefetched(recent.filter(state=State.RESTORED))[:SHOWN], now=now)
    context = {
        "now": now,
        "rows": running,
        "after": after,
        "suggestions": _suggestions(user, who),
        "may_register": may_register(who) is not None,
        "open_clocks": sum(row.urgency < display.FAR for row in (*running, *after)),
        "missing": sum(len(row.missing) for row in running),
    }
    return render(request, "outage/board.html", context)


def _suggestions(user: User, who: Standing) -> list[Suggestion]:
    rows = Suggestion.objects.filter(status=SuggestionStatus.OPEN).select_related("area__station")
    if not sees_every_outage(who):
        rows = rows.filter(area__station__in=who.departments() | who.subtree_ids)
    return list(rows[:SHOWN])


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Station first (it decides the areas offered), then the rest; with ``?suggestion=`` the area is chosen and the
    orders behind it are linked in the same act (S0-R30)."""
    now, user = timezone.now(), user_of(request)
    if may_register(standing(user, timezone.localdate(now))) is None:
        raise PermissionDenied(_("停电由值班人员、热线值长以上、供电所负责人或网格员登记。"))
    suggestion = _suggestion(request, user)
    stations = stations_for(user, now=now)
    station = _station(request, stations, suggestion)
    initial = {"areas": [suggestion.area.code], "detected_at": suggestion.first_at} if suggestion else {}
    posted = request.POST if request.method == "POST" and "areas" in request.POST else None
    form = OpenForm(posted, by=user, now=now, station=station, initial=initial)
    refusal, status = "", 200
    if request.method == "POST":
        status = 400
        if posted is not None and station is not None and form.is_valid():
            try:
                outage = _register(form.facts(), suggestion, user, now)
            except Refused as error:
                refusal, status = error.message, error.status
            else:
                messages.success(request, _("已登记停电 %s，第一个 15 分钟已经起算") % outage.number)
                return redirect(reverse("outage", args=[outage.number]))
        elif posted is None:
            form = OpenForm({}, by=user, now=now, station=station, initial=initial)
            form.is_valid()
    context: dict[str, Any] = {
        "form": form,
        "stations": stations,
        "station": station,
        "suggestion": suggestion,
        "refusal": refusal,
        "back_url": reverse("outages"),
    }
    return render(request, "outage/new.html", context, status=status)


def _suggestion(request: HttpRequest, user: User) -> Suggestion | None:
    key = request.GET.get("suggestion", "")
    if not key:
        return None
    if not key.isascii() or not key.isdecimal() or len(key) > KEY_DIGITS:
        raise Http404(_("没有这条疑似停电。"))
    found = Suggestion.objects.select_related("area__station").filter(pk=int(key)).first()
    if found is None:
        raise Http404(_("没有这条疑似停电。"))
    return found


KEY_DIGITS = 15


def _station(request: HttpRequest, stations: list[Department], suggestion: Suggestion | None) -> Department | None:
    code = suggestion.area.station.code if suggestion else request.POST.get("station") or request.GET.get("station")
    if not code and len(stations) == 1:
        return stations[0]
    return next((row for row in stations if row.code == code), None)


@transaction.atomic
def _register(facts: Facts, suggestion: Suggestion | None, user: User, now: datetime) -> Outage:
    if suggestion is None:
        return open_outage(by=user, now=now, facts=facts)
    facts = Facts(**{**facts.__dict__, "orders": orders_of(suggestion)})
    outage = open_outage(by=user, now=now, facts=facts)
    settle_accepted(suggestion, outage.pk, by=user, now=now)
    return outage


@login_required
@require_POST
@once_per_key
def dismiss_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Not an outage."""
    now, user = timezone.now(), user_of(request)
    found = next((row for row in _suggestions(user, standing(user, timezone.localdate(now))) if row.pk == pk), None)
    if found is None:
        raise Http404(_("没有这条疑似停电，或已经处理。"))
    try:
        dismiss(found, by=user, now=now)
    except Refused as error:
        if isinstance(error, NotAllowed):
            raise PermissionDenied(error.message) from None
        messages.error(request, error.message)
    else:
        messages.success(request, _("已记为不是停电"))
    return redirect(reverse("outages"))


def running_count(user: User, now: datetime) -> int:
    """Running outages beside the entry of the rail; at most a hundred are looked at."""
    return len(Outage.objects.visible_to(user, now=now).running().values_list("pk", flat=True)[:100])
