"""Secrets of channels at rest: Fernet with the keys of ``NOTIFY_SECRET_KEYS``, newest first; tokens of links; hashes.

A key is replaced by putting a new one in front; ``seal`` uses the first, ``open_sealed`` knows them all.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class KeyMissing(Exception):
    """What was sealed cannot be opened with the keys there are."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _derived(purpose: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"notifications:{purpose}".encode(), hashlib.sha256).digest()


def box() -> MultiFernet:
    """Without keys of its own (demo, tests) one derived from ``SECRET_KEY``."""
    return _box(tuple(settings.NOTIFY_SECRET_KEYS) or (urlsafe_b64encode(_derived("seal")).decode(),))


def seal(values: dict[str, Any]) -> str:
    return box().encrypt(json.dumps(values).encode()).decode() if values else ""


def open_sealed(sealed: str) -> dict[str, Any]:
    """Raises KeyMissing where the keys were changed without keeping the old one."""
    if not sealed:
        return {}
    try:
        found: dict[str, Any] = json.loads(box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise KeyMissing("NOTIFY_SECRET_KEYS does not hold the key this was saved with") from error
    return found


def rotate(sealed: str) -> str:
    """The same secret under the newest key."""
    return box().rotate(sealed.encode()).decode() if sealed else ""


def number_hash(phone: str) -> str:
    """Tells two numbers apart without telling either."""
    return hmac.new(_derived("number"), phone.encode(), hashlib.sha256).hexdigest()


def link_token(message_id: int) -> str:
    """The token of a message's one-time link, 132 bits; worked out again for each attempt, stored nowhere."""
    digest = hmac.new(_derived("link"), str(message_id).encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode()[:22]


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
