"""API tokens (knox): twelve hours for people, longer for an interface account; all end with the account's sessions."""

from datetime import datetime, timedelta

from django.utils import timezone
from knox.models import AuthToken
from knox.settings import knox_settings

from people.models import User
from people.roles import Role
from people.standing import standing

INTERFACE_TTL = timedelta(days=90)


def issue(user: User, *, now: datetime) -> tuple[AuthToken, str]:
    """The stored token and its text, which is shown once. The oldest make room when there are too many."""
    is_interface = standing(user, timezone.localdate(now)).has(Role.API_CLIENT)
    limit = knox_settings.TOKEN_LIMIT_PER_USER
    if limit:
        kept = AuthToken.objects.filter(user=user, expiry__gt=now).order_by("-created").values("pk")[: limit - 1]
        AuthToken.objects.filter(user=user).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    token, text = AuthToken.objects.create(user=user, expiry=INTERFACE_TTL if is_interface else knox_settings.TOKEN_TTL)
    return token, text
