"""Stories lived through the door with the sweep running beside them: what ledger tests have in common."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from complaints.models import Order
from complaints.services import perform
from escalation.ledger import live
from escalation.models import Penalty
from escalation.services.compare import differences
from escalation.services.ledger import settle_money
from people.models import DepartmentHeadcount
from policy import rulebook
from tests.factories import LONG_AGO, Company, at, contact, dept, feedback, findings

DUE_20_SEPTEMBER = at("2026-09-07 09:30")
"""A complaint registered then is due on Sunday 20 September 2026, a make-up workday."""


def heads(code: str, count: int, since: date = LONG_AGO) -> DepartmentHeadcount:
    return DepartmentHeadcount.objects.update_or_create(
        department=dept(code), valid_from=since, defaults={"count": count, "recorded_at": at("2020-01-01 00:00")}
    )[0]


def lines(order: Order | None = None) -> list[tuple[str, str, str, int, Decimal]]:
    """Live lines: day, kind, department, persons, amount."""
    rows = live(Penalty.objects.all()) if order is None else live(Penalty.objects.filter(order=order))
    return [
        (str(row.day), row.kind, row.department.code, row.persons, row.amount)
        for row in rows.select_related("department").order_by("day", "order_id", "kind")
    ]


def days(order: Order | None = None) -> list[str]:
    return [row[0][5:] for row in lines(order)]


def agrees() -> bool:
    """The ledger is exactly what the pure core expects (invariant 7)."""
    found = [str(one) for one in differences(rulebook.current())]
    assert found == []
    return True


def sweep(text: str) -> None:
    settle_money(at(text))


def nightly(first: date, last: date, act: Callable[[datetime], Any] = settle_money) -> None:
    """One sweep shortly after each midnight."""
    day = first
    while day <= last:
        act(datetime.combine(day, datetime.min.time(), tzinfo=at("2026-01-01 00:00").tzinfo) + timedelta(minutes=5))
        day += timedelta(days=1)


def hand_in(company: Company, order: Order, when: str, *, by: Any = None) -> Order:
    """Investigation, contact and feedback at that moment."""
    now = at(when)
    who = by or company.handler
    order = Order.objects.get(pk=order.pk)
    if order.state == "classified":
        order = perform(order, "investigate", by=who, now=now, **findings())
        order = perform(order, "contact_customer", by=who, now=now, at=now, **contact())
    return perform(order, "resolve", by=who, now=now, **feedback(order))
