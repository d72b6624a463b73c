"""What the product refuses to run on (design advice 11), and what /healthz tells."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError
from django.test import Client
from pytest_django.fixtures import Settings

from config import checks, health
from config.logs import OneLine
from config.middleware import client_address

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def ids(found: checks.Messages) -> list[str | None]:
    return [message.id for message in found]


def test_a_wrong_time_zone_is_refused(settings: Settings) -> None:
    assert checks.time_zone_is_the_companys(None) == []
    settings.TIME_ZONE = "UTC"
    assert ids(checks.time_zone_is_the_companys(None)) == ["config.E001"]


def test_uncounted_proxies_are_refused(settings: Settings) -> None:
    assert checks.proxies_are_counted(None) == []
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": None}
    assert ids(checks.proxies_are_counted(None)) == ["config.E002"]


def test_an_old_postgresql_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.postgresql_is_new_enough(None, databases=["default"]) == []
    monkeypatch.setattr(checks, "ask", lambda statement: 140012)
    assert ids(checks.postgresql_is_new_enough(None, databases=["default"])) == ["config.E003"]


def test_a_redis_that_evicts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.redis_keeps_what_it_is_given(None, databases=["default"]) == []
    monkeypatch.setattr(redis.Redis, "info", lambda self, section: {"maxmemory_policy": "allkeys-lru"})
    assert ids(checks.redis_keeps_what_it_is_given(None, databases=["default"])) == ["config.E004"]


def test_an_absent_redis_is_only_a_warning(settings: Settings) -> None:
    """F7: the pages work without it."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ids(checks.redis_keeps_what_it_is_given(None, databases=["default"])) == ["config.W004"]


def test_healthz_is_green_with_both_servers_and_a_fresh_sweep(db: None, settings: Settings) -> None:
    settings.HEARTBEATS = {"sweep": "tests.run.test_checks.just_now"}
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "redis": "ok", "sweep": "ok"}


def test_healthz_says_degraded_but_stays_in_service_without_redis(db: None, settings: Settings) -> None:
    settings.HEARTBEATS = {}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["redis"]) == ("degraded", "down")


def test_healthz_is_red_without_the_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database", lambda: health.DOWN)
    assert Client().get("/healthz").status_code == 503


def test_a_sweep_older_than_two_minutes_is_stale() -> None:
    """F25: 120 seconds without progress."""
    assert health.heartbeat(lambda now: now - timedelta(seconds=120), NOW) == "ok"
    assert health.heartbeat(lambda now: now - timedelta(seconds=121), NOW) == "stale"
    assert health.heartbeat(lambda now: None, NOW) == "stale"


def test_a_heartbeat_that_cannot_be_read_is_down_not_an_error() -> None:
    def broken(now: datetime) -> datetime | None:
        raise DatabaseError

    assert health.heartbeat(broken, NOW) == "down"


def test_every_heartbeat_named_in_the_settings_exists(db: None) -> None:
    from django.utils.module_loading import import_string  # noqa: PLC0415

    for path in settings.HEARTBEATS.values():
        import_string(path)(NOW)


def just_now(now: datetime) -> datetime:
    return now


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        ("203.0.113.9", 0, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 2.2.2.2, 203.0.113.9", 1, "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 3, "203.0.113.9"),
        ("<script>", 1, "10.0.0.1"),
        ("2001:DB8::1", 1, "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(forwarded: str, proxies: int, address: str) -> None:
    assert client_address("10.0.0.1", forwarded, proxies=proxies) == address


def test_a_log_record_is_one_line_without_telephone_numbers() -> None:
    import logging  # noqa: PLC0415

    try:
        raise ValueError("caller 13812341234,\nid 33010219800101123X, 0577-88990011, order 2611230001")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", None, (type(error), error, error.__traceback__)
        )
    line = OneLine().format(record)
    assert "\n" not in line
    assert "order 2611230001" in line
    for number in ("13812341234", "33010219800101123X", "88990011"):
        assert number not in line
