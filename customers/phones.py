"""Telephone numbers as digits: one form for storing, searching and comparing. Pure."""

import re
import unicodedata

from django.utils.translation import gettext as _

SHORTEST_TAIL = 4
LONGEST_NUMBER = 20
MOBILE_LENGTH = 11
_SEPARATORS = re.compile(r"[\s\-‐-―−()（）.·/]+")
_COUNTRY = re.compile(r"^(?:\+86|0086|86(?=1\d{10}$))")
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_LANDLINE = re.compile(r"^0[1-9]\d{1,2}\d{7,8}$")
_LOCAL = re.compile(r"^[2-9]\d{6,7}$")
_SERVICE = re.compile(r"^(?:1\d{2,4}|9\d{4}|[48]00\d{7})$")
_FOREIGN = re.compile(r"^00[1-9]\d{6,14}$")


def normalise(text: str) -> str:
    """Digits of a number as people write it: full width folded, blanks, dashes, brackets and +86 removed.

    ``"+86 138-0000-2670"`` -> ``"13800002670"``, ``"（0577）8888 9999"`` -> ``"057788889999"``; another country's
    ``+`` becomes ``00``. Anything that is no digit afterwards is kept out: ``""`` means no number in the text.
    """
    folded = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    compact = _COUNTRY.sub("", _SEPARATORS.sub("", folded).strip())
    if compact.startswith("+"):
        compact = "00" + compact[1:]
    return compact if compact.isascii() and compact.isdigit() else ""


def is_plausible(digits: str) -> bool:
    """Whether normalised digits can be a mobile, a landline with or without area code, a service or foreign number."""
    return any(rule.match(digits) for rule in (_MOBILE, _LANDLINE, _LOCAL, _SERVICE, _FOREIGN))


def is_tail(digits: str) -> bool:
    """Whether normalised digits are long enough to look a number up by its last digits (4 to 11 and more)."""
    return SHORTEST_TAIL <= len(digits) <= LONGEST_NUMBER


def advice(text: str) -> str:
    """What is wrong with a typed number and what to type instead; ``""`` for a usable one."""
    digits = normalise(text)
    if not digits:
        return _("只能是数字，可带区号，如 13800001234 或 0577-88880000")
    if is_plausible(digits):
        return ""
    missing = MOBILE_LENGTH - len(digits)
    if digits.startswith("1") and missing > 0:
        return _("少 %(n)d 位，手机号为 11 位") % {"n": missing}
    if digits.startswith("1") and missing < 0:
        return _("多 %(n)d 位，手机号为 11 位；几个电话请用顿号隔开") % {"n": -missing}
    return _("不像电话号码，请填手机号或带区号的座机，如 0577-88880000")
