"""Pages of the records: the list by kind, a new one, one record to read and print."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.errors import NotAllowed, Refused
from complaints.views.access import user_of
from outage.records.forms import FORMS, ListForm
from outage.records.models import Kind, OutageRecord
from outage.records.permissions import units_of
from outage.records.services import fill_in, give_back
from outage.reliability.permissions import expect_reader
from people import masking
from people.idempotency import once_per_key
from people.standing import standing

PAGE = 50
# What a record shows beside its head, in this order; personal data masked.
SHOWN = (
    *("grade", "cause_kind", "place", "equipment", "material", "lender", "owner_name", "owner_phone", "told_crew_at"),
    *("contacted_at", "reported_to", "dispatch_at", "line_unit_at", "expected_at", "text", "cause", "loss", "measures"),
    *("charge_note", "returned_at"),
)
MASKS = {"owner_name": masking.mask_name, "owner_phone": masking.mask_phone}


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    held = expect_reader(user, now)
    form = ListForm(request.GET)
    if not form.is_valid() or set(request.GET) - set(form.fields):
        raise BadRequest(_("地址里的参数无法识别，请从记录页重新进入。"))
    rows = OutageRecord.objects.all().visible_to(user, now=now).select_related("unit", "outage", "recorded_by")
    kind, before = form.cleaned_data["kind"], form.cleaned_data["before"]
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows.order_by("-pk")[: PAGE + 1])
    older = f"?kind={kind}&before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    context = {
        "rows": found[:PAGE],
        "older": older,
        "kinds": Kind.choices,
        "kind": kind,
        "may_write": bool(units_of(held)),
    }
    return render(request, "outage/records/index.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def new(request: HttpRequest, kind: str) -> HttpResponse:
    user, now = user_of(request), timezone.now()
    if kind not in FORMS:
        raise Http404(_("没有这种记录。"))
    if not units_of(standing(user, timezone.localdate(now))):
        raise PermissionDenied(_("记录由供电所和有关部门的人员填报。"))
    form = FORMS[kind](request.POST or None, by=user, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            row = fill_in(kind, values=form.cleaned_data, by=user, now=now)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, _("已填报 %(number)s") % {"number": row.number})
            return redirect("outage_record", row.pk)
    context = {"form": form, "kind": kind, "label": Kind(kind).label}
    return render(request, "outage/records/new.html", context, status=400 if form.errors else 200)


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    held = standing(user_of(request), timezone.localdate())
    context = {"row": row, "facts": facts_of(row), "may_return": row.waits_for_return and row.unit_id in units_of(held)}
    return render(request, "outage/records/detail.html", context)


def find(request: HttpRequest, pk: int) -> OutageRecord:
    """The record as far as this person may see it; out of view is 404."""
    user, now = user_of(request), timezone.now()
    rows = OutageRecord.objects.all().visible_to(user, now=now).select_related("unit", "outage", "recorded_by")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404(_("没有这条记录，或不在您的查看范围内。"))
    return row


def facts_of(row: OutageRecord) -> list[tuple[str, Any]]:
    """(label, value) of what was filled in; moments stay moments for the page to write."""
    found: list[tuple[str, Any]] = []
    for name in SHOWN:
        value = getattr(row, name)
        if value in (None, ""):
            continue
        display = getattr(row, f"get_{name}_display", None)
        mask = MASKS.get(name, lambda text: text)
        label = str(OutageRecord._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        shown = display() if display else mask(value)
        found.append((label, shown if isinstance(shown, datetime) else str(shown)))
    if row.quantity is not None:
        found.insert(2, (str(_("数量")), f"{row.quantity.normalize():f} {row.measure_unit}"))
    return found


@login_required
@require_POST
@once_per_key
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    try:
        give_back(row, by=user_of(request), now=timezone.now())
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except Refused as error:
        messages.error(request, error.message)
        return redirect("outage_record", row.pk)
    messages.success(request, _("已登记归还"))
    return redirect("outage_record", row.pk)
