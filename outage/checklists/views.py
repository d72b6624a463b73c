"""Ticking an item of an outage's checklist, and the page of the templates."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.errors import NotAllowed, Refused
from complaints.forms.fields import LinesField, TidyField, day_field, name_what_is_missing
from complaints.views.access import user_of
from outage.checklists.models import ChecklistItem, ChecklistTemplate, in_force
from outage.checklists.services import checklists_of, may_change, may_tick, next_version, set_tick
from outage.closing.views import find
from outage.reliability.permissions import expect_reader
from people.idempotency import once_per_key
from people.standing import standing


class VersionForm(forms.Form):
    """One item a line; the next version of one checklist."""

    items = LinesField(label=gettext_lazy("事项"), most=30, longest=120, help_text=gettext_lazy("每行一项"))
    effective_from = day_field(gettext_lazy("生效日期"))
    basis = TidyField(label=gettext_lazy("依据"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_what_is_missing(self.fields)
        self.fields["items"].widget.attrs["rows"] = 8


@login_required
@require_GET
def outage_checklists(request: HttpRequest, number: str) -> HttpResponse:
    """The checklists of one outage."""
    now = timezone.now()
    outage = find(request, number, now)
    context = {
        "outage": outage,
        "checklists": checklists_of(outage),
        "may_tick": may_tick(outage, user_of(request), now=now),
    }
    return render(request, "outage/checklists/outage.html", context)


@login_required
@require_POST
@once_per_key
def tick(request: HttpRequest, number: str, item_id: int) -> HttpResponse:
    """``done`` 1 ticks, 0 takes back; answers with the panel under HTMX, else leads back to where it came from."""
    now = timezone.now()
    outage = find(request, number, now)
    item = ChecklistItem.objects.filter(pk=item_id).first()
    if item is None:
        raise Http404(_("没有这一项。"))
    try:
        set_tick(outage, item, done=request.POST.get("done") == "1", by=user_of(request), now=now)
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        messages.error(request, error.message)
        context = {"outage": outage, "checklists": checklists_of(outage), "may_tick": False}
        return render(request, "outage/checklists/outage.html", context, status=error.status)
    return redirect("outage_checklists", outage.number)


@login_required
@require_GET
def templates(request: HttpRequest) -> HttpResponse:
    """Every checklist in force and its older versions."""
    user, now = user_of(request), timezone.now()
    held = expect_reader(user, now)
    today = timezone.localdate(now)
    rows = list(ChecklistTemplate.objects.prefetch_related("items").select_related("recorded_by"))
    current = {row.pk for row in in_force(today)}
    context = {"rows": [(row, row.pk in current) for row in rows], "may_change": may_change(held)}
    return render(request, "outage/checklists/templates.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def version(request: HttpRequest, code: str) -> HttpResponse:
    """Writing the next version of one checklist."""
    user, now = user_of(request), timezone.now()
    if not may_change(standing(user, timezone.localdate(now))):
        raise PermissionDenied(_("清单模板由管理人员或专业部室修订。"))
    newest = ChecklistTemplate.objects.filter(code=code).order_by("-version").first()
    if newest is None:
        raise Http404(_("没有这份清单。"))
    form = VersionForm(request.POST or None, initial={"items": [item.text for item in newest.items.all()]})
    if request.method == "POST" and form.is_valid():
        try:
            next_version(code, **form.cleaned_data, by=user, now=now)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("已存为下一版"))
            return redirect("checklist_templates")
    context = {"form": form, "newest": newest}
    return render(request, "outage/checklists/version.html", context, status=400 if form.errors else 200)
