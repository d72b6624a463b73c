"""What one reading request asks only once, however many panels of the page want to know it (P2).

``ReadOnce`` opens a reading around every GET and HEAD; a POST that only answers with a fragment opens its own with
``@reading()``. What writes has none: it asks again after waiting for a lock, and so do sweeps and tasks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

Answer = TypeVar("Answer")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("kept_while_reading", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Within it every ``asked_once`` function keeps its first answer."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def asked_once(ask: Callable[[], Answer]) -> Callable[[], Answer]:
    """For functions without arguments whose answer is a value nobody changes."""

    @wraps(ask)
    def answer() -> Answer:
        kept = _kept.get()
        if kept is None:
            return ask()
        if ask not in kept:
            kept[ask] = ask()
        found: Answer = kept[ask]
        return found

    return answer


class ReadOnce:
    """Middleware: a request that only reads is one reading."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        with reading():
            return self.get_response(request)
