"""What a file is, by its content alone; its name and what the sender called it decide nothing (RELIABILITY 3).

Text is the exception that has no mark of its own: it must also be named ``.txt``.
"""

from collections.abc import Callable
from typing import BinaryIO

from complaints.file_types.documents import check_pdf, check_text, has_markup
from complaints.file_types.kinds import FileType, Problem, Unfit, too_big
from complaints.file_types.limits import MAX_FILE_BYTES
from complaints.file_types.office import check_office
from complaints.file_types.recordings import check_m4a, check_mp3, check_wav, is_mp3_start

HEAD = 1024
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
_RIFF: dict[bytes, FileType | Problem] = {b"WEBP": FileType.WEBP, b"WAVE": FileType.WAV, b"AVI ": Problem.VIDEO}
_MARKS: tuple[tuple[bytes, FileType | Problem], ...] = (
    (b"\xff\xd8\xff", FileType.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileType.PNG),
    (b"%PDF-", FileType.PDF),
    (b"PK\x03\x04", FileType.DOCX),  # or XLSX: the parts decide
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Problem.OLD_OFFICE),
    (b"PK", Problem.ARCHIVE),
    (b"Rar!\x1a\x07", Problem.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Problem.ARCHIVE),
    (b"\x1f\x8b", Problem.ARCHIVE),
    (b"\x1a\x45\xdf\xa3", Problem.VIDEO),
)


def inspect(stream: BinaryIO, *, size: int, name: str) -> FileType:
    """The type of the file, checked as far as it can be without decoding it. Raises ``Unfit``.

    Images are only recognised: ``pictures.redraw`` makes them anew. ``size`` is the true length in bytes.
    """
    if size == 0:
        raise Unfit(Problem.EMPTY)
    if size > MAX_FILE_BYTES:
        raise too_big(MAX_FILE_BYTES)
    stream.seek(0)
    found = _recognise(stream.read(HEAD), name)
    if found is FileType.DOCX:
        return check_office(stream, size)
    check = _CHECKS.get(found)
    if check is not None:
        check(stream, size)
    return found


def _recognise(head: bytes, name: str) -> FileType:
    found = next((what for mark, what in _MARKS if head.startswith(mark)), None) or _by_container(head)
    if isinstance(found, Problem):
        raise Unfit(found)
    if found is not None:
        return found
    if is_mp3_start(head):
        return FileType.MP3
    if name.lower().endswith(FileType.TXT.suffix):
        return FileType.TXT
    raise Unfit(Problem.MARKUP if has_markup(head) else Problem.UNKNOWN)


def _by_container(head: bytes) -> FileType | Problem | None:
    """RIFF and ISO base media files tell what they hold a few bytes in."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return Problem.HEIC if brand in _HEIF else Problem.UNKNOWN if brand.startswith(b"avi") else FileType.M4A
    return None


_CHECKS: dict[FileType, Callable[[BinaryIO, int], None]] = {
    FileType.PDF: check_pdf,
    FileType.TXT: check_text,
    FileType.MP3: check_mp3,
    FileType.WAV: check_wav,
    FileType.M4A: check_m4a,
}
