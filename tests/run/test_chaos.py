"""T6: the whole product under load while its parts are killed, stopped and started again (F6, F9).

What was acknowledged stays, one request has one effect, every invariant holds afterwards, nobody reads "500", and
each time the product is back within a minute. Three minutes with a strike every ten seconds in `make proof`, twenty
minutes with one every thirty under FULL=1. The clock of a machine cannot be moved from here; clock steps are tested
with an injected clock (F12, F22).
"""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from secrets import token_hex
from typing import Any

import psycopg2
import pytest

from config.bootstrap import CHECKOUT
from config.embedded import OWNER, Postgres
from people.demo import DEMO_PASSWORD
from tests.run.conftest import Product, bare_environment, descendants, seconds_until

USERS = ("agent", "agent2", "agent3", "agent4", "leader", "leader2", "contact", "contact", "head", "manager")
PAUSE = 0.5  # seconds between two requests of one person: at most twenty a second by ten
BACK = 60  # seconds within which the product answers again
MOST_MEMORY = 300  # MB a process may hold
VICTIMS = (
    "gunicorn",
    "celery -q -A config.celery worker",
    "manage.py sweeper",
    "bin/postgres",
    "manage.py sender",
    "valkey-server",
    "config.celery beat",
    "a web worker",
    "valkey hangs",
    "postgres restarts",
)

_serial = count(1)


