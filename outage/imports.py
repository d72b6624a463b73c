"""Outages from a file: areas and groups that are missing are made, times and postings kept, results judged.

A line is known by its id (``Outage.number``): the same file again changes nothing and reports the same. An imported
outage is a record of what happened: it starts neither alarms nor the reporting chain, and what it owes is judged at
``as_of`` of the line, or now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext as _

from complaints.call_lines import SHANGHAI, Broken, Problem
from customers.areas import ensure_areas, ensure_group
from customers.bigrams import fold
from customers.models import TransformerArea
from outage import clocks
from outage.lines import Line, parse
from outage.models import Notice, Outage, OutageArea, OutageGroup, OutageOrder, Posting
from outage.services.duties import duties_of, settle_notices, times_of
from outage.services.events import announce, write_event
from outage.services.records import finish
from outage.vocabulary import RUNNING, UNFORESEEN, Means, Slot, State
from people import audit
from people.models import Department, DepartmentKind
from policy import rulebook
from policy.models import Policy


@dataclass(frozen=True)
class Outcome:
    """What became of a line; ``fresh`` is False for one met before."""

    line: int
    report: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    unknown: tuple[str, ...] = ()
    fresh: bool = False


def import_lines(lines: Iterable[tuple[int, bytes]], *, now: datetime) -> Iterator[Outcome]:
    """Takes line after line, each in a transaction of its own; a broken one is told and the rest goes on."""
    stations = {row.name: row for row in Department.objects.filter(kind=DepartmentKind.STATION)}
    for place, raw in lines:
        try:
            line = parse(raw)
            outage, fresh = _taken(line, stations, now=now)
        except Broken as broken:
            told = [{"field": one.field, "message": one.message} for one in broken.problems]
            report = {"id": broken.id, "error": {"line": place, "problems": told}}
            yield Outcome(place, report, broken.problems)
            continue
        yield Outcome(place, report_of(outage, now=line.as_of or now), (), line.unknown, fresh)


def _taken(line: Line, stations: dict[str, Department], *, now: datetime) -> tuple[Outage, bool]:
    found = Outage.objects.filter(number=line.number).first()
    if found is not None:
        return found, False
    if line.station not in stations:
        text = _("没有名为“%(name)s”的供电所，应为 %(all)s 之一") % {"name": line.station, "all": "、".join(stations)}
        raise Broken(Problem("station", text), id=line.number)
    try:
        with transaction.atomic():
            return _take(line, stations[line.station], now=line.as_of or now), True
    except Policy.DoesNotExist:
        text = _("那一天还没有生效的规则参数，请核对时间")
        raise Broken(Problem("detected_at", text), id=line.number) from None
    except OperationalError:
        raise  # the database itself is in trouble, not the line
    except DatabaseError:
        raise Broken(Problem("", _("数据库不接受这一行，请检查各字段")), id=line.number) from None


def _take(line: Line, station: Department, *, now: datetime) -> Outage:
    areas, _made = ensure_areas((station.pk, name) for name in line.areas)
    chosen = list(dict.fromkeys(areas[station.pk, fold(name)] for name in line.areas))
    outage = Outage(
        state=_state(line),
        number=line.number,
        kind=line.kind,
        title=line.title,
        place=line.place,
        cause_text=line.cause_text,
        station=station,
        households=line.households,
        detected_at=line.detected_at,
        occurred_at=line.occurred_at,
        repair_started_at=line.repair_started_at,
        restored_at=line.restored_at,
        progress_at=line.detected_at,
        progress_alarm_at=now,
        registered_at=line.detected_at,
        policy=rulebook.policy_on(line.detected_at.astimezone(SHANGHAI).date()),
        updated_at=line.detected_at,
    )
    outage.save()
    _places(outage, line, chosen, now=now)
    for name, at, state in _story(line):
        write_event(outage, name, by=None, now=at, to_state=state, data={"imported": True})
    settle_notices(outage)
    _post(outage, line, now=now)
    if outage.restored_at is not None:
        finish(outage, outage.restored_at, by=None, now=now)
    outage.save()
    audit.record(actor=None, action="outage.open", subject=outage, now=now, detail={"imported": True})
    announce([outage.pk], "import", now=now)
    return outage


def _state(line: Line) -> State:
    if line.restored_at is not None:
        return State.RESTORED
    return State.REPAIRING if line.repair_started_at is not None else State.INTERRUPTED


def _story(line: Line) -> Iterator[tuple[str, datetime, str]]:
    yield "open", line.detected_at, State.INTERRUPTED
    if line.repair_started_at is not None:
        yield "start_repair", line.repair_started_at, State.REPAIRING
    if line.restored_at is not None:
        yield "restore", line.restored_at, State.RESTORED


def _places(outage: Outage, line: Line, areas: list[TransformerArea], *, now: datetime) -> None:
    OutageArea.objects.bulk_create(
        OutageArea(outage=outage, area=area, households=area.households, added_at=line.detected_at) for area in areas
    )
    OutageGroup.objects.bulk_create(
        OutageGroup(outage=outage, group=ensure_group(name, areas[0])) for name in line.groups
    )
    OutageOrder.objects.bulk_create(
        OutageOrder(outage=outage, kind=ticket.kind, received_at=ticket.received_at, linked_at=now)
        for ticket in line.tickets
    )


def _post(outage: Outage, line: Line, *, now: datetime) -> None:
    """Postings as told; each notice takes its earliest that counts. Nothing of this is left to alarm about."""
    rows = {(row.group.name, row.slot): row for row in outage.notices.select_related("group")}
    for one in line.posted:
        notice = rows.get((one.group, one.slot))
        if notice is not None:
            Posting.objects.create(
                notice=notice,
                text="",
                means=Means.HAND,
                photo_count=one.photos,
                written_at=one.at,
                posted_at=one.at,
                proof=_("随文件导入"),
            )
    for (group, slot), notice in rows.items():
        posts = [(one.at, one.photos) for one in line.posted if (one.group, one.slot) == (group, slot)]
        notice.posted_at = clocks.counting_post(slot, posts)
        late = notice.posted_at is None and clocks.is_breached(notice.due_at, now)
        notice.breached_at = now if late else None
        notice.next_at = None
    Notice.objects.bulk_update(rows.values(), ["posted_at", "breached_at", "next_at"])


# --- the report -----------------------------------------------------------------------------------------------------


def report_of(outage: Outage, *, now: datetime) -> dict[str, Any]:
    """A line of the report, read from the stored rows and judged at ``now``: each notice owed with deadline and
    result, compliance (null where none is owed), attendance duty and why, seconds from failure to detection."""
    rows = list(outage.notices.filter(void_at__isnull=True).select_related("group").order_by("slot", "group_id"))
    results = [clocks.result(row.due_at, row.posted_at, now) for row in rows]
    duties = duties_of(outage)
    return {
        "id": outage.number,
        "notices": [
            {
                "slot": Slot(row.slot).value,
                "group": row.group.name,
                "deadline": row.due_at.astimezone(SHANGHAI).isoformat(),
                "result": str(result),
            }
            for row, result in zip(rows, results, strict=True)
        ],
        "compliant": clocks.compliant(results),
        "notices_required": outage.kind in UNFORESEEN,
        "attendance_required": bool(duties),
        "attendance_reason": str(duties[0].reason) if duties else None,
        "detection_gap_seconds": clocks.detection_gap(outage.kind, times_of(outage)),
        "running": outage.state in RUNNING,
        "error": None,
    }
