"""The orders behind a figure: the address read once, and exactly the orders the figure counted, frozen or live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from complaints.models import Order, OrderQuerySet
from people.models import Department, User
from people.standing import Standing
from policy.vocabulary import Kind
from reports.figures import FIGURES
from reports.live import counted, span_of
from reports.models import Release
from reports.months import Month
from reports.publishing import release_for
from reports.sheet import ANNEX_KINDS, PUBLISHED_KINDS, nowhere

NAMES = ("figure", "department", "kind", "annex", "live")
NOBODY = "none"


class BadAddress(Exception):
    """A parameter or value no link of ours has."""


@dataclass(frozen=True)
class Behind:
    """``department`` None: all of them; NOBODY: those no department leads."""

    month: Month
    figure: str
    department: Department | str | None
    kind: str
    annex: bool
    live: bool

    @property
    def query(self) -> str:
        code = self.department.code if isinstance(self.department, Department) else self.department or ""
        given = {"figure": self.figure, "department": code, "kind": self.kind}
        given |= {"annex": "1" if self.annex else "", "live": "1" if self.live else ""}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def told(self) -> str:
        """2026-07 · 受理 · 生产技术部 · 投诉"""
        place = (
            self.department.name if isinstance(self.department, Department) else nowhere() if self.department else ""
        )
        kind = str(Kind(self.kind).label) if self.kind else ""
        words = (str(self.month), str(FIGURES[self.figure].label), place, kind)
        return " · ".join(word for word in words if word)

    def release(self, who: Standing) -> Release | None:
        """The release this person sees."""
        return None if self.live else release_for(self.month, who)

    def orders(self, user: User, *, now: datetime, release: Release | None) -> OrderQuerySet:
        """In view of this person. A frozen figure's orders are narrowed by what the release says they were, not by
        what they are now."""
        seen = Order.objects.visible_to(user, now=now)
        kinds = [self.kind] if self.kind else list(ANNEX_KINDS if self.annex else PUBLISHED_KINDS)
        where: dict[str, Any] = {"kind__in": kinds}
        column = "department" if release else "lead_department"
        if self.department == NOBODY:
            where[f"{column}__isnull"] = True
        elif self.department is not None:
            where[column] = self.department
        if release is None:
            return counted(seen, self.figure, span_of(self.month, now=now)).filter(**where)
        frozen = release.orders.filter(figures__contains=[self.figure], **where)
        return seen.filter(pk__in=frozen.values("order_id"))


def read(month: Month, given: Mapping[str, str]) -> Behind:
    """Raises BadAddress, and Department.DoesNotExist for a department nobody has."""
    figure, code, kind = given.get("figure", ""), given.get("department", ""), given.get("kind", "")
    if set(given) - set(NAMES) or figure not in FIGURES or (kind and kind not in Kind.values):
        raise BadAddress
    department: Department | str | None = None
    if code == NOBODY:
        department = NOBODY
    elif code:
        department = Department.objects.get(code=code[:40])
    return Behind(month, figure, department, kind, bool(given.get("annex")), bool(given.get("live")))
