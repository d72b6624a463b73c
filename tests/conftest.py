"""What every test may use: a database of its own for tests that commit, and real threads on it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import migrated

# For tests with several connections, which commit for real. They get a copy of the migrated test database, because
# tables that only ever grow cannot be emptied, and so no other test sees what they did.
COMMITTED = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The migrated test database, made once also when only tests with a copy of it were chosen; one per worker."""
    with django_db_blocker.unblock(), migrated.one_at_a_time():
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
        kept = migrated.restore(name)
        made = setup_databases(verbosity=0, interactive=False, keepdb=kept, aliases={"default": False})
        if not kept:
            migrated.keep(name)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A fresh copy of the test database for this one test."""
    with django_db_blocker.unblock():
        pristine = connection.settings_dict["NAME"]
        copy = f"{pristine}_copy"
        _replace(pristine, copy)
        _use(copy)
        try:
            yield
        finally:
            connections.close_all()
            _use(pristine)
            _administer(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def _replace(pristine: str, copy: str) -> None:
    connections.close_all()
    _administer(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)', f'CREATE DATABASE "{copy}" TEMPLATE "{pristine}"')


def _administer(*statements: str) -> None:
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _use(name: str) -> None:
    """Every connection opened from now on, in any thread, goes to this database."""
    connection.close()
    connection.settings_dict["NAME"] = name
    connections.databases["default"]["NAME"] = name


Outcome = Any


@pytest.fixture
def at_once() -> Callable[..., list[Outcome]]:
    """``at_once(f, g)`` runs the functions in threads of their own, on connections of their own, from one barrier;
    returns each one's result or the exception it raised, in order."""

    def run(*acts: Callable[[], Any]) -> list[Outcome]:
        barrier = threading.Barrier(len(acts))
        outcomes: list[Outcome] = [None] * len(acts)

        def one(place: int, act: Callable[[], Any]) -> None:
            try:
                barrier.wait(timeout=20)
                outcomes[place] = act()
            except Exception as error:
                outcomes[place] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(n, act)) for n, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        return outcomes

    return run


CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session (tests marked ``browser``). Playwright's loop gives Django another set of
    connections than before: the old ones must not stay open, or the database could not be copied."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    connections.close_all()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
        connections.close_all()
