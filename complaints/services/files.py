"""Attaching files to an order. Each file stands for itself: a bad one is refused with its reason, the others stay.

1. ``prepared``, without any lock or transaction: write to disk, recognise, check, redraw images (the slow part).
2. ``save``, one short transaction under the order's lock: right, state and room once more, then event, row and audit
   row per file; renaming the files is its last act (``file_store``).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import NotAllowed, NotNow, Refused
from complaints.file_types import (
    ACCEPT,
    IMAGES,
    RECORDINGS,
    FileType,
    Picture,
    Problem,
    Unfit,
    inspect,
    name_for,
    redraw,
    tidy_name,
    too_big,
)
from complaints.file_types.limits import (
    MAX_BYTES_AT_ONCE,
    MAX_FILE_BYTES,
    MAX_FILES_AT_ONCE,
    MAX_FILES_PER_ORDER,
    MEGABYTE,
)
from complaints.models import Attachment, Order
from complaints.permissions import part_taker_or_hotline, post_of
from complaints.services import file_store
from complaints.services.door import note
from complaints.services.file_store import NoSpace
from complaints.steps import is_open_in
from people import audit
from people.models import User
from people.roles import HOTLINE
from people.standing import standing

EVENT, RIGHT = "file", "add_fact"
_PIECE = 1 << 20


@dataclass(frozen=True)
class UploadOffer:
    """What the upload form tells: ``room`` files more fit this order. Absent (None) where one may not upload."""

    room: int
    accept: str = ACCEPT
    max_mb: int = MAX_FILE_BYTES // MEGABYTE
    max_files: int = MAX_FILES_PER_ORDER
    at_once: int = MAX_FILES_AT_ONCE
    at_once_mb: int = MAX_BYTES_AT_ONCE // MEGABYTE


@dataclass(frozen=True)
class Rejection:
    """A file that was not taken, by its tidied name, and why."""

    name: str
    error: Unfit | Refused

    @property
    def text(self) -> str:
        return _("“%(name)s”没有保存：%(why)s") % {"name": self.name, "why": self.error.message}


@dataclass
class Outcome:
    stored: list[Attachment]
    rejected: list[Rejection]


@dataclass(frozen=True)
class _Prepared:
    """A checked file waiting under ``tmp``."""

    name: str
    found: FileType
    content: Path
    thumbnail: Path | None
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None


@dataclass
class Batch:
    """What became of the files so far: those that wait to be saved, and those that were not taken."""

    waiting: list[_Prepared] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def upload_offer(order: Order, *, by: User, now: datetime, stored: int | None = None) -> UploadOffer | None:
    """Of an order in view: whoever may add a fact may add files, also after it was archived (S3-R01). ``stored`` is the
    number of its files where the caller has counted them already."""
    post = part_taker_or_hotline(order, standing(by, timezone.localdate(now)))
    if not is_open_in(RIGHT, order.state) or post is None:
        return None
    return UploadOffer(room=max(0, MAX_FILES_PER_ORDER - (order.files.count() if stored is None else stored)))


def readable_files(order: Order, *, by: User, now: datetime) -> QuerySet[Attachment]:
    """The files of an order this user already may see. Where the caller is concealed, voices are the hotline's alone
    (A27), and of whoever recorded them."""
    files = order.files.select_related("uploaded_by")
    if order.conceals_caller and not post_of(standing(by, timezone.localdate(now)), HOTLINE):
        return files.filter(~Q(type__in=sorted(RECORDINGS)) | Q(uploaded_by=by))
    return files


def attach(
    order: Order, uploads: Sequence[UploadedFile[Any]], *, by: User, now: datetime, request: HttpRequest | None = None
) -> Outcome:
    """Both halves at once, for callers that hold no transaction open meanwhile."""
    with prepared(order, uploads, by=by, now=now) as batch:
        return save(order, batch, by=by, now=now, request=request)


# --- before the lock ------------------------------------------------------------------------------------------------


@contextmanager
def prepared(order: Order, uploads: Sequence[UploadedFile[Any]], *, by: User, now: datetime) -> Iterator[Batch]:
    """Checked files, waiting under ``tmp`` until the end of the block. Takes seconds: not within a transaction.

    Raises ``NotAllowed`` 403 or ``NotNow`` 409 when nothing may be added to the order at all; every other refusal
    concerns one file and is told in the batch.
    """
    _expect_right(order, by, now)
    with checked(uploads) as batch:
        yield batch


@contextmanager
def checked(uploads: Sequence[UploadedFile[Any]]) -> Iterator[Batch]:
    """The same before there is an order: what is attached while it is being registered."""
    batch = Batch()
    try:
        for upload in uploads:
            try:
                batch.waiting.append(_prepare(upload))
            except (Unfit, NoSpace) as error:
                batch.rejected.append(Rejection(tidy_name(upload.name or ""), error))
        yield batch
    finally:
        for one in batch.waiting:
            _discard(one.content, one.thumbnail)


def _prepare(upload: UploadedFile[Any]) -> _Prepared:
    size, name = upload.size or 0, upload.name or ""
    if size == 0:
        raise Unfit(Problem.EMPTY)
    if size > MAX_FILE_BYTES:
        raise too_big(MAX_FILE_BYTES)
    if not file_store.has_room(size):
        raise NoSpace
    original = file_store.write_temporary(upload.chunks())
    try:
        with original.open("rb") as stream:
            found = inspect(stream, size=original.stat().st_size, name=name)
            picture = redraw(stream, found) if found in IMAGES else None
        if picture is None:
            return _Prepared(name_for(name, found), found, original, None, *_measure(original))
        prepared = _prepare_picture(name, picture)
    except BaseException:
        file_store.remove(original)
        raise
    file_store.remove(original)
    return prepared


def _prepare_picture(name: str, picture: Picture) -> _Prepared:
    content = file_store.write_temporary([picture.content])
    try:
        thumbnail = file_store.write_temporary([picture.thumbnail])
    except BaseException:
        file_store.remove(content)
        raise
    return _Prepared(
        name_for(name, picture.found),
        picture.found,
        content,
        thumbnail,
        *_measure(content),
        picture.width,
        picture.height,
    )


def _measure(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 (hex) of what lies on the disk."""
    with path.open("rb") as stream:
        return path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()


