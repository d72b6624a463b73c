"""Words of a message: filling variables in, and checking a text before it is saved.

A text is plain words with ``{variable}``; there is no other syntax, so a text can neither run nor reveal anything that
is not in ``variables.VARIABLES``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from notifications.audience import CUSTOMER
from notifications.messages import TABLE, Row
from notifications.models import TextVersion
from notifications.variables import Scene, Variable, variables_of

PART = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Words:
    """The texts of one row in force; ``version`` 0 is the built-in one."""

    subject: str
    text: str
    short: str
    version: int = 0
    enabled: bool = True


def words_of(row: Row, versions: dict[str, TextVersion]) -> Words:
    found = versions.get(row.code)
    if found is None:
        return Words(str(row.subject), str(row.text), str(row.short))
    return Words(found.subject, found.text, found.short, found.version, found.enabled)


def newest_versions(codes: list[str] | None = None) -> dict[str, TextVersion]:
    """code -> the version in force, one query."""
    rows = TextVersion.objects.order_by("code", "-version").distinct("code")
    return {row.code: row for row in (rows.filter(code__in=codes) if codes is not None else rows)}


def allowed_in(row: Row) -> dict[str, Variable]:
    """The variables this row may use."""
    return variables_of(row.stream, customer=CUSTOMER in row.to)


def check(text: str, row: Row, field: str) -> None:
    """Raises ValidationError naming what is not a variable, or a brace that stands alone."""
    allowed = allowed_in(row)
    for name in PART.findall(text):
        if name not in allowed:
            known = "、".join(f"{{{one}}}" for one in allowed)
            raise ValidationError(
                {field: _("没有 {%(name)s} 这个变量，可用：%(known)s") % {"name": name, "known": known}}
            )
    if "{" in PART.sub("", text) or "}" in PART.sub("", text):
        raise ValidationError({field: _("花括号只能成对用来写变量，例如 {number}")})


def fill(text: str, values: Callable[[str], str]) -> str:
    return PART.sub(lambda part: values(part[1]), text)


def filler(scene: Scene, row: Row) -> Callable[[str], str]:
    allowed = allowed_in(row)
    return lambda name: allowed[name].value(scene) if name in allowed else ""


def sample(text: str, row: Row) -> str:
    """The text as the preview shows it."""
    allowed = allowed_in(row)
    return PART.sub(lambda part: str(allowed[part[1]].sample) if part[1] in allowed else part[0], text)


def title_of(code: str) -> str:
    """What a list calls this kind of message."""
    row = TABLE.get(code)
    return PART.sub("…", str(row.subject)) if row else code
