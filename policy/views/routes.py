"""Pages of the routing rules, the stations' duties and the subcategories."""

import datetime as dt
from itertools import groupby

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.idempotency import once_per_key
from policy import rulebook, services
from policy.forms import CloseRouteForm, DutyForm, RouteForm, SubcategoryForm, stations
from policy.models import RoutingRule, StationDuty, Subcategory
from policy.permissions import may_change_rules, may_read
from policy.routing import carrying_station, rules_on
from policy.views.access import SignedIn, allowed, frame, status_of
from policy.vocabulary import Category


@require_GET
@allowed(may_read)
def routes(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """Which route holds for every category, which are coming, which are past."""
    today = timezone.localdate(now)
    live = {row.pk for row in rules_on(rulebook.current(), today)}
    rows = list(
        RoutingRule.objects.select_related("lead", "subcategory", "recorded_by").prefetch_related("cc", "cooperating")
    )
    order = list(Category)
    held = sorted((row for row in rows if row.pk in live), key=lambda row: order.index(Category(row.category)))
    context = frame(request, "policy-routes", now) | {
        "held": held,
        "coming": [row for row in rows if row.effective_from > today],
        "past": [row for row in rows if row.effective_from <= today and row.pk not in live],
    }
    return render(request, "policy/routes.html", context)


def _route_form(request: SignedIn) -> RouteForm:
    """Empty, or filled with the route named by ``?from=``, which the new row is to replace."""
    source = request.GET.get("from", "")
    copied = RoutingRule.objects.filter(pk=source).first() if source.isdecimal() and source.isascii() else None
    initial = (
        {
            "category": copied.category,
            "kind": copied.kind,
            "subcategory": copied.subcategory_id,
            "variant": copied.variant,
            "lead": copied.lead_id,
            "by_station": copied.by_station,
            "cc": list(copied.cc.all()),
            "cooperating": list(copied.cooperating.all()),
            "rule_id": copied.rule_id,
            "basis": copied.basis,
        }
        if copied
        else {}
    )
    return RouteForm(request.POST or None, initial=initial)


@require_http_methods(["GET", "POST"])
@allowed(may_change_rules)
@once_per_key
def routes_add(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    form = _route_form(request)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.add_route(
                form.save(commit=False),
                cc=values["cc"],
                cooperating=values["cooperating"],
                by=request.user,
                now=now,
                request=request,
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已新增 %(date)s 起的派单路由") % {"date": values["effective_from"]})
            return redirect("policy-routes")
    context = frame(request, "policy-routes", now) | {"form": form}
    return render(request, "policy/routes_add.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
@allowed(may_change_rules)
@once_per_key
def routes_close(request: SignedIn, pk: int, *, now: dt.datetime) -> HttpResponse:
    """Ends a special route from a date on."""
    rule = get_object_or_404(RoutingRule.objects.select_related("lead", "subcategory"), pk=pk)
    form = CloseRouteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        effective_from = form.cleaned_data["effective_from"]
        try:
            services.close_route(rule, effective_from=effective_from, by=request.user, now=now, request=request)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("这条路由自 %(date)s 起停用") % {"date": effective_from})
            return redirect("policy-routes")
    context = frame(request, "policy-routes", now) | {"form": form, "rule": rule}
    return render(request, "policy/routes_close.html", context, status=status_of(form))


@require_POST
@allowed(may_change_rules)
@once_per_key
def routes_withdraw(request: SignedIn, pk: int, *, now: dt.datetime) -> HttpResponse:
    return _withdraw(request, get_object_or_404(RoutingRule, pk=pk), back="policy-routes", now=now)


def _withdraw(request: SignedIn, row: RoutingRule | StationDuty, *, back: str, now: dt.datetime) -> HttpResponse:
    try:
        services.withdraw(row, by=request.user, now=now, request=request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("已撤回 %(date)s 起的一行") % {"date": row.effective_from})
    return redirect(back)


@require_GET
@allowed(may_read)
def duties(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """Which station carries which category today, and the form to change it from a date on (B12)."""
    return _duties_page(request, DutyForm(), now)


@require_POST
@allowed(may_change_rules)
@once_per_key
def duties_set(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    form = DutyForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.set_duty(**values, by=request.user, now=now, request=request)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已记录%(station)s的职责") % {"station": values["station"]})
            return redirect("policy-duties")
    return _duties_page(request, form, now)


def _duties_page(request: SignedIn, form: DutyForm, now: dt.datetime) -> HttpResponse:
    book, today = rulebook.current(), timezone.localdate(now)
    by_station = [category for category in Category if _goes_by_station(category, today)]
    table = [
        (station, [(one.label, carrying_station(book, one, station.pk, today) is not None) for one in by_station])
        for station in stations()
    ]
    context = frame(request, "policy-duties", now) | {
        "categories": [category.label for category in by_station],
        "table": table,
        "coming": StationDuty.objects.filter(effective_from__gt=today).select_related("station"),
        "form": form,
    }
    return render(request, "policy/duties.html", context, status=status_of(form))


def _goes_by_station(category: str, on: dt.date) -> bool:
    return any(row.category == category and row.by_station for row in rules_on(rulebook.current(), on))


@require_POST
@allowed(may_change_rules)
@once_per_key
def duties_withdraw(request: SignedIn, pk: int, *, now: dt.datetime) -> HttpResponse:
    return _withdraw(request, get_object_or_404(StationDuty, pk=pk), back="policy-duties", now=now)


@require_GET
@allowed(may_read)
def subcategories(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    rows = list(Subcategory.objects.all())
    order = list(Category)
    rows.sort(key=lambda row: (order.index(Category(row.category)), row.position, row.pk))
    groups = [(Category(code).label, list(group)) for code, group in groupby(rows, key=lambda row: row.category)]
    return render(
        request, "policy/subcategories.html", frame(request, "policy-subcategories", now) | {"groups": groups}
    )


@require_http_methods(["GET", "POST"])
@allowed(may_change_rules)
@once_per_key
def subcategory_edit(request: SignedIn, pk: int | None = None, *, now: dt.datetime) -> HttpResponse:
    """Adds a subcategory, or changes the one with that key."""
    row = get_object_or_404(Subcategory, pk=pk) if pk is not None else None
    form = SubcategoryForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_subcategory(form.save(commit=False), by=request.user, now=now, request=request)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已保存细类“%(name)s”") % {"name": saved.name})
            return redirect("policy-subcategories")
    context = frame(request, "policy-subcategories", now) | {"form": form, "row": row}
    return render(request, "policy/subcategory_edit.html", context, status=status_of(form))
