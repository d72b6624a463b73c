"""The audit trail's one door: ``record`` writes one row in the caller's transaction, so that a write and its trace
stand or fall together. Rows cannot be changed afterwards (database trigger); no personal data goes into ``detail``."""

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext

from people.models import AuditEntry, AuditResult, User
from people.statements import insert_together

# Set on a request once a refusal's row is committed, so that the middleware does not write a second one.
REFUSAL_RECORDED = "_refusal_recorded"


def client_ip(request: HttpRequest) -> str | None:
    """The caller's address as text; None when the peer has none (a socket). Proxies were resolved before any view."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "").strip("[]")))
    except ValueError:
        return None


def record(
    *,
    actor: User | AnonymousUser | None,
    action: str,
    subject: Model | None = None,
    ref: str = "",
    now: datetime,
    request: HttpRequest | None = None,
    result: AuditResult | str = AuditResult.OK,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """One INSERT of what ``entry`` makes of the same arguments."""
    row = entry(
        actor=actor,
        action=action,
        subject=subject,
        ref=ref,
        now=now,
        request=request,
        result=result,
        reason=reason,
        detail=detail,
    )
    insert_together([row])
    if request is not None and result == AuditResult.REFUSED:
        transaction.on_commit(partial(setattr, request, REFUSAL_RECORDED, True))


def entry(
    *,
    actor: User | AnonymousUser | None,
    action: str,
    subject: Model | None = None,
    ref: str = "",
    now: datetime,
    request: HttpRequest | None = None,
    result: AuditResult | str = AuditResult.OK,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """The row, not yet written: for those who insert it together with what it tells of (``insert_together``).

    ``action`` is a dotted word such as ``user.create`` or ``order.reveal``; ``ref`` names the subject when the instance
    alone does not (order number instead of key); ``detail`` holds JSON values, never phones or names.
    """
    person = actor if isinstance(actor, User) else None
    return AuditEntry(
        at=now,
        actor=person,
        actor_label=_label(person, request),
        action=action,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_ref=clean(ref or (_reference(subject) if subject is not None else ""), 120),
        ip=client_ip(request) if request is not None else None,
        user_agent=clean(request.headers.get("User-Agent", ""), 200) if request is not None else "",
        result=AuditResult(result),
        reason=clean(reason, 300),
        detail=dict(detail or {}),
    )


def clean(text: str, limit: int) -> str:
    """Text the database takes whatever a client sent: no NUL, no lone surrogates, not too long."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:limit]


def _label(person: User | None, request: HttpRequest | None) -> str:
    if person is not None:
        return clean(f"{person.name}（{person.username}）", 80)
    return gettext("未登录") if request is not None else gettext("系统")


def _reference(subject: Model) -> str:
    for name in ("number", "username", "code", "account_no"):
        value = getattr(subject, name, None)
        if isinstance(value, str) and value:
            return value
    return str(subject.pk)
