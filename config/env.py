"""Reading the environment: every value is checked here once, so a wrong one stops the start with a clear line."""

import os
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

REDIS_SCHEMES = {"redis", "rediss", "unix"}
MAX_PORT = 65535
FERNET_KEY_BYTES = 32


def env(name: str, default: str | None = None) -> str:
    """The variable's text; empty counts as not set. Raises ImproperlyConfigured when there is no default either."""
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"environment variable {name} is not set; see .env.example")
    return value


def env_bool(name: str, default: bool) -> bool:
    value = env(name, "1" if default else "0").strip().lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"environment variable {name} must be 0 or 1, not {value!r}")
    return value in {"1", "true", "yes"}


def env_int(name: str, default: int, *, least: int = 0) -> int:
    value = env(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"environment variable {name} must be a whole number, not {value!r}") from error
    if number < least:
        raise ImproperlyConfigured(f"environment variable {name} must be at least {least}, not {number}")
    return number


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


def secret_key(*, required: bool) -> str:
    """Django's signing key. In production it must be set and long enough; demo and tests may do without one."""
    key = env("SECRET_KEY", None if required else "not-a-secret-only-for-development-and-tests-0123456789abcdef")
    if required and (len(key) < 50 or len(set(key)) < 5):
        raise ImproperlyConfigured("environment variable SECRET_KEY must have at least 50 varied characters")
    return key


def fernet_keys(name: str) -> list[str]:
    """Keys of 32 bytes in URL-safe base64, newest first; may be none."""
    keys = env_list(name)
    for key in keys:
        try:
            good = len(urlsafe_b64decode(key.encode())) == FERNET_KEY_BYTES
        except ValueError:
            good = False
        if not good:
            raise ImproperlyConfigured(f"environment variable {name} must hold Fernet keys; see .env.example")
    return keys


def database(url: str) -> dict[str, Any]:
    """``postgres://user:password@host:port/name`` (or ``?host=/socket/dir``) as Django's dictionary."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// (PostgreSQL 15 or newer)")
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: the port must be a number up to {MAX_PORT}") from error
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL must end with the name of the database: postgres://…/name")
    query = parse_qs(parts.query)
    options = {
        "connect_timeout": 5,
        "application_name": "hotline-orders",
        # Limits of a request: no statement over 30 s, no waiting for a lock over 10 s.
        "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
    }
    options |= {key: query[key][0] for key in ("sslmode", "sslrootcert") if key in query}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query["host"][0] if "host" in query else (parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": env_int("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TEST": {"TEMPLATE": "template0"},
    }


def redis_url(url: str) -> str:
    if urlsplit(url).scheme not in REDIS_SCHEMES:
        raise ImproperlyConfigured(
            "REDIS_URL must begin with redis://, rediss:// or unix:// (Redis 6.2 or newer, Valkey)"
        )
    return url


def broker_url(url: str) -> str:
    """The same server in the words of Celery, which names a Unix socket ``redis+socket://``."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"
