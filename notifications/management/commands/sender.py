"""``manage.py sender``: sends what is due, every second on the monotonic clock. A second sender is harmless."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from notifications.sender import Sender, SteadyClock

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Sends messages as they fall due; several senders share the work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")
        parser.add_argument("--workers", type=int, default=8, help="endpoints served side by side")
        parser.add_argument("--once", action="store_true", help="send what is due now, then end")

    def handle(self, *args: Any, every: float, workers: int, once: bool, **options: Any) -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        sender = Sender(SteadyClock(timezone.now), workers)
        try:
            while not stop.is_set():
                began = time.monotonic()
                started = self.turn(sender)
                close_old_connections()
                if once and not started and sender.idle():
                    break
                stop.wait(max(0.05, sender.pause(every) - (time.monotonic() - began)) if not once else 0.05)
        finally:
            sender.stop()

    def turn(self, sender: Sender) -> int:
        """A database that is away is tried again next time; the loop never ends because of it."""
        try:
            return sender.turn()
        except DatabaseError:
            log.warning("nothing sent: the database does not answer", exc_info=True)
            connection.close()
            return 0
