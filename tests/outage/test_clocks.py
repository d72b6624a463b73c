"""The clocks as pure functions, at the second (A17 to A19, B14, B15)."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outage import clocks
from outage.clocks import Link, Times
from outage.vocabulary import DutyReason, NoticeResult, OutageKind, Presence, Slot

# The machine may be busy; what counts is the result.
settings.register_profile("clocks", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("clocks")
START = datetime(2026, 9, 22, 1, 52, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# Any moment of a year, any gap up to a day, fractions of a second included.
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
gaps = st.integers(min_value=0, max_value=86_400_000_000).map(lambda n: timedelta(microseconds=n))
seconds = st.integers(min_value=0, max_value=86_400)
WARNINGS = (5, 10, 14)


@given(moments, st.integers(min_value=-600, max_value=600))
def test_fifteen_minutes_is_on_time_and_one_second_more_is_late(trigger: datetime, off: int) -> None:
    """A17: 15:00 on time, 15:01 late, whatever the fractions."""
    due = clocks.due(trigger, 15)
    assert due == clocks.whole(trigger) + 15 * MINUTE
    posted = clocks.whole(trigger) + 15 * MINUTE + off * SECOND
    for fraction in (0, 1, 999_999):
        found = clocks.result(due, posted.replace(microsecond=fraction), START)
        assert found == (NoticeResult.LATE if off > 0 else NoticeResult.ON_TIME)


@given(moments, seconds)
def test_an_unposted_notice_is_pending_until_its_last_second_then_missed(trigger: datetime, gone: int) -> None:
    due, now = clocks.due(trigger, 15), clocks.whole(trigger) + gone * SECOND
    assert clocks.result(due, None, now) == (NoticeResult.MISSED if gone > 900 else NoticeResult.PENDING)
    assert clocks.is_breached(due, now) == (gone > 900)


@given(moments, seconds, seconds)
def test_warnings_only_grow_and_the_next_look_is_never_missed(trigger: datetime, one: int, more: int) -> None:
    """S0-R05: 5, 10, 14 minutes; between two looks nothing was due."""
    first, later = trigger + one * SECOND, trigger + (one + more) * SECOND
    given_first = clocks.warnings_due(trigger, first, WARNINGS)
    assert given_first <= clocks.warnings_due(trigger, later, WARNINGS) <= len(WARNINGS)
    due = clocks.due(trigger, 15)
    next_at = clocks.next_look(trigger, due, given_first, WARNINGS)
    just_before = next_at - SECOND
    if just_before >= first:
        assert clocks.warnings_due(trigger, just_before, WARNINGS) == given_first
        assert not clocks.is_breached(due, just_before)
    assert clocks.warnings_due(trigger, next_at, WARNINGS) > given_first or clocks.is_breached(due, next_at)


def test_warnings_at_the_second() -> None:
    found = [clocks.warnings_due(START, START + n * SECOND, WARNINGS) for n in (299, 300, 599, 600, 839, 840, 5000)]
    assert found == [0, 1, 1, 2, 2, 3, 3]


@given(st.lists(st.tuples(moments, st.integers(min_value=0, max_value=3)), max_size=6), st.sampled_from(Slot))
def test_the_earliest_posting_that_counts_decides(posts: list[tuple[datetime, int]], slot: Slot) -> None:
    """S0-R03: the second notice needs a photo, the others do not."""
    found = clocks.counting_post(slot, posts)
    fit = [at for at, photos in posts if photos or slot != Slot.REPAIR]
    assert found == (min(fit) if fit else None)


def test_what_is_owed_by_kind_and_by_what_has_happened() -> None:
    times = Times(detected_at=START, restored_at=START + MINUTE)
    assert set(clocks.owed(OutageKind.FAULT, times)) == {Slot.INTERRUPTION, Slot.RESTORATION}
    assert clocks.owed(OutageKind.PLANNED, times) == {}
    assert clocks.owed(OutageKind.TEMPORARY, times) == {}


def test_compliance_needs_every_group() -> None:
    """A18."""
    good, bad = NoticeResult.ON_TIME, NoticeResult.LATE
    assert clocks.compliant([]) is None
    assert clocks.compliant([good, NoticeResult.PENDING]) is True
    assert clocks.compliant([good, bad]) is False
    assert clocks.compliant([good, NoticeResult.MISSED]) is False


@given(st.integers(min_value=0, max_value=5000), st.lists(seconds, max_size=3), st.none() | seconds)
def test_attendance_from_a_thousand_up_or_with_a_ticket(households: int, tickets: list[int], restored: int) -> None:
    """A19, B15: inclusive; a ticket after restoration asks for a joint visit only."""
    restored_at = None if restored is None else START + restored * SECOND
    found = clocks.attendance_duties(
        OutageKind.FAULT, households, 1000, restored_at, [START + n * SECOND for n in tickets]
    )
    during = [n for n in tickets if restored is None or n < restored]
    wanted = {}
    if len(during) < len(tickets):
        wanted[Presence.JOINT_VISIT] = DutyReason.TICKET
    if during:
        wanted[Presence.ON_SITE] = DutyReason.TICKET
    if households >= 1000:
        wanted[Presence.ON_SITE] = DutyReason.HOUSEHOLDS
    assert {duty.presence: duty.reason for duty in found} == wanted
    assert clocks.attendance_duties(OutageKind.PLANNED, households, 1000, None, []) == []


# --- the chain ------------------------------------------------------------------------------------------------------


def applied(links: list[Link], moves: list[clocks.ChainMove]) -> list[Link]:
    rows = {link.level: link.__dict__ for link in links}
    for move in moves:
        rows[move.level] = rows[move.level] | {f"{move.what}_at": move.at}
    return [Link(**rows[level]) for level in sorted(rows)]


FIVE = [Link(1, sent_at=START), *(Link(level) for level in range(2, 6))]


@given(st.lists(seconds, min_size=1, max_size=12), st.sets(st.integers(min_value=1, max_value=5)))
def test_a_sweep_that_slept_writes_what_one_every_second_writes(looks: list[int], nobody: set[int]) -> None:
    """B14: the moments follow from one another, not from when somebody looked."""
    links = FIVE
    for look in sorted(looks):
        links = applied(links, clocks.chain_moves(links, START + look * SECOND, remind=15, skip=30, nobody=nobody))
    at_once = applied(FIVE, clocks.chain_moves(FIVE, START + max(looks) * SECOND, remind=15, skip=30, nobody=nobody))
    assert links == at_once
    assert clocks.chain_moves(links, START + max(looks) * SECOND, remind=15, skip=30, nobody=nobody) == []


def test_remind_at_fifteen_skip_at_thirty_and_go_on() -> None:
    def moves(minutes: int) -> list[tuple[int, str, int]]:
        found = clocks.chain_moves(FIVE, START + minutes * MINUTE, remind=15, skip=30)
        return [(move.level, move.what, int((move.at - START) / MINUTE)) for move in found]

    assert moves(14) == []
    assert moves(15) == [(1, "reminded", 15)]
    assert moves(30) == [(1, "reminded", 15), (1, "skipped", 30), (2, "sent", 30)]
    assert moves(45)[-1] == (2, "reminded", 45)
    assert moves(150)[-1] == (5, "skipped", 150)


def test_an_acknowledgement_passes_the_word_on() -> None:
    links = [Link(1, sent_at=START, acknowledged_at=START + 3 * MINUTE), *FIVE[1:]]
    found = clocks.chain_moves(links, START + 3 * MINUTE, remind=15, skip=30)
    assert [(move.level, move.what, move.at) for move in found] == [(2, "sent", START + 3 * MINUTE)]


@given(moments, gaps)
def test_the_detection_gap_is_whole_seconds_and_only_of_faults(occurred: datetime, gap: timedelta) -> None:
    times = Times(detected_at=occurred + gap, occurred_at=occurred)
    found = clocks.detection_gap(OutageKind.FAULT, times)
    assert found is not None
    assert abs(found - gap.total_seconds()) <= 1
    assert clocks.detection_gap(OutageKind.PLANNED, times) is None
