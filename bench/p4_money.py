"""P4 and P5: marking what is overdue and charging it, against the bare set-based SQL beside it (at most 2 times), with
at most 20 statements per 10 000 rows; and the same sweep again, which writes nothing (at most 5 times the bare one).

About one order in ten is overdue since the day before; their other limits were written when they came in. The bare
SQL writes what the goal speaks of, the mark and the line. The product's whole sweep also writes events, messages, the
limits' own breaches, what lies before heads, and reminders; so the ledger alone is measured as well. Every round is
rolled back. Run: ``python bench/p4_money.py [ORDERS] [ROUNDS]``; the goal speaks of 1 000 000 orders.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import ROUNDS, race, ratio, report, verdict

ORDERS = 20_000
ONE_IN = 4  # of the seeded orders about 40 % have a lead department
AT_MOST, AT_MOST_AGAIN, STATEMENTS, PER = 2.0, 5.0, 20, 10_000

OVERDUE = """
UPDATE complaints_order SET state = 'classified', closed_at = NULL, answered_at = NULL, department_stopped_at = NULL,
       feedback_at = NULL, archive_ground = '', overdue_since = NULL, due_soon_since = %(at)s, kind = 'complaint',
       accepted_at = registered_at, due_on = %(due)s, due_at = %(at)s, limit_days = 10, calendar_version = %(calendar)s
 WHERE id %% %(one_in)s = 0 AND lead_department_id IS NOT NULL
"""
CLOSED = """
UPDATE complaints_order SET closed_at = coalesce(closed_at, %(at)s), state = 'withdrawn'
 WHERE id %% %(one_in)s <> 0 AND closed_at IS NULL
"""
BARE_MARK = """
UPDATE complaints_order SET overdue_since = due_at
 WHERE closed_at IS NULL AND answered_at IS NULL AND overdue_since IS NULL AND due_at <= %(now)s
"""
BARE_CHARGE = """
INSERT INTO escalation_penalty (order_id, day, kind, department_id, generation, rate, persons, amount, month, policy_id,
                                persons_from, headcount_id, calendar_version, cause, bars, reason, at)
SELECT o.id, %(day)s, 'overdue', o.lead_department_id, 0, 50, h.count, 50 * h.count, %(month)s, %(policy)s, 'headcount',
       h.id, 1, '', false, '', %(now)s
  FROM complaints_order o
  JOIN (SELECT DISTINCT ON (department_id) * FROM people_departmentheadcount ORDER BY department_id, valid_from DESC) h
    ON h.department_id = o.lead_department_id
 WHERE o.closed_at IS NULL AND o.due_on < %(day)s
