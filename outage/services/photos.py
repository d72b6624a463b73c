"""Pictures from the phone: redrawn so that no position and no EXIF are left, kept once per key (S0-R03).

1. Before any transaction: written to disk, recognised, redrawn (``complaints.file_types``).
2. In one short transaction: row, audit row; renaming the files is its last act. A crash leaves at most a file without
   a row, which the file sweep removes; a picture sent again under its key is the row that is there already.
"""

import hashlib
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.file_types import IMAGES, Picture, Problem, Unfit, inspect, redraw, too_big
from complaints.file_types.limits import MAX_FILE_BYTES
from complaints.services import file_store
from outage.models import Outage, OutagePhoto
from outage.permissions import crew
from outage.vocabulary import State
from people import audit
from people.models import User
from people.standing import standing

MOST_PHOTOS = 60
CLOSED = (State.CLOSED, State.MERGED, State.CANCELLED)


def owned(uids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these files are ours, for the file sweep."""
    return set(OutagePhoto.objects.filter(uid__in=uids).values_list("uid", flat=True))


def keep_photo(
    outage: Outage,
    upload: UploadedFile[Any],
    *,
    key: uuid.UUID,
    purpose: str,
    by: User,
    now: datetime,
    taken_at: datetime | None = None,
) -> OutagePhoto:
    """Raises NotAllowed, NotNow, Unfit (no picture, too large, damaged), NoSpace. Not within a transaction."""
    _expect_right(outage, by, now)
    known = OutagePhoto.objects.filter(outage=outage, key=key).first()
    if known is not None:
        return known
    picture = _redrawn(upload)
    content = file_store.write_temporary([picture.content])
    thumbnail: Path | None = None
    kept: list[Path] = []
    try:
        thumbnail = file_store.write_temporary([picture.thumbnail])
        with transaction.atomic():
            locked = Outage.objects.select_for_update().get(pk=outage.pk)
            _expect_right(locked, by, now)
            known = locked.photos.filter(key=key).first()
            if known is not None:
                return known
            if locked.photos.count() >= MOST_PHOTOS:
                raise Invalid(_("这起停电的照片已满 %(n)d 张。") % {"n": MOST_PHOTOS}, field="photo")
            row = _row(locked, picture, key=key, purpose=purpose, by=by, now=now, taken_at=taken_at)
            kept.append(file_store.keep(thumbnail, row.uid, thumbnail=True))
            kept.append(file_store.keep(content, row.uid))
            return row
    except BaseException:
        for path in kept:
            file_store.remove(path)
        raise
    finally:
        for left in filter(None, (content, thumbnail)):
            file_store.remove(left)


def _redrawn(upload: UploadedFile[Any]) -> Picture:
    size = upload.size or 0
    if size == 0:
        raise Unfit(Problem.EMPTY)
    if size > MAX_FILE_BYTES:
        raise too_big(MAX_FILE_BYTES)
    if not file_store.has_room(size):
        raise file_store.NoSpace
    original = file_store.write_temporary(upload.chunks())
    try:
        with original.open("rb") as stream:
            found = inspect(stream, size=original.stat().st_size, name=upload.name or "photo.jpg")
            if found not in IMAGES:
                raise Invalid(_("这里只收照片（JPEG、PNG、WebP），请重新拍照或选择图片。"), field="photo")
            return redraw(stream, found)
    finally:
        file_store.remove(original)


def _row(
    outage: Outage,
    picture: Picture,
    *,
    key: uuid.UUID,
    purpose: str,
    by: User,
    now: datetime,
    taken_at: datetime | None,
) -> OutagePhoto:
    row = OutagePhoto.objects.create(
        outage=outage,
        key=key,
        purpose=purpose,
        size=len(picture.content),
        sha256=hashlib.sha256(picture.content).hexdigest(),
        width=picture.width,
        height=picture.height,
        taken_at=taken_at if taken_at and taken_at <= now else None,
        uploaded_at=now,
        uploaded_by=by,
    )
    audit.record(actor=by, action="outage.photo", subject=row, ref=outage.number, now=now, detail={"size": row.size})
    return row


def _expect_right(outage: Outage, by: User, now: datetime) -> None:
    if outage.state in CLOSED:
        raise NotNow(_("停电现为“%(state)s”，不能再添加照片。") % {"state": outage.get_state_display()}, field="photo")
    visible = Outage.objects.visible_to(by, now=now).filter(pk=outage.pk).exists()
    if not visible or crew(outage, standing(by, now.astimezone().date())) is None:
        raise NotAllowed(_("照片由参与抢修和值班的人员上传。"), field="photo")
