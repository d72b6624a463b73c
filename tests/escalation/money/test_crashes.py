"""T4, T5, T7: people and sweeps at one moment, sweeps killed with kill -9, a beat that was away: the same ledger."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from complaints.errors import Refused
from complaints.models import Order
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.ledger import live
from escalation.models import LedgerState, Penalty, PenaltyMonth
from escalation.services import appeals
from escalation.services.cases import decide as decide_case
from escalation.services.charges import correct
from escalation.services.extensions import request_extension
from escalation.services.ledger import settle_money
from escalation.services.months import confirm_month, digest
from escalation.vocabulary import Decision
from tests.conftest import COMMITTED
from tests.escalation.money.lived import DUE_20_SEPTEMBER, agrees, heads, nightly
from tests.escalation.money.test_rulings import House
from tests.factories import at

pytestmark = COMMITTED
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]
OCTOBER_1 = at("2026-10-01 09:00")


def content() -> str:
    """SHA-256 over every line's key, numbers and void, whatever its id or hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.number, p.day, p.kind, p.department_id, p.generation, p.rate, p.persons, p.amount, p.month,"
            "       p.cause FROM escalation_penalty p JOIN complaints_order o ON o.id = p.order_id"
            " ORDER BY 1, 2, 3, 4, 5, 8"
        )
        return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()


