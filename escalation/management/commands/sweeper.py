"""``manage.py sweeper``: the sweeps on the monotonic clock, beside beat. Either alone suffices (F11, F12)."""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from escalation import sweeps
from escalation.services import settle_due
from escalation.services.holds import ClockWatch
from escalation.services.money import settle
from exports.background import tend_in_background

log = logging.getLogger(__name__)
SECOND = 1.0


class Command(BaseCommand):
    help = "Marks what fell due, every few seconds; a second sweeper is harmless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two sweeps")
        parser.add_argument("--once", action="store_true", help="one sweep, then end")

    def handle(self, *args: Any, every: float, once: bool, **options: Any) -> None:
        stop = threading.Event()
        self.watch = ClockWatch(timezone.now(), time.monotonic())
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        due = 0.0
        while not stop.is_set():
            began = time.monotonic()
            if began >= due:
                due = began + every
                self.sweep()
            self.sweep_above()
            if once:
                return
            close_old_connections()
            stop.wait(max(0.1, min(SECOND, every) - (time.monotonic() - began)))

    def sweep(self) -> None:
        """A database that is away is tried again next time; the loop never ends because of it."""
        try:
            now = timezone.now()
            settled = settle_due(now)
            self.watch.check(wall=now, monotonic=time.monotonic())
            charged = settle(now)
            tend_in_background(timezone.now)
        except DatabaseError:
            log.warning("sweep not done: the database does not answer", exc_info=True)
            connection.close()
            return
        if settled.total:
            log.info("sweep: %s", settled)
        if charged.total:
            log.info("money: %s", charged)

    def sweep_above(self) -> None:
        """The clocks of the apps above, every second; one that fails does not silence the others."""
        for name, run in sweeps.sweeps().items():
            try:
                run(timezone.now())
            except DatabaseError:
                log.warning("sweep of %s not done: the database does not answer", name, exc_info=True)
                connection.close()