# --- under the lock -------------------------------------------------------------------------------------------------


def save(order: Order, batch: Batch, *, by: User, now: datetime, request: HttpRequest | None = None) -> Outcome:
    """All waiting files or none. A failing commit takes the files back; a crash leaves them to the sweep."""
    if not batch.waiting:
        return Outcome([], batch.rejected)
    kept: list[Path] = []
    try:
        with transaction.atomic():
            locked = Order.objects.select_for_update().get(pk=order.pk)
            _expect_right(locked, by, now)
            room = max(0, MAX_FILES_PER_ORDER - locked.files.count())
            fitting = batch.waiting[:room]
            stored = [_write_rows(locked, one, by=by, now=now, request=request) for one in fitting]
            for file, one in zip(stored, fitting, strict=True):
                for path in _keep(file.uid, one):
                    kept.append(path)
    except BaseException:
        _discard(*kept)
        raise
    return Outcome(stored, [*batch.rejected, *(Rejection(one.name, _full()) for one in batch.waiting[room:])])


def _write_rows(order: Order, one: _Prepared, *, by: User, now: datetime, request: HttpRequest | None) -> Attachment:
    """One event, one row, one audit row; names of files may hold names of people, so the audit row has none."""
    uid = uuid.uuid4()
    facts = {"file": uid.hex, "type": str(one.found), "size": one.size}
    event = note(order, EVENT, by=by, now=now, text=_("上传附件：%(name)s") % {"name": one.name}, data=facts)
    file = Attachment.objects.create(
        order=order,
        uid=uid,
        event=event,
        type=one.found,
        name=one.name,
        size=one.size,
        sha256=one.sha256,
        width=one.width,
        height=one.height,
        uploaded_by=by,
        uploaded_at=now,
    )
    audit.record(actor=by, action="file.add", subject=file, ref=reference(file), now=now, request=request, detail=facts)
    return file


def _keep(uid: uuid.UUID, one: _Prepared) -> Iterator[Path]:
    if one.thumbnail is not None:
        yield file_store.keep(one.thumbnail, uid, thumbnail=True)
    yield file_store.keep(one.content, uid)


def reference(file: Attachment) -> str:
    """How the audit trail names a file: order number and identifier."""
    return f"{file.order.number}/{file.uid.hex}"


def _discard(*paths: Path | None) -> None:
    for path in paths:
        if path is not None:
            file_store.remove(path)


def _post(order: Order, by: User, now: datetime) -> object | None:
    if not Order.objects.visible_to(by, now=now).filter(pk=order.pk).exists():
        return None
    return part_taker_or_hotline(order, standing(by, timezone.localdate(now)))


def _expect_right(order: Order, by: User, now: datetime) -> None:
    if not is_open_in(RIGHT, order.state):
        raise NotNow(_("工单现为“%(state)s”，不能再添加附件。") % {"state": order.get_state_display()}, field="files")
    if _post(order, by, now) is None:
        raise NotAllowed(_("附件由参与部门或热线添加，请交给工单的责任部门上传。"), field="files")


def _full() -> Refused:
    return Refused(
        _("这张工单的附件已满 %(n)d 个。请把多张照片合成一个 PDF，或在“记进展”里写明。") % {"n": MAX_FILES_PER_ORDER},
        field="files",
    )
