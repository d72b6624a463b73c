"""PDF and plain text; and what no file may carry that is stored as it came."""

import codecs
import re
from typing import BinaryIO

from complaints.file_types.kinds import Problem, Unfit
from complaints.file_types.limits import MEGABYTE
from complaints.file_types.office import END_BYTES, END_MARK, LONGEST_COMMENT

CHUNK = MEGABYTE
EDGE = 1024
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?php)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PADDING = b"\x00\t\n\x0c\r "
_LONGEST_TAG = 32


def has_markup(data: bytes) -> bool:
    return _MARKUP.search(data) is not None


def refuse_mixed(stream: BinaryIO, size: int) -> None:
    """A file that is also a web page (a browser sniffs the beginning) or a zip (readers look for its end)."""
    stream.seek(0)
    head = stream.read(EDGE)
    stream.seek(max(0, size - EDGE))
    if has_markup(head) or has_markup(stream.read()):
        raise Unfit(Problem.MARKUP)
    stream.seek(max(0, size - END_BYTES - LONGEST_COMMENT))
    tail = stream.read()
    at = tail.rfind(END_MARK)
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + END_BYTES], "little")
        if at + END_BYTES + comment <= len(tail):
            raise Unfit(Problem.MIXED)
        at = tail.rfind(END_MARK, 0, at)


def check_pdf(stream: BinaryIO, size: int) -> None:
    """Begins and ends as a PDF does; nothing follows its end. It is never rendered here."""
    refuse_mixed(stream, size)
    stream.seek(max(0, size - 4 * EDGE))
    tail = stream.read().rstrip(_PADDING)
    if not tail.endswith(b"%%EOF"):
        raise Unfit(Problem.MIXED if b"%%EOF" in tail else Problem.DAMAGED)
    if b"startxref" not in tail:
        raise Unfit(Problem.DAMAGED)


def check_text(stream: BinaryIO, size: int) -> None:
    """Strict UTF-8 without control characters and without a line of web page anywhere."""
    refuse_mixed(stream, size)
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    kept = b""
    while chunk := stream.read(CHUNK):
        if has_markup(kept + chunk):
            raise Unfit(Problem.MARKUP)
        kept = chunk[-_LONGEST_TAG:]
        _check_piece(decoder, chunk)
    _check_piece(decoder, b"", final=True)


def _check_piece(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> None:
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        raise Unfit(Problem.NOT_UTF8) from None
    if _CONTROL.search(text):
        raise Unfit(Problem.ODD_TEXT)
