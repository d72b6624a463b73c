"""P4, the deadlines' half: one sweep over many orders with none, few and many due; statements and plans.

Fills a database with orders and their deadline rows, then times ``settle_due`` when nothing is due, when 1 % is, and
once more after that. Run: ``python bench/p4_sweep.py [ORDERS]``; the goal speaks of 1 000 000.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import machine, spread

ORDERS = 20_000
THREE_YEARS = 3 * 365
PLANS = 3


def main(orders: int = ORDERS) -> int:
    with server() as url, filled(url, "bench_p4", orders, days=THREE_YEARS) as filled_url:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": filled_url, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django  # noqa: PLC0415 - only after the database is known

        django.setup()
        measure(orders)
        from django.db import connections  # noqa: PLC0415

        connections.close_all()
    return 0


def measure(orders: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from complaints.models import Order  # noqa: PLC0415
    from escalation.models import Deadline  # noqa: PLC0415
    from escalation.services import settle_due  # noqa: PLC0415

    now = timezone.now()
    print(f"P4 on {machine()}")
    print(f"{Order.objects.count()} orders, {Order.objects.open().count()} of them open")
    first = timed(lambda: settle_due(now))
    print(f"first sweep, every open order gets its rows: {first[0]:.2f} s, {first[1]} statements")
    print(f"{Deadline.objects.count()} deadline rows")
    for round_number in range(1, PLANS + 1):
        seconds, statements = timed(lambda: settle_due(now))
        print(f"sweep with nothing due, round {round_number}: {seconds * 1000:.0f} ms, {statements} statements")
    due = Deadline.objects.filter(met_at__isnull=True, dropped_at__isnull=True, breached_at__isnull=True)
    soon = due.filter(due_at__gt=now).order_by("due_at").values_list("due_at", flat=True)
    later = soon[max(1, orders // 1000)] if len(soon) > orders // 1000 else now + timedelta(days=1)
    seconds, statements = timed(lambda: settle_due(later))
    print(f"sweep at {later:%F %R}: {seconds * 1000:.0f} ms, {statements} statements")
    again = spread([timed(lambda: settle_due(later))[0] * 1000 for _n in range(5)])
    print(f"the same sweep again, 5 rounds: {again.low:.0f}/{again.middle:.0f}/{again.high:.0f} ms")
    explain(later)


def timed(act: Callable[[], Any]) -> tuple[float, int]:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as captured:
        begun = time.perf_counter()
        act()
        return time.perf_counter() - begun, len(captured)


def explain(now: Any) -> None:
    """The plans of the sweep's three questions about deadlines."""
    from escalation.models import Deadline  # noqa: PLC0415
    from escalation.services.deadlines import RUNNING  # noqa: PLC0415

    rows = Deadline.objects.filter(**RUNNING)
    questions = {
        "due and not marked": rows.filter(due_at__lte=now).order_by("pk")[:100],
        "to be warned of": rows.filter(warned_at__isnull=True, warn_at__lte=now, due_at__gt=now).order_by("pk")[:100],
    }
    for title, question in questions.items():
        print(f"-- {title}\n{question.explain(analyze=True)}")


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
