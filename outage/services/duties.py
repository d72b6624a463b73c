"""What follows from the facts of an outage: the clocks of its groups, who must be there, the reporting chain.

Every function is "insert what should exist and does not": called again it changes nothing (invariant 19).
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import GridGroup
from outage import clocks
from outage.clocks import Times
from outage.models import Attendance, ChainStep, Notice, Outage, OutageArea
from outage.services.events import announce, write_event
from outage.vocabulary import ChainLevel, Crew, Presence, Slot
from people.models import Assignment, User
from people.roles import Role
from people.standing import valid_on
from policy.models import Policy
from policy.vocabulary import Kind

COMPLAINING = (Kind.COMPLAINT, Kind.OPINION)
STATION_LEADS = (Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD)
STANDBY: dict[Role, Crew] = {
    Role.DUTY_OFFICER: Crew.PHONES,
    Role.TICKET_CONTACT: Crew.PHONES,
    Role.GRID_WORKER: Crew.SITE,
    Role.HANDLER: Crew.SITE,
}


def times_of(outage: Outage) -> Times:
    return Times(
        detected_at=outage.detected_at,
        repair_started_at=outage.repair_started_at,
        restored_at=outage.restored_at,
        occurred_at=outage.occurred_at,
    )


# --- clocks ---------------------------------------------------------------------------------------------------------


def settle_notices(outage: Outage) -> None:
    """One clock per group and step that has happened, in the caller's transaction; a corrected time moves its clock.

    A group whose areas all came back by a partial restoration has its third clock from then on, also after the rest is
    back. A third clock whose restoration was withdrawn starts anew with the next one.
    """
    if not outage.owes_notices:
        return
    wanted = dict(_wanted(outage))
    stored = {(row.group_id, row.slot): row for row in outage.notices.all()}
    fresh = [
        start_clock(Notice(outage=outage, group_id=group, slot=slot), at, outage.policy)
        for (group, slot), at in wanted.items()
        if (group, slot) not in stored
    ]
    Notice.objects.bulk_create(fresh, ignore_conflicts=True)
    revived = [row for key, row in stored.items() if key in wanted and row.void_at is not None]
    for row in revived:
        row.void_at = row.posted_at = None
        start_clock(row, wanted[row.group_id, Slot(row.slot)], outage.policy)
    Notice.objects.bulk_update(
        revived, ["void_at", "posted_at", "triggered_at", "due_at", "warned", "breached_at", "next_at"]
    )
    moved = [row for key, row in stored.items() if key in wanted and row.triggered_at != wanted[key]]
    for row in moved:
        start_clock(row, wanted[row.group_id, Slot(row.slot)], outage.policy)
    Notice.objects.bulk_update(moved, ["triggered_at", "due_at", "warned", "breached_at", "next_at"])


def start_clock(notice: Notice, at: datetime, policy: Policy) -> Notice:
    """Sets a clock to begin at that moment; nothing has been warned of yet."""
    notice.triggered_at, notice.due_at = at, clocks.due(at, policy.notice_minutes)
    notice.warned, notice.breached_at = 0, None
    notice.next_at = clocks.next_look(at, notice.due_at, 0, warnings_of(policy))
    return notice


def warnings_of(policy: Policy) -> tuple[int, ...]:
    """Minutes after the trigger at which a missing notice is warned of, ascending (S0-R05)."""
    minutes = {policy.notice_warning_1_minutes, policy.notice_warning_2_minutes, policy.notice_warning_3_minutes}
    return tuple(sorted(minutes))


def owed_now(outage: Outage) -> set[tuple[int, int]]:
    """(group, slot) of every notice owed by the outage's times and areas as they stand."""
    return {(group, int(slot)) for (group, slot), _at in _wanted(outage)}


