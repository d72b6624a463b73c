"""The door of outages: registration starts the first clocks, steps start the others, refusals change nothing."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow, Stale
from outage.models import Outage, OutageEvent
from outage.services import Facts, note_many, open_outage, perform
from outage.signals import outage_events
from outage.vocabulary import OutageKind, Slot, State
from people.roles import Role
from tests.factories import MONDAY, dept, person
from tests.outage.factories import STATION, Crew, area

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def crew() -> Crew:
    return Crew()


def due_times(outage: Outage) -> dict[tuple[int, int], int]:
    """(slot, group) -> minutes after MONDAY."""
    return {(row.slot, row.group_id): int((row.due_at - MONDAY) / MINUTE) for row in outage.notices.all()}


def test_registration_starts_one_clock_per_group(crew: Crew) -> None:
    """S0-R02, A18: due 15 minutes after detection, in the same transaction."""
    outage = crew.outage(detected_at=MONDAY - 2 * MINUTE)
    assert {slot for slot, _group in due_times(outage)} == {Slot.INTERRUPTION}
    assert list(due_times(outage).values()) == [13, 13]
    assert [event.name for event in outage.events.all()] == ["open"]
    assert outage.households == crew.area.households


def test_repair_and_restoration_start_theirs(crew: Crew) -> None:
    """S0-R03, S0-R04."""
    outage = crew.outage()
    outage = perform(outage, "start_repair", by=crew.worker, now=MONDAY + 20 * MINUTE, at=MONDAY + 18 * MINUTE)
    outage = perform(outage, "restore", by=crew.duty, now=MONDAY + 60 * MINUTE, at=MONDAY + 60 * MINUTE)
    assert sorted(due_times(outage).values()) == [15, 15, 33, 33, 75, 75]
    assert outage.state == State.RESTORED
    assert outage.restoration_steps.get().households == crew.area.households
    assert outage.areas.filter(restored_at__isnull=True).count() == 0


def test_planned_and_temporary_outages_owe_no_notice(crew: Crew) -> None:
    """A17."""
    for kind in (OutageKind.PLANNED, OutageKind.TEMPORARY):
        outage = crew.outage(kind=kind, planned=kind == OutageKind.PLANNED)
        assert not outage.notices.exists()
        assert not outage.chain.exists()


def test_a_corrected_time_moves_its_clock_and_keeps_the_history(crew: Crew) -> None:
    outage = crew.outage()
    outage.notices.update(warned=2)
    done = perform(
        outage,
        "correct_times",
        by=crew.duty,
        now=MONDAY + 12 * MINUTE,
        reason="网格员 9:25 已知道",
        detected_at=MONDAY - 5 * MINUTE,
    )
    assert set(due_times(done).values()) == {10}
    assert set(done.notices.values_list("warned", flat=True)) == {0}
    event = done.events.last()
    assert event is not None
    assert event.text == "网格员 9:25 已知道"
    assert set(event.data["changed"]) == {"detected_at"}


def test_times_must_follow_each_other(crew: Crew) -> None:
    outage = crew.outage()
    with pytest.raises(Invalid) as refused:
        perform(outage, "start_repair", by=crew.duty, now=MONDAY, at=MONDAY + MINUTE)
    assert refused.value.field == "at"
    with pytest.raises(Invalid):
        perform(outage, "correct_times", by=crew.duty, now=MONDAY, reason="x", restored_at=MONDAY)
    with pytest.raises(Invalid):
        perform(outage, "correct_times", by=crew.duty, now=MONDAY, reason="x", occurred_at=MONDAY + MINUTE)
    assert outage.events.count() == 1


def test_partial_restoration_keeps_steps_and_starts_the_group_that_is_back(crew: Crew) -> None:
    second = area("江湾二村", households=40)
    outage = crew.outage(areas=[crew.area, second])
    with pytest.raises(Blocked):
        perform(outage, "restore_part", by=crew.duty, now=MONDAY, at=MONDAY, areas=[crew.area, second])
    now = MONDAY + 30 * MINUTE
    outage = perform(outage, "restore_part", by=crew.duty, now=now, at=now, areas=[second])
    assert sorted(slot for slot, _group in due_times(outage)) == [1, 1, 1, 3]
    now = MONDAY + 50 * MINUTE
    outage = perform(outage, "restore", by=crew.duty, now=now, at=now)
    assert [(row.households, row.is_final) for row in outage.restoration_steps.all()] == [(40, False), (100, True)]


def test_a_group_added_later_has_its_clock_from_then_on(crew: Crew) -> None:
    outage = crew.outage()
    other = area("江湾三村", households=30)
    now = MONDAY + 20 * MINUTE
    outage = perform(outage, "change_area", by=crew.duty, now=now, areas=[other], households=130)
    assert sorted(due_times(outage).values()) == [15, 15, 35]


def test_merged_outages_count_from_the_earlier_detection(crew: Crew) -> None:
    other_area = area("江湾四村", households=60)
    master = crew.outage()
    other = crew.outage(areas=[other_area], detected_at=MONDAY - 3 * MINUTE)
    done = perform(other, "merge", by=crew.duty, now=MONDAY + MINUTE, master=master)
    master.refresh_from_db()
    assert done.state == State.MERGED
    assert master.households == 160
    assert set(due_times(master).values()) == {12}
    assert master.notices.count() == 3
    assert list(master.events.values_list("name", flat=True)) == ["open", "absorb"]


def test_a_split_part_keeps_its_clocks(crew: Crew) -> None:
    second = area("江湾五村", households=25)
    outage = crew.outage(areas=[crew.area, second])
    now = MONDAY + 5 * MINUTE
    outage = perform(outage, "split", by=crew.duty, now=now, areas=[second], title="江湾五村停电", households_left=100)
    part = Outage.objects.get(split_from=outage)
    assert (part.households, outage.households) == (25, 100)
    assert set(due_times(part).values()) == {15}
    assert outage.notices.count() == 2
    assert part.notices.count() == 1


def test_cancelling_voids_the_clocks(crew: Crew) -> None:
    outage = perform(crew.outage(), "cancel", by=crew.duty, now=MONDAY + MINUTE, reason="误报")
    assert outage.notices.filter(void_at__isnull=True).count() == 0


def test_who_is_too_late_or_not_entitled_is_told_so(crew: Crew) -> None:
    outage = crew.outage()
    now = MONDAY + MINUTE
    perform(outage, "restore", by=crew.duty, now=now, at=now)
    with pytest.raises(NotNow) as refused:
        perform(outage, "restore", by=crew.head, now=now, at=now)
    assert crew.duty.name in refused.value.message
    with pytest.raises(NotAllowed):
        perform(outage, "correct_times", by=crew.worker, now=now, reason="x")
    with pytest.raises(NotAllowed):
        perform(outage, "correct_times", by=crew.other_worker, now=now, reason="x")
    with pytest.raises(Stale):
        perform(outage, "correct_times", by=crew.duty, now=now, reason="x", version=1)


def test_only_the_own_station_registers_for_itself(crew: Crew) -> None:
    stranger = person(Role.STATION_HEAD, "station_binhai")
    facts = Facts(title="停电", station=dept(STATION), areas=[crew.area])
    for who in (stranger, crew.agent):
        with pytest.raises(NotAllowed):
            open_outage(by=who, now=MONDAY, facts=facts)
    assert open_outage(by=crew.worker, now=MONDAY, facts=facts).chain.get(level=1).acknowledged_at == MONDAY


def test_who_sees_an_outage(crew: Crew) -> None:
    """A grid worker sees own grids; another's, another station's and the administrator's view is empty."""
    outage = crew.outage()

    def seen(user: object) -> bool:
        return Outage.objects.visible_to(user, now=MONDAY).filter(pk=outage.pk).exists()  # type: ignore[arg-type]

    insiders = (crew.duty, crew.head, crew.worker, crew.agent, crew.centre, crew.leader)
    outsiders = (
        crew.other_worker,
        person(Role.STATION_HEAD, "station_binhai"),
        person(Role.SYSTEM_ADMIN, "company"),
        person(Role.HANDLER, "safety_section"),
        person(None),
    )
    assert [seen(user) for user in insiders] == [True] * len(insiders)
    assert [seen(user) for user in outsiders] == [False] * len(outsiders)


