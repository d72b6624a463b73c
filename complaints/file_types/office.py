"""DOCX and XLSX: the zip around them is read byte by byte, as nothing else may be inside, before or behind it.

Nothing is unpacked to disk or parsed as XML: parts are inflated in pieces, within a limit, and searched.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from complaints.file_types.kinds import FileType, Problem, Unfit, too_big
from complaints.file_types.limits import LONGEST_ZIP_NAME, MAX_ZIP_ENTRIES, MAX_ZIP_UNPACKED

END_MARK, END_BYTES, LONGEST_COMMENT = b"PK\x05\x06", 22, 0xFFFF
LOCAL_MARK, LOCAL_BYTES = b"PK\x03\x04", 30
_DESCRIPTOR_BYTES = {12, 16, 20, 24}
_ENCRYPTED, _HAS_DESCRIPTOR = 0x1 | 0x40 | 0x2000, 0x8
_PIECE = 64 * 1024

CONTENT_TYPES = "[Content_Types].xml"
_MAIN = {
    b"wordprocessingml.document.main+xml": (FileType.DOCX, "word/document.xml"),
    b"spreadsheetml.sheet.main+xml": (FileType.XLSX, "xl/workbook.xml"),
}
# What Word, Excel and WPS write into a document without macros and without embedded objects.
_PARTS = re.compile(
    r".*\.(xml|rels|vml|png|jpe?g|gif|bmp|tiff?|emf|wmf|emz|wmz|wdp|svg|odttf|ttf)|.*printersettings\d*\.bin"
)
_MACRO_PARTS = re.compile(r".*(vbaproject|vbadata|macrosheets/|activex/|\.xlsm$|\.docm$|\.xlam$|\.dotm$).*")
_DOCTYPE = re.compile(rb"<!\s*(doctype|entity)", re.IGNORECASE)
_RELATIONSHIP = re.compile(rb"<[\w:]*Relationship\s[^>]*>")
_TARGET = re.compile(rb"""\sTarget\s*=\s*["']([^"']*)""")
_HARMLESS_TYPE = re.compile(rb"""\sType\s*=\s*["'][^"']*/hyperlink["']""")
_FROM_ELSEWHERE = re.compile(
    rb"\s*(https?|ftp|mhtml|javascript|ms-|search-ms)|\s*(file:)?[/\\]{2,}[^/\\]", re.IGNORECASE
)


def check_office(stream: BinaryIO, size: int) -> FileType:
    """DOCX or XLSX; raises ``Unfit`` for every other zip, and for macros, embedded files, remote parts and bombs."""
    _check_end(stream, size)
    try:
        parts = _entries(stream)
        _check_row(stream, size, parts)
        _check_names(parts)
        return _check_parts(stream, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, NotImplementedError, ValueError) as error:
        raise Unfit(Problem.DAMAGED) from error


def _check_end(stream: BinaryIO, size: int) -> None:
    """The end record is the last thing of the file and the directory touches it: nothing behind, nothing before."""
    stream.seek(max(0, size - END_BYTES - LONGEST_COMMENT))
    tail = stream.read()
    end = tail[-END_BYTES:]
    if len(end) < END_BYTES or not end.startswith(END_MARK) or end[20:] != b"\0\0":
        raise Unfit(Problem.MIXED if END_MARK in tail else Problem.DAMAGED)
    count = int.from_bytes(end[10:12], "little")
    if count > MAX_ZIP_ENTRIES:
        raise too_big(MAX_ZIP_UNPACKED, Problem.UNPACKS_TOO_BIG)
    length, start = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if start + length != size - END_BYTES:
        raise Unfit(Problem.MIXED)


@dataclass(frozen=True)
class _Part:
    name: str
    start: int  # of the local header
    data: int  # of the packed bytes
    packed: int
    size: int
    flags: int
    method: int
    crc: int

    @property
    def end(self) -> int:
        return self.data + self.packed


def _entries(stream: BinaryIO) -> list[_Part]:
    """The directory's entries in the order of the file, with their local headers agreeing."""
    found = []
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES or sum(entry.file_size for entry in entries) > MAX_ZIP_UNPACKED:
        raise too_big(MAX_ZIP_UNPACKED, Problem.UNPACKS_TOO_BIG)
    for entry in sorted(entries, key=lambda one: one.header_offset):
        stream.seek(entry.header_offset)
        head = stream.read(LOCAL_BYTES)
        name = stream.read(int.from_bytes(head[26:28], "little"))
        if not head.startswith(LOCAL_MARK) or name != entry.orig_filename.encode(_encoding(entry)):
            raise Unfit(Problem.MIXED)
        if (entry.flag_bits | int.from_bytes(head[6:8], "little")) & _ENCRYPTED:
            raise Unfit(Problem.ENCRYPTED)
        data = entry.header_offset + LOCAL_BYTES + len(name) + int.from_bytes(head[28:30], "little")
        found.append(
            _Part(
                entry.orig_filename,
                entry.header_offset,
                data,
                entry.compress_size,
                entry.file_size,
                entry.flag_bits,
                entry.compress_type,
                entry.CRC,
            )
        )
    return found


def _encoding(entry: zipfile.ZipInfo) -> str:
    return "utf-8" if entry.flag_bits & 0x800 else "cp437"


def _check_row(stream: BinaryIO, size: int, parts: Sequence[_Part]) -> None:
    """Entries stand one behind the other, from the first byte to the directory: no overlap, no gap."""
    stream.seek(size - END_BYTES + 16)
    directory = int.from_bytes(stream.read(4), "little")
    starts = [*(part.start for part in parts), directory]
    if starts[0] != 0:
        raise Unfit(Problem.MIXED)
    for part, following in zip(parts, starts[1:], strict=True):
        gap = following - part.end
        if gap and not (part.flags & _HAS_DESCRIPTOR and gap in _DESCRIPTOR_BYTES):
            raise Unfit(Problem.MIXED)


def _check_names(parts: Sequence[_Part]) -> None:
    names = [part.name.lower() for part in parts if not part.name.endswith("/")]
    if len(set(names)) != len(names):
        raise Unfit(Problem.MIXED)
    for name in names:
        if len(name) > LONGEST_ZIP_NAME or name.startswith("/") or "\\" in name or ":" in name or ".." in name:
            raise Unfit(Problem.MIXED)
        if _MACRO_PARTS.fullmatch(name):
            raise Unfit(Problem.MACRO)
    if CONTENT_TYPES.lower() not in names:
        raise Unfit(Problem.ARCHIVE)
    if not all(_PARTS.fullmatch(name) for name in names):
        raise Unfit(Problem.EMBEDDED)


def _check_parts(stream: BinaryIO, parts: Sequence[_Part]) -> FileType:
    left, types = MAX_ZIP_UNPACKED, b""
    for part in parts:
        searched = part.name.lower().endswith((".xml", ".rels", ".vml"))
        whole = part.name == CONTENT_TYPES or part.name.lower().endswith(".rels")
        kept, length, crc = b"", 0, 0
        for piece in _inflate(stream, part, left):
            length, crc = length + len(piece), zlib.crc32(piece, crc)
            if searched and length == len(piece):
                _check_prologue(piece)
            kept += piece if whole else b""
        if length != part.size or crc != part.crc:
            raise Unfit(Problem.DAMAGED)
        left -= length
        if part.name == CONTENT_TYPES:
            types = kept
        elif whole:
            _check_relationships(kept)
    return _main_type(types, {part.name for part in parts})


def _inflate(stream: BinaryIO, part: _Part, limit: int) -> Iterator[bytes]:
    """The part's content in pieces; what it says of its own length is not believed."""
    stream.seek(part.data)
    packed, total = part.packed, 0
    if part.method == zipfile.ZIP_STORED:
        decoder = None
    elif part.method == zipfile.ZIP_DEFLATED:
        decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    else:
        raise Unfit(Problem.DAMAGED)
    waiting = b""
    while packed or waiting:
        if not waiting:
            waiting = stream.read(min(_PIECE, packed))
            packed -= len(waiting)
            if not waiting:
                raise Unfit(Problem.DAMAGED)
        if decoder is None:
            piece, waiting = waiting, b""
        else:
            piece, waiting = decoder.decompress(waiting, _PIECE), decoder.unconsumed_tail
            if decoder.unused_data or (decoder.eof and packed):
                raise Unfit(Problem.MIXED)
        total += len(piece)
        if total > limit:
            raise too_big(MAX_ZIP_UNPACKED, Problem.UNPACKS_TOO_BIG)
        yield piece
    if decoder is not None and not decoder.eof:
        raise Unfit(Problem.DAMAGED)


def _check_prologue(head: bytes) -> None:
    """Office writes UTF-8 without document types: neither entity tricks nor an encoding that hides words from us."""
    if b"\0" in head or _DOCTYPE.search(head):
        raise Unfit(Problem.MARKUP)


def _check_relationships(xml: bytes) -> None:
    for relationship in _RELATIONSHIP.findall(xml):
        target = _TARGET.search(relationship)
        if target is None or _HARMLESS_TYPE.search(relationship):
            continue
        if _FROM_ELSEWHERE.match(target.group(1)):
            raise Unfit(Problem.EXTERNAL)


def _main_type(types: bytes, names: set[str]) -> FileType:
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise Unfit(Problem.MACRO)
    for mark, (found, main) in _MAIN.items():
        if mark in types and main in names:
            return found
    raise Unfit(Problem.UNKNOWN)
