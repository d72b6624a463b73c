"""Importing a file in two steps: upload shows what would happen, confirm does it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import imports, permissions
from customers.errors import CustomerError, NotAllowed
from customers.forms import ConfirmForm, UploadForm
from customers.guard import SignedIn, guarded
from customers.imports.limits import MIB, PAGE
from customers.models import ImportRun
from customers.vocabulary import RunStatus
from people.idempotency import once_per_key

RECENT = 10


def _run_or_404(request: SignedIn, run_id: int, now: datetime) -> ImportRun:
    _must_import(request, now)
    return get_object_or_404(ImportRun.objects.all().visible_to(request.user, now=now), pk=run_id)


def _must_import(request: SignedIn, now: datetime) -> None:
    if not permissions.may_import(request.user, now=now):
        raise NotAllowed(_("只有热线主任和管理人员可以导入客户资料"))


@guarded
@require_http_methods(["GET", "POST"])
@once_per_key
def upload(request: SignedIn) -> HttpResponseBase:
    now = timezone.now()
    _must_import(request, now)
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return redirect("customers_import_run", run_id=_uploaded(request, form, now).pk)
            except CustomerError as error:
                form.add_error("file", error.message)
                status = error.status
        status = max(status, 400)
    runs = ImportRun.objects.all().visible_to(request.user, now=now).order_by("-pk")[:RECENT]
    context = {"form": form, "runs": runs, "rows": PAGE.rows, "size": PAGE.size // MIB}
    return render(request, "customers/import.html", context, status=status)


def _uploaded(request: SignedIn, form: UploadForm, now: datetime) -> ImportRun:
    file = form.cleaned_data["file"]
    # One byte more than allowed is enough to know; a bigger file is never read whole.
    data = file.read(PAGE.size + 1)
    return imports.upload(data, filename=file.name or "", by=request.user, now=now, request=request)


@guarded
@require_GET
def run(request: SignedIn, run_id: int) -> HttpResponseBase:
    """What the file would do, against the register as it is now; afterwards what it did."""
    now = timezone.now()
    row = _run_or_404(request, run_id, now)
    return render(request, "customers/import_run.html", _shown(row, now))


@guarded
@require_POST
@once_per_key
def confirm(request: SignedIn, run_id: int) -> HttpResponseBase:
    now = timezone.now()
    row = _run_or_404(request, run_id, now)
    form = ConfirmForm(request.POST)
    skip_broken = form.is_valid() and form.cleaned_data["skip_broken"]
    try:
        counts = imports.confirm(row, skip_broken=skip_broken, by=request.user, now=now, request=request)
    except CustomerError as error:
        if error.field not in form.fields:
            raise
        form.add_error(error.field, error.message)
        return render(request, "customers/import_run.html", {**_shown(row, now), "form": form}, status=error.status)
    text = _("已导入：新增 %(new)d 户，修改 %(changed)d 户，未变 %(same)d 户")
    messages.success(request, text % {"new": counts.new, "changed": counts.changed, "same": counts.same})
    return redirect("customers_import_run", run_id=row.pk)


@guarded
@require_POST
@once_per_key
def discard(request: SignedIn, run_id: int) -> HttpResponseBase:
    now = timezone.now()
    row = _run_or_404(request, run_id, now)
    imports.discard(row, by=request.user, now=now, request=request)
    messages.success(request, _("已放弃这份文件，客户资料没有变化"))
    return redirect("customers_import")


def _shown(row: ImportRun, now: datetime) -> dict[str, object]:
    waiting = row.status == RunStatus.PREVIEWED and row.expires_at > now
    preview = imports.preview(row) if waiting else {}
    return {"run": row, "waiting": waiting, "form": ConfirmForm(), **preview}
