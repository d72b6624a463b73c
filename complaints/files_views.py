"""``/orders/<number>/files/``: adding files to an order and handing them out, never as something a browser runs."""

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.errors import Refused
from complaints.file_types import FileType
from complaints.models import Attachment, Order
from complaints.services import file_store
from complaints.services.files import Batch, Outcome, prepared, readable_files, reference, save
from complaints.views.access import find_order, user_of
from people import audit
from people.idempotency import once_per_key
from people.refusals import refuse

log = logging.getLogger(__name__)

FIELD, THUMBNAIL = "files", "thumb"
PANEL = "#files"
# Whatever a file turns out to be, it runs nothing, loads nothing and is not guessed at.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Desks are shared: what was opened is not left behind in the browser. Thumbnails are, for a while: a page has many.
KEEP_NOTHING, KEEP_THUMBNAIL = "private, no-store", "private, max-age=600"


@login_required
@require_POST
def upload(request: HttpRequest, number: str) -> HttpResponseBase:
    """Several files at once; what cannot be taken is told on the order's page, the rest is saved."""
    now = timezone.now()
    order = find_order(request, number, now=now)
    try:
        with prepared(order, request.FILES.getlist(FIELD), by=user_of(request), now=now) as batch:
            return _save(request, order, batch, now)
    except Refused as error:
        return refuse(request, status=error.status, field=error.field or FIELD, text=error.message)


@once_per_key
def _save(request: HttpRequest, order: Order, batch: Batch, now: datetime) -> HttpResponseBase:
    """Only this part is one transaction with the request key: looking at twenty photos may take half a minute."""
    _tell(request, save(order, batch, by=user_of(request), now=now, request=request))
    return redirect(reverse("order", args=[order.number]) + PANEL)


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    if outcome.stored:
        messages.success(request, _("已上传 %(n)d 个附件") % {"n": len(outcome.stored)})
    for one in outcome.rejected:
        messages.error(request, one.text)
    if not outcome.stored and not outcome.rejected:
        messages.error(request, _("请先选择文件，再按“上传”。"))


@login_required
@require_safe
def download(request: HttpRequest, number: str, uid: uuid.UUID) -> HttpResponseBase:
    """One file, or with ``?thumb=1`` its small picture; the right is looked at, and the act recorded, each time."""
    now = timezone.now()
    user = user_of(request)
    order = find_order(request, number, now=now)
    file = readable_files(order, by=user, now=now).filter(uid=uid).first()
    if file is None:
        raise Http404(_("没有这个附件，或不在您的查看范围内。"))
    small = _wants_thumbnail(request.GET.lists())
    if small is None or (small and not file.is_image):
        return refuse(request, status=400, field=THUMBNAIL, text=_("地址后只能加 ?thumb=1，且只用于图片"))
    response = _content(file, small=small)
    audit.record(
        actor=user,
        action="file.read",
        subject=file,
        ref=reference(file),
        now=now,
        request=request,
        detail={"size": file.size, "thumb": small},
    )
    return response


def _wants_thumbnail(query: Iterable[tuple[str, list[str]]]) -> bool | None:
    """None for a query that means nothing here."""
    asked = dict(query)
    return {0: False, 1: asked.get(THUMBNAIL) == ["1"] or None}.get(len(asked))


def _content(file: Attachment, *, small: bool) -> HttpResponseBase:
    response = _accelerated(file, small=small) or _streamed(file, small=small)
    shown = FileType.JPEG if small else FileType(file.type)
    for name, value in HARMLESS.items():
        response[name] = value
    response["Content-Type"] = shown.media_type
    response["Content-Disposition"] = content_disposition_header(not file.is_image, file.name) or "attachment"
    response["Cache-Control"] = KEEP_THUMBNAIL if small else KEEP_NOTHING
    return response


def _accelerated(file: Attachment, *, small: bool) -> HttpResponseBase | None:
    """Where a web server stands in front, it sends the bytes (``FILES_ACCEL``: its internal location)."""
    location = getattr(settings, "FILES_ACCEL", "")
    if not location:
        return None
    inside = file_store.place(file.uid, thumbnail=small).as_posix()
    return HttpResponse(headers={"X-Accel-Redirect": f"{location.rstrip('/')}/{inside}"})


def _streamed(file: Attachment, *, small: bool) -> HttpResponseBase:
    try:
        return FileResponse(file_store.open_stored(file.uid, thumbnail=small))
    except FileNotFoundError:
        log.exception("a stored file is missing: %s", file.uid)
        raise Http404(_("文件在存储中找不到，请告知系统管理员。")) from None
