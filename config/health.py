"""``/healthz``: may a load balancer send requests here, and do the background jobs make progress?

503 only when the database is away, because then no request can be answered. Redis away or a stale sweep leaves the
pages working: 200 with ``"status": "degraded"``, for the monitoring to alarm on (F6, F25).
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)
STALE_AFTER = timedelta(seconds=120)
OK, DOWN, STALE = "ok", "down", "stale"


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        log.exception("database does not answer")
        return DOWN
    return OK


def broker() -> str:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1).ping()
    except redis.RedisError:
        return DOWN
    return OK


def heartbeat(last: Callable[[datetime], datetime | None], now: datetime) -> str:
    """``ok`` while the job made progress within the last two minutes."""
    try:
        seen = last(now)
    except DatabaseError:
        return DOWN
    return OK if seen is not None and now - seen <= STALE_AFTER else STALE


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    now = timezone.now()
    parts = {"database": database(), "redis": broker()}
    if parts["database"] == OK:
        parts |= {name: heartbeat(import_string(path), now) for name, path in settings.HEARTBEATS.items()}
    healthy = all(state == OK for state in parts.values())
    answers = parts["database"] == OK
    return JsonResponse(
        {"status": OK if healthy else ("degraded" if answers else DOWN), **parts}, status=200 if answers else 503
    )