@dataclass
class Person:
    """One signed-in user, who repeats a request that got no answer under the same key, as every client should."""

    port: int
    name: str
    stop: threading.Event
    token: str = ""
    made: dict[str, str] = field(default_factory=dict)  # request key: order number
    accepted: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    last: float = 0.0

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Status and JSON; 0 where the connection failed. A 5xx is no answer either: a part is away."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.request(method, path, None if body is None else json.dumps(body), headers)
            reply = link.getresponse()
            text = reply.read()
            status = reply.status
        except (OSError, http.client.HTTPException):
            status, text = 0, b"null"
        finally:
            link.close()
        self.answers[status] += 1
        if 200 <= status < 300:
            self.last = time.monotonic()
        try:
            return status, json.loads(text or b"null")
        except ValueError:
            return status, None

    def surely(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Repeated until the product decides, at the longest until the end of the run and a minute."""
        patience = time.monotonic() + 2 * BACK
        while True:
            status, answer = self.ask(method, path, body, key)
            if status and status < 500 and status not in (409, 429):
                return status, answer
            if status == 409 and "Idempotency" not in str(answer) and "处理" not in str(answer):
                return status, answer
            if time.monotonic() > patience:
                self.wrong.append(f"{method} {path}: no decision, last {status} {str(answer)[:200]}")
                return status, answer
            time.sleep(PAUSE)

    def sign_in(self) -> "Person":
        status, answer = self.surely("POST", "/api/v1/auth/login/", {"username": self.name, "password": DEMO_PASSWORD})
        assert status == 200, (self.name, status, answer)
        self.token = answer["token"]
        return self

    def work(self) -> None:
        act = {"contact": self.accept, "head": self.read, "manager": self.read}.get(self.name, self.register)
        while not self.stop.wait(PAUSE):
            try:
                act()
            except Exception as error:
                self.wrong.append(f"{self.name}: {error!r}")
                return

    def register(self) -> None:
        serial, key = next(_serial), token_hex(16)
        status, answer = self.surely(
            "POST",
            "/api/v1/orders/",
            {
                "channel": "hotline",
                "kind": "complaint",
                "category": "connection_commitment",
                "content": f"第{serial}号来电：报装申请二十天没有答复。",
                "demands": ["答复办理时间"],
                "caller_name": "王小明",
                "caller_phone": f"1390{serial:07d}",
                "read_back": True,
            },
            key,
        )
        if status == 201:
            self.made[key] = answer["number"]
        else:
            self.wrong.append(f"order {serial}: {status} {str(answer)[:300]}")

    def accept(self) -> None:
        """Takes one of the newest orders; two contacts are after the same ones, so 409 is an honest answer."""
        status, answer = self.surely("GET", "/api/v1/orders/?state=classified")
        waiting = [row["number"] for row in (answer or {}).get("results", ())] if status == 200 else []
        if not waiting:
            return
        number = random.choice(waiting[:5])
        status, detail = self.surely("GET", f"/api/v1/orders/{number}/")
        if status != 200 or detail["state"] != "classified":
            return
        key = token_hex(16)
        status, answer = self.surely(
            "POST", f"/api/v1/orders/{number}/actions/accept/", {"version": detail["version"]}, key
        )
        if status == 200:
            self.accepted.add(number)
        elif status not in (403, 404, 409):
            self.wrong.append(f"accept {number}: {status} {str(answer)[:300]}")

    def read(self) -> None:
        status, answer = self.surely("GET", "/api/v1/orders/")
        if status != 200:
            self.wrong.append(f"list: {status} {str(answer)[:200]}")


@dataclass
class Disturber:
    """Kills, stops and starts parts of one run of the product, and only those."""

    product: Product

    def strike(self, victim: str) -> None:
        if victim == "a web worker":
            workers = descendants(self.product.named("gunicorn")[0])[1:]
            os.kill(random.choice(workers), signal.SIGKILL)
        elif victim == "valkey hangs":
            for number, pause in ((signal.SIGSTOP, 8), (signal.SIGCONT, 0)):
                for pid in self.product.named("valkey-server"):
                    os.kill(pid, number)
                time.sleep(pause)
        elif victim == "postgres restarts":
            for pid in self.product.named("bin/postgres"):
                os.kill(pid, signal.SIGINT)
        else:
            for pid in self.product.named(victim):
                os.kill(pid, signal.SIGKILL)


def memory(pid: int) -> float:
    """MB that are this process's own: pages shared with its parent are counted once, there."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as lines:
            return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except OSError:
        return 0.0


@pytest.fixture
def crowd(product: Product) -> Iterator[tuple[Product, list[Person], threading.Event]]:
    product.environment = {"DEMO": "1"}
    product.start().ready()
    stop = threading.Event()
    people = [Person(product.port, name, stop).sign_in() for name in USERS]
    threads = [threading.Thread(target=person.work, daemon=True) for person in people]
    for thread in threads:
        thread.start()
    yield product, people, stop
    stop.set()
    for thread in threads:
        thread.join(2 * BACK + 30)


def finish(people: list[Person], stop: threading.Event) -> None:
    """Everybody's last request is decided before anything is counted."""
    stop.set()
    for person in people:
        person_done = [thread for thread in threading.enumerate() if thread._target == person.work]  # type: ignore[attr-defined]
        for thread in person_done:
            thread.join(2 * BACK + 30)


def rows(product: Product, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    link = psycopg2.connect(host=str(Postgres(product.state).sockets), user=OWNER, dbname="hotline", connect_timeout=10)
    with link, link.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    link.close()
    return found


def audited(product: Product, command: str) -> str:
    """What ``manage.py audit`` and its like say; a broken invariant fails the test with it."""
    values = dict(
        line.removeprefix("export ").split("=", 1)
        for line in (product.state / "run" / "env").read_text().splitlines()
        if "=" in line
    )
    environment = bare_environment(**{name: value.strip("'\"") for name, value in values.items()})
    done = subprocess.run(
        [sys.executable, "manage.py", command], cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def everything_answers(people: list[Person]) -> Callable[[], bool]:
    """Every person got an answer after this moment."""
    since = time.monotonic()
    return lambda: all(person.last > since for person in people)


def chaos(
    product: Product, people: list[Person], stop: threading.Event, seconds: float, pause: float
) -> tuple[dict[str, float], float]:
    """Seconds from each strike until everybody is answered again; the most memory a process held at the end, in MB."""
    until, disturber = time.monotonic() + seconds, Disturber(product)
    back: dict[str, float] = {}
    for victim in cycle(VICTIMS):
        if time.monotonic() > until and len(back) == len(VICTIMS):
            break
        disturber.strike(victim)
        took = seconds_until(everything_answers(people), BACK)
        back[victim] = max(took, back.get(victim, 0.0))
        time.sleep(pause)
    held = max(
        memory(pid)
        for part in ("gunicorn", "sweeper", "sender", "celery")
        for top in product.named(part)
        for pid in descendants(top)
    )
    finish(people, stop)
    return back, held


def judge(product: Product, people: list[Person], back: dict[str, float], held: float) -> None:
    assert [line for person in people for line in person.wrong] == []
    made = {key: number for person in people for key, number in person.made.items()}
    taken = {number for person in people for number in person.accepted}
    known = dict(rows(product, "SELECT number, accepted_at FROM complaints_order"))
    lost = set(made.values()) - set(known)
    assert not lost, f"acknowledged and gone: {sorted(lost)[:10]}"
    assert not [number for number in taken if known[number] is None], "an acknowledged acceptance is gone"
    ours = rows(product, "SELECT content, count(*) FROM complaints_order WHERE content LIKE '第%%号来电%%' GROUP BY 1")
    assert [text for text, times in ours if times > 1] == [], "one request made two orders"
    assert len(ours) == len(made) == len(set(made.values()))
    events = dict(
        rows(
            product,
            "SELECT o.number, count(*) FROM complaints_orderevent e JOIN complaints_order o ON o.id = e.order_id"
            " WHERE o.number = ANY(%s) GROUP BY 1",
            list(made.values()),
        )
    )
    assert set(events) == set(made.values()), "an order without its events"
    for command in ("audit", "audit_ledger"):
        audited(product, command)
    assert held < MOST_MEMORY, f"a process holds {held:.0f} MB"
    told = ", ".join(f"{victim} {took:.1f} s" for victim, took in back.items())
    answers = sum((person.answers for person in people), Counter())
    sys.stderr.write(
        f"\nT6: {len(made)} orders, {len(taken)} accepted, answers {dict(answers)}; back after: {told}; "
        f"most memory {held:.0f} MB\n"
    )
    assert answers[500] == 0, "a part that is away is 503, with the time to come back"
    assert len(made) > 50
    assert taken


@pytest.mark.proof
@pytest.mark.parametrize(
    ("seconds", "pause"),
    [pytest.param(180, 8.0, id="3-minutes"), pytest.param(1200, 28.0, id="20-minutes", marks=pytest.mark.full)],
)
def test_nothing_acknowledged_is_lost_while_parts_are_killed(
    crowd: tuple[Product, list[Person], threading.Event], seconds: float, pause: float
) -> None:
    product, people, stop = crowd
    back, held = chaos(product, people, stop, seconds, pause)
    seconds_until(product.healthy, BACK)
    judge(product, people, back, held)
    assert product.end(signal.SIGINT) == 0
