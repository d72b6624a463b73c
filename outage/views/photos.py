"""``/outages/<number>/photos/``: pictures from the phone, one by one, each under the key the phone gave it."""

import logging
import uuid

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.errors import NotAllowed, Refused
from complaints.file_types import FileType, Unfit
from complaints.files_views import HARMLESS, KEEP_THUMBNAIL
from complaints.services import file_store
from complaints.views.access import user_of
from outage.forms import PhotoForm
from outage.services.photos import keep_photo
from outage.views.access import find_outage, find_to_work

log = logging.getLogger(__name__)
UNFIT = 400


@login_required
@require_POST
def upload(request: HttpRequest, number: str) -> HttpResponse:
    """One picture. Sent again under the same key it is the same picture: the phone may repeat until it hears back."""
    now = timezone.now()
    outage = find_to_work(request, number, now=now)
    form = PhotoForm(request.POST)
    picture = request.FILES.get("photo")
    if not form.is_valid() or picture is None:
        problems = " ".join(str(text) for texts in form.errors.values() for text in texts) or _("没有收到照片。")
        return _answer({"error": problems}, UNFIT)
    data = form.cleaned_data
    try:
        row = keep_photo(
            outage,
            picture,
            key=data["key"],
            purpose=data["purpose"],
            taken_at=data["taken_at"],
            by=user_of(request),
            now=now,
        )
    except NotAllowed as error:
        raise PermissionDenied(error.message) from None
    except Unfit as error:
        return _answer({"error": str(error.message)}, UNFIT)
    except Refused as error:
        return _answer({"error": error.message}, error.status)
    url = reverse("outage_photo", args=[outage.number, row.uid])
    return _answer({"key": str(row.key), "url": f"{url}?thumb=1", "size": row.size}, 200)


def _answer(data: dict[str, object], status: int) -> JsonResponse:
    return JsonResponse(data, status=status, json_dumps_params={"ensure_ascii": False})


@login_required
@require_safe
def photo(request: HttpRequest, number: str, uid: uuid.UUID) -> HttpResponseBase:
    """One picture of an outage in view, or with ``?thumb=1`` its small one."""
    outage = find_outage(request, number, now=timezone.now())
    row = outage.photos.filter(uid=uid).first()
    if row is None:
        raise Http404(_("没有这张照片，或不在您的查看范围内。"))
    small = request.GET.get("thumb") == "1"
    try:
        response = FileResponse(file_store.open_stored(row.uid, thumbnail=small))
    except FileNotFoundError:
        log.exception("a stored picture is missing: %s", row.uid)
        raise Http404(_("照片在存储中找不到，请告知系统管理员。")) from None
    with file_store.open_stored(row.uid) as stream:
        png = stream.read(len(PNG)) == PNG
    shown = FileType.PNG if png and not small else FileType.JPEG
    for name, value in HARMLESS.items():
        response[name] = value
    response["Content-Type"] = shown.media_type
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = KEEP_THUMBNAIL
    return response


PNG = b"\x89PNG"
