"""Makers of files as people and attackers send them: nothing dangerous lies in the repository (T12)."""

import io
import struct
import wave
import zipfile
import zlib
from typing import Any

import openpyxl
from PIL import Image, PngImagePlugin

SCRIPT = b"<html><script>alert(1)</script></html>"


# --- images ---------------------------------------------------------------------------------------------------------


def image(kind: str = "JPEG", size: tuple[int, int] = (120, 80), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    drawn = Image.linear_gradient("L").resize(size).convert(mode)
    if mode in {"RGBA", "LA"}:
        drawn.putalpha(100)
    drawn.save(out, kind, **options)
    return out.getvalue()


def exif_jpeg(orientation: int = 1, size: tuple[int, int] = (120, 80)) -> bytes:
    """A photo with a place (GPS), a camera and an orientation."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Wang Xiaoming", orientation
    exif[0x8825] = {1: "N", 2: (28.0, 41.0, 12.5), 3: "E", 4: (121.0, 25.0, 30.0)}
    return image(size=size, exif=exif.tobytes())


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has next to no pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", head) + _png_chunk(b"IDAT", zlib.compress(b"\0" * 100)) + _IEND


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


_IEND = _png_chunk(b"IEND", b"")


def png_with_chunk(name: bytes, data: bytes) -> bytes:
    plain = image("PNG")
    return plain[:33] + _png_chunk(name, data) + plain[33:]  # behind the header


def png_with_text() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SCRIPT.decode())
    return image("PNG", pnginfo=notes)


def png_with_text_bomb() -> bytes:
    return png_with_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"0" * 90_000_000))


def jpeg_header(width: int, height: int) -> bytes:
    """A JPEG that claims another size than it has."""
    plain = image()
    at = plain.index(b"\xff\xc0")
    return plain[: at + 5] + struct.pack(">HH", height, width) + plain[at + 9 :]


def jpeg_of_many_scans(times: int = 400) -> bytes:
    """A progressive JPEG whose last refinement is repeated: each scan is a pass over the whole picture."""
    plain = image(size=(4000, 3000), progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * times + plain[-2:]


def webp_header(width: int, height: int) -> bytes:
    plain = bytearray(image("WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"))
    at = plain.index(b"VP8X") + 12
    plain[at : at + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(plain)


# --- office ---------------------------------------------------------------------------------------------------------

_OFFICE = "application/vnd.openxmlformats-officedocument."
_WORD = _OFFICE + "wordprocessingml.document.main+xml"
MACRO_WORD = "application/vnd.ms-word.document.macroEnabled.main+xml"
XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def types(main: str, path: str) -> str:
    return f'<?xml version="1.0"?><Types><Override PartName="/{path}" ContentType="{main}"/></Types>'


def rel(kind: str, target: str) -> str:
    return (
        f'<?xml version="1.0"?><Relationships><Relationship Id="r1" Type="{_REL}{kind}" '
        f'Target="{target}" TargetMode="External"/></Relationships>'
    )


def packed(parts: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(more: dict[str, str | bytes] | None = None, *, main: str = _WORD) -> bytes:
    """A document with more parts than it needs."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types(main, "word/document.xml"),
        "_rels/.rels": '<?xml version="1.0"?><Relationships/>',
        "word/document.xml": '<?xml version="1.0"?><w:document>配电房移交函</w:document>',
    }
    return packed(parts | (more or {}))


def with_part(name: str, content: str | bytes = "<a/>") -> bytes:
    return docx({name: content})


def linked(kind: str, target: str) -> bytes:
    """A document that points at something outside itself."""
    return with_part("word/_rels/document.xml.rels", rel(kind, target))


def xlsx() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.create_sheet("测量")["A1"] = "181 V"
    book.save(out)
    return out.getvalue()


