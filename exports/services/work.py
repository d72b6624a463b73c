"""Writing the file in the background, by whoever comes first: a worker told of it, beat's tick or the sweeper.

One at a time holds the lease; whoever was killed loses it, and the next begins the file anew. Nothing here is needed
twice: a second claim of the same row finds it taken, a second clearing finds nothing to clear.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from exports import store, workbook
from exports.kinds import ExportKind, kind_of
from exports.models import Export, Status
from people import audit

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

LEASE = timedelta(minutes=3)  # renewed with every report; a killed worker's file is begun anew after it
GRACE = timedelta(seconds=15)  # how long a worker that was told has before the sweeper looks for it
REPORT_EVERY = 250  # rows
MOST_ATTEMPTS = 3
KEPT_FOR = timedelta(days=7)  # the file; the row stays
APPROVAL_WAITS = timedelta(days=7)
ORPHANS_KEPT = timedelta(days=1)


class Lost(Exception):
    """The export was cancelled or another worker took it over."""


class NeedsApproval(Exception):
    """More rows than one person may take out alone (B19)."""


def _claimable(now: datetime) -> Q:
    return Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=now)


def waiting(now: datetime) -> bool:
    """Whether something lies there that nobody took up: what the sweeper asks every time."""
    asleep = Q(status=Status.QUEUED, queued_at__lt=now - GRACE) | Q(status=Status.RUNNING, lease_until__lt=now)
    return Export.objects.filter(asleep).exists()


@transaction.atomic
def claim(now: datetime, *, pk: int | None = None) -> Export | None:
    """The oldest export to be worked on (or that one), leased to the caller; None when there is none."""
    rows = Export.objects.select_for_update(skip_locked=True, of=("self",)).filter(_claimable(now))
    rows = rows.filter(pk=pk) if pk is not None else rows
    export = rows.select_related("policy", "requested_by", "decided_by").order_by("id").first()
    if export is None:
        return None
    if export.attempts >= MOST_ATTEMPTS:
        _end(export, Status.FAILED, now, _("多次中断，没有完成，请重新导出"))
        return None
    export.status, export.attempts, export.done = Status.RUNNING, export.attempts + 1, 0
    export.lease, export.lease_until = uuid.uuid4(), now + LEASE
    export.save(update_fields=["status", "attempts", "done", "lease", "lease_until"])
    return export


def work_on(clock: Clock, *, pk: int | None = None) -> Export | None:
    """Claims one export and does it: the file, a request for approval, or a reason why not. None: nothing to do."""
    export = claim(clock(), pk=pk)
    if export is None or export.lease is None:
        return None
    part = store.part_of(export.lease)
    try:
        with override("zh-hans"):
            _write(export, part, clock)
    except Lost:
        log.info("export %s: cancelled or taken over", export.number)
    except NeedsApproval:
        _await_approval(export, clock())
    except Exception as error:
        log.exception("export %s: attempt %s failed", export.number, export.attempts)
        _give_back(export, error, clock())
    finally:
        store.remove(part)
    return Export.objects.get(pk=export.pk)


def _write(export: Export, part: Any, clock: Clock) -> None:
    now, by, kind = clock(), export.requested_by, kind_of(export.kind)
    if kind is None or not by.is_active or not kind.allowed(by, now):
        with transaction.atomic():
            _end(export, Status.FAILED, now, _("申请人已没有导出这份列表的权限"))
        return
    export.total = kind.count(export.params, by, now)
    _report(export, 0, clock())
    free = bool(export.approved)
    most = export.policy.export_approval_rows
    if not free and export.total > most:
        raise NeedsApproval
    rows = 0
    for rows in workbook.write(part, kind.sheets(export.params, by, now), cover_of(export, kind, now)):
        if not free and rows > most:
            raise NeedsApproval
        if rows % REPORT_EVERY == 0:
            _report(export, rows, clock())
    _finish(export, part, rows, clock())


def _report(export: Export, done: int, now: datetime) -> None:
    """Progress, and the lease for a while longer. Raises Lost when the export is no longer ours."""
    ours = Export.objects.filter(pk=export.pk, status=Status.RUNNING, lease=export.lease)
    total = max(export.total or 0, done)
    if not ours.update(done=done, total=total, lease_until=now + LEASE):
        raise Lost
    export.total = total


@transaction.atomic
def _finish(export: Export, part: Any, rows: int, now: datetime) -> None:
    """Row, trace and file at once: the rename is the last act before the commit."""
    size, digest = store.seal(part)
    current = Export.objects.select_for_update().get(pk=export.pk)
    if current.status != Status.RUNNING or current.lease != export.lease:
        raise Lost
    current.total = current.done = rows
    current.size, current.sha256, current.expires_at = size, digest, now + KEPT_FOR
    _end(current, Status.READY, now)
    store.keep(part, export.uid)


def _await_approval(export: Export, now: datetime) -> None:
    with transaction.atomic():
        current = Export.objects.select_for_update().get(pk=export.pk)
        if current.lease != export.lease:
            return
        current.total, current.done, current.attempts = export.total, 0, 0
        _end(current, Status.APPROVAL, now)


def _give_back(export: Export, error: Exception, now: datetime) -> None:
    """After a failure: once more a little later, or the end. A database that is away leaves the lease to run out."""
    try:
        with transaction.atomic():
            current = Export.objects.select_for_update().get(pk=export.pk)
            if current.lease != export.lease or current.status != Status.RUNNING:
                return
            if current.attempts >= MOST_ATTEMPTS:
                _end(
                    current,
                    Status.FAILED,
                    now,
                    _("生成时出错（%(name)s），请告知系统管理员") % {"name": type(error).__name__},
                )
            else:
                current.lease_until = now + GRACE
                current.save(update_fields=["lease_until"])
    except DatabaseError:
        log.warning("export %s: its lease runs out by itself", export.number, exc_info=True)


def _end(export: Export, status: Status, now: datetime, problem: str = "") -> None:
    """The worker's last word, in the caller's transaction, with its trace."""
    export.status, export.problem = status, problem
    export.lease = export.lease_until = None
    export.finished_at = None if status == Status.APPROVAL else now
    export.save()
    audit.record(
        actor=None,
        action=f"export.{status}",
        subject=export,
        ref=export.number,
        now=now,
        reason=problem,
        detail={"rows": export.total, "size": export.size},
    )


def cover_of(export: Export, kind: ExportKind, now: datetime) -> workbook.Cover:
    """Who, when, which rows, by whose leave: on the last sheet, and in short on every printed page."""
    who = export.requested_by
    name = f"{who.name}（{who.agent_no or who.username}）"
    stamp = f"{timezone.localtime(now):%Y-%m-%d %H:%M}"
    lines = [
        (_("内容"), f"{kind.label} · {export.title}"),
        (_("筛选条件"), export.told or _("无")),
        (_("申请人"), name),
        (_("用途"), export.reason),
        (_("数据截止"), stamp),
        (_("申请编号"), export.number),
        (_("审批人"), export.decided_by.name if export.decided_by else _("未超过须审批的行数，无须审批")),
        (_("说明"), _("个人信息已按规定隐去。仅供内部使用，不得外传；下载有记录。")),
    ]
    mark = _("仅供内部使用 · %(who)s · %(at)s · 编号 %(number)s") % {"who": name, "at": stamp, "number": export.number}
    return workbook.Cover(lines, mark)


def tend(clock: Clock) -> int:
    """Works on everything that waits and clears what is due to go; returns how many were worked on."""
    worked = 0
    while work_on(clock) is not None:
        worked += 1
    clear_away(clock())
    return worked


def clear_away(now: datetime) -> int:
    """Files past their days, requests nobody decided, and what crashes left; returns how many rows changed."""
    changed = _expire(now) + _lapse(now)
    for path, uid in list(store.older_than(now - ORPHANS_KEPT)):
        if uid is None or not Export.objects.filter(uid=uid, status=Status.READY).exists():
            store.remove(path)
    return changed


def _expire(now: datetime) -> int:
    with transaction.atomic():
        rows = Export.objects.select_for_update(skip_locked=True).filter(status=Status.READY, expires_at__lte=now)
        found = list(rows)
        for export in found:
            _end(export, Status.EXPIRED, now)
    for export in found:
        store.remove(store.place(export.uid))
    return len(found)


@transaction.atomic
def _lapse(now: datetime) -> int:
    rows = Export.objects.select_for_update(skip_locked=True).filter(
        status=Status.APPROVAL, queued_at__lt=now - APPROVAL_WAITS
    )
    found = list(rows)
    for export in found:
        _end(export, Status.CANCELLED, now, _("%(n)d 天内无人审批，已自动取消") % {"n": APPROVAL_WAITS.days})
    return len(found)
