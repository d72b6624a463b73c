"""What may be attached, and in which words everything else is refused."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.file_types.limits import MEGABYTE


class FileType(models.TextChoices):
    """The allow-list. A row stores one of these; the media type a browser is told follows from it alone."""

    JPEG = "jpeg", _("图片")
    PNG = "png", _("图片")
    WEBP = "webp", _("图片")
    PDF = "pdf", _("PDF 文件")
    DOCX = "docx", _("Word 文档")
    XLSX = "xlsx", _("Excel 表格")
    TXT = "txt", _("文本")
    MP3 = "mp3", _("录音")
    WAV = "wav", _("录音")
    M4A = "m4a", _("录音")

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]

    @property
    def suffix(self) -> str:
        """The suffix a stored name ends with, dot included."""
        return SUFFIXES[self][0]


IMAGES = frozenset({FileType.JPEG, FileType.PNG, FileType.WEBP})
RECORDINGS = frozenset({FileType.MP3, FileType.WAV, FileType.M4A})
MEDIA_TYPES = {
    FileType.JPEG: "image/jpeg",
    FileType.PNG: "image/png",
    FileType.WEBP: "image/webp",
    FileType.PDF: "application/pdf",
    FileType.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileType.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileType.TXT: "text/plain; charset=utf-8",
    FileType.MP3: "audio/mpeg",
    FileType.WAV: "audio/wav",
    FileType.M4A: "audio/mp4",
}
SUFFIXES = {
    FileType.JPEG: (".jpg", ".jpeg"),
    FileType.PNG: (".png",),
    FileType.WEBP: (".webp",),
    FileType.PDF: (".pdf",),
    FileType.DOCX: (".docx",),
    FileType.XLSX: (".xlsx",),
    FileType.TXT: (".txt",),
    FileType.MP3: (".mp3",),
    FileType.WAV: (".wav",),
    FileType.M4A: (".m4a",),
}
ACCEPT = ",".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)


class Problem(models.TextChoices):
    """Why a file is not taken; the label is what the person reads: the limit and the remedy."""

    EMPTY = "empty", _("文件是空的（0 字节），请重新选择")
    TOO_BIG = "too_big", _("文件超过 %(limit)d MB，请压缩或拆分后上传")
    UNKNOWN = (
        "unknown",
        _("不支持这种文件。可以上传 JPEG、PNG、WebP 图片，PDF、DOCX、XLSX、TXT（UTF-8）文件，MP3、WAV、M4A 录音"),
    )
    HEIC = "heic", _("HEIC 照片不能上传，请在手机“设置 › 相机 › 格式”选“兼容性最佳”，或转成 JPEG 后上传")
    OLD_OFFICE = "old_office", _("旧版或加密的 Office 文件不能上传，请另存为不加密的 DOCX、XLSX 或 PDF")
    ARCHIVE = "archive", _("压缩包不能上传，请解压后逐个上传")
    VIDEO = "video", _("视频不能上传，请截取照片，或只上传录音（M4A）")
    MARKUP = "markup", _("文件里含有网页代码（HTML、SVG 或脚本），不能上传，请另存为 PDF")
    MIXED = "mixed", _("文件里夹带了另一种文件，不能上传，请用原软件重新导出")
    DAMAGED = "damaged", _("文件已损坏或不完整，请重新导出或重新拍照后上传")
    TOO_MANY_PIXELS = "too_many_pixels", _("图片超过 %(limit)d 百万像素，请裁剪或缩小后上传")
    MACRO = "macro", _("文档含有宏，不能上传，请另存为不含宏的 DOCX、XLSX 或 PDF")
    EMBEDDED = "embedded", _("文档内嵌了其他文件或程序，不能上传，请另存为 PDF")
    EXTERNAL = "external", _("文档会从网上加载内容，不能上传，请另存为 PDF")
    ENCRYPTED = "encrypted", _("文档有密码，请取消密码后上传")
    UNPACKS_TOO_BIG = "unpacks_too_big", _("文档解压后超过 %(limit)d MB 或部件过多，请拆分或另存为 PDF")
    NOT_UTF8 = "not_utf8", _("文本不是 UTF-8 编码，请在记事本“另存为”中选 UTF-8 编码后上传")
    ODD_TEXT = "odd_text", _("文本里含有控制字符，不是普通文本，请另存为 PDF")


class Unfit(Exception):
    """A file that is not taken. ``problem`` for programs, ``message`` for people."""

    def __init__(self, problem: Problem, **numbers: Any) -> None:
        text = str(problem.label)
        self.problem = problem
        self.message = text % numbers if numbers else text
        super().__init__(self.message)


def too_big(limit: int, problem: Problem = Problem.TOO_BIG) -> Unfit:
    """``limit`` in bytes, told in MB."""
    return Unfit(problem, limit=limit // MEGABYTE)
