"""The reporting chain of five levels (S0-R01, B14): acknowledge and forward, remind, skip."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import NotAllowed, NotNow
from outage import clocks
from outage.clocks import Link
from outage.models import ChainStep, Outage, OutageArea, OutageGroup
from outage.services.door import lock
from outage.services.events import announce, write_event
from outage.vocabulary import ChainLevel
from people import audit
from people.models import User
from people.roles import Role
from people.standing import holders

ROLES: dict[int, tuple[Role, ...]] = {
    ChainLevel.GRID_WORKER: (Role.GRID_WORKER,),
    ChainLevel.STATION_HEAD: (Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD),
    ChainLevel.CENTRE_DEPARTMENT: (Role.CENTRE_DEPARTMENT,),
    ChainLevel.DEPUTY_LEADER: (Role.DEPUTY_LEADER,),
    ChainLevel.MAIN_LEADER: (Role.MAIN_LEADER,),
}
OF_THE_STATION = (ChainLevel.GRID_WORKER, ChainLevel.STATION_HEAD)
SENT, REMINDED, SKIPPED = "chain_sent", "chain_reminded", "chain_skipped"


def people_of(outage: Outage, level: int, *, now: datetime) -> list[User]:
    """Who may acknowledge at this level: the grid workers of the dark grids (else all of the station's), the heads of
    the station, the specialist departments, the leaders."""
    departments = [outage.station_id] if level in OF_THE_STATION else None
    found = list(holders(*ROLES[level], on=timezone.localdate(now), department_ids=departments))
    if level == ChainLevel.GRID_WORKER:
        own = _grid_workers(outage)
        return [user for user in found if user.pk in own] or found
    return found


def _grid_workers(outage: Outage) -> set[int]:
    areas = OutageArea.objects.filter(outage=outage).values_list("area__grid__worker_id", flat=True)
    groups = OutageGroup.objects.filter(outage=outage).values_list("group__grid__worker_id", flat=True)
    return {pk for pk in (*areas, *groups) if pk is not None}


@transaction.atomic
def acknowledge(outage: Outage, level: int, *, by: User, now: datetime) -> Outage:
    """One tap: "known, and passed on". A skipped level may still acknowledge; the chain has gone on meanwhile."""
    outage, _none = lock(outage)
    step = outage.chain.filter(level=level).first()
    if step is None or step.sent_at is None:
        raise NotNow(_("还没有报到这一级。"))
    if by not in people_of(outage, level, now=now):
        raise NotAllowed(_("这一级由%(who)s确认。") % {"who": step.get_level_display()})
    if step.acknowledged_at is not None and step.acknowledged_by is not None:
        raise NotNow(
            _("已由 %(who)s 于 %(at)s 知悉。")
            % {"who": step.acknowledged_by.name, "at": timezone.localtime(step.acknowledged_at).strftime("%H:%M")}
        )
    step.acknowledged_at, step.acknowledged_by = now, by
    step.save(update_fields=["acknowledged_at", "acknowledged_by"])
    text = _("%(level)s知悉并上报") % {"level": step.get_level_display()}
    write_event(outage, "chain_acknowledged", by=by, now=now, text=text, data={"level": level})
    audit.record(actor=by, action="outage.acknowledge", subject=outage, now=now, detail={"level": level})
    settle_chain(outage, now=now)
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], "chain_acknowledged", now=now)
    return outage


def settle_chain(outage: Outage, *, now: datetime) -> list[str]:
    """Everything the chain should have done by now, with the moments it should have been done at. The caller holds the
    outage's row lock and saves it. Returns the names of the events written."""
    steps = {row.level: row for row in outage.chain.all()}
    if not steps:
        return []
    links = [Link(s.level, s.sent_at, s.reminded_at, s.skipped_at, s.acknowledged_at) for s in steps.values()]
    policy = outage.policy
    moves = clocks.chain_moves(
        links,
        now,
        remind=policy.chain_remind_minutes,
        skip=policy.chain_skip_minutes,
        nobody=_empty(outage, links, now),
    )
    names = []
    for move in moves:
        step = steps[move.level]
        setattr(step, f"{move.what}_at", move.at)
        name = {clocks.SENT: SENT, clocks.REMINDED: REMINDED, clocks.SKIPPED: SKIPPED}[move.what]
        data = {"level": move.level, "at": move.at.isoformat()}
        write_event(outage, name, by=None, now=now, text=_TEXTS[name] % step.get_level_display(), data=data)
        names.append(name)
    ChainStep.objects.bulk_update(steps.values(), ["sent_at", "reminded_at", "skipped_at"])
    for name in dict.fromkeys(names):
        announce([outage.pk], name, now=now)
    return names


_TEXTS = {SENT: "已报%s", REMINDED: "提醒%s确认", SKIPPED: "%s未确认，报上一级"}


def _empty(outage: Outage, links: Iterable[Link], now: datetime) -> list[int]:
    """Levels nobody holds on this day, among those not passed yet."""
    waiting = [link.level for link in links if link.acknowledged_at is None and link.skipped_at is None]
    return [level for level in waiting if not people_of(outage, level, now=now)]
