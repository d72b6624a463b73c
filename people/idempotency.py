"""One request key, one effect (S4, invariant 17): a repeated POST gets the first answer instead of a second effect.

``@once_per_key`` wraps a function view that writes. The key comes from the header ``Idempotency-Key`` or the hidden
form field ``request_key``; without a key the view simply runs.

How two at once become one:
1. One transaction begins; the key's row is inserted with ON CONFLICT DO NOTHING.
2. Whoever inserted runs the view in that transaction; the other insert waits for the first to end.
3. First committed: the second finds the stored answer. First rolled back: the second inserts and runs.
4. An answer below 400 is stored with the effect. An error answer rolls everything back, key included, so that the
   corrected form may be sent with the same key.

Under DRF the decorator stands below ``@api_view`` so that exceptions reach it before DRF turns them into answers.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer

from people.models import RequestKey
from people.refusals import refuse

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponseBase]

KEY_FIELD = "request_key"
KEY_HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=48)
# Not part of what was asked: tokens and keys differ from page to page.
NOT_CONTENT = frozenset({KEY_FIELD, "csrfmiddlewaretoken"})
# Headers that carry the meaning of an answer (where to go next, what HTMX shall do).
KEPT_HEADERS = ("Location", "Content-Type", "HX-Redirect", "HX-Location", "HX-Trigger", "HX-Retarget", "HX-Reswap")
LOCK_NOT_AVAILABLE = "55P03"
_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


# Two plain statements instead of three of the ORM: every write of every page passes here.
CLAIM = """
INSERT INTO people_requestkey (user_id, key, route, body_hash, created_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id
"""
STORE = "UPDATE people_requestkey SET status = %s, response = %s::jsonb WHERE id = %s"


def once_per_key(view: View[P]) -> View[P]:
    """Decorator for function views, pages and DRF alike; only POST is guarded."""

    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        django_request: HttpRequest = getattr(request, "_request", request)
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        key = request.headers.get(KEY_HEADER) or django_request.POST.get(KEY_FIELD, "")
        if not key:
            return view(request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            text = _("请求编号为 8 到 64 位字母、数字或 _ . : -")
            return refuse(django_request, status=400, field=KEY_FIELD, text=text)
        return _once(view, request, django_request, key, *args, **kwargs)

    return guarded


def _once(
    view: View[P], request: Any, django_request: HttpRequest, key: str, /, *args: P.args, **kwargs: P.kwargs
) -> HttpResponseBase:
    digest = body_hash(django_request)
    with transaction.atomic():
        try:
            row = _claim(request.user.pk, key, django_request.path, digest, now=timezone.now())
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != LOCK_NOT_AVAILABLE:
                raise
            transaction.set_rollback(True)
            text = _("同一请求仍在处理，请稍候再试")
            return refuse(django_request, status=409, field=KEY_FIELD, text=text)
        if row.status is not None:
            return _replay(django_request, row, digest)
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            with connection.cursor() as cursor:
                cursor.execute(STORE, [response.status_code, json.dumps(_pack(response)), row.pk])
        return response


def _claim(user_id: int, key: str, route: str, digest: str, *, now: datetime) -> RequestKey:
    """The key's row, locked. A committed row always has a status, so a row without one was inserted by this call."""
    row = RequestKey(user_id=user_id, key=key, route=route[:300], body_hash=digest, created_at=now)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [user_id, key, row.route, digest, now])
        inserted = cursor.fetchone()
    if inserted is None:
        return RequestKey.objects.select_for_update().get(user_id=user_id, key=key)
    (row.pk,) = inserted
    return row


def _replay(request: HttpRequest, stored: RequestKey, digest: str) -> HttpResponse:
    if stored.body_hash != digest:
        text = _("这个请求编号已用于另一份内容，请刷新页面后重新提交")
        return refuse(request, status=409, field=KEY_FIELD, text=text)
    answer: dict[str, Any] = stored.response or {}
    response = HttpResponse(answer["content"], status=stored.status)
    for name, value in answer["headers"].items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _pack(response: HttpResponseBase) -> dict[str, Any]:
    """What is needed to give the same answer again. DRF answers are not rendered yet: their data is encoded here."""
    data = getattr(response, "data", None)
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    if data is not None:
        content = JSONRenderer().render(data).decode()
        return {"content": content, "headers": {**headers, "Content-Type": "application/json"}}
    if not isinstance(response, HttpResponse):
        raise TypeError("a view guarded by once_per_key must not stream its answer")
    return {"content": response.content.decode(), "headers": headers}


def body_hash(request: HttpRequest) -> str:
    """SHA-256 (hex) over method, path with query, and content, however the content was encoded."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        fields = sorted((name, values) for name, values in request.POST.lists() if name not in NOT_CONTENT)
        digest.update(json.dumps(fields).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                digest.update(f"\n{name} {getattr(file, 'name', '')} ".encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def forget_old_keys(now: datetime) -> int:
    """Deletes answers older than 48 h; returns how many. Running it twice or late changes nothing else."""
    deleted, _rows = RequestKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted
