"""``/exports/``: one's own exports with their progress, and for approvers what waits for a second person (B19)."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from exports import permissions, services
from exports.errors import ExportRefused
from exports.forms import APPROVE, DecisionForm
from exports.models import Export, Status
from exports.services.work import KEPT_FOR
from people.guard import SignedIn, held, only_parameters, signed_in
from people.idempotency import once_per_key
from people.refusals import refuse

P = ParamSpec("P")
SHOWN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def guarded(
    view: Callable[Concatenate[SignedIn, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Signed in, never cached; a refusal of a service is a page that says why."""

    @wraps(view)
    def page(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ExportRefused as error:
            return refuse(request, status=error.status, field=error.field, text=error.message)

    return signed_in(page)


def _find(request: SignedIn, uid: UUID, now: datetime) -> Export:
    rows = Export.objects.select_related("requested_by", "decided_by", "policy")
    found = rows.visible_to(request.user, now=now).filter(uid=uid).first()
    if found is None:
        raise Http404(_("没有这份导出，或不在您的查看范围内。"))
    return found


@guarded
@require_safe
def exports(request: SignedIn) -> HttpResponse:
    now = timezone.now()
    only_parameters(request)
    rows = Export.objects.visible_to(request.user, now=now).select_related("requested_by", "decided_by")
    who = held(request)
    to_decide = rows.filter(status=Status.APPROVAL).exclude(requested_by=request.user).order_by("id")
    context = {
        "to_decide": to_decide[:SHOWN] if permissions.approves(who) else [],
        "approves": permissions.approves(who),
        "mine": rows.filter(requested_by=request.user).order_by("-id")[:SHOWN],
        "others": rows.exclude(requested_by=request.user).exclude(status=Status.APPROVAL).order_by("-id")[:SHOWN],
        "kept_days": KEPT_FOR.days,
        "now": now,
    }
    return render(request, "exports/index.html", context)


@guarded
@require_safe
def export(request: SignedIn, uid: UUID) -> HttpResponse:
    """One export; while it is being written the page asks again by itself."""
    now = timezone.now()
    return _show(request, _find(request, uid, now), DecisionForm())


def _show(request: SignedIn, found: Export, form: DecisionForm, status: int = 200) -> HttpResponse:
    who = held(request)
    context = {
        "export": found,
        "form": form,
        "mine": permissions.may_fetch(found, request.user),
        "waits": found.status == Status.APPROVAL,
        "works": found.status in {Status.QUEUED, Status.RUNNING},
        "ready": permissions.is_fetchable(found),
        "may_decide": permissions.may_decide(found, who),
        "why_not": permissions.why_not_decide(found, who),
        "limit": found.policy.export_approval_rows,
    }
    template = "exports/_state.html" if request.htmx else "exports/export.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


@guarded
@require_POST
@once_per_key
def decide(request: SignedIn, uid: UUID) -> HttpResponse:
    now = timezone.now()
    found = _find(request, uid, now)
    form = DecisionForm(request.POST)
    if not permissions.may_decide(found, held(request)):
        services.decide(found, approve=True, opinion="", by=request.user, now=now, request=request)  # refuses
    if not form.is_valid():
        return _show(request, found, form, status=400)
    approve = form.cleaned_data["decision"] == APPROVE
    opinion = form.cleaned_data["opinion"]
    try:
        services.decide(found, approve=approve, opinion=opinion, by=request.user, now=now, request=request)
    except ExportRefused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return _show(request, _find(request, uid, now), form, status=error.status)
    messages.success(request, _("已同意导出 %(title)s") % {"title": found.title} if approve else _("已退回导出申请"))
    return _back(found)


@guarded
@require_POST
@once_per_key
def cancel(request: SignedIn, uid: UUID) -> HttpResponse:
    now = timezone.now()
    found = _find(request, uid, now)
    services.cancel(found, by=request.user, now=now, request=request)
    messages.success(request, _("已取消导出 %(title)s") % {"title": found.title})
    return _back(found)


def _back(found: Export) -> HttpResponseRedirect:
    return redirect("export", uid=found.uid)


@guarded
@require_safe
def file(request: SignedIn, uid: UUID) -> HttpResponseBase:
    """The file, for its requester alone; each fetching is on record."""
    now = timezone.now()
    found = _find(request, uid, now)
    stream = services.fetch(found, by=request.user, now=now, request=request)
    response = FileResponse(stream, as_attachment=True, filename=found.filename, content_type=XLSX)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
