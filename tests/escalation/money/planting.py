"""How bugs are planted in the time-and-money code, and what the wrong functions do; the bugs: ``bugs.py``."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from django.db import connection

from complaints.models import Order
from escalation import money, statements
from escalation.models import LedgerState, Unsettled
from escalation.services import ledger
from escalation.services.authority import Seat
from people.roles import Role
from policy.limits import due, shanghai_day

Plant = Callable[[pytest.MonkeyPatch], None]


def sql(name: str, was: str, becomes: str) -> Plant:
    """Other words in one of the ledger's statements."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        text: str = getattr(statements, name)
        assert was in text, f"{name} has no {was!r}"
        patch.setattr(statements, name, text.replace(was, becomes))

    return plant


def put(place: Any, name: str, value: Any) -> Plant:
    return lambda patch: patch.setattr(place, name, value)


def both(*plants: Plant) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


def run(*commands: str) -> Plant:
    """Straight to the database; the story's transaction takes it back."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for command in commands:
                cursor.execute(command)

    return plant


def wrap(place: ModuleType | type, name: str, around: Callable[..., Any]) -> Plant:
    """``around(original, *args)`` instead of the original."""
    return lambda patch: patch.setattr(place, name, partial(around, getattr(place, name)))


# --- what the functions below do wrong ------------------------------------------------------------------------------


def todays_rate(original: Any, first: date, last: date, now: datetime, book: Any, ids: Any) -> Any:
    found = original(first, last, now, book, ids)
    row = book.policy_on(shanghai_day(now))
    return found | {"rates": [row.overdue_rate_yuan] * len(found["days"])}


def first_day_lost(original: Any, first: date, *rest: Any, **more: Any) -> Any:
    return original(first + timedelta(days=1), *rest, **more)


def a_day_ahead(original: Any, *args: Any) -> Any:
    done, state = original(*args)
    state.settled_through += timedelta(days=1)
    state.save()
    return done, state


def only_voids(ids: Any, *, now: datetime, book: Any) -> tuple[int, int]:
    span = ledger._span(sorted(ids))
    return 0, ledger.take_back(*span, statements.NAMED_ORDERS, now, book, sorted(ids)) if span else 0


def forgets_while_busy(original: Any, ids: Any, *, now: datetime) -> None:
    if ledger.try_ledger():
        original(ids, now=now)


def drops_the_busy(now: datetime, book: Any) -> tuple[int, int]:
    Unsettled.objects.all().delete()
    return 0, 0


def only_takes_back(now: datetime, book: Any) -> tuple[int, int]:
    state = ledger._state()
    assert state.settled_through is not None
    voided = ledger.take_back(date(2026, 9, 1), state.settled_through, statements.EVERY_ORDER, now, book)
    LedgerState.objects.update(calendar_version=book.calendar.version)
    return 0, voided


def ignores_calendar(now: datetime, book: Any) -> tuple[int, int]:
    LedgerState.objects.update(calendar_version=book.calendar.version)
    return 0, 0


def including_today(now: datetime, book: Any) -> date:
    return shanghai_day(now)


def yesterday(now: datetime, book: Any) -> date:
    return shanghai_day(now) - timedelta(days=1)


def one_ruling_only(ruling: Any, *, now: datetime) -> Any:
    ruling.status = money.RulingStatus.OVERTURNED
    ruling.save(update_fields=["status"])
    return ruling


def without_limit(order: Any, days: int, *, book: Any) -> Any:
    return due(order.kind, order.registered_at, order.policy, book.calendar, days)


def unlogged_move(order: Any, *, due_on: date, limit_days: int, **rest: Any) -> Any:
    """The date moves past the door, and nothing says so."""
    Order.objects.filter(pk=order.pk).update(due_on=due_on, limit_days=limit_days)
    return Order.objects.get(pk=order.pk)


def earliest_rate(day: date, rates: Any) -> Any:
    return min(rates, key=lambda row: row.effective_from)


def first_heads(facts_: Any, department: int, day: date, rates: Any, heads: Any) -> int:
    return next((count for _since, count in heads.get(department, ())), 0)


def from_the_due_day(original: Any, one: Any, through: date) -> Any:
    return iter([*([one.due_on] if one.due_on and one.due_on <= through else []), *original(one, through)])


def not_the_last_day(original: Any, one: Any, through: date) -> Any:
    return iter(list(original(one, through))[: None if one.stopped_on is None else -1])


def rounded(line: Any) -> Decimal:
    return Decimal(round(float(line.rate)) * line.persons)


def at_midnight_already(day: date, leads: Any, ends_at: datetime) -> Any:
    return next((lead.department for lead in reversed(leads) if lead.since <= ends_at), None)


def never_confirmed_too_early(month: date, *, now: datetime, book: Any) -> str:
    return ""


def any_seat(case: Any, kind: Any, step: Any, steps: Any, *, by: Any, now: datetime) -> Seat:
    return Seat(by.pk, by.name, Role.DEPARTMENT_HEAD, case.order.lead_department_id, "", None)


def anybody(*_args: Any, **_more: Any) -> Any:
    return object()


def a_day_beyond(original: Any, order: Any, *, due_on: date, **rest: Any) -> Any:
    return original(order, due_on=due_on + timedelta(days=1), **rest)


def a_day_before(original: Any, order: Any, *, due_on: date, **rest: Any) -> Any:
    """The grant takes a day away instead of adding some."""
    return original(order, due_on=order.due_on - timedelta(days=1), **rest)


def restarts_the_clock(original: Any, order: Any, name: str, *rest: Any) -> None:
    """A hand-over gives the new department a day of its own."""
    original(order, name, *rest)
    if name == "transfer":
        order.due_on += timedelta(days=1)
        order.due_at += timedelta(days=1)
