"""The name a file is shown under. It never reaches the disk: there a file has a random one."""

import re
import unicodedata
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from complaints.file_types.kinds import SUFFIXES, FileType
from complaints.file_types.limits import LONGEST_NAME

# Cc control, Cf format (bidi, zero width), Cs surrogate, Co private, Zl/Zp line ends: nothing one can see in a name.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RESERVED = re.compile(r'[<>:"|?*]')
_LONGEST_SUFFIX = 8
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def tidy_name(original: str) -> str:
    """No path, control, bidirectional or zero-width characters, at most LONGEST_NAME long; never empty."""
    text = unicodedata.normalize("NFC", original.replace("\\", "/").rpartition("/")[2])
    seen = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    name = " ".join(_RESERVED.sub("_", seen).split()).strip(". ")
    if _DEVICE.match(name):
        name = f"_{name}"
    name = name or _("附件")
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return name.removesuffix(suffix)[: LONGEST_NAME - len(suffix)] + suffix


def name_for(original: str, found: FileType) -> str:
    """The tidy name ending as the content says: what was called ``a.exe`` and is a JPEG is shown as ``a.exe.jpg``."""
    name = tidy_name(original)
    if name.lower().endswith(SUFFIXES[found]):
        return name
    return name[: LONGEST_NAME - len(found.suffix)] + found.suffix
