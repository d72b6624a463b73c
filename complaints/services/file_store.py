"""The folder of attachments: ``FILES_ROOT/ab/cd/abcd…`` under random names, outside the web root.

A file comes in three steps: written and synced under ``tmp``; its row and event written; renamed to its place as the
last act before the commit. A crash at any moment therefore leaves at most a file without a row, which ``sweep``
removes a day later, and never a row without its file (F3, invariant 29).
"""

import errno
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from complaints.errors import Refused
from complaints.file_types import too_big
from complaints.file_types.limits import FREE_BYTES_KEPT, LEFTOVERS_KEPT, MAX_FILE_BYTES

TEMPORARY, THUMBNAIL = "tmp", ".thumb"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class NoSpace(Refused):
    """The disk of the files is (nearly) full; what was written about the order is not affected (F17)."""

    status = 507
    code = "no_space"

    def __init__(self) -> None:
        super().__init__(
            _("服务器存储空间不足，附件没有保存；工单文字不受影响。请稍后再传，并告知系统管理员。"), field="files"
        )


def root() -> Path:
    return Path(settings.FILES_ROOT)


def place(uid: uuid.UUID, *, thumbnail: bool = False) -> Path:
    """Where the file lies, relative to the root."""
    name = uid.hex
    return Path(name[:2], name[2:4], name + (THUMBNAIL if thumbnail else ""))


def has_room(wanted: int = 0) -> bool:
    """Whether ``wanted`` bytes fit and the reserve stays."""
    folder = root()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free - wanted >= FREE_BYTES_KEPT


def heartbeat(now: datetime) -> datetime | None:
    """For ``settings.HEARTBEATS``: alive while there is room for one more file, so that health turns red (F17)."""
    return now if has_room(MAX_FILE_BYTES) else None


def write_temporary(pieces: Iterable[bytes]) -> Path:
    """The content, synced to disk, under a random name in ``tmp``. Raises ``NoSpace``, and ``Unfit`` past the limit."""
    folder = root() / TEMPORARY
    path = folder / uuid.uuid4().hex
    written = 0
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE), "wb") as out:
            for piece in pieces:
                written += len(piece)
                if written > MAX_FILE_BYTES:
                    raise too_big(MAX_FILE_BYTES)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    except BaseException as error:
        remove(path)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise NoSpace from error
        raise
    return path


def keep(temporary: Path, uid: uuid.UUID, *, thumbnail: bool = False) -> Path:
    """Renames a temporary file to its place; it is there for good when this returns."""
    path = root() / place(uid, thumbnail=thumbnail)
    try:
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        os.replace(temporary, path)
        for folder in (path.parent, path.parent.parent, root()):
            _sync_folder(folder)
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace from error
        raise
    return path


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_stored(uid: uuid.UUID, *, thumbnail: bool = False) -> BufferedReader:
    return open(root() / place(uid, thumbnail=thumbnail), "rb")


def remove(path: Path) -> None:
    """Removes a file that may already be gone."""
    with suppress(FileNotFoundError):
        path.unlink()


def leftovers(now: datetime) -> Iterator[Path]:
    """Temporary files older than a day: ours, and uploads the web server was killed over."""
    spool = Path(getattr(settings, "FILE_UPLOAD_TEMP_DIR", None) or tempfile.gettempdir())
    for path in (*root().glob(f"{TEMPORARY}/*"), *spool.glob("tmp*.upload*")):
        if _is_old(path, now):
            yield path


def stored(now: datetime) -> Iterator[tuple[uuid.UUID, Path]]:
    """Every stored file (thumbnails too) older than a day, with the identifier of its row."""
    for path in root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        with suppress(ValueError):
            if _is_old(path, now):
                yield uuid.UUID(hex=path.name.removesuffix(THUMBNAIL)), path


def _is_old(path: Path, now: datetime) -> bool:
    """A plain file of ours, last written more than a day before ``now``; younger ones may belong to a running save."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return False
    mine = facts.st_uid == os.geteuid() and path.is_file() and not path.is_symlink()
    return mine and facts.st_mtime < (now - LEFTOVERS_KEPT).timestamp()
