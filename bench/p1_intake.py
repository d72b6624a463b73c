"""P1: an intake over HTTP (session, form, rules, deadline, order with all its rows, request key) against a bare Django
view that inserts three rows by the ORM in the same tables: at least 0.7 of its rate, on the same server in the same
run. The bare view runs twice: with nothing around it, and with what ``startproject`` puts around a view (middleware, a
database connection per request).

Run: ``python bench/p1_intake.py [REQUESTS] [CLIENTS] [ROUNDS]``, requests per contestant and round.
"""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from itertools import product as product_of
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.databases import ENVIRONMENT, ROOT, filled, server
from bench.measure import race, ratio, report, verdict

REQUESTS, CLIENTS, ROUNDS = 160, 8, 5
ORDERS, DAYS = 2000, 60
AT_LEAST = 0.7
BARE, USUAL = "bare view", "bare view, Django's defaults"
PAGE, API = "POST /intake/", "POST /api/v1/orders/"
BARE_APPLICATION = "django.core.wsgi:get_wsgi_application()"
CSRF = "b" * 32
PATIENCE = 60
_serial = count(1)
_accounts: list[str] = []


def main(requests: int, clients: int, rounds: int) -> int:
    with server(durable=True) as url, filled(url, f"bench_p1_{os.getpid()}", ORDERS, days=DAYS) as own:
        os.environ.update(ENVIRONMENT | {"DATABASE_URL": own, "DJANGO_SETTINGS_MODULE": "config.settings"})
        with (
            gunicorn(own, "config.settings", "config.wsgi:application") as product,
            gunicorn(own, "bench.bare_settings", BARE_APPLICATION) as bare,
            gunicorn(own, "bench.usual_settings", BARE_APPLICATION) as usual,
        ):
            return measure(product, bare, usual, requests, clients, rounds)


@contextlib.contextmanager
def gunicorn(url: str, settings: str, application: str) -> Iterator[int]:
    """A server as in production (config/gunicorn_conf.py: 2 workers, threads); its port."""
    port = free_port()
    environment = os.environ | ENVIRONMENT | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings}
    environment |= {"WEB_BIND": f"127.0.0.1:{port}", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn_conf.py", application]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"gunicorn did not start on port {port}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def free_port() -> int:
    """Below 32768, where no client's port can be in the way."""
    for port in range(18_100, 32_000):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


def measure(product: int, bare: int, usual: int, requests: int, clients: int, rounds: int) -> int:
    import django  # noqa: PLC0415 - only after the environment is known

    django.setup()
    from django.db import connections  # noqa: PLC0415

    sessions = [sign_in() for _ in range(clients)]
    _accounts.extend(accounts())
    before = orders()
    contestants: dict[str, Callable[[], object]] = {
        BARE: lambda: fire(bare, bare_request, sessions, requests),
        USUAL: lambda: fire(usual, bare_request, sessions, requests),
        PAGE: lambda: fire(product, page_request, sessions, requests),
        API: lambda: fire(product, api_request, sessions, requests),
    }
    seconds = race(contestants, rounds=rounds, least=0)
    made = orders() - before
    connections.close_all()
    report(f"P1: {clients} clients, {requests} requests a round", seconds, per=requests, unit="ms", scale=1e3)
    met = True
    for name, against in product_of((PAGE, API), (BARE, USUAL)):
        found = ratio(seconds, against, name)
        met &= found.middle >= AT_LEAST
        verdict(f"rate of {name} / {against}", found, met=found.middle >= AT_LEAST)
    wanted = len(contestants) * requests * (rounds + 1)  # one round warms up
    print(f"  orders made {made} of {wanted}")
    return 0 if met and made == wanted else 1


def sign_in() -> str:
    """Key of a session of the demo agent, made as signing in makes it."""
    from importlib import import_module  # noqa: PLC0415

    from django.conf import settings  # noqa: PLC0415
    from django.contrib.auth import login  # noqa: PLC0415
    from django.http import HttpRequest  # noqa: PLC0415

    from people.models import User  # noqa: PLC0415

    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, User.objects.get(username="agent"), backend=settings.AUTHENTICATION_BACKENDS[-1])
    request.session.save()
    return str(request.session.session_key)


def accounts() -> list[str]:
    from customers.models import Customer  # noqa: PLC0415

    return list(Customer.objects.order_by("pk").values_list("account_no", flat=True))


def orders() -> int:
    from complaints.models import Order  # noqa: PLC0415

    return Order.objects.count()


# --- the load -------------------------------------------------------------------------------------------------------

Request = tuple[str, bytes, dict[str, str], int]


def fire(port: int, make: Callable[[str], Request], sessions: list[str], requests: int) -> None:
    """So many requests by as many clients as there are sessions, each on one kept connection. Any answer that is not
    the expected one ends the bench."""
    wrong: list[str] = []

    def client(session: str, share: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for _ in range(share):
            path, body, headers, expected = make(session)
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != expected:
                wrong.append(f"{path}: {answer.status} {text[:300].decode(errors='replace')}")
                return
        connection.close()

    shares = [requests // len(sessions) + (n < requests % len(sessions)) for n in range(len(sessions))]
    threads = [threading.Thread(target=client, args=pair) for pair in zip(sessions, shares, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])


def matter() -> dict[str, Any]:
    """A call as an agent types it; every one from another telephone, accounts in turn."""
    serial = next(_serial)
    return {
        "channel": "hotline",
        "kind": "complaint",
        "category": "power_quality",
        "caller_phone": f"1380{serial:07d}",
        "account_no": _accounts[serial % len(_accounts)],
        "caller_name": "王小明",
        "address": "江湾路 12 号 3 幢 502",
        "content": "每晚七点到十点电压只有一百八十伏，空调无法启动，要求查明原因并限期整改。",
        "demands": ["查明原因", "限期整改"],
        "callback_by": "phone",
        "ring_count": 2,
        "read_back": True,
    }


def headers(session: str, kind: str) -> dict[str, str]:
    return {
        "Cookie": f"sessionid={session}; csrftoken={CSRF}",
        "X-CSRFToken": CSRF,
        "Content-Type": kind,
        "Accept-Language": "zh-CN,zh;q=0.9",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36",
        "Idempotency-Key": token_hex(16),
    }


def page_request(session: str) -> Request:
    body = urlencode(matter(), doseq=True).encode()
    return "/intake/", body, headers(session, "application/x-www-form-urlencoded"), 302


def api_request(session: str) -> Request:
    return "/api/v1/orders/", json.dumps(matter()).encode(), headers(session, "application/json"), 201


def bare_request(session: str) -> Request:
    return "/bare/", b"{}", headers(session, "application/json"), 201


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:4]]
    sys.exit(main(*(given + [REQUESTS, CLIENTS, ROUNDS][len(given) :])))
