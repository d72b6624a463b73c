"""Cleaning names and addresses from forms and files: one form, nothing invisible, nothing that could run. Pure."""

import unicodedata

from django.utils.translation import gettext as _

from customers.errors import CustomerError

# Spreadsheets run cells that begin so; a name or address never does.
FORMULA_STARTS = ("=", "+", "-", "@")
_BLANKS = frozenset("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
# Joiners are visible inside emoji and some scripts' names; here they only make equal names look different.
_INVISIBLE = "Cf"


def clean(text: str, *, label: str, limit: int, field: str = "") -> str:
    """NFC, bidi marks and zero-width characters removed, blanks folded to one; raises CustomerError otherwise.

    Refused, naming ``label`` and a remedy: control characters, lone surrogates, private-use characters, more than
    ``limit`` characters, and a beginning that a spreadsheet would run as a formula.
    """
    visible = "".join(_plain(c) for c in unicodedata.normalize("NFC", text))
    tidy = " ".join(visible.split())
    for character in tidy:
        if unicodedata.category(character) in {"Cc", "Cs", "Cn"}:
            code = f"U+{ord(character):04X}"
            raise CustomerError(
                _("%(label)s含有无法显示的字符 %(code)s，请删除后重试") % {"label": label, "code": code}, field=field
            )
    if len(tidy) > limit:
        values = {"label": label, "length": len(tidy), "limit": limit}
        raise CustomerError(_("%(label)s有 %(length)d 个字，最多 %(limit)d 个字，请缩短") % values, field=field)
    if tidy.startswith(FORMULA_STARTS):
        raise CustomerError(
            _("%(label)s以“%(sign)s”开头，像表格公式，请改成文字") % {"label": label, "sign": tidy[0]}, field=field
        )
    return tidy


def _plain(character: str) -> str:
    if character in _BLANKS:
        return " "
    return "" if unicodedata.category(character) == _INVISIBLE else character
