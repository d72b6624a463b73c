"""The wallboard's read-only addresses: made, looked up, taken back. The secret is shown once, its hash is kept."""

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest

from people import audit
from people.models import User
from reports.models import WallLink

LONGEST_TOKEN = 64


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_link(label: str, *, by: User, now: datetime, request: HttpRequest | None = None) -> tuple[WallLink, str]:
    """The row and the secret part of its address."""
    token = secrets.token_urlsafe(32)
    row = WallLink.objects.create(label=label, token_hash=_hash(token), created_at=now, created_by=by)
    audit.record(actor=by, action="wall.create", subject=row, ref=label, now=now, request=request)
    return row, token


@transaction.atomic
def revoke_link(row: WallLink, *, by: User, now: datetime, request: HttpRequest | None = None) -> bool:
    """Whether it was still in use; the screen goes dark with its next question."""
    row = WallLink.objects.select_for_update().get(pk=row.pk)
    if row.revoked_at is not None:
        return False
    row.revoked_at, row.revoked_by = now, by
    row.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(actor=by, action="wall.revoke", subject=row, ref=row.label, now=now, request=request)
    return True


def is_live(token: str) -> bool:
    if len(token) > LONGEST_TOKEN:
        return False
    return WallLink.objects.filter(token_hash=_hash(token), revoked_at__isnull=True).exists()
