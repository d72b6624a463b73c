"""One line of the table of messages."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from notifications.audience import Audience, Happened
from notifications.vocabulary import Stream, Topic

Text = str | Promise
Only = Callable[[Happened], bool]


@dataclass(frozen=True)
class Row:
    """One message. ``urgent`` knows no quiet hours and ends in a telephone call; ``ack`` asks for 确认收到;
    ``chat`` also goes to the robots of the lead department's groups, never for conduct reports."""

    code: str
    on: str
    to: tuple[Audience, ...]
    topic: Topic
    subject: Text
    text: Text
    short: Text = ""
    urgent: bool = False
    ack: bool = False
    chat: bool = False
    only: Only | None = None
    stream: Stream = Stream.ORDER
