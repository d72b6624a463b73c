"""The sweeper's side of exports: a thread of its own, so that a long file never delays a sweep or a notice."""

import logging
import threading

from django.db import DatabaseError, connections

from exports.services import tend, waiting
from exports.services.work import Clock

log = logging.getLogger(__name__)
_busy = threading.Lock()


def tend_in_background(clock: Clock) -> threading.Thread | None:
    """Starts the thread when something waits that no worker took up, and none runs yet. The thread dies with the
    process; its lease then runs out and the next takes over."""
    if not waiting(clock()) or not _busy.acquire(blocking=False):
        return None
    thread = threading.Thread(target=_tend, args=(clock,), name="exports", daemon=True)
    thread.start()
    return thread


def _tend(clock: Clock) -> None:
    try:
        tend(clock)
    except DatabaseError:
        log.warning("exports not done: the database does not answer", exc_info=True)
    finally:
        connections.close_all()
        _busy.release()
