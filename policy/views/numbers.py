"""Pages of the dated numbers."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people.idempotency import once_per_key
from policy import rulebook, services
from policy.forms import PolicyForm
from policy.models import Policy
from policy.numbers import FIELDS, GROUPS, dated_rows, grouped, unset
from policy.permissions import may_change_rules, may_read
from policy.views.access import SignedIn, allowed, frame, status_of


@require_GET
@allowed(may_read)
def numbers(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """The numbers in force, every dated row with what it changed, and what is unset (A22)."""
    today = timezone.localdate(now)
    in_force = rulebook.policy_on(today)
    context = frame(request, "policy-numbers", now) | {
        "in_force": in_force,
        "groups": grouped(in_force),
        "rows": dated_rows(Policy.objects.select_related("recorded_by"), today=today),
        "unset": unset(in_force),
    }
    return render(request, "policy/numbers.html", context)


@require_http_methods(["GET", "POST"])
@allowed(may_change_rules)
@once_per_key
def numbers_add(request: SignedIn, *, now: dt.datetime) -> HttpResponse:
    """A complete new row from a date on, filled with the numbers in force."""
    latest = rulebook.current().policies[0]
    initial = {name: getattr(latest, name) for name in FIELDS}
    form = PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            row = services.add_policy(
                values, effective_from=values.pop("effective_from"), by=request.user, now=now, request=request
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("已新增 %(date)s 起的规则数值") % {"date": row.effective_from})
            return redirect("policy-numbers")
    sections = [(title, [form[name] for name in names]) for title, names in GROUPS]
    context = frame(request, "policy-numbers", now) | {"form": form, "sections": sections}
    return render(request, "policy/numbers_add.html", context, status=status_of(form))


@require_POST
@allowed(may_change_rules)
@once_per_key
def numbers_withdraw(request: SignedIn, pk: int, *, now: dt.datetime) -> HttpResponse:
    """Takes back a row that has not begun."""
    row = get_object_or_404(Policy, pk=pk)
    try:
        services.withdraw(row, by=request.user, now=now, request=request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("已撤回 %(date)s 起的规则数值") % {"date": row.effective_from})
    return redirect("policy-numbers")
