"""Two outages that are one, and one that is two: areas, groups with their clocks, callers and orders move along.

Both rows are locked by the door in key order. What a customer was told stays where it can be found: postings move
with their notice, events stay with the outage they happened to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from customers.models import TransformerArea
from outage.models import (
    Announcement,
    Attendance,
    ChainStep,
    Measure,
    Notice,
    Outage,
    OutageArea,
    OutageCall,
    OutageGroup,
    OutageOrder,
    OutagePhoto,
    Posting,
    SensitiveContact,
    Suggestion,
)
from outage.services.duties import settle_attendance, settle_notices
from outage.services.events import announce, write_event
from outage.services.numbers import next_number
from outage.vocabulary import State
from people.models import User

Row = TypeVar("Row", Notice, ChainStep)


def void_clocks(outage: Outage, *, now: datetime) -> None:
    """Notices not posted yet are no longer owed."""
    outage.notices.filter(posted_at__isnull=True, void_at__isnull=True).update(void_at=now)


def move_all(outage: Outage, master: Outage, *, by: User, now: datetime) -> None:
    """Everything of ``outage`` goes on in ``master``, whose earliest detection counts from then on (A17)."""
    known = set(master.areas.values_list("area_id", flat=True))
    moved = outage.areas.exclude(area_id__in=known)
    households = sum(moved.filter(restored_at__isnull=True).values_list("households", flat=True))
    moved.update(outage=master)
    for group in list(outage.groups.all()):
        _move_group(group, master)
    void_clocks(outage, now=now)
    for model in (OutageCall, OutageOrder, OutagePhoto, Measure, SensitiveContact, Suggestion):
        model._default_manager.filter(outage=outage).update(outage=master)
    present = set(master.attendances.values_list("person_id", "presence"))
    for row in outage.attendances.all():
        if (row.person_id, row.presence) not in present:
            Attendance.objects.filter(pk=row.pk).update(outage=master)
    Announcement.objects.filter(outage=outage, withdrawn_at__isnull=True).update(withdrawn_at=now)
    master.households += households
    master.detected_at = _earlier(master.detected_at, outage.detected_at)
    master.occurred_at = _earlier(master.occurred_at, outage.occurred_at)
    master.__dict__.pop("station_ids", None)
    master.version += 1
    data = {"number": outage.number, "households": households}
    write_event(master, "absorb", by=by, now=now, text=_("%s 并入") % outage.number, data=data)
    master.updated_at = max(now, master.updated_at)
    master.save()
    settle_notices(master)
    settle_attendance(master, now=now)
    master.save()
    announce([master.pk], "absorb", now=now)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _move_group(link: OutageGroup, master: Outage) -> None:
    """A group only one of them has moves with its clocks; where both have it, what was posted in either counts."""
    if not master.groups.filter(group=link.group_id).exists():
        Notice.objects.filter(outage=link.outage_id, group=link.group_id).update(outage=master)
        OutageGroup.objects.filter(pk=link.pk).update(outage=master)
        return
    kept = {row.slot: row for row in Notice.objects.filter(outage=master, group=link.group_id)}
    for row in Notice.objects.filter(outage=link.outage_id, group=link.group_id):
        same = kept.get(row.slot)
        if same is None:
            Notice.objects.filter(pk=row.pk).update(outage=master)
            continue
        Posting.objects.filter(notice=row).exclude(posted_at__isnull=True, failed_at__isnull=True).update(notice=same)
        Posting.objects.filter(notice=row).update(failed_at=master.updated_at, failure=_("已并入另一起停电"))
        Notice.objects.filter(pk=same.pk).update(posted_at=_earlier(same.posted_at, row.posted_at))


def split_off(outage: Outage, areas: Sequence[TransformerArea], *, title: str, by: User, now: datetime) -> Outage:
    """The chosen areas as an outage of their own: same times, cause and policy; groups that only they need move with
    their clocks, groups both need have them in both, as they stand."""
    chosen = [area.pk for area in areas]
    part = Outage(
        state=State(outage.state),
        number=next_number(now.astimezone().date()),
        title=title,
        place="、".join(area.name for area in areas),
        split_from=outage,
        registered_at=now,
        registered_by=by,
        updated_at=now,
        households=sum(row.households for row in outage.areas.filter(area_id__in=chosen)),
        station=areas[0].station if areas[0].station_id not in outage.station_ids else outage.station,
        **{name: getattr(outage, name) for name in _SHARED},
    )
    part.save()
    OutageArea.objects.filter(outage=outage, area_id__in=chosen).update(outage=part)
    _share_groups(outage, part)
    ChainStep.objects.bulk_create(_copy(row, part) for row in outage.chain.all())
    OutageOrder.objects.filter(outage=outage, order__customer__area_id__in=chosen).update(outage=part)
    data = {"from": outage.number, "areas": chosen}
    write_event(part, "open", by=by, now=now, text=_("由 %s 拆出") % outage.number, data=data, to_state=part.state)
    settle_notices(part)
    settle_attendance(part, now=now)
    part.save()
    announce([part.pk], "open", now=now)
    return part


_SHARED = (
    *("kind", "cause", "cause_text", "detected_at", "occurred_at", "repair_started_at", "expected_at"),
    *("progress_at", "progress_alarm_at", "policy"),
)


def _share_groups(outage: Outage, part: Outage) -> None:
    grids_left = set(outage.areas.values_list("area__grid_id", flat=True))
    grids_gone = set(part.areas.values_list("area__grid_id", flat=True))
    for link in outage.groups.select_related("group"):
        if link.group.grid_id not in grids_gone:
            continue
        notices = Notice.objects.filter(outage=outage, group=link.group_id)
        if link.group.grid_id in grids_left:
            OutageGroup.objects.create(outage=part, group=link.group, added_at=link.added_at)
            Notice.objects.bulk_create(_copy(row, part) for row in notices)
        else:
            OutageGroup.objects.filter(pk=link.pk).update(outage=part)
            notices.update(outage=part)


def _copy(row: Row, part: Outage) -> Row:
    row.pk = None
    row._state.adding = True
    row.outage = part
    return row
