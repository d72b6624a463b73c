"""What went wrong, found in the outage's own rows: the review explains each of them (S0-R10).

Nothing is stored: a gap that a later correction removes is gone, and its explanation with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from outage import clocks
from outage.vocabulary import ChainLevel, NoticeResult, Slot
from policy.models import Policy

if TYPE_CHECKING:
    from outage.models import Outage

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Gap:
    """``key`` is stable: the same gap found again is the same gap."""

    key: str
    text: str


def gaps_of(outage: Outage, *, now: datetime, policy: Policy) -> list[Gap]:
    """Late and missed notices, a slow detection, people who were not there, skipped levels of the chain."""
    return [
        *_detection(outage, policy),
        *_notices(outage, now),
        *_attendance(outage),
        *_chain(outage),
        *_progress(outage),
    ]


def _at(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


def _detection(outage: Outage, policy: Policy) -> Iterator[Gap]:
    """Known later than a notice may take: customers knew before us (A17)."""
    if outage.occurred_at is None or outage.detected_at is None:
        return
    gap = outage.detected_at - outage.occurred_at
    if gap > policy.notice_minutes * MINUTE:
        yield Gap("detection", _("停电后 %(n)d 分钟才获知") % {"n": gap // MINUTE})


def _notices(outage: Outage, now: datetime) -> Iterator[Gap]:
    for notice in outage.notices.select_related("group").order_by("slot", "group__name"):
        if notice.void_at is not None:
            continue
        found = clocks.result(notice.due_at, notice.posted_at, now)
        told = {"group": notice.group.name, "slot": Slot(notice.slot).label, "due": _at(notice.due_at)}
        if found == NoticeResult.MISSED:
            yield Gap(f"notice-{notice.pk}", _("%(group)s的%(slot)s漏发，应在 %(due)s 前") % told)
        elif found == NoticeResult.LATE and notice.posted_at is not None:
            late = max(1, (notice.posted_at - notice.due_at + MINUTE - timedelta(seconds=1)) // MINUTE)
            yield Gap(f"notice-{notice.pk}", _("%(group)s的%(slot)s迟发 %(n)d 分钟") % {**told, "n": late})


def _attendance(outage: Outage) -> Iterator[Gap]:
    for row in outage.attendances.filter(required=True, arrived_at__isnull=True).select_related("person"):
        told = {"name": row.person.name, "post": row.post}
        yield Gap(f"attendance-{row.pk}", _("%(post)s %(name)s没有到岗记录") % told)


def _chain(outage: Outage) -> Iterator[Gap]:
    for step in outage.chain.filter(skipped_at__isnull=False, acknowledged_at__isnull=True):
        yield Gap(f"chain-{step.level}", _("逐级上报跳过了%(level)s") % {"level": ChainLevel(step.level).label})


def _progress(outage: Outage) -> Iterator[Gap]:
    """Customers waited longer than agreed for news (S2-R02)."""
    times = outage.events.filter(name="progress_due").count()
    if times:
        yield Gap("progress", _("抢修进度 %(n)d 次没有按时通报") % {"n": times})