ON CONFLICT DO NOTHING
"""


def main(orders: int, rounds: int) -> int:
    with server() as url, filled(url, "bench_p4", orders, days=400) as own:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django  # noqa: PLC0415 - only after the database is known

        django.setup()
        met = measure(orders, rounds)
        from django.db import connections  # noqa: PLC0415

        connections.close_all()
    return 0 if met else 1


def prepare() -> dict[str, Any]:
    """One in ten overdue since the last working day but one; the ledger settled up to that day."""
    from django.db import connection  # noqa: PLC0415

    from escalation.models import LedgerState  # noqa: PLC0415
    from escalation.services.ledger import end_of_day  # noqa: PLC0415
    from escalation.services.sweep import settle_due  # noqa: PLC0415
    from people.models import Department, DepartmentHeadcount  # noqa: PLC0415
    from policy import rulebook  # noqa: PLC0415

    book = rulebook.current()
    day = date(2026, 11, 25)
    due = day - timedelta(days=1)
    now = end_of_day(day) + timedelta(minutes=5)
    DepartmentHeadcount.objects.bulk_create(
        [
            DepartmentHeadcount(department=one, valid_from=date(2020, 1, 1), count=12, recorded_at=now)
            for one in Department.objects.all()
        ],
        ignore_conflicts=True,
    )
    params: dict[str, Any] = {"at": end_of_day(due), "due": due, "calendar": book.calendar.version, "one_in": ONE_IN}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(OVERDUE, params)
        cursor.execute(CLOSED, params)
        LedgerState.objects.update(settled_through=due, at=now - timedelta(days=1), calendar_version=params["calendar"])
    settle_due(end_of_day(due) - timedelta(hours=8))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"day": day, "now": now, "month": day.replace(day=1), "policy": book.policy_on(day).pk}


def rolled_back(act: Callable[[], object]) -> Callable[[], None]:
    from django.db import transaction  # noqa: PLC0415

    def run() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return run


def measure(orders: int, rounds: int) -> bool:
    from django.db import connection, transaction  # noqa: PLC0415

    from escalation.services.ledger import settle_money  # noqa: PLC0415
    from escalation.services.sweep import settle_due  # noqa: PLC0415

    params = prepare()
    now: datetime = params["now"]

    def bare_charge() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE_CHARGE, params)
            return int(cursor.rowcount)

    def bare() -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE_MARK, params)
        return bare_charge()

    def ledger_alone() -> int:
        return settle_money(now).charged

    def product() -> int:
        settle_due(now)
        return settle_money(now).charged

    with transaction.atomic():
        rows, counted = Counter(), product
        with connection.execute_wrapper(rows):
            charged = counted()
        good = tell(f"P4: {charged} of {orders} orders overdue", rows.statements, charged)
        rows.tell()
        explain(params)
        transaction.set_rollback(True)
    contestants = {"product": rolled_back(ledger_alone), "bare": rolled_back(bare_charge)}
    good &= compare(contestants, rounds, f"P4: {charged} lines into the ledger", AT_MOST)
    contestants = {"product": rolled_back(product), "bare": rolled_back(bare)}
    good &= compare(contestants, rounds, f"P4: sweep of {orders} orders, {charged} overdue", AT_MOST)
    product()
    with transaction.atomic():
        bare()
    again = {"product": lambda: _expect_nothing(ledger_alone()), "bare": lambda: _expect_nothing(bare_charge())}
    good &= compare(again, rounds, "P5: the ledger again, 0 rows", AT_MOST_AGAIN)
    again = {"product": lambda: _expect_nothing(product()), "bare": lambda: _expect_nothing(bare())}
    return compare(again, rounds, "P5: the same sweep again, 0 rows", AT_MOST_AGAIN) and good


class Counter:
    """How many statements passed, and how long each kind took."""

    def __init__(self) -> None:
        self.statements = 0
        self.seconds: dict[str, list[float]] = {}
        self.begun = time.perf_counter()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds.setdefault(" ".join(sql.split())[:96], []).append(time.perf_counter() - begun)

    def tell(self) -> None:
        """The longest kinds of statement; the rest is Python's."""
        whole = time.perf_counter() - self.begun
        inside = sum(sum(times) for times in self.seconds.values())
        print(f"  {whole:.2f} s, of which {inside:.2f} s in the database:")
        for sql, times in sorted(self.seconds.items(), key=lambda pair: -sum(pair[1]))[:12]:
            print(f"    {sum(times) * 1000:7.0f} ms in {len(times):3}: {sql}")


def _expect_nothing(written: int) -> None:
    if written:
        raise AssertionError(f"the second sweep wrote {written} rows")


def tell(title: str, statements: int, charged: int) -> bool:
    allowed = STATEMENTS * max(1, -(-charged // PER)) * 2  # two kinds of row per order: the mark and the line
    print(f"{title}\n  {statements} statements, at most {allowed}: {'met' if statements <= allowed else 'NOT MET'}")
    return statements <= allowed


def compare(contestants: dict[str, Callable[[], Any]], rounds: int, title: str, at_most: float) -> bool:
    seconds = race(contestants, rounds=rounds)
    found = ratio(seconds, "product", "bare")
    report(title, seconds, per=1, unit="ms", scale=1e3)
    verdict(f"product / bare, at most {at_most}", found, met=found.middle <= at_most)
    return found.middle <= at_most


def explain(params: dict[str, Any]) -> None:
    """The plan of the charging statement, where the index and the joins can be seen."""
    from django.db import connection  # noqa: PLC0415

    from escalation import statements  # noqa: PLC0415
    from escalation.services import ledger  # noqa: PLC0415
    from policy import rulebook  # noqa: PLC0415

    asked = ledger._params(params["day"], params["day"], params["now"], rulebook.current(), ())
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statements.charge(statements.LIVE_ORDERS), asked)
        for (line,) in cursor.fetchall():
            if "Scan" in line or "Join" in line or "Insert" in line:
                print(f"    {line.strip()[:110]}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [ORDERS, ROUNDS][len(given) :])))