def none_failed(outcomes: list[Any]) -> None:
    """Refusals are answers; anything else is a failure, a deadlock included."""
    assert not [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refused)], outcomes


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_sweeps_at_once_write_each_line_once(rounds: int, at_once: Run) -> None:
    """T4 sweep/sweep, F11."""
    house = House()
    now = at("2026-09-22 00:05")
    for turn in range(max(3, rounds // 10)):
        house.order(DUE_20_SEPTEMBER)
        moment = now + timedelta(days=turn)
        none_failed(at_once(lambda m=moment: settle_money(m), lambda m=moment: settle_money(m)))
        assert agrees()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_sweep_against_a_granted_extension_leaves_no_line_behind(rounds: int, at_once: Run) -> None:
    """T4 sweep/approve: whichever comes first, nothing stands for a covered day."""
    house = House()
    for turn in range(max(3, rounds // 5)):
        order = house.order(DUE_20_SEPTEMBER)
        perform(order, "accept", by=house.contact, now=DUE_20_SEPTEMBER, handler=house.handler)
        ask: dict[str, Any] = {"limit_days": 15, "ground": "outside_evidence", "text": "取证"}
        case = request_extension(order, by=house.contact, now=at("2026-09-18 09:00"), **ask)
        now = at("2026-09-23 00:05") + timedelta(minutes=turn)
        LedgerState.objects.update(settled_through=date(2026, 9, 20))
        grant: dict[str, Any] = {"decision": Decision.APPROVED, "position": 1, "opinion": "同意"}
        outcomes = at_once(
            lambda n=now: settle_money(n),
            lambda n=now, c=case, g=grant: decide_case(c, KINDS["extension"], by=house.head, now=n, **g),
        )
        none_failed(outcomes)
        settle_money(now + timedelta(minutes=1))
        assert list(live(Penalty.objects.filter(order=order))) == []
        assert agrees()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_confirming_a_month_against_taking_a_line_back(rounds: int, at_once: Run) -> None:
    """T4 confirm/void: the void is in the month and its hash, or it is booked in the next month."""
    house = House()
    for turn in range(max(2, rounds // 20)):
        month = date(2026, 9, 1) if turn == 0 else (PenaltyMonth.objects.latest("month").month + timedelta(days=32))
        month = month.replace(day=1)
        begun = datetime(month.year, month.month, 1, 9, tzinfo=DUE_20_SEPTEMBER.tzinfo)
        order = house.order(begun)
        end = (month + timedelta(days=32)).replace(day=1)
        now = datetime(end.year, end.month, 1, 9, tzinfo=begun.tzinfo)
        settle_money(now)
        line = live(Penalty.objects.filter(order=order)).order_by("day")[0]
        outcomes = at_once(
            lambda m=month, n=now: confirm_month(m, by=house.adjudicator, now=n),
            lambda row=line, n=now: correct(row, by=house.adjudicator, now=n, reason="核对"),
        )
        none_failed(outcomes)
        row = PenaltyMonth.objects.get(month=month)
        assert (row.sha256, row.total) == (digest(month).sha256, digest(month).total)
        assert agrees()
        perform(Order.objects.get(pk=order.pk), "withdraw", by=house.agent, now=now, reason="客户撤回")
        if end.year > 2026:
            break


@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_line_is_taken_back_once(rounds: int, at_once: Run) -> None:
    """T4: two people at the same appeal, two corrections of one line."""
    house = House()
    for _turn in range(max(3, rounds // 10)):
        order = house.order(DUE_20_SEPTEMBER)
        LedgerState.objects.update(settled_through=date(2026, 9, 20))
        settle_money(at("2026-09-22 00:05"))
        line = live(Penalty.objects.filter(order=order)).get()
        now = at("2026-09-22 09:00")

        def fix(row: Penalty = line, n: datetime = now) -> Any:
            return correct(row, by=house.adjudicator, now=n, reason="核对")

        outcomes = at_once(fix, fix)
        none_failed(outcomes)
        assert sum(isinstance(one, Refused) for one in outcomes) == 1
        asked = appeals.appeal_lines(order, text="不服", by=house.head, now=now)

        def decide(a: Any = asked, n: datetime = now) -> Any:
            return appeals.decide(a, uphold=True, opinion="成立", by=house.adjudicator, now=n)

        outcomes = at_once(decide, decide)
        none_failed(outcomes)
        assert sum(isinstance(one, Refused) for one in outcomes) == 1
        assert list(live(Penalty.objects.filter(order=order))) == []
        assert agrees()


def city(house: House, orders: int) -> None:
    """Orders that fall due on different days, some handed in late."""
    for n in range(orders):
        house.order(DUE_20_SEPTEMBER + timedelta(days=n % 5))


@pytest.mark.parametrize("away", [3, 40])
def test_a_beat_that_was_away_leaves_the_same_ledger(away: int) -> None:
    """T7, F10: nightly sweeps against one late one; replayed five times, nothing changes."""
    house = House()
    heads("production_tech_dept", 13, date(2026, 10, 9))
    city(house, 10)
    first = date(2026, 9, 22)
    last = first + timedelta(days=away)
    with transaction.atomic():
        nightly(first, last)
        undisturbed, lines = content(), Penalty.objects.count()
        transaction.set_rollback(True)
    nightly(first, first)
    late = datetime(last.year, last.month, last.day, 0, 5, tzinfo=DUE_20_SEPTEMBER.tzinfo)
    for _again in range(5):
        settle_money(late)
    assert (content(), Penalty.objects.count()) == (undisturbed, lines)
    assert lines > away
    assert agrees()


CHILD = """
import os, sys, django
django.setup()
from django.db import connections
connections.databases["default"]["NAME"] = sys.argv[1]
from datetime import datetime
from escalation.services.ledger import settle_money
from escalation.services import ledger
ledger.DAYS_AT_ONCE = 2
settle_money(datetime.fromisoformat(sys.argv[2]))
"""


@pytest.mark.parametrize("kills", [pytest.param(4, id="few"), pytest.param(40, id="proof", marks=pytest.mark.proof)])
def test_a_sweep_killed_anywhere_leaves_the_same_ledger(kills: int) -> None:
    """T5, F4: a process with its own connection, kill -9 after a random while; the next one completes."""
    house = House()
    city(house, 30)
    now = at("2026-11-02 00:05")
    database = connection.settings_dict
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    environment |= {"DEBUG": "1", "DATABASE_URL": _url(database), "REDIS_URL": "redis://127.0.0.1:6379/9"}
    for turn in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, database["NAME"], now.isoformat()],
            env=environment,
            cwd=Path(settings.BASE_DIR),
            stderr=subprocess.DEVNULL,
        )
        _wait_until_busy(child, 0.01 * (turn % 10))
        child.send_signal(signal.SIGKILL)
        child.wait()
    settle_money(now)
    interrupted = content()
    assert agrees()
    assert LedgerState.objects.get().settled_through == date(2026, 11, 1)
    sound = list(Penalty.objects.values_list("order_id", "day", "kind", "department_id", "generation"))
    assert len(sound) == len(set(sound))
    assert content() == interrupted


def _wait_until_busy(child: "subprocess.Popen[bytes]", beyond: float) -> None:
    """Until the child has begun to write (its connection holds the ledger's lock), and a little longer."""
    until = time.monotonic() + 20
    while time.monotonic() < until and child.poll() is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()")
            if cursor.fetchone()[0]:
                break
    time.sleep(beyond)


def _url(database: dict[str, Any]) -> str:
    host = str(database.get("HOST") or "")
    user, password, port = database.get("USER") or "", database.get("PASSWORD") or "", database.get("PORT") or ""
    place = f"/{database['NAME']}?host={host}" if host.startswith("/") else f"{host}:{port}/{database['NAME']}"
    return f"postgres://{user}:{password}@{place}"
