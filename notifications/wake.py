"""The word to the sender that there is work: after the commit, at most a few times a second, and never an error.

It is a hint and may vanish (F7): the sender looks every second by itself, and beat every minute.
"""

import logging
import threading
import time
from dataclasses import dataclass, field

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
TASK = "notifications.drain"
EVERY = 0.25  # seconds between two hints of one process
AWAY_FOR = 30.0  # seconds a broker that did not answer is left alone, so that no page waits for it twice


@dataclass
class Pause:
    """Until when this process says nothing more."""

    until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, seconds: float, *, if_over: bool = False) -> bool:
        with self.lock:
            now = time.monotonic()
            if if_over and now < self.until:
                return False
            self.until = now + seconds
            return True


pause = Pause()


def wake_on_commit() -> None:
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    if not pause.begin(EVERY, if_over=True):
        return
    try:
        current_app.send_task(TASK, ignore_result=True, retry=False)
    except (OperationalError, OSError):
        pause.begin(AWAY_FOR)
        log.warning("no hint to the sender: the broker does not answer; it looks by itself every second")
