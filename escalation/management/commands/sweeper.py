"""``manage.py sweeper``: the sweeps on the monotonic clock, beside beat. Either alone suffices (F11, F12).

Deadlines and money take as long as they take; the clocks of the apps above (an outage's fifteen minutes) are looked at
every second by a thread of their own and never wait for them (P10).
"""

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections, connection, connections
from django.utils import timezone

from escalation import sweeps
from escalation.services import settle_due
from escalation.services.holds import ClockWatch
from escalation.services.money import settle
from exports.background import tend_in_background

log = logging.getLogger(__name__)
SECOND = 1.0
PATIENCE = 8.0  # seconds a look at the clocks may take when asked to end


class Command(BaseCommand):
    help = "Marks what fell due, every few seconds; a second sweeper is harmless."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two sweeps")
        parser.add_argument("--once", action="store_true", help="one sweep, then end")

    def handle(self, *args: Any, every: float, once: bool, **options: Any) -> None:
        stop = threading.Event()
        self.failed: Exception | None = None
        self.watch = ClockWatch(timezone.now(), time.monotonic())
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        if once:
            self.sweep_above()
            self.sweep()
            return
        above = threading.Thread(target=self.look_above, args=(stop, min(SECOND, every)), name="above", daemon=True)
        above.start()
        while not stop.is_set():
            began = time.monotonic()
            self.sweep()
            close_old_connections()
            stop.wait(max(0.1, every - (time.monotonic() - began)))
        above.join(PATIENCE)
        if self.failed:
            raise CommandError(f"the clocks of the apps above stopped: {self.failed!r}")

    def look_above(self, stop: threading.Event, every: float) -> None:
        """Until told to stop. What nobody expected ends the whole process, so that it is started anew."""
        try:
            while not stop.is_set():
                began = time.monotonic()
                self.sweep_above()
                close_old_connections()
                stop.wait(max(0.1, every - (time.monotonic() - began)))
        except Exception as error:
            log.exception("the clocks of the apps above stopped")
            self.failed = error
            stop.set()
        finally:
            connections.close_all()

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
        """The clocks of the apps above; one whose database is away does not silence the others."""
        for name, run in sweeps.sweeps().items():
            try:
                run(timezone.now())
            except DatabaseError:
                log.warning("sweep of %s not done: the database does not answer", name, exc_info=True)
                connection.close()
