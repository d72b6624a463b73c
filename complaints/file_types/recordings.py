"""Sound files: their containers are walked from the first byte to the last, so that nothing else fits inside."""

from collections.abc import Iterator
from typing import BinaryIO

from complaints.file_types.documents import refuse_mixed
from complaints.file_types.kinds import Problem, Unfit

# --- WAV ------------------------------------------------------------------------------------------------------------

_RIFF_HEAD, _CHUNK_HEAD, _SHORTEST_FORMAT = 12, 8, 16
_UNKNOWN_LENGTH = {0, 0xFFFFFFFF}  # written by recorders that stream and never come back


def check_wav(stream: BinaryIO, size: int) -> None:
    """A RIFF whose length is the file's, with a format chunk and samples."""
    refuse_mixed(stream, size)
    stream.seek(4)
    told = int.from_bytes(stream.read(4), "little")
    if told not in _UNKNOWN_LENGTH and told + _CHUNK_HEAD not in {size, size - 1}:
        raise Unfit(Problem.DAMAGED if told + _CHUNK_HEAD > size else Problem.MIXED)
    names = [name for name, _length in _chunks(stream, size)]
    if b"fmt " not in names or b"data" not in names:
        raise Unfit(Problem.DAMAGED)


def _chunks(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    at = _RIFF_HEAD
    while at + _CHUNK_HEAD <= size:
        stream.seek(at)
        name, length = stream.read(4), int.from_bytes(stream.read(4), "little")
        if name == b"data" and length in _UNKNOWN_LENGTH:
            length = size - at - _CHUNK_HEAD
        if at + _CHUNK_HEAD + length > size or (name == b"fmt " and length < _SHORTEST_FORMAT):
            raise Unfit(Problem.DAMAGED)
        yield name, length
        at += _CHUNK_HEAD + length + length % 2


# --- MP3 ------------------------------------------------------------------------------------------------------------

_ID3_HEAD, _ID3_TAIL = 10, 128
_BITRATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_FEWEST_FRAMES = 4


def is_mp3_start(head: bytes) -> bool:
    return head.startswith(b"ID3") or frame_length(head[:4]) is not None


def frame_length(head: bytes) -> int | None:
    """Bytes of the layer III frame that begins with these four bytes; None when none begins here."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or (head[1] >> 1) & 3 != 1:
        return None
    version, bits, rate = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version not in _RATES or rate > 2 or not 0 < bits < 15:
        return None
    samples = 144 if version == 3 else 72
    return samples * _BITRATES[version == 3][bits] * 1000 // _RATES[version][rate] + ((head[2] >> 1) & 1)


def check_mp3(stream: BinaryIO, size: int) -> None:
    """An unbroken row of frames between the tags; the last one may be cut short."""
    refuse_mixed(stream, size)
    stream.seek(0)
    head = stream.read(_ID3_HEAD)
    at = _id3_length(head) if head.startswith(b"ID3") else 0
    end, frames = _without_tail(stream, size), 0
    while at < end:
        stream.seek(at)
        length = frame_length(stream.read(4))
        if length is None:
            break
        frames, at = frames + 1, at + length
    if frames < _FEWEST_FRAMES:
        raise Unfit(Problem.DAMAGED)
    stream.seek(at)
    if at < end and stream.read(end - at).strip(b"\x00"):
        raise Unfit(Problem.MIXED)


def _id3_length(head: bytes) -> int:
    if len(head) < _ID3_HEAD or any(byte & 0x80 for byte in head[6:10]):
        raise Unfit(Problem.DAMAGED)
    return _ID3_HEAD + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]) + (_ID3_HEAD if head[5] & 0x10 else 0)


def _without_tail(stream: BinaryIO, size: int) -> int:
    """Where the frames end: before an ID3v1 tag, if there is one."""
    if size < _ID3_TAIL:
        return size
    stream.seek(size - _ID3_TAIL)
    return size - _ID3_TAIL if stream.read(3) == b"TAG" else size


# --- M4A ------------------------------------------------------------------------------------------------------------

_BOX_HEAD, _BIG_BOX_HEAD, _HANDLER_AT = 8, 16, 8
_WAY_TO_HANDLERS = {b"moov", b"trak", b"mdia"}
_MOST_BOXES = 10_000


def check_m4a(stream: BinaryIO, size: int) -> None:
    """ISO media with at least one track of sound and none of pictures."""
    refuse_mixed(stream, size)
    top: set[bytes] = set()
    handlers: list[bytes] = []
    todo, seen = [(0, size)], 0
    while todo:
        start, end = todo.pop()
        for name, body, after in _boxes(stream, start, end):
            seen += 1
            if seen > _MOST_BOXES:
                raise Unfit(Problem.DAMAGED)
            if end == size and start == 0:
                top.add(name)
            if name in _WAY_TO_HANDLERS:
                todo.append((body, after))
            elif name == b"hdlr":
                stream.seek(body + _HANDLER_AT)
                handlers.append(stream.read(4))
    if b"vide" in handlers:
        raise Unfit(Problem.VIDEO)
    if b"soun" not in handlers or not {b"ftyp", b"moov", b"mdat"} <= top:
        raise Unfit(Problem.DAMAGED)


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, beginning of the content and end of every box; together they fill the space exactly."""
    at = start
    while at < end:
        stream.seek(at)
        head = stream.read(_BIG_BOX_HEAD)
        length, name, body = int.from_bytes(head[:4], "big"), head[4:8], at + _BOX_HEAD
        if length == 1:
            length, body = int.from_bytes(head[8:16], "big"), at + _BIG_BOX_HEAD
        after = end if length == 0 else at + length
        if after < body or after > end or len(head) < _BOX_HEAD:
            raise Unfit(Problem.DAMAGED)
        yield name, body, after
        at = after
