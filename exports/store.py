"""The folder of finished files: ``FILES_ROOT/exports/<uid>.xlsx``, outside the web root, each for some days.

A file is written under its lease's name, synced, and renamed as the last act before the commit that makes it ready: a
crash leaves at most a file without a ready row, which ``orphans`` finds, never a ready row without its file.
"""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from django.conf import settings

SUFFIX, PART = ".xlsx", ".part"
_PRIVATE_FOLDER = 0o700


def folder() -> Path:
    path = Path(settings.FILES_ROOT) / "exports"
    path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    return path


def part_of(lease: uuid.UUID) -> Path:
    return folder() / f"{lease.hex}{PART}"


def place(uid: uuid.UUID) -> Path:
    return folder() / f"{uid.hex}{SUFFIX}"


def seal(part: Path) -> tuple[int, str]:
    """Syncs a written file to the disk; its size and SHA-256."""
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return part.stat().st_size, digest


def keep(part: Path, uid: uuid.UUID) -> None:
    os.replace(part, place(uid))
    handle = os.open(folder(), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_stored(uid: uuid.UUID) -> BufferedReader:
    return place(uid).open("rb")


def remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def older_than(moment: datetime) -> Iterator[tuple[Path, uuid.UUID | None]]:
    """Our files last written before the moment, with the export they belong to; None for parts."""
    for path in folder().iterdir():
        with suppress(FileNotFoundError, ValueError):
            if path.stat().st_mtime < moment.timestamp() and path.suffix in {SUFFIX, PART}:
                yield path, uuid.UUID(hex=path.stem) if path.suffix == SUFFIX else None
