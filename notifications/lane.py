"""One endpoint's lane: claim a batch, hand it over, record what arrived; several on the wire where the channel allows.

The lane's own thread alone asks the database. Others carry messages over the network, each with a connection of its
own, and come back with an answer; while one record is being written, further answers gather for the next.
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from notifications import claims, outcomes
from notifications.addresses import address_of, picture_of, read_addressees
from notifications.channels import CHANNELS
from notifications.channels.base import Failure, Line, Outgoing, Permanent, Receipt, Send, Temporary
from notifications.keys import KeyMissing, open_sealed
from notifications.models import Delivery, Endpoint
from notifications.outcomes import Arrived
from notifications.postings import why_not
from notifications.sight import sight
from notifications.transport import Wire
from notifications.vocabulary import ToKind

Clock = Callable[[], datetime]
ENOUGH_LEFT = 15.0  # seconds of the lease one more exchange may need
LANE_TIME = 30.0  # seconds after which a lane gives its thread to another


@dataclass
class Crew:
    """Those who carry messages for one lane, and the connections they take turns with."""

    size: int
    wires: list[Wire] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=self.size, thread_name_prefix="carry")

    def send(self, send: Send, line: Line, message: Outgoing) -> "Future[tuple[Receipt, datetime]]":
        return self.pool.submit(self._carry, send, line, message)

    def _carry(self, send: Send, line: Line, message: Outgoing) -> tuple[Receipt, datetime]:
        with self.lock:
            wire = self.wires.pop() if self.wires else Wire()
        try:
            return send(replace(line, wire=wire), message), line.now()
        finally:
            with self.lock:
                self.wires.append(wire)

    def close(self) -> None:
        self.pool.shutdown(wait=True)
        for wire in self.wires:
            wire.close()


def run_lane(endpoint: Endpoint, clock: Clock, *, seconds: float = LANE_TIME) -> int:
    """Claims and sends for one endpoint until nothing is due, the robot must be silent, or time is up."""
    began, made, holder = time.monotonic(), 0, uuid.uuid4().hex
    crew = Crew(CHANNELS[endpoint.channel].parallel)
    try:
        while time.monotonic() - began < seconds:
            rows = claims.claim(endpoint, holder=holder, now=clock())
            if not rows:
                break
            made += len(rows)
            if not send_batch(endpoint, rows, holder, clock, crew):
                break
    finally:
        crew.close()
    return made


def send_batch(endpoint: Endpoint, rows: list[Delivery], holder: str, clock: Clock, crew: Crew) -> bool:
    """Sends the claimed rows, first claimed first; False when the endpoint failed and the lane should pause."""
    try:
        secret = open_sealed(endpoint.secret)
    except KeyMissing:
        for row in rows:
            outcomes.failed(row, outcomes.Permanent(_("通道密钥无法解开，请重新填写")), now=clock())
        return False
    unwanted = reasons_not_to_send(rows, clock())
    for row in rows:
        if row.pk in unwanted:
            outcomes.refuse(row, unwanted[row.pk], now=clock())
    line = Line(endpoint.pk, endpoint.config, secret, Wire(), clock)
    batch = Batch(endpoint, line, holder, clock, crew, deque(row for row in rows if row.pk not in unwanted))
    if not batch.send_all():
        endpoint.refresh_from_db(fields=["failures", "rest_until"])
        if endpoint.failures >= outcomes.DOWN_AFTER:
            outcomes.divert(endpoint, now=clock())
        return False
    return True


@dataclass
class Batch:
    """A claimed batch on its way. One goes first; when it has arrived, as many as the channel allows go side by side,
    so that a door that hangs or fails is knocked at once, not several times (F15)."""

    endpoint: Endpoint
    line: Line
    holder: str
    clock: Clock
    crew: Crew
    waiting: deque[Delivery]
    flying: dict["Future[tuple[Receipt, datetime]]", Delivery] = field(default_factory=dict)
    width: int = 1
    good: bool = True
    broken: BaseException | None = None

    def send_all(self) -> bool:
        self.people = read_addressees(list(self.waiting))
        self.leased = time.monotonic()
        while self.waiting or self.flying:
            self._start()
            self._finish()
        if self.broken is not None:
            raise self.broken
        return self.good

    def _start(self) -> None:
        if self.broken is not None:
            self.waiting.clear()  # free again when their lease ends
        if not self.good:
            for row in self.waiting:
                outcomes.failed(row, Temporary(_("通道刚刚失败，稍后再试")), now=self.clock())
            self.waiting.clear()
        while self.waiting and len(self.flying) < self.width:
            if time.monotonic() - self.leased > claims.LEASE.total_seconds() - ENOUGH_LEFT:
                self._renew()
                continue
            row = self.waiting.popleft()
            try:
                leaving = self._outgoing(row)
            except OSError:
                outcomes.failed(row, Permanent(_("照片文件读不到")), now=self.clock())
                continue
            self.flying[self.crew.send(CHANNELS[self.endpoint.channel].send, self.line, leaving)] = row

    def _renew(self) -> None:
        ours = claims.renew([*self.waiting, *self.flying.values()], holder=self.holder, now=self.clock())
        self.waiting = deque(row for row in self.waiting if row.pk in ours)
        self.leased = time.monotonic()

    def _finish(self) -> None:
        if not self.flying:
            return
        done, _flying = wait(self.flying, return_when=FIRST_COMPLETED)
        arrived, failed = [], []
        for one in done:
            row = self.flying.pop(one)
            try:
                arrived.append(Arrived(row, *one.result()))
            except Failure as error:
                failed.append((row, error))
            except BaseException as error:
                self.broken = error
        if arrived:
            outcomes.delivered(arrived, endpoint_id=self.endpoint.pk)
            self.width = self.crew.size
        for row, failure in failed:
            outcomes.failed(row, failure, now=self.clock())
            self.good = self.good and not isinstance(failure, Temporary)

    def _outgoing(self, row: Delivery) -> Outgoing:
        address, text = address_of(row, self.people)
        return Outgoing(row.reference, address, row.subject, text, row.urgent, row.attempts, picture=picture_of(row))


def reasons_not_to_send(rows: list[Delivery], now: datetime) -> dict[int, str]:
    """What became unwanted between preparing and sending: cancelled, disabled, no longer in view (invariant 22)."""
    fresh = list(
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).select_related("message", "recipient", "posting")
    )
    pairs = [(row.recipient, row.message) for row in fresh]
    seen = sight(((person, message) for person, message in pairs if person and message), now)
    found = {}
    for row, (person, message) in zip(fresh, pairs, strict=True):
        if row.posting is not None and (reason := why_not(row.posting)):
            found[row.pk] = reason
        elif message is not None and message.cancelled_at is not None:
            found[row.pk] = _("消息已取消")
        elif row.to == ToKind.PERSON and (person is None or not person.is_active):
            found[row.pk] = _("收件人已停用")
        elif person is not None and message is not None and not seen.covers(person.pk, message):
            found[row.pk] = _("收件人已看不到这件事")
    return found
