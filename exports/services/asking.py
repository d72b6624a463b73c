"""Asking for an export, approving a large one, taking the request back, fetching the file: each audited (B19)."""

import logging
from collections.abc import Mapping
from datetime import datetime
from io import BufferedReader
from typing import Any

from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from exports import permissions, store
from exports.errors import ExportRefused
from exports.kinds import kind_of
from exports.models import AT_WORK, STANDING_OPEN, Export, Status
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day

log = logging.getLogger(__name__)
RUN = "exports.run"
SHORTEST_WORDS, LONGEST_WORDS = 2, 200
MOST_OPEN = 5  # of one person at a time


@transaction.atomic
def request_export(
    kind: str,
    *,
    params: Mapping[str, Any],
    title: str,
    told: str,
    reason: str,
    by: User,
    now: datetime,
    request: HttpRequest | None = None,
) -> Export:
    """Queues one file; the same request while it is still being worked on is the same export.

    Raises PermissionDenied, and ExportRefused for a missing purpose or too many at a time. Whether a second person
    must approve is found when the rows are counted, in the background.
    """
    found = kind_of(kind)
    if found is None or not found.allowed(by, now):
        raise PermissionDenied(_("您的岗位不能导出这份列表。"))
    _expect_words(reason, "reason", _("请写明用途，2 到 200 字"))
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    mine = Export.objects.filter(requested_by=by, status__in=STANDING_OPEN)
    same = mine.filter(kind=kind, params=dict(params)).order_by("id").first()
    if same is not None:
        return same
    if len(mine.values_list("pk", flat=True)[:MOST_OPEN]) >= MOST_OPEN:
        raise ExportRefused(_("您已有 %(n)d 份导出没有完成，请等其中一份完成或取消一份") % {"n": MOST_OPEN})
    export = Export.objects.create(
        kind=kind,
        params=dict(params),
        title=title,
        told=told[:600],
        reason=reason,
        requested_by=by,
        requested_at=now,
        queued_at=now,
        policy=rulebook.policy_on(shanghai_day(now)),
    )
    _record("export.request", export, by, now, request, reason=reason, kind=kind)
    transaction.on_commit(lambda: wake(export.pk))
    return export


def wake(pk: int) -> None:
    """Tells the workers. When nobody can be told (Redis is away), the sweeper finds the row a little later."""
    try:
        current_app.send_task(RUN, args=[pk])
    except (OperationalError, OSError) as error:
        log.warning("export %s waits for the sweeper: the queue cannot be reached (%s)", pk, type(error).__name__)


@transaction.atomic
def decide(
    export: Export, *, approve: bool, opinion: str, by: User, now: datetime, request: HttpRequest | None = None
) -> Export:
    """The second person's word on a large export. Approved, it is queued again; refused, it ends there (B19)."""
    export = _locked(export)
    who = standing(by, shanghai_day(now))
    if not permissions.may_decide(export, who):
        raise PermissionDenied(permissions.why_not_decide(export, who))
    if export.status != Status.APPROVAL:
        raise ExportRefused(
            _("这份导出现为“%(status)s”，不再等待审批") % {"status": export.get_status_display()}, field="decision"
        )
    if not approve:
        _expect_words(opinion, "opinion", _("不同意时请写明理由，2 到 200 字"))
    export.decided_by, export.decided_at, export.approved, export.opinion = by, now, approve, opinion[:LONGEST_WORDS]
    export.status, export.queued_at = (Status.QUEUED, now) if approve else (Status.REFUSED, export.queued_at)
    export.finished_at = None if approve else now
    export.save()
    _record("export.approve" if approve else "export.refuse", export, by, now, request, reason=opinion)
    if approve:
        transaction.on_commit(lambda: wake(export.pk))
    return export


@transaction.atomic
def cancel(export: Export, *, by: User, now: datetime, request: HttpRequest | None = None) -> Export:
    """The requester no longer wants it; a worker at it notices at its next report and stops."""
    export = _locked(export)
    if export.requested_by_id != by.pk:
        raise PermissionDenied(_("只有申请人可以取消"))
    if not export.is_open:
        raise ExportRefused(_("这份导出现为“%(status)s”，不能取消") % {"status": export.get_status_display()})
    export.status, export.lease, export.lease_until, export.finished_at = Status.CANCELLED, None, None, now
    export.save()
    _record("export.cancel", export, by, now, request)
    return export


@transaction.atomic
def fetch(export: Export, *, by: User, now: datetime, request: HttpRequest | None = None) -> BufferedReader:
    """The file's bytes for its requester, while it is kept and while the right to it lasts; each time on record."""
    export = _locked(export)
    kind = kind_of(export.kind)
    if not permissions.may_fetch(export, by):
        raise PermissionDenied(_("文件只交给申请人本人"))
    if kind is None or not kind.allowed(by, now):
        raise PermissionDenied(_("您的岗位已变动，不能再下载这份文件"))
    if export.status in AT_WORK:
        raise ExportRefused(_("文件还在生成，完成后再下载"))
    gone = export.expires_at is not None and export.expires_at <= now
    if not permissions.is_fetchable(export) or gone:
        status = Status.EXPIRED.label if gone else export.get_status_display()
        raise ExportRefused(_("这份导出现为“%(status)s”，没有可下载的文件") % {"status": status})
    try:
        stream = store.open_stored(export.uid)
    except FileNotFoundError:
        log.exception("the file of a ready export is missing: %s", export.number)
        raise ExportRefused(_("文件在存储中找不到，请重新导出并告知系统管理员")) from None
    Export.objects.filter(pk=export.pk).update(downloads=F("downloads") + 1)
    _record("export.fetch", export, by, now, request, size=export.size)
    return stream


def _locked(export: Export) -> Export:
    return Export.objects.select_for_update(of=("self",), no_key=True).select_related("policy").get(pk=export.pk)


def _expect_words(text: str, field: str, told: str) -> None:
    if not SHORTEST_WORDS <= len(text.strip()) <= LONGEST_WORDS:
        raise ExportRefused(told, status=400, field=field)


def _record(
    action: str,
    export: Export,
    by: User | None,
    now: datetime,
    request: HttpRequest | None = None,
    *,
    reason: str = "",
    **detail: Any,
) -> None:
    if export.total is not None:
        detail["rows"] = export.total
    audit.record(
        actor=by,
        action=action,
        subject=export,
        ref=export.number,
        now=now,
        request=request,
        reason=reason,
        detail=detail,
    )