def _wanted(outage: Outage) -> Iterable[tuple[tuple[int, Slot], datetime]]:
    areas = list(OutageArea.objects.filter(outage=outage).values_list("area__grid_id", "restored_at"))
    for link in outage.groups.select_related("group"):
        for slot, at in clocks.triggers(times_of(outage)).items():
            yield (link.group_id, slot), max(at, link.added_at) if link.added_at else at
        back = [restored for grid, restored in areas if grid == link.group.grid_id]
        if back and all(back):
            yield (link.group_id, Slot.RESTORATION), max(at for at in back if at is not None)


def groups_of(area_ids: Iterable[int]) -> list[GridGroup]:
    """The active groups of the grids these areas belong to."""
    return list(GridGroup.objects.filter(grid__areas__in=list(area_ids), is_active=True).distinct().order_by("pk"))


# --- attendance -----------------------------------------------------------------------------------------------------


def duties_of(outage: Outage) -> list[clocks.Duty]:
    """Whether head and deputy must attend, why and how (S0-R06, A19, B15)."""
    tickets = outage.orders.filter(kind__in=COMPLAINING).values_list("received_at", flat=True)
    threshold = outage.policy.attendance_households
    return clocks.attendance_duties(outage.kind, outage.households, threshold, outage.restored_at, tickets)


def settle_attendance(outage: Outage, *, now: datetime) -> list[Attendance]:
    """Head and deputy, and from the threshold of households all duty and standby staff, asked once (S0-R06, R07, A19).

    The caller holds the outage's row lock and saves it. Returns who was newly asked.
    """
    policy: Policy = outage.policy
    duties = duties_of(outage)
    if not duties:
        return []
    big = outage.households >= policy.attendance_households
    staff = _staff(outage, now)
    known = set(outage.attendances.values_list("person_id", "presence"))
    fresh: dict[tuple[int, str], Attendance] = {}
    for duty in duties:
        for person, role in staff:
            crew = Crew.LEAD if role in STATION_LEADS else STANDBY[role]
            key = (person.pk, str(duty.presence))
            everybody = big and duty.presence == Presence.ON_SITE
            if key in known or key in fresh or (crew != Crew.LEAD and not everybody):
                continue
            fresh[key] = Attendance(
                outage=outage,
                person=person,
                post=str(role.label),
                crew=crew,
                presence=duty.presence,
                reason=duty.reason,
                asked_at=now,
            )
    rows = Attendance.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    if rows:
        data = {"people": [row.person_id for row in rows], "reasons": [str(duty.reason) for duty in duties]}
        write_event(outage, "attendance_asked", by=None, now=now, text=_("通知到岗 %d 人") % len(rows), data=data)
        announce([outage.pk], "attendance_asked", now=now)
    return rows


def _staff(outage: Outage, now: datetime) -> list[tuple[User, Role]]:
    """The station's people of the day, leads first; of several posts the first in this order counts."""
    order = [*STATION_LEADS, *STANDBY]
    rows = Assignment.objects.filter(
        valid_on(timezone.localdate(now)), department=outage.station_id, role__in=order, user__is_active=True
    ).select_related("user")
    return sorted(((row.user, Role(row.role)) for row in rows), key=lambda one: (order.index(one[1]), one[0].pk))


# --- chain ----------------------------------------------------------------------------------------------------------


def start_chain(outage: Outage, *, by: User | None, now: datetime, opener_is_grid_worker: bool) -> None:
    """Five levels, the first told at once (S0-R01); a grid worker who registers it has acknowledged and passed on."""
    if not outage.owes_notices:
        return
    told = opener_is_grid_worker
    first = {ChainLevel.GRID_WORKER: now, ChainLevel.STATION_HEAD: now if told else None}
    ChainStep.objects.bulk_create(
        (
            ChainStep(
                outage=outage,
                level=level,
                sent_at=first.get(level),
                acknowledged_at=now if told and level == ChainLevel.GRID_WORKER else None,
                acknowledged_by=by if told and level == ChainLevel.GRID_WORKER else None,
            )
            for level in ChainLevel
        ),
        ignore_conflicts=True,
    )
