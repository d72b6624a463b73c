"""P8: 1 000 messages due in one second: how soon each is handed over, and what claiming in batches gains.

Run: ``python bench/p8_messages.py [MESSAGES] [ROUNDS]``. The messages fall due over one second; a sender as in
``manage.py sender`` looks every second while idle, every quarter of one while it works. Handed over is: received by one
of four webhooks on loopback, on the clock of the same machine. ``one by one`` expands, claims and attempts each message
by itself, as a task of its own would, without the broker's part.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, filled, server
from bench.measure import machine, spread, verdict

MESSAGES, ROUNDS, HOOKS = 1000, 5, 4
ORDERS, DAYS = 200, 30
LONGEST, FASTER = 2.0, 5.0


def main(count: int, rounds: int) -> int:
    with server(durable=True) as url, filled(url, f"bench_p8_{os.getpid()}", ORDERS, days=DAYS) as own:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        import django  # noqa: PLC0415 - only after the environment is known

        django.setup()
        from django.db import connections  # noqa: PLC0415

        try:
            with receivers() as (got, urls):
                set_up(urls)
                return measure(count, rounds, got)
        finally:
            connections.close_all()


@contextmanager
def receivers() -> Iterator[tuple[dict[str, float], list[str]]]:
    """Reference -> when it arrived (epoch seconds), and the addresses of the webhooks."""
    got: dict[str, float] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            got.setdefault(body["id"], time.time())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            self.wfile.flush()

        def log_message(self, *args: Any) -> None: ...

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _n in range(HOOKS)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    try:
        yield got, [f"http://127.0.0.1:{one.server_address[1]}/" for one in servers]
    finally:
        for one in servers:
            one.shutdown()


def set_up(urls: list[str]) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from notifications import keys  # noqa: PLC0415
    from notifications.models import Endpoint  # noqa: PLC0415

    settings.NOTIFY_TEST_RECEIVERS = frozenset(url.split("/")[2] for url in urls)
    for n, url in enumerate(urls):
        secret = keys.seal({"secret": "bench"})
        fields = {"config": {"url": url}, "secret": secret, "saved_at": timezone.now(), "topics": [TOPICS[n]]}
        Endpoint.objects.create(channel="webhook", name=f"hook {n}", **fields)


TOPICS = ("system", "time", "dispatch", "result")
CODES = ("system.undelivered", "order.due_soon", "order.copied", "order.archived")


def messages(count: int, first: datetime, round_number: int) -> None:
    """Due one after the other over one second, a quarter of them for each webhook."""
    from notifications.models import Message  # noqa: PLC0415

    Message.objects.bulk_create(
        Message(
            code=CODES[n % HOOKS],
            key=f"bench:{round_number}:{n}",
            stream="system",
            data={"count": n},
            created_at=first,
            due_at=first + timedelta(seconds=n / count),
        )
        for n in range(count)
    )


def measure(count: int, rounds: int, got: dict[str, float]) -> int:
    p99, early, lost, faster = [], 0, 0, []
    for number in range(rounds):
        delays = one_round(count, number, got)
        lost += count - len(delays)
        early += sum(delay < 0 for delay in delays)
        p99.append(sorted(delays)[int(len(delays) * 0.99) - 1])
        faster.append(by_themselves(count // 5, number) / by_batches(count, number))
    print("P8: messages due in one second, to webhooks on loopback")
    print(f"  {machine()}; {rounds} rounds of {count}; {early} early, {lost} lost")
    slow = spread(p99)
    met = slow.middle <= LONGEST and not early and not lost
    verdict("p99 from due to received, seconds ≤ 2", slow, met=met)
    gain = spread(faster)
    verdict("one by one / batches, per message ≥ 5", gain, met=gain.middle >= FASTER)
    return 0 if met and gain.middle >= FASTER else 1


def one_round(count: int, number: int, got: dict[str, float]) -> list[float]:
    from django.utils import timezone  # noqa: PLC0415

    from notifications.models import Delivery  # noqa: PLC0415
    from notifications.sender import Sender  # noqa: PLC0415

    got.clear()
    messages(count, timezone.now() + timedelta(seconds=1), number)
    sender, ends = Sender(timezone.now), time.monotonic() + 60
    while len(got) < count and time.monotonic() < ends:
        began = time.monotonic()
        sender.turn()
        time.sleep(max(0.05, sender.pause(1.0) - (time.monotonic() - began)))
    while not sender.idle():
        time.sleep(0.05)
    sender.stop()
    due = Delivery.objects.filter(message__key__startswith=f"bench:{number}:", channel="webhook")
    rows = due.values_list("reference", "message__due_at")
    return [got[reference] - moment.timestamp() for reference, moment in rows if reference in got]


def by_batches(count: int, number: int) -> float:
    """Seconds per message to expand, claim, attempt and record in batches; nothing is sent."""
    return handled(count, f"batch{number}", limit=50)


def by_themselves(count: int, number: int) -> float:
    return handled(count, f"single{number}", limit=1)


def handled(count: int, name: str, *, limit: int) -> float:
    from django.utils import timezone  # noqa: PLC0415

    from notifications import claims  # noqa: PLC0415
    from notifications.expand import expand_batch  # noqa: PLC0415
    from notifications.models import Attempt, Delivery, Message  # noqa: PLC0415

    now = timezone.now()
    Message.objects.bulk_create(
        Message(code=CODES[0], key=f"{name}:{n}", stream="system", data={}, created_at=now, due_at=now)
        for n in range(count)
    )
    began = time.perf_counter()
    while expand_batch(now, limit=limit * 4 if limit > 1 else 1):
        pass
    for endpoint in claims.lanes(now):
        while claims.claim(endpoint, holder=name, now=now, limit=limit):
            pass
    taken = time.perf_counter() - began
    Attempt.objects.filter(delivery__claimed_by=name).delete()
    Delivery.objects.filter(claimed_by=name).delete()
    return taken / count


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(given + [MESSAGES, ROUNDS][len(given) :])))
