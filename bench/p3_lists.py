"""P3: the first page of every queue in a large database against a small one (at most 1.3 times), and page 1 000
against page 1 (at most 1.5 times), interleaved.

Both get as many calls a day; the large one has done so for three years. Run: ``python bench/p3_lists.py [LARGE]
[SMALL] [ROUNDS]``; the goal speaks of 1 000 000 and 10 000 orders.
"""

import os
import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import ROUNDS, race, ratio, report, verdict

LARGE, SMALL = 20_000, 5_000
THREE_YEARS = 3 * 365
FAR = 1000
AT_MOST_LARGE, AT_MOST_FAR = 1.3, 1.5
READERS = ("agent", "director", "head", "contact", "handler", "station_head", "deputy_leader", "auditor")
ALIASES = {"small": "default", "large": "large"}


def configure(small: str, large: str) -> None:
    """Django on the small database, the large one beside it."""
    os.environ.update(ENVIRONMENT | {"DATABASE_URL": small, "DJANGO_SETTINGS_MODULE": "config.settings"})
    import django  # noqa: PLC0415 - only after the databases are known
    from django.conf import settings  # noqa: PLC0415

    from config.env import database  # noqa: PLC0415

    settings.DATABASES["large"] = database(large)
    django.setup()


def main(large: int, small: int, rounds: int) -> int:
    with (
        server() as url,
        filled(url, "bench_p3_small", small, days=max(1, THREE_YEARS * small // large)) as small_url,
        filled(url, "bench_p3_large", large, days=THREE_YEARS) as large_url,
    ):
        configure(small_url, large_url)
        met = compare(large, small, rounds)
        from django.db import connections  # noqa: PLC0415

        connections.close_all()
    return 0 if met else 1


def compare(large: int, small: int, rounds: int) -> bool:
    from django.utils import timezone  # noqa: PLC0415

    print(f"P3: first pages at {large} and {small} orders")
    now, good = timezone.now(), True
    for username, queue, page in pages(now):
        seconds = race({name: page(alias) for name, alias in ALIASES.items()}, rounds=rounds)
        found = ratio(seconds, "large", "small")
        few, many = (len(page(alias)().rows) for alias in ALIASES.values())
        report(f"{username}: {queue.name}, {few} and {many} rows", seconds, per=1, unit="ms", scale=1e3)
        if few == many:
            good &= found.middle <= AT_MOST_LARGE
            verdict(f"large / small, at most {AT_MOST_LARGE}", found, met=found.middle <= AT_MOST_LARGE)
        else:
            print("  not compared: the small database has no full page of these")
        print(f"  {plan(page, 'large')}")
    return far_pages(now, rounds) and good


def pages(now: datetime) -> list[tuple[str, Any, Callable[[str], Callable[[], Any]]]]:
    """Every queue once per reader who has it, as a maker of "read its first page from this database"."""
    from complaints.lists import queues_for, reader_of  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415
    from policy import rulebook  # noqa: PLC0415

    book, found = rulebook.current(), []
    for username in READERS:
        reader = reader_of(User.objects.get(username=username), now=now, book=book)
        found += [(username, queue, reading(reader, queue)) for queue in queues_for(reader.who)]
    return found


def reading(reader: Any, queue: Any, after: str = "") -> Callable[[str], Callable[[], Any]]:
    from complaints.lists import queue_page  # noqa: PLC0415

    def maker(alias: str) -> Callable[[], Any]:
        def read() -> Any:
            return queue_page(queue, reader, after=after, using=alias)

        return read

    return maker


def far_pages(now: datetime, rounds: int) -> bool:
    """Page 1 000, or the last one there is, of the longest queues of the large database."""
    from complaints.lists import PAGE, QUEUES, key_of, reader_of  # noqa: PLC0415
    from complaints.models import Order  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415
    from policy import rulebook  # noqa: PLC0415

    good = True
    reader = reader_of(User.objects.get(username="agent"), now=now, book=rulebook.current())
    for queue in (queue for queue in QUEUES if queue.name in {"all", "closed"}):
        rows = queue.narrow(Order.objects.using("large").visible_to(reader.user, now=now), reader)
        number = min(FAR, rows.count() // PAGE)
        if number < 2:
            continue
        ordered = rows.order_by("-pk") if queue.closed else rows.in_queue_order()
        key = key_of(ordered[(number - 1) * PAGE - 1], queue)
        contestants = {"page 1": reading(reader, queue)("large"), "far page": reading(reader, queue, key)("large")}
        seconds = race(contestants, rounds=rounds)
        found = ratio(seconds, "far page", "page 1")
        good &= found.middle <= AT_MOST_FAR
        report(f"{queue.name}: page {number} and page 1", seconds, per=1, unit="ms", scale=1e3)
        verdict(f"far page / page 1, at most {AT_MOST_FAR}", found, met=found.middle <= AT_MOST_FAR)
        print(f"  {plan(reading(reader, queue, key), 'large')}")
    return good


def plan(page: Callable[[str], Callable[[], Any]], alias: str) -> str:
    """Which scans PostgreSQL chooses for the page's own query."""
    from django.db import connections  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connections[alias]) as captured:
        page(alias)()
    query = next(q["sql"] for q in captured.captured_queries if 'FROM "complaints_order"' in q["sql"])
    with connections[alias].cursor() as cursor:
        cursor.execute("EXPLAIN " + query.replace("%", "%%"), [])
        lines = "\n".join(row[0] for row in cursor.fetchall())
    scans = re.findall(r"(\w+(?: \w+)* Scan(?: Backward)?(?: using \w+)?(?: on complaints_\w+)?)", lines)
    return "plan: " + ", ".join(dict.fromkeys(scan for scan in scans if "complaints_" in scan or "order_" in scan))


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:4]]
    sys.exit(main(*(given + [LARGE, SMALL, ROUNDS][len(given) :])))
