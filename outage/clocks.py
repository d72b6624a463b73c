"""The clocks of an outage as pure functions: no database, no ``now()`` of their own (A17 to A19, B14, B15).

Times are compared by whole seconds: a notice after 15:00 is on time, after 15:01 late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outage.vocabulary import UNFORESEEN, DutyReason, NoticeResult, OutageKind, Presence, Slot

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Times:
    """The four times of an outage; None where it has not happened or is not known."""

    detected_at: datetime | None
    repair_started_at: datetime | None = None
    restored_at: datetime | None = None
    occurred_at: datetime | None = None


def whole(moment: datetime) -> datetime:
    """The second a moment lies in; its fraction never decides whether something was late."""
    return moment.replace(microsecond=0)


def triggers(times: Times) -> dict[Slot, datetime]:
    """When each clock starts; a step that has not happened owes no notice (A17)."""
    found = {
        Slot.INTERRUPTION: times.detected_at,
        Slot.REPAIR: times.repair_started_at,
        Slot.RESTORATION: times.restored_at,
    }
    return {slot: moment for slot, moment in found.items() if moment is not None}


def owed(kind: str, times: Times) -> dict[Slot, datetime]:
    """Slot and trigger of every notice owed to each group by now; planned and temporary outages owe none."""
    return triggers(times) if kind in UNFORESEEN else {}


def due(triggered_at: datetime, minutes: int) -> datetime:
    """The last second that is on time."""
    return whole(triggered_at) + minutes * MINUTE


def result(due_at: datetime, posted_at: datetime | None, now: datetime) -> NoticeResult:
    """15:00 on time, 15:01 late; not posted is pending until the due second has passed, then missed (A17, A18)."""
    if posted_at is not None:
        return NoticeResult.ON_TIME if whole(posted_at) <= due_at else NoticeResult.LATE
    return NoticeResult.PENDING if whole(now) <= due_at else NoticeResult.MISSED


def is_breached(due_at: datetime, now: datetime) -> bool:
    return whole(now) > due_at


def counting_post(slot: int, posts: Iterable[tuple[datetime, int]]) -> datetime | None:
    """The earliest posting that counts, of (time, number of photos): the second notice needs a photo (S0-R03)."""
    return min((at for at, photos in posts if slot != Slot.REPAIR or photos > 0), default=None)


def warnings_due(triggered_at: datetime, now: datetime, minutes: Sequence[int]) -> int:
    """How many of the warnings (minutes after the trigger, ascending) should have been given by now."""
    gone = whole(now) - whole(triggered_at)
    return sum(gone >= minute * MINUTE for minute in minutes)


def next_look(triggered_at: datetime, due_at: datetime, given: int, minutes: Sequence[int]) -> datetime:
    """When something must happen to a clock next: the following warning, or the first second that is too late."""
    if given < len(minutes):
        return min(whole(triggered_at) + minutes[given] * MINUTE, due_at + SECOND)
    return due_at + SECOND


def compliant(results: Sequence[NoticeResult]) -> bool | None:
    """An outage is compliant when every group got every notice in time (A18); None when it owes none. Notices whose
    time is still running do not count against it."""
    if not results:
        return None
    return not any(found in {NoticeResult.LATE, NoticeResult.MISSED} for found in results)


def detection_gap(kind: str, times: Times) -> int | None:
    """Seconds from the failure to its detection, reported beside the clocks (A17); None for planned ones."""
    if kind == OutageKind.PLANNED or times.occurred_at is None or times.detected_at is None:
        return None
    return int((whole(times.detected_at) - whole(times.occurred_at)).total_seconds())


@dataclass(frozen=True)
class Duty:
    """Head and deputy must attend, why, and how (S0-R06)."""

    reason: DutyReason
    presence: Presence


def attendance_duties(
    kind: str, households: int, threshold: int, restored_at: datetime | None, tickets: Iterable[datetime]
) -> list[Duty]:
    """From the threshold up, inclusive, on site; for a comment or complaint ticket on site while it lasts, a joint
    visit where it came after restoration (A19, B15). ``tickets`` are their registration times. Faults only."""
    if kind not in UNFORESEEN:
        return []
    duties: dict[Presence, DutyReason] = {}
    for received_at in tickets:
        late = restored_at is not None and received_at >= restored_at
        duties[Presence.JOINT_VISIT if late else Presence.ON_SITE] = DutyReason.TICKET
    if households >= threshold:
        duties[Presence.ON_SITE] = DutyReason.HOUSEHOLDS
    return [Duty(reason, presence) for presence, reason in sorted(duties.items())]


@dataclass(frozen=True)
class Link:
    """A level of the reporting chain as stored; times None where it has not happened."""

    level: int
    sent_at: datetime | None = None
    reminded_at: datetime | None = None
    skipped_at: datetime | None = None
    acknowledged_at: datetime | None = None


@dataclass(frozen=True)
class ChainMove:
    """Something that should have happened to a level by now, and at which moment."""

    level: int
    what: str
    at: datetime


SENT, REMINDED, SKIPPED = "sent", "reminded", "skipped"


def chain_moves(
    links: Sequence[Link], now: datetime, *, remind: int, skip: int, nobody: Iterable[int] = ()
) -> list[ChainMove]:
    """Remind after ``remind`` minutes without acknowledgement, mark skipped and go on after ``skip`` (B14).

    Every moment follows from the one before, so a sweep that slept for an hour writes the same times as one that
    looked every second. A level with ``nobody`` in it is skipped when it is reached.
    """
    moves: list[ChainMove] = []
    empty = set(nobody)
    passed_on: datetime | None = None
    for link in sorted(links, key=lambda one: one.level):
        sent = link.sent_at
        if sent is None:
            if passed_on is None:
                break
            sent = passed_on
            moves.append(ChainMove(link.level, SENT, sent))
        if link.acknowledged_at is not None and link.skipped_at is None:
            passed_on = link.acknowledged_at
            continue
        if link.skipped_at is not None:
            passed_on = link.skipped_at
            continue
        skips_at = sent if link.level in empty else sent + skip * MINUTE
        if link.reminded_at is None and link.level not in empty and now >= sent + remind * MINUTE:
            moves.append(ChainMove(link.level, REMINDED, sent + remind * MINUTE))
        if now < skips_at:
            break
        moves.append(ChainMove(link.level, SKIPPED, skips_at))
        passed_on = skips_at
    return moves


def progress_due(last: datetime, minutes: int) -> datetime:
    """When customers must hear how it stands (S2-R02)."""
    return last + minutes * MINUTE
