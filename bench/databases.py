"""Databases filled to a size, for benches that compare sizes inside one run.

They live on the server of ``DATABASE_URL``, or on a bundled one made for the occasion, and are dropped at the end.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from config.bootstrap import make_state
from config.embedded import Postgres, running

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {
    "DEMO": "1",
    "SECRET_KEY": "a-key-for-measurements-only-0123456789-abcdefghijklmnopqrstuvw",
    "STATIC_MANIFEST": "0",
    "LOG_LEVEL": "WARNING",
    "REDIS_URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
}


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a PostgreSQL that may be filled: the one given, else a bundled one, durable only where asked."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with running(Postgres(make_state(folder / "s"), durable=durable), log=folder / "postgres.log") as url:
            yield url


@contextlib.contextmanager
def filled(url: str, name: str, orders: int, *, days: int) -> Iterator[str]:
    """A fresh database with so many orders of the last ``days``; its URL."""
    own = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    _run_sql(url, f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        manage(own, "migrate", "-v0")
        manage(own, "seed_load", "--orders", str(orders), "--days", str(days))
        yield own
    finally:
        _run_sql(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def manage(url: str, *words: str) -> None:
    environment = os.environ | ENVIRONMENT | {"DATABASE_URL": url}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    subprocess.run(command, env=environment, check=True, cwd=ROOT)


def _run_sql(url: str, *statements: str) -> None:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
