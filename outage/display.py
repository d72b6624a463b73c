"""What the pages tell of an outage, read from its rows: clocks, steps, people, chain. Pure reading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outage import clocks
from outage.models import Attendance, ChainStep, Measure, Notice, Outage
from outage.services.chain import people_of
from outage.services.door import attempt_for
from outage.steps import STEPS, is_open_in
from outage.vocabulary import RUNNING, ChainLevel, MeasureKind, NoticeResult, Slot
from people.models import User

BAR = 100  # width of a clock's bar


@dataclass(frozen=True)
class GroupClock:
    """One group's notice of a slot."""

    name: str
    notice: Notice
    result: NoticeResult

    @property
    def late(self) -> bool:
        return self.result in {NoticeResult.LATE, NoticeResult.MISSED}


@dataclass(frozen=True)
class SlotClock:
    """One of the three clocks as shown: the most urgent group decides. ``left`` is seconds until too late (negative
    past it), None where nothing runs; ``minute`` the minute the last group was told."""

    slot: Slot
    state: str
    groups: Sequence[GroupClock] = ()
    due_at: datetime | None = None
    triggered_at: datetime | None = None
    left: int | None = None
    minute: int | None = None
    posted_at: datetime | None = None

    @property
    def label(self) -> str | Promise:
        return self.slot.label

    @property
    def css(self) -> str:
        return {"run": "is-run", "done": "is-done", "late": "is-late", "over": "is-late is-run"}.get(self.state, "")

    @property
    def done(self) -> int:
        return sum(one.notice.posted_at is not None for one in self.groups)

    @property
    def clock_text(self) -> str:
        """06:42 left, or +02:10 over."""
        if self.left is None:
            return "—"
        minutes, seconds = divmod(abs(self.left), 60)
        return f"{'+' if self.left < 0 else ''}{minutes:02d}:{seconds:02d}"

    @property
    def bar(self) -> int:
        """How much of the time is used, of ``BAR``."""
        if self.due_at is None or self.triggered_at is None or self.left is None:
            return 0
        whole = max(1, int((self.due_at - self.triggered_at).total_seconds()))
        return max(0, min(BAR, BAR - self.left * BAR // whole))


def clocks_of(outage: Outage, *, now: datetime) -> list[SlotClock]:
    """The three clocks; reads ``outage.notices`` (prefetch it with its groups for lists)."""
    rows: dict[int, list[Notice]] = {slot: [] for slot in Slot}
    for notice in outage.notices.all():
        if notice.void_at is None:
            rows[notice.slot].append(notice)
    return [_clock(slot, rows[slot], now) for slot in Slot]


def _clock(slot: Slot, notices: list[Notice], now: datetime) -> SlotClock:
    if not notices:
        return SlotClock(slot, "none")
    groups = [GroupClock(row.group.name, row, clocks.result(row.due_at, row.posted_at, now)) for row in notices]
    waiting = [row for row in notices if row.posted_at is None]
    late = any(one.late for one in groups)
    if waiting:
        first = min(waiting, key=lambda row: row.due_at)
        left = int((first.due_at - clocks.whole(now)).total_seconds())
        return SlotClock(slot, "over" if left < 0 else "run", groups, first.due_at, first.triggered_at, left)
    last = max(notices, key=lambda row: row.posted_at or row.due_at)
    assert last.posted_at is not None
    minute = max(1, int((last.posted_at - last.triggered_at) / timedelta(minutes=1)) + 1)
    state = "late" if late else "done"
    return SlotClock(slot, state, groups, last.due_at, last.triggered_at, None, minute, last.posted_at)


def current_clock(found: Iterable[SlotClock]) -> SlotClock | None:
    """The clock to act on: the running one that ends first."""
    running = [one for one in found if one.left is not None]
    return min(running, key=lambda one: one.left or 0, default=None)


def compliant(found: Iterable[SlotClock]) -> bool | None:
    return clocks.compliant([group.result for one in found for group in one.groups])


# --- steps ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """A step of the workflow as a button; ``refusal`` says why not now."""

    name: str
    label: str
    icon: str
    url: str
    grave: bool
    refusal: str = ""


LEADING = ("start_repair", "restore", "report_progress", "restore_part")


def acts_for(outage: Outage, *, by: User, now: datetime) -> list[Act]:
    """Steps open in this state to this person, the usual ones first."""
    found = []
    for name in sorted(STEPS, key=lambda one: LEADING.index(one) if one in LEADING else len(LEADING)):
        step = STEPS[name]
        if not is_open_in(name, outage.state):
            continue
        attempt = attempt_for(outage, step, by=by, now=now)
        if attempt.post is None:
            continue
        refusal = next(filter(None, (guard(attempt) for guard in step.guards)), "") or ""
        url = reverse("outage_act", args=[outage.number, name])
        found.append(Act(name, str(step.label), step.icon, url, step.grave, refusal))
    return found


# --- chain, people, measures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChainLine:
    level: ChainLevel
    step: ChainStep
    names: str
    state: str
    words: str
    at: datetime | None
    mine: bool = False
    phones: Sequence[User] = field(default_factory=tuple)


def chain_of(outage: Outage, *, by: User, now: datetime) -> list[ChainLine]:
    return [_chain_line(outage, step, by, now) for step in outage.chain.select_related("acknowledged_by")]


def _chain_line(outage: Outage, step: ChainStep, by: User, now: datetime) -> ChainLine:
    level = ChainLevel(step.level)
    if step.acknowledged_at is not None:
        who = step.acknowledged_by.name if step.acknowledged_by else ""
        words = _("知悉，上报") if step.skipped_at is None else _("跳过后补确认")
        return ChainLine(level, step, who, "done", words, step.acknowledged_at)
    if step.sent_at is None:
        return ChainLine(level, step, "", "wait", _("待上一级知悉"), None)
    people = people_of(outage, step.level, now=now)
    names, mine = "、".join(user.name for user in people[:2]), by in people
    if step.skipped_at is not None:
        words = _("未确认，已跳过") if people else _("无人在岗，已跳过")
        return ChainLine(level, step, names, "skipped", words, step.skipped_at, mine, people)
    minutes = int((now - step.sent_at) / timedelta(minutes=1))
    words = _("已送达，未知悉，%d 分钟") % minutes
    return ChainLine(level, step, names, "now", words, None, mine, people)


@dataclass(frozen=True)
class MeasureLine:
    kind: MeasureKind
    last: Measure | None
    count: int


STANDARD = (MeasureKind.BACKUP_POWER, MeasureKind.PHONES, MeasureKind.LOUDSPEAKER, MeasureKind.ORDER)
LOGGED = (MeasureKind.COOPERATION, MeasureKind.QUESTION, MeasureKind.OWNER_CONTACT, MeasureKind.DISPATCH_CONTACT)


def measures_of(outage: Outage, kinds: Sequence[MeasureKind]) -> list[MeasureLine]:
    rows: dict[str, list[Measure]] = {}
    for row in outage.measures.select_related("by"):
        rows.setdefault(row.kind, []).append(row)
    return [MeasureLine(kind, rows[kind][-1] if kind in rows else None, len(rows.get(kind, []))) for kind in kinds]


@dataclass(frozen=True)
class BoardRow:
    """A running outage on the duty desk's board."""

    outage: Outage
    clocks: list[SlotClock]
    missing: list[Attendance]
    waiting_level: ChainStep | None
    callers: int
    progress_due: datetime | None

    @property
    def url(self) -> str:
        return reverse("outage", args=[self.outage.number])

    @property
    def urgency(self) -> int:
        """Seconds until the next clock is too late; what sorts the board."""
        found = current_clock(self.clocks)
        return found.left if found is not None and found.left is not None else FAR


FAR = 10**9


def board_rows(outages: Iterable[Outage], *, now: datetime) -> list[BoardRow]:
    """The most urgent clock first. Expects ``notices__group``, ``attendances__person`` and ``chain`` prefetched and
    ``callers`` annotated."""
    rows = []
    for outage in outages:
        missing = [row for row in outage.attendances.all() if row.required and row.arrived_at is None]
        waiting = [s for s in outage.chain.all() if s.sent_at and not s.acknowledged_at and not s.skipped_at]
        running = outage.state in RUNNING
        last = outage.progress_at or outage.detected_at
        due = clocks.progress_due(last, outage.policy.progress_minutes) if running and last else None
        callers: int = getattr(outage, "callers", 0)
        rows.append(BoardRow(outage, clocks_of(outage, now=now), missing, next(iter(waiting), None), callers, due))
    return sorted(rows, key=lambda row: (row.urgency, row.outage.pk))
