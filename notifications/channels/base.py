"""What a channel is: its name, the fields an operator fills in, and one function that hands a message over.

A channel raises ``Temporary`` (try again later) or ``Permanent`` (never will) with a reason for people; the answer of
the other side is not shown. A new channel is one file here and one line in ``channels/__init__``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise

from notifications.transport import Wire

Text = str | Promise


class Failure(Exception):
    """Not handed over; the text says why, for people."""


class Temporary(Failure):
    """Worth trying again. ``after`` is what the other side asked for. ``unclear``: it may have arrived all the same."""

    def __init__(self, reason: str, *, after: timedelta | None = None, unclear: bool = False) -> None:
        super().__init__(reason)
        self.after, self.unclear = after, unclear


class Permanent(Failure):
    """Will be refused again: wrong key, unknown recipient, forbidden content."""


@dataclass(frozen=True)
class Field:
    """One thing to fill in. A ``secret`` is write-only: kept encrypted, never shown again."""

    name: str
    label: Text
    secret: bool = False
    required: bool = True
    default: str = ""
    help: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """One message as it leaves. ``reference`` is the same for every attempt; ``picture`` is a PNG or JPEG."""

    reference: str
    address: str
    subject: str
    text: str
    urgent: bool = False
    attempt: int = 1
    picture: bytes = b""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """Handed over; ``ref`` is the other side's own number for it, where it gives one."""

    ref: str = ""


@dataclass(frozen=True)
class Line:
    """An open line of one endpoint for one batch: what was configured, and the wire."""

    endpoint_id: int
    config: Mapping[str, Any]
    secret: Mapping[str, Any]
    wire: Wire
    now: Callable[[], datetime]

    def of(self, name: str) -> str:
        return str(self.secret.get(name) or self.config.get(name) or "")


Send = Callable[[Line, Outgoing], Receipt]


@dataclass(frozen=True)
class Channel:
    """``per_minute`` is a robot's limit in any 60 seconds (invariant 23); ``most_bytes`` what one message may hold.

    ``parallel`` is how many may be on the wire at once, after the first of a lane has arrived. ``pictures``: it carries
    them; a picture is a word of its own."""

    code: str
    label: Text
    send: Send
    fields: tuple[Field, ...] = ()
    group: bool = False
    per_minute: int | None = None
    parallel: int = 1
    pictures: bool = False
    most_bytes: int = 16_000
    about: Text = ""


def clip(text: str, most: int) -> str:
    """At most so many UTF-8 bytes, cut between characters, the cut shown."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode("utf-8", "ignore") + "…"
