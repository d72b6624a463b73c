"""A product of its own for each test: `python -m config.supervise` on a free port and a short state folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from config.bootstrap import CHECKOUT
from config.processes import started_at, wait_until
from config.pytest_plugin import ENVIRONMENT, OURS, WORKER, worker_number

# Everything the test plugin has set for this process, and what a developer may have.
UNSET = {
    "DATABASE_URL",
    "REDIS_URL",
    "DEMO",
    "STATE_DIR",
    "DEBUG",
    "MAKELEVEL",
    "MAKEFLAGS",
    OURS,
    WORKER,
    *ENVIRONMENT,
}


def free_port() -> int:
    """A port nobody listens on, below the range from which the kernel hands out client ports; each test worker looks in
    a range of its own."""
    first = 18100 + 300 * worker_number(os.environ)
    for port in range(first, first + 300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no free port")


def bare_environment(**values: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in UNSET} | values


@pytest.fixture
def state() -> Iterator[Path]:
    """A short folder every account may pass through, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hl-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def spare_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A copy of the test database for programs of their own; its name. Dropped afterwards."""
    original, place = connection.settings_dict["NAME"], connection.settings_dict
    name = f"{original}_spare"
    with django_db_blocker.unblock():
        connections.close_all()  # a copied database must have no users
    link = psycopg2.connect(
        host=place["HOST"],
        port=place["PORT"] or None,
        user=place["USER"],
        password=place["PASSWORD"],
        dbname="postgres",
    )
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
        yield name
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    link.close()


@dataclass
class Product:
    """One run of the supervisor and what can be seen of it from outside."""

    state: Path
    port: int
    command: list[str] = field(default_factory=lambda: [sys.executable, "-m", "config.supervise"])
    # Neither production (which wants two roles and https) nor the demo (whose company takes a while to build).
    environment: dict[str, str] = field(default_factory=lambda: {"DEMO": "0", "DEBUG": "1"})
    cwd: Path = CHECKOUT
    process: "subprocess.Popen[bytes] | None" = None
    before_start: Callable[[], None] | None = None
    output: Path | None = None

    @property
    def log(self) -> Path:
        return self.output or self.state / "output.txt"

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self) -> "Product":
        environment = bare_environment(PORT=str(self.port), STATE_DIR=str(self.state)) | self.environment
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=self.before_start,
                start_new_session=True,
            )
        return self

    def ready(self, seconds: float = 400) -> "Product":
        wait_until(lambda: "ready:" in self.text or not self.alive(), seconds)
        assert "ready:" in self.text, self.text
        return self

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self, number: int = signal.SIGTERM, seconds: float = 120) -> int:
        assert self.process
        if self.alive():
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def health(self) -> dict[str, str]:
        import json  # noqa: PLC0415

        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as reply:
                return dict(json.load(reply))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {}

    def healthy(self) -> bool:
        health = self.health()
        return health.get("database") == "ok" and health.get("redis") == "ok"

    def parts(self) -> dict[int, int]:
        """pid: start time of every process whose ancestor is this run, and of the run itself."""
        assert self.process
        return {pid: start for pid in descendants(self.process.pid) if (start := started_at(pid))}

    def named(self, words: str) -> list[int]:
        """The direct children whose command line contains ``words``."""
        assert self.process
        return [pid for pid in children(self.process.pid) if words in command_line(pid)]


def children(pid: int) -> list[int]:
    try:
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        found += children(each)
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def gone(parts: dict[int, int], seconds: float = 20) -> bool:
    return wait_until(lambda: all(started_at(pid) != start for pid, start in parts.items()), seconds)


@pytest.fixture
def product(state: Path) -> Iterator[Product]:
    run = Product(state, free_port())
    yield run
    if run.alive():
        run.end()
    left = [pid for pid in run.parts() if pid != run.process.pid] if run.process else []
    assert not left, f"processes left behind: {left}"


def seconds_until(done: Callable[[], bool], limit: float) -> float:
    """How long it took; fails when it took longer than ``limit``."""
    begun = time.monotonic()
    assert wait_until(done, limit), f"not within {limit} s"
    return time.monotonic() - begun


def plain(text: str) -> str:
    return re.sub(r"\033\[\d*m", "", text)
