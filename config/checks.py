"""System checks for what the rules depend on: a wrong answer here would be a wrong due date, charge or lock-out."""

from collections.abc import Sequence
from typing import Any

import redis
from django.apps.config import AppConfig
from django.conf import settings
from django.core import checks
from django.db import OperationalError, connection

OLDEST_POSTGRESQL = 150000
POLICY_TIME_ZONE = "Asia/Shanghai"  # a "day" of every rule (reliability: invariant 6)
Apps = Sequence[AppConfig] | None
Databases = Sequence[str] | None  # None or empty: this run must not touch a server (makemigrations, most commands)
Messages = list[checks.CheckMessage]


@checks.register(checks.Tags.compatibility)
def time_zone_is_the_companys(app_configs: Apps, **kwargs: Any) -> Messages:
    if settings.TIME_ZONE == POLICY_TIME_ZONE and settings.USE_TZ:
        return []
    text = f"TIME_ZONE is {settings.TIME_ZONE}, USE_TZ {settings.USE_TZ}; days are counted in {POLICY_TIME_ZONE}."
    return [checks.Error(text, id="config.E001")]


@checks.register(checks.Tags.security)
def proxies_are_counted(app_configs: Apps, **kwargs: Any) -> Messages:
    if settings.REST_FRAMEWORK.get("NUM_PROXIES") is not None:
        return []
    text = "REST_FRAMEWORK['NUM_PROXIES'] is not set: limits per address could be passed with X-Forwarded-For."
    return [checks.Error(text, id="config.E002")]


@checks.register(checks.Tags.database)
def postgresql_is_new_enough(app_configs: Apps, *, databases: Databases = None, **kwargs: Any) -> Messages:
    if not databases:
        return []
    try:
        version = ask("SELECT current_setting('server_version_num')::int")
    except OperationalError as error:
        return [checks.Warning(f"PostgreSQL does not answer: {str(error).strip()}", id="config.W003")]
    if int(version) >= OLDEST_POSTGRESQL:
        return []
    return [checks.Error("PostgreSQL is too old: 15 or newer is needed.", id="config.E003")]


@checks.register(checks.Tags.database)
def redis_keeps_what_it_is_given(app_configs: Apps, *, databases: Databases = None, **kwargs: Any) -> Messages:
    if not databases:
        return []
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3) as client:
            policy = client.info("memory").get("maxmemory_policy", "unknown")
    except redis.RedisError as error:
        # The product works without Redis (F7), so its absence must not keep it from starting.
        return [checks.Warning(f"Redis does not answer: {error}", id="config.W004")]
    if policy in {"noeviction", "unknown"}:
        return []
    text = f"Redis may throw tasks away (maxmemory-policy {policy}); set it to noeviction."
    return [checks.Error(text, id="config.E004")]


OWNS = """
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
"""


@checks.register(checks.Tags.database, deploy=True)
def the_role_does_not_own_its_tables(app_configs: Apps, *, databases: Databases = None, **kwargs: Any) -> Messages:
    """In production the audit trail is safe only from a role that cannot grant itself what was revoked."""
    if not databases or not settings.PRODUCTION:
        return []
    try:
        owns = ask(OWNS)
    except OperationalError as error:
        return [checks.Warning(f"PostgreSQL does not answer: {str(error).strip()}", id="config.W003")]
    if not owns:
        return []
    text = "DATABASE_URL is a superuser or owns the tables and could rewrite the audit trail."
    hint = "Migrate with the owner's URL, run `manage.py grant_app_role`, and work with that role."
    return [checks.Error(text, hint=hint, id="config.E005")]


def ask(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


OWN = (
    time_zone_is_the_companys,
    proxies_are_counted,
    postgresql_is_new_enough,
    redis_keeps_what_it_is_given,
    the_role_does_not_own_its_tables,
)


def refuse_unsafe_start() -> None:
    """Ends the process with one line per error; called by web and worker, which Django itself does not check."""
    found: Messages = [message for check in OWN for message in check(None, databases=["default"])]
    connection.close()  # the web process forks next
    errors = [f"{message.id}: {message.msg} {message.hint or ''}".strip() for message in found if message.is_serious()]
    if errors:
        raise SystemExit("\n".join(errors))
