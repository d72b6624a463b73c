"""Settings come from the environment and fail loudly; production gives no warning."""

import importlib
import importlib.metadata
import subprocess
import sys

import pytest
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from config import settings as real
from config.bootstrap import CHECKOUT
from config.env import broker_url, database
from config.lint import PRODUCTION
from tests.run.conftest import bare_environment

SERVERS = {"DATABASE_URL": "postgres://app:secret@db.example:5433/hotline", "REDIS_URL": "redis://cache.example/0"}


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=bare_environment(**environment),
        capture_output=True,
        text=True,
    )


def test_production_settings_pass_the_deployment_check_without_a_warning() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **SERVERS, **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 50"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must begin with postgres://"),
        ({"DATABASE_URL": "postgres://a@b"}, "must end with the name of the database"),
        ({"DATABASE_URL": "postgres://a@b:99999/c"}, "DATABASE_URL: the port"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"REDIS_URL": "amqp://x"}, "REDIS_URL must begin with redis://"),
        ({"DEBUG": "maybe"}, "DEBUG must be 0 or 1"),
        ({"TRUSTED_PROXIES": "two"}, "TRUSTED_PROXIES must be a whole number"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be at least 0"),
    ],
)
def test_a_missing_or_wrong_variable_stops_the_start(change: dict[str, str | None], words: str) -> None:
    values = {name: value for name, value in (SERVERS | PRODUCTION | change).items() if value is not None}
    done = manage("check", **values)
    assert done.returncode != 0
    assert words in done.stderr


def test_a_built_in_key_is_for_demo_and_debug_only() -> None:
    assert manage("check", **SERVERS, DEMO="1").returncode == 0


def test_a_database_url_is_read_completely() -> None:
    found = database("postgres://us%40er:p%3Ass@db.example:5433/ho%2Dt?sslmode=verify-full")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("us@er", "p:ss", "db.example", "5433")
    assert found["NAME"] == "ho-t"
    assert found["OPTIONS"]["sslmode"] == "verify-full"


def test_a_request_never_waits_for_ever_and_survives_a_database_restart() -> None:
    """Design advice 18."""
    found = database("postgres://a@/b?host=/run/pg")
    assert found["HOST"] == "/run/pg"
    assert found["CONN_HEALTH_CHECKS"] is True
    for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert limit in found["OPTIONS"]["options"]


def test_celery_understands_a_redis_socket() -> None:
    assert broker_url("unix:///run/valkey.sock?db=3") == "redis+socket:///run/valkey.sock?virtual_host=3"
    assert broker_url("redis://h:1/2") == "redis://h:1/2"


def test_a_killed_workers_task_comes_back_and_a_running_one_is_not_given_out_twice() -> None:
    options = real.CELERY_BROKER_TRANSPORT_OPTIONS
    assert real.CELERY_TASK_SOFT_TIME_LIMIT < real.CELERY_TASK_TIME_LIMIT < options["visibility_timeout"]
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (5, 1)
    assert real.CELERY_TASK_ACKS_LATE
    assert real.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert real.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert real.CELERY_ACCEPT_CONTENT == ["json"]


def test_passwords_are_stored_with_argon2() -> None:
    assert real.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_sessions_and_lockouts_need_no_redis() -> None:
    """F7: signing in works while Redis is away."""
    engine = importlib.import_module(real.SESSION_ENGINE)
    assert issubclass(engine.SessionStore, DatabaseSessions)
    assert real.AXES_HANDLER == "axes.handlers.database.AxesDatabaseHandler"
    assert real.AXES_FAILURE_LIMIT == 5
    assert real.AXES_COOLOFF_TIME.total_seconds() == 900


def test_the_content_policy_allows_nothing_inline_and_no_other_site() -> None:
    sources = {str(source) for sources in real.CONTENT_SECURITY_POLICY["DIRECTIVES"].values() for source in sources}
    assert sources == {"'self'", "'none'", "data:"}
    assert real.CONTENT_SECURITY_POLICY["DIRECTIVES"]["script-src"] == ["'self'"]


def test_exactly_one_distribution_owns_django_fsm() -> None:
    """`django-fsm` and `django-fsm-2` share a package folder; the last one installed would win silently."""
    assert importlib.metadata.version("django-fsm-2") == "4.2.4"
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("django-fsm")
