"""Who is calling, when our own proxies stand in between."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(remote: str, forwarded: str, *, proxies: int) -> str:
    """The address seen by the outermost of ``proxies`` trusted proxies; ``remote`` when there is none.

    Each proxy appends the address it was called from, so the n-th entry from the right was written by the outermost
    trusted one; everything left of it was sent by the client and is never believed.
    """
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if not proxies or not entries:
        return remote
    candidate = entries[-min(proxies, len(entries))]
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return remote


class KeptByNobody:
    """Pages hold personal data and desks are shared: what does not say otherwise is stored in no cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


class TrustedProxies:
    """Puts the caller's address into REMOTE_ADDR, so that throttles, lock-out and audit read one thing only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            proxies=settings.TRUSTED_PROXIES,
        )
        return self.get_response(request)
