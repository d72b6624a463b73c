"""Starts the bundled PostgreSQL and Valkey before pytest-django reads the settings (named by `-p` in addopts).

Given DATABASE_URL / REDIS_URL the tests use those servers instead. The servers live in a throw-away folder, without
fsync, and end with the test process even when it is killed.

With `-n` (pytest-xdist) every worker process has servers, a state folder and a database of its own; on a given Redis it
has the numbered database below its colleague's.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from config.bootstrap import Refusal, make_state
from config.embedded import LONGEST_SOCKET, Postgres, Valkey, running
from config.processes import started_at

TESTS = Path(__file__).resolve().parent.parent / "var" / "test"
# As production, but reachable by plain http and without collected static files.
ENVIRONMENT = {
    "SECRET_KEY": "a-key-for-the-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz",
    "HTTPS": "0",
    "STATIC_MANIFEST": "0",
    "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
    "LOG_LEVEL": "WARNING",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's loop runs beside the ORM
}
WORKER = "PYTEST_XDIST_WORKER"
OURS = "HOTLINE_TEST_STARTED"  # what the controlling process set, and its workers must not share
servers = contextlib.ExitStack()


def remove_leftovers() -> None:
    """Folders of test runs that were killed: named ``pid-starttime``, removed once that process is gone."""
    for folder in TESTS.glob("*-*"):
        pid, _, started = folder.name.partition("-")
        if pid.isdigit() and str(started_at(int(pid))) != started:
            shutil.rmtree(folder, ignore_errors=True)


def throw_away() -> Path:
    remove_leftovers()
    folder = TESTS / f"{os.getpid()}-{started_at(os.getpid())}"
    if len(os.fsencode(folder / "pg" / ".s.PGSQL.5432")) > LONGEST_SOCKET:
        folder = Path(tempfile.mkdtemp(prefix="hotline-"))
        folder.chmod(0o711)
    else:
        make_state(folder)
    servers.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def leave_to_controller(environment: "os._Environ[str]") -> None:
    """In a worker: forget the controller's own servers; step aside on a Redis that everybody was given."""
    for name in environment.get(OURS, "").split():
        environment.pop(name, None)
    given, _, number = environment.get("REDIS_URL", "").rpartition("/")
    if given and number.isdigit():
        environment["REDIS_URL"] = f"{given}/{int(number) - 1 - worker_number(environment)}"


def worker_number(environment: "os._Environ[str]") -> int:
    """0 for the first worker, and where there are none."""
    return int(environment.get(WORKER, "gw0").removeprefix("gw"))


def start_missing(environment: "os._Environ[str]") -> None:
    needed: dict[str, type[Postgres] | type[Valkey]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}
    missing = {name: kind for name, kind in needed.items() if not environment.get(name)}
    folder = throw_away()
    environment[OURS] = " ".join([*missing, *(() if environment.get("STATE_DIR") else ("STATE_DIR",))])
    environment.setdefault("STATE_DIR", str(folder))
    (folder / "static").mkdir(exist_ok=True)  # WhiteNoise warns where it is missing
    for name, kind in missing.items():
        log = folder / f"{kind.__name__.lower()}.log"
        environment[name] = servers.enter_context(running(kind(folder, durable=False), log=log))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if WORKER in os.environ:
        leave_to_controller(os.environ)
    try:
        start_missing(os.environ)
    except (Refusal, OSError) as error:
        servers.close()
        raise pytest.UsageError(f"the test servers did not start: {error}") from error


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings  # noqa: PLC0415 - only after the variables above are set

    # An Argon2 hash takes 0.2 s. The real list is tested in tests/run/test_settings.py.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI a browser test that fails is tried once more and named as RERUN in the summary (decision 19). No other
    test is: a race or a rule that fails once is broken."""
    for item in items if os.environ.get("CI") else ():
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Browser tests need Debian's Chromium. Elsewhere they are skipped with a reason; CI must have it."""
    if item.get_closest_marker("browser") and not chromium():
        if os.environ.get("CI"):
            pytest.fail("CI must have Chromium: apt-get install chromium", pytrace=False)
        pytest.skip("no Chromium here: apt-get install chromium")


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    servers.close()
