"""The expected set against the ledger, in both directions (invariant 7): the audit's own eyes, sharing no statement
with the sweep."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from complaints.models import Order
from escalation.facts import all_rates, facts_of, headcounts
from escalation.ledger import live
from escalation.models import LedgerState, Penalty, Ruling
from escalation.money import PenaltyKind, RulingStatus
from escalation.penalties import Line, expected_penalties
from policy.limits import SHANGHAI
from policy.rulebook import Rulebook

AT_ONCE = 2000
Key = tuple[int, date, str, int]


@dataclass(frozen=True)
class Difference:
    """``what`` is missing (owed, not in the ledger), surplus (in the ledger, not owed) or wrong (other numbers)."""

    what: str
    order: int
    day: date
    kind: str
    department: int
    detail: str

    def __str__(self) -> str:
        return f"{self.what} {self.order} {self.day:%F} {self.kind} {self.department} {self.detail}"


def differences(book: Rulebook) -> Iterator[Difference]:
    """Every difference up to the watermark, in order of orders."""
    through = LedgerState.objects.values_list("settled_through", flat=True).get()
    if through is None:
        return
    rates, heads = all_rates(book), headcounts()
    for ids in _batches(through):
        standing: dict[Key, Penalty] = {
            (line.order_id, line.day, line.kind, line.department_id): line
            for line in live(Penalty.objects.filter(order_id__in=ids)).exclude(kind=PenaltyKind.CAP)
        }
        for facts in facts_of(ids):
            for line in expected_penalties(
                facts, calendar=book.calendar, rates=rates, headcounts=heads, through=through, zone=SHANGHAI
            ):
                yield from _against(line, standing.pop(line.key, None))
        for (order, day, kind, department), row in standing.items():
            yield Difference("surplus", order, day, kind, department, str(row.amount))


def _against(line: Line, row: Penalty | None) -> Iterator[Difference]:
    if row is None:
        yield Difference("missing", *line.key, str(line.amount))
    elif (row.rate, row.persons, row.amount) != (line.rate, line.persons, line.amount):
        yield Difference("wrong", *line.key, f"{row.amount} ≠ {line.amount}")


def _batches(through: date) -> Iterator[list[int]]:
    """Orders that may owe: overdue at some time, charged, or ruled."""
    charged = Exists(Penalty.objects.filter(order=OuterRef("pk"), voids__isnull=True))
    ruled = Exists(Ruling.objects.filter(order=OuterRef("pk"), status=RulingStatus.CONFIRMED))
    rows = Order.objects.filter(Q(due_on__lt=through) | charged | ruled)
    last = 0
    while ids := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        yield ids
        last = ids[-1]
