"""P9: searching 2 to 8 characters over many texts against the bare bigram SQL (at most 2 times), and the caller look-up
by phone with the last orders against a view that selects by key (at most 2 times), interleaved.

Both contestants of the search read the same page of 50 rows with the same columns; ours also asks what this person may
see. The words are pieces of stored texts, so each is found at least once. Run: ``python bench/p9_search.py [ORDERS]
[ROUNDS]``; the goal speaks of 1 000 000.
"""

import contextlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import ROUNDS, race, ratio, report, verdict

ORDERS, DAYS = 20_000, 3 * 365
WRITTEN = 10_000  # orders beyond are copies of these
AT_MOST = 2.0
LENGTHS = (2, 3, 4, 6, 8)
BARE = """
SELECT o.id, o.number, o.title, o.kind, o.state, o.priority, o.due_sort, o.caller_name, o.caller_phone, o.updated_at,
       s.name, l.name, h.name
  FROM complaints_order o
  LEFT JOIN people_department s ON s.id = o.station_id
  LEFT JOIN people_department l ON l.id = o.lead_department_id
  LEFT JOIN people_user h ON h.id = o.handler_id
 WHERE o.bigrams @> %s::varchar(2)[]
 ORDER BY o.id + 0 DESC LIMIT 51
"""


def main(orders: int, rounds: int) -> int:
    written = min(orders, WRITTEN)
    with server() as url, filled(url, f"bench_p9_{os.getpid()}", written, days=DAYS) as own:
        multiply(own, orders // written - 1)
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django  # noqa: PLC0415 - only after the environment is known

        django.setup()
        from django.db import connections  # noqa: PLC0415

        try:
            met = searches(orders, rounds)
            return 0 if lookups(rounds) and met else 1
        finally:
            connections.close_all()


def multiply(url: str, times: int) -> None:
    """Copies every order so many times, by SQL: writing a million believable orders takes most of an hour."""
    if times < 1:
        return
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True  # VACUUM runs in no transaction
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'complaints_order'")
        names = [name for (name,) in cursor.fetchall() if name not in {"id", "number"}]
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(
            f"INSERT INTO complaints_order (number, {columns}) SELECT number || '~' || turn, {columns}"
            " FROM complaints_order, generate_series(1, %s) turn",
            [times],
        )
        cursor.execute("VACUUM ANALYZE complaints_order")


def words() -> list[str]:
    """Pieces of stored texts of every length, from texts far apart."""
    from complaints.models import Order  # noqa: PLC0415
    from customers.bigrams import fold  # noqa: PLC0415

    keys = list(Order.objects.order_by("pk").values_list("pk", flat=True)[:: max(1, Order.objects.count() // 7)])
    texts = [fold(text) for text in Order.objects.filter(pk__in=keys).values_list("content", flat=True)]
    texts = [re.sub(r"[0-9a-z]+", "", text) for text in texts]
    return [text[3 : 3 + length] for length, text in zip(LENGTHS, texts, strict=False) if len(text) >= 3 + length]


def searches(orders: int, rounds: int) -> bool:
    from customers.bigrams import bigrams  # noqa: PLC0415

    good = True
    print(f"P9: searches over {orders} orders")
    for word in words():
        pieces = bigrams(word)
        contestants = {"ours": ours(word), "bare": bare(pieces)}
        found_rows = len(bare(pieces)())
        seconds = race(contestants, rounds=rounds)
        found = ratio(seconds, "ours", "bare")
        good &= found.middle <= AT_MOST
        report(f"{len(word)} characters, {min(found_rows, 50)} rows on the page", seconds, per=1, unit="ms", scale=1e3)
        verdict(f"ours / bare, at most {AT_MOST}", found, met=found.middle <= AT_MOST)
        print(f"  {plan(pieces)}")
    return good


def ours(word: str) -> Callable[[], Any]:
    """What the page of a search reads for an agent."""
    from django.utils import timezone  # noqa: PLC0415

    from complaints.lists import QUEUES, as_rows, page_of, reader_of  # noqa: PLC0415
    from complaints.models import Order  # noqa: PLC0415
    from complaints.queries import search  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415

    closed = next(queue for queue in QUEUES if queue.closed)
    reader = reader_of(User.objects.get(username="agent"), now=timezone.now())

    def read() -> Any:
        rows = Order.objects.visible_to(reader.user, now=reader.now)
        return page_of(search(rows, word, knows_callers=True), closed, searched=True, shape=as_rows)

    return read


def bare(pieces: list[str]) -> Callable[[], Any]:
    from django.db import connection  # noqa: PLC0415

    def read() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [pieces])
            return cursor.fetchall()

    return read


def plan(pieces: list[str]) -> str:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + BARE, [pieces])
        lines = "\n".join(row[0] for row in cursor.fetchall())
    scans = re.findall(r"((?:Bitmap )?(?:Index|Heap|Seq) (?:Only )?Scan on \w+)", lines)
    return "plan: " + ", ".join(dict.fromkeys(scan for scan in scans if "order" in scan))


def lookups(rounds: int) -> bool:
    """The queries behind the caller's number, and the fragment over HTTP in process, each against select by key."""
    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.urls import path  # noqa: PLC0415

    from complaints.models import Order  # noqa: PLC0415
    from config import urls  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415

    newest = Order.objects.exclude(caller_phone="").order_by("-pk")[0]

    def by_key(request: HttpRequest) -> HttpResponse:
        return HttpResponse(Order.objects.get(pk=newest.pk).number)

    urls.urlpatterns.append(path("bench/by-key/", by_key))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="agent"), backend="django.contrib.auth.backends.ModelBackend")
    client.get("/keys/")  # the first request of a session writes it
    last = Order.objects.filter(caller_phone=newest.caller_phone).order_by("-pk")
    columns = ("number", "title", "state", "registered_at", "lead_department__name")
    contestants: dict[str, Callable[[], object]] = {
        "last 10 of the phone": lambda: list(last.values_list(*columns)[:10]),
        "one by key": lambda: Order.objects.get(pk=newest.pk),
        "look-up fragment": lambda: client.post("/intake/caller/", {"caller_phone": newest.caller_phone}),
        "view by key": lambda: client.get("/bench/by-key/"),
    }
    seconds = race(contestants, rounds=rounds)
    report("caller look-up by phone", seconds, per=1, unit="ms", scale=1e3)
    rows = ratio(seconds, "last 10 of the phone", "one by key")
    page = ratio(seconds, "look-up fragment", "view by key")
    verdict(f"rows: last 10 / one by key, at most {AT_MOST}", rows, met=rows.middle <= AT_MOST)
    verdict(f"whole fragment / view by key, at most {AT_MOST}", page, met=page.middle <= AT_MOST)
    return rows.middle <= AT_MOST and page.middle <= AT_MOST


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*(given + [ORDERS, ROUNDS][len(given) :])))