def test_the_stream_is_append_only_and_gapless(crew: Crew) -> None:
    told: list[tuple[list[int], str]] = []
    outage_events.connect(hear := lambda ids, kind, **_more: told.append((ids, kind)))
    try:
        outage = crew.outage()
        note_many({outage.pk: {"slot": 1}}, "notice_warning", now=MONDAY)
    finally:
        outage_events.disconnect(hear)
    assert told == [([outage.pk], "open"), ([outage.pk], "notice_warning")]
    assert list(outage.events.values_list("seq", flat=True)) == [1, 2]
    for act in (
        lambda: OutageEvent.objects.filter(outage=outage).update(text="x"),
        lambda: OutageEvent.objects.filter(outage=outage).delete(),
        lambda: Outage.objects.filter(pk=outage.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_attendance_is_asked_from_a_thousand_households_up(crew: Crew) -> None:
    """S0-R06, S0-R07, A19: head, deputy and all duty staff; one household less, nobody."""
    small = crew.outage(households=999)
    big = crew.outage(households=1000)
    assert small.attendances.count() == 0
    assert {row.person_id for row in big.attendances.filter(crew="lead")} == {crew.head.pk, crew.deputy.pk}
    assert {row.person_id for row in big.attendances.filter(crew="site")} == {crew.worker.pk, crew.other_worker.pk}
