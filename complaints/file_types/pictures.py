"""Images are never stored as they came: the pixels are drawn anew, so that only pixels are left (no EXIF, no GPS, no
second file hidden in the first), upright, no larger than needed, with a thumbnail."""

import io
import logging
from dataclasses import dataclass
from typing import BinaryIO

from PIL import ExifTags, Image

from complaints.file_types.kinds import FileType, Problem, Unfit
from complaints.file_types.limits import LONGEST_SIDE, MAX_JPEG_SCANS, MAX_PIXELS, MEGAPIXEL, THUMBNAIL_SIDE

_FORMATS = {FileType.JPEG: "JPEG", FileType.PNG: "PNG", FileType.WEBP: "WEBP"}
_SCAN = b"\xff\xda"
_PIECE = 1 << 20
PHOTO_QUALITY, THUMBNAIL_QUALITY, PNG_EFFORT = 85, 80, 3


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picture:
    """The image as it is kept; ``found`` is JPEG, or PNG where the original was PNG or has transparent parts."""

    found: FileType
    content: bytes
    thumbnail: bytes
    width: int
    height: int


def redraw(stream: BinaryIO, found: FileType) -> Picture:
    """A new image with the same pixels (scaled to LONGEST_SIDE); the thumbnail is a JPEG. Raises ``Unfit``.

    Only the decoder of the recognised type is tried, and only after the size told in the header was accepted.
    """
    if found is FileType.JPEG:
        _check_scans(stream)
    stream.seek(0)
    try:
        image = Image.open(stream, formats=[_FORMATS[found]])
        _check_pixels(image, _FORMATS[found])
        return _draw(image, found)
    except Unfit:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(_FORMATS[found]) from error
    except Exception as error:  # a decoder fed with hostile bytes raises nearly anything
        raise Unfit(Problem.DAMAGED) from error


def _check_scans(stream: BinaryIO) -> None:
    """A small progressive JPEG can ask for thousands of passes over a large picture."""
    stream.seek(0)
    scans, last = 0, b""
    while piece := stream.read(_PIECE):
        scans += (last + piece).count(_SCAN)
        last = piece[-1:]
    if scans > MAX_JPEG_SCANS:
        raise Unfit(Problem.DAMAGED)


def _check_pixels(image: Image.Image, name: str) -> None:
    key = "JPEG progressive" if image.info.get("progressive") else name
    if image.width * image.height > MAX_PIXELS[key]:
        raise _too_many(key)


def _too_many(key: str) -> Unfit:
    return Unfit(Problem.TOO_MANY_PIXELS, limit=MAX_PIXELS[key] // MEGAPIXEL)


def _draw(image: Image.Image, found: FileType) -> Picture:
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # lets the JPEG decoder scale while it reads
    clear = image.has_transparency_data
    small = _plain(image, clear)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    drawn = _only_pixels(_upright(small, image))
    keeps_png = found is FileType.PNG or clear
    return Picture(
        found=FileType.PNG if keeps_png else FileType.JPEG,
        content=_png(drawn) if keeps_png else _jpeg(drawn, PHOTO_QUALITY),
        thumbnail=_thumbnail(drawn),
        width=drawn.width,
        height=drawn.height,
    )


def _upright(small: Image.Image, original: Image.Image) -> Image.Image:
    """Turned the way the camera was held; a camera's notes that cannot be read turn nothing."""
    try:
        turn = _TURNS.get(original.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # as in ``redraw``: anything may be raised, and the picture itself is fine
        log.info("unreadable EXIF in an uploaded picture")
        return small
    return small if turn is None else small.transpose(turn)


def _plain(image: Image.Image, clear: bool) -> Image.Image:
    """Grey, RGB or RGBA, whatever the file counted its colours in."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if clear:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in {"L", "RGB"} else image.convert("L" if image.mode == "1" else "RGB")


def _only_pixels(image: Image.Image) -> Image.Image:
    """A fresh image: text, profiles and comments that a writer would copy along stay behind."""
    fresh = Image.new(image.mode, image.size)
    fresh.paste(image)
    return fresh


def _thumbnail(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    if small.mode == "RGBA":
        paper = Image.new("RGB", small.size, "white")
        paper.paste(small, mask=small)
        small = paper
    return _jpeg(small, THUMBNAIL_QUALITY)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=PNG_EFFORT)
    return out.getvalue()
