"""The sender: expands what is due, then lets every endpoint's lane run; a lane that hangs holds up no other (F15).

``clock`` is a function, because one turn lasts and every attempt has its own moment; ``SteadyClock`` never goes back.
"""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import close_old_connections, connections

from escalation.models import Heartbeat
from notifications import claims, postings, watch
from notifications.expand import expand_due
from notifications.lane import Clock, run_lane
from notifications.models import Endpoint

log = logging.getLogger(__name__)
JOB = "sender"
SOON = 0.25  # seconds between two looks while there is work


class SteadyClock:
    """The wall clock that does not go back: a clock set back an hour pauses no message (F12)."""

    def __init__(self, wall: Clock) -> None:
        self.wall, self.began, self.mark = wall, wall(), time.monotonic()

    def __call__(self) -> datetime:
        return max(self.wall(), self.began + timedelta(seconds=time.monotonic() - self.mark))


def drain(clock: Clock, *, seconds: float = 20.0) -> int:
    """Everything due, one lane after the other, for at most so many seconds; returns how many attempts were made."""
    began, total = time.monotonic(), 0
    prepare(clock())
    while time.monotonic() - began < seconds:
        made = sum(run_lane(endpoint, clock, seconds=seconds) for endpoint in claims.lanes(clock()))
        total += made
        if not made:
            break
    postings.settle(clock())
    return total


def prepare(now: datetime) -> int:
    """The part without network: clocks, leases, stale rows, new deliveries, alarms, what became of notices."""
    claims.heal(now)
    postings.settle(now)
    watch.look(now)
    found = expand_due(now)
    claims.hold_stale(now)
    return found


# --- the process ------------------------------------------------------------------------------------------------------


@dataclass
class Sender:
    """Lanes side by side in threads, each with its own connection; at most one thread per endpoint."""

    clock: Clock
    workers: int = 8
    running: dict[int, "Future[int]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="lane")

    def turn(self) -> int:
        """One look: prepare, start a lane for each endpoint with something due; returns how many were started."""
        now = self.clock()
        prepare(now)
        self.running = {pk: lane for pk, lane in self.running.items() if not lane.done()}
        started = 0
        for endpoint in claims.lanes(now):
            if endpoint.pk not in self.running:
                self.running[endpoint.pk] = self.pool.submit(self._lane, endpoint)
                started += 1
        Heartbeat.objects.update_or_create(job=JOB, defaults={"at": now, "marked": started})
        return started

    def _lane(self, endpoint: Endpoint) -> int:
        close_old_connections()
        try:
            return run_lane(endpoint, self.clock)
        except Exception:
            log.exception("lane of endpoint %s ended; its rows are free again when their lease ends", endpoint.pk)
            return 0
        finally:
            connections.close_all()

    def idle(self) -> bool:
        return all(lane.done() for lane in self.running.values())

    def pause(self, every: float) -> float:
        """Seconds until the next look: what falls due while lanes are busy does not wait for a whole one."""
        return every if self.idle() else min(every, SOON)

    def stop(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)


def last_turn(now: datetime) -> datetime | None:
    """When a sender last looked, for the health page."""
    return Heartbeat.objects.filter(job=JOB).values_list("at", flat=True).first()
