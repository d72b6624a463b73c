"""P2: statements and time of the order page with 5 and with 500 events: at most 12 statements beside session and user,
the same number for both.

Run: ``python bench/p2_order_page.py [FEW] [MANY] [ROUNDS]``. The counts are asserted in the tests as well
(tests/complaints/test_query_counts.py).
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import ROUNDS, race, ratio, report, verdict

FEW, MANY = 5, 500
ORDERS, DAYS = 1000, 60
AT_MOST = 12
READERS = ("agent", "director", "head", "deputy_leader", "auditor")
NOT_COUNTED = ("django_session", 'FROM "people_user" WHERE "people_user"."id" =', "BEGIN", "COMMIT")


def main(few: int, many: int, rounds: int) -> int:
    with server() as url, filled(url, f"bench_p2_{os.getpid()}", ORDERS, days=DAYS) as own:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django  # noqa: PLC0415 - only after the environment is known

        django.setup()
        try:
            return compare(few, many, rounds)
        finally:
            from django.db import connections  # noqa: PLC0415

            connections.close_all()


def compare(few: int, many: int, rounds: int) -> int:
    short, long = order_with(few), order_with(many, but=few)
    met = True
    for reader in READERS:
        counts = {number: statements(reader, number) for number in (short, long)}
        good = counts[short] == counts[long] <= AT_MOST
        met &= good
        print(f"  {reader:<16} {counts[short]} and {counts[long]} statements  {'met' if good else 'NOT MET'}")
    pages = {f"{events} events": page("agent", number) for events, number in ((few, short), (many, long))}
    seconds = race(pages, rounds=rounds)
    report("P2: the order page, in process", seconds, per=1, unit="ms", scale=1e3)
    verdict(f"{many} events / {few}", ratio(seconds, f"{many} events", f"{few} events"), met=met)
    return 0 if met else 1


def order_with(events: int, *, but: int = 0) -> str:
    """Number of an open order of the demo's own department with so many events; ``but`` leaves the first one out."""
    from complaints.models import Order, OrderEvent  # noqa: PLC0415
    from people.models import Department  # noqa: PLC0415

    home = Department.objects.get(code="customer_service_centre")
    orders = Order.objects.filter(lead_department=home).order_by("-pk")
    order = orders[1 if but else 0]
    first = order.events.count() + 1
    OrderEvent.objects.bulk_create(
        OrderEvent(
            order=order, seq=seq, at=order.updated_at, name="add_fact", text="进展", by_id=order.registered_by_id
        )
        for seq in range(first, events + 1)
    )
    return order.number


def page(reader: str, number: str) -> Callable[[], object]:
    """Reads the page as that person, signed in."""
    from django.test import Client  # noqa: PLC0415

    from people.models import User  # noqa: PLC0415

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=reader), backend="django.contrib.auth.backends.ModelBackend")
    client.get("/keys/")  # the first request of a session writes it

    def read() -> object:
        answer = client.get(f"/orders/{number}/")
        if answer.status_code != 200:
            raise RuntimeError(f"{reader} {number}: {answer.status_code}")
        return answer

    return read


def statements(reader: str, number: str) -> int:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    read = page(reader, number)
    read()  # reads the rule book
    with CaptureQueriesContext(connection) as captured:
        read()
    return sum(not any(words in query["sql"] for words in NOT_COUNTED) for query in captured.captured_queries)


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:4]]
    sys.exit(main(*(given + [FEW, MANY, ROUNDS][len(given) :])))
