"""What the ledger says of a month, by department: the report adds up its lines and computes nothing itself (B8).

Only charges nobody took back count; a month's total equals the sum over all its rows, because a void cancels the row it
points to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Sum
from django.utils.translation import gettext as _

from escalation.ledger import live
from escalation.models import Penalty, PenaltyMonth
from escalation.money import PenaltyKind
from people.models import Department
from reports.months import Month


@dataclass(frozen=True)
class PenaltyLine:
    """A department's month: ``per_person`` and ``amount`` in yuan, ``lines`` by kind, ``persons`` at most charged."""

    department: int
    name: str
    per_person: Decimal
    amount: Decimal
    persons: int
    lines: Mapping[str, int]

    @property
    def reasons(self) -> str:
        """逾期 3 天、不合格 1 件 · 12 人"""
        words = []
        if days := self.lines.get(PenaltyKind.OVERDUE, 0):
            words.append(_("逾期 %(n)d 天") % {"n": days})
        for kind in (PenaltyKind.UNQUALIFIED, PenaltyKind.REPEAT):
            if many := self.lines.get(kind, 0):
                words.append(_("%(what)s %(n)d 件") % {"what": kind.label, "n": many})
        if self.lines.get(PenaltyKind.CAP, 0):
            words.append(_("已封顶"))
        return _("%(why)s · %(n)d 人") % {"why": "、".join(words), "n": self.persons}

    @property
    def rate_text(self) -> str:
        return yuan(self.per_person)

    @property
    def amount_text(self) -> str:
        return yuan(self.amount)


@dataclass(frozen=True)
class PenaltySheet:
    lines: list[PenaltyLine]
    final: bool

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def total_text(self) -> str:
        return yuan(self.total)

    def line(self, department: int | None) -> PenaltyLine | None:
        return next((line for line in self.lines if line.department == department), None)


def yuan(amount: Decimal) -> str:
    """2,400 or 2,400.50"""
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"


def penalties_of(month: Month) -> PenaltySheet:
    """Three queries, whatever the month holds."""
    rows = live(Penalty.objects.filter(month=month.first)).order_by()
    found: Any = rows.values("department_id", "kind").annotate(
        many=Count("pk"), yuan=Sum("amount"), each=Sum("rate"), heads=Max("persons")
    )
    sums: dict[int, dict[str, Any]] = {}
    for row in found:
        own = sums.setdefault(
            row["department_id"], {"lines": Counter(), "amount": Decimal(0), "each": Decimal(0), "persons": 0}
        )
        own["lines"][row["kind"]] += row["many"]
        own["amount"] += row["yuan"]
        own["each"] += row["each"]
        own["persons"] = max(own["persons"], row["heads"])
    names = Department.objects.filter(pk__in=sums).order_by("position", "id").values_list("pk", "name")
    lines = [
        PenaltyLine(pk, name, sums[pk]["each"], sums[pk]["amount"], sums[pk]["persons"], dict(sums[pk]["lines"]))
        for pk, name in names
    ]
    return PenaltySheet(lines, is_confirmed(month))


def is_confirmed(month: Month) -> bool:
    """B8: whether the ledger's month is locked."""
    return PenaltyMonth.objects.filter(month=month.first).exists()


def freeze(sheet: PenaltySheet) -> dict[str, Any]:
    return {
        "final": sheet.final,
        "lines": [
            [line.department, line.name, str(line.per_person), str(line.amount), line.persons, dict(line.lines)]
            for line in sheet.lines
        ],
    }


def thaw(frozen: Mapping[str, Any]) -> PenaltySheet:
    lines: Iterable[list[Any]] = frozen.get("lines", [])
    return PenaltySheet(
        [
            PenaltyLine(pk, name, Decimal(each), Decimal(amount), persons, kinds)
            for pk, name, each, amount, persons, kinds in lines
        ],
        bool(frozen.get("final")),
    )