def patched(content: bytes, old: bytes, new: bytes, *, last: bool = False) -> bytes:
    """The same length with some bytes exchanged."""
    at = content.rindex(old) if last else content.index(old)
    return content[:at] + new + content[at + len(old) :]


def with_moved_directory(content: bytes, before: bytes = b"", gap: bytes = b"") -> bytes:
    """Foreign bytes before the first entry or before the directory, with the offsets put right."""
    end = content[-22:]
    start = int.from_bytes(end[16:20], "little")
    moved = start + len(before) + len(gap)
    directory = content[start:-22]
    if before:
        directory = _shift_entries(directory, len(before))
    return before + content[:start] + gap + directory + end[:16] + struct.pack("<I", moved) + end[20:]


def _shift_entries(directory: bytes, by: int) -> bytes:
    out, at = bytearray(directory), 0
    while at < len(out):
        (offset,) = struct.unpack_from("<I", out, at + 42)
        struct.pack_into("<I", out, at + 42, offset + by)
        name, extra, comment = struct.unpack_from("<HHH", out, at + 28)
        at += 46 + name + extra + comment
    return bytes(out)


def with_overlap() -> bytes:
    """Two directory entries pointing at the same packed bytes (the trick of non-recursive zip bombs)."""
    content = docx({"word/a.xml": "<a/>", "word/b.xml": "<a/>"})
    start = int.from_bytes(content[-6:-2], "little")
    out = bytearray(content)
    first = content.index(b"word/a.xml", start) - 46
    second = content.index(b"word/b.xml", start) - 46
    out[second + 42 : second + 46] = out[first + 42 : first + 46]
    return bytes(out)


def with_lying_size() -> bytes:
    """A part that unpacks to more than it says."""
    content = with_part("word/a.xml", b"<a/>" + b"0" * 5000)
    return content.replace(struct.pack("<I", 5004), struct.pack("<I", 4))


def with_twins() -> bytes:
    content = docx({"word/a.xml": "<a/>", "word/b.xml": "<b/>"})
    return content.replace(b"word/b.xml", b"word/a.xml")


def encrypted() -> bytes:
    out = bytearray(docx())
    out[6] |= 1
    start = int.from_bytes(out[-6:-2], "little")
    out[start + 8] |= 1
    return bytes(out)


def bomb() -> bytes:
    return with_part("word/a.xml", b"<a/>" + b"\x20" * 101 * 1024 * 1024)


# --- PDF, sound, text -----------------------------------------------------------------------------------------------

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n50\n%%EOF\n"


def pdf_with_html_head() -> bytes:
    return PDF.replace(b"\n", b"\n%" + SCRIPT + b"\n", 1)


def pdf_in_zip_comment() -> bytes:
    """A zip's end record before the last bytes, which are its comment."""
    return PDF[:-7] + b"PK\x05\x06" + b"\0" * 16 + b"\x07\0" + PDF[-7:]


def wav(seconds: float = 0.2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\1" * int(8000 * seconds))
    return out.getvalue()


def mp3(frames: int = 12) -> bytes:
    return (b"\xff\xfb\x90\x00" + b"\0" * 413) * frames  # 128 kbit/s, 44.1 kHz


def id3(content: bytes) -> bytes:
    n = len(content)
    return b"ID3\x04\0\0" + bytes([n >> 21 & 127, n >> 14 & 127, n >> 7 & 127, n & 127]) + content


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", len(body) + 8) + name + body


FTYP = box(b"ftyp", b"M4A ", b"\0" * 4)


def media(handler: bytes = b"soun", brand: bytes = b"M4A ", data: bytes = b"\0" * 500) -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12)))
    return box(b"ftyp", brand, b"\0" * 4) + box(b"moov", box(b"mvhd", b"\0" * 100), track) + box(b"mdat", data)


def text_with_late_script() -> bytes:
    """The script lies across the border of the pieces in which the text is read."""
    return b"a" * (1024 * 1024 - 4) + b"<script>" + b"b" * 100_000
