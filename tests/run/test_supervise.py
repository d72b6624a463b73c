"""`make run`: one foreground job that starts, recovers and stops everything (issue: "Two commands")."""

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg2
import pytest

from config import startup, supervise
from config.bootstrap import Refusal
from config.embedded import OWNER, Postgres
from config.processes import started_at
from tests.run.conftest import Product, bare_environment, descendants, gone, seconds_until

BACK = 60  # seconds; on an idle machine it is two or three (test_children.py has the pauses)


def row(state: Path, sql: str) -> object:
    link = psycopg2.connect(host=str(Postgres(state).sockets), user=OWNER, dbname="hotline", connect_timeout=5)
    link.autocommit = True
    with contextlib.closing(link), link.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def refused(product: Product, **environment: str) -> str:
    """The one line of a start that must be refused."""
    product.environment |= environment
    assert product.start().process
    assert product.process
    assert product.process.wait(60) == 1
    lines = [line for line in product.text.splitlines() if "cannot start" in line]
    assert len(lines) == 1, product.text
    assert "Traceback" not in product.text
    return lines[0]


def test_everything_starts_recovers_from_kills_and_stops(product: Product, tmp_path: Path) -> None:
    """Start, kill -9 of each part, kill -9 of the supervisor, next start with the data, Ctrl-C (F6, F9)."""
    home = tmp_path / "home"
    home.mkdir()
    product.environment["HOME"] = str(home)
    product.start().ready()
    assert product.healthy()
    assert f"ready: http://127.0.0.1:{product.port}/" in product.text.replace("ready    |", "")
    row(product.state, "CREATE TABLE kept AS SELECT 5 AS five")

    other = Product(product.state, product.port + 400)
    done = subprocess.run(
        other.command, cwd=other.cwd, env=bare_environment(STATE_DIR=str(product.state)), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "already running" in done.stderr
    assert str(product.port) in done.stderr

    for part in (
        "gunicorn",
        "celery -q -A config.celery worker",
        "config.celery beat",
        "valkey-server",
        "bin/postgres",
    ):
        (pid,) = product.named(part)
        killed = {each: start for each in descendants(pid) if (start := started_at(each))}
        os.kill(pid, signal.SIGKILL)
        seconds_until(lambda part=part, pid=pid: product.named(part) not in ([], [pid]), BACK)  # type: ignore[misc]
        seconds_until(product.healthy, BACK)
        assert gone(killed), f"what belonged to the killed {part} lives on"

    everything = product.parts()
    assert product.end(signal.SIGKILL) == -signal.SIGKILL
    assert gone(everything)

    product.start().ready()
    assert row(product.state, "SELECT five FROM kept") == (5,)
    assert product.end(signal.SIGINT) == 0
    assert "stopped; the data are kept" in product.text
    assert list(home.rglob("*")) == [], "something was written outside the state folder"


def test_the_next_start_recovers_when_all_parts_are_killed_at_once(product: Product) -> None:
    product.start().ready()
    row(product.state, "CREATE TABLE kept AS SELECT 6 AS six")
    parts = product.parts()
    for pid in parts:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert product.process
    product.process.wait(10)
    product.start().ready()
    assert row(product.state, "SELECT six FROM kept") == (6,)
    assert product.end(signal.SIGTERM) == 0


def test_a_taken_port_is_one_clear_line(product: Product) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", product.port))
        taken.listen()
        assert f"port {product.port} on 127.0.0.1" in refused(product)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"PORT": "http"}, "PORT must be a number"),
        ({"HOST": "192.0.2.77"}, "on 192.0.2.77 cannot be used"),
        (
            {"DATABASE_URL": "mysql://x/y", "REDIS_URL": "redis://127.0.0.1:1/0"},
            "DATABASE_URL must begin with postgres://",
        ),
        (
            {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"},
            "the database refuses",
        ),
        ({"STATE_DIR": "/proc/state"}, "No such file or directory"),
    ],
)
def test_a_value_that_cannot_work_is_one_clear_line(product: Product, values: dict[str, str], words: str) -> None:
    assert words in refused(product, **values)


def test_a_full_disk_is_refused_before_anything_is_started(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 5_000_000}))
    with pytest.raises(Refusal, match="5 MB free"):
        supervise.run(state)


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(state: Path) -> None:
    first = startup.secret(state)
    assert len(first) >= 50
    assert startup.secret(state) == first
    assert (state / "secret.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"127.0.0.1", "localhost", "[::1]"}),
        ("10.1.2.3", {"127.0.0.1", "localhost", "[::1]", "10.1.2.3"}),
    ],
)
def test_only_names_of_this_machine_are_answered(host: str, names: set[str]) -> None:
    assert set(startup.host_names(host).split(",")) == names


def test_opening_it_to_the_network_never_means_any_host_name() -> None:
    assert "*" not in startup.host_names("0.0.0.0")
