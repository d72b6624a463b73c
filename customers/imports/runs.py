"""An uploaded file on its way: checked and kept with its preview, then confirmed within a day or forgotten.

Nothing of the register is written before the confirmation, and then the whole file or nothing.
"""

import datetime as dt
import hashlib
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from customers import permissions
from customers.errors import CustomerError, Gone, NotAllowed
from customers.imports import plan
from customers.imports.limits import PAGE
from customers.imports.rows import Check, check
from customers.models import ImportRun
from customers.texts import clean
from customers.vocabulary import RunStatus
from people.audit import record
from people.models import User

# How long unmasked rows wait for their confirmation, and how much of a file the preview shows.
KEPT = dt.timedelta(hours=24)
PREVIEW_ROWS, PREVIEW_PROBLEMS = 20, 200
FILENAME_LIMIT = 120


def upload(data: bytes, *, filename: str, by: User, now: dt.datetime, request: HttpRequest | None = None) -> ImportRun:
    """Checks a file and keeps it for confirmation; raises CustomerError when it cannot be used as a whole."""
    _may_import(by, now)
    checked = check(data, limits=PAGE, now=now)
    with transaction.atomic():
        forget_expired(now)
        run = ImportRun.objects.create(
            uploaded_by=by,
            filename=_filename(filename),
            encoding=checked.encoding,
            sha256=hashlib.sha256(data).hexdigest(),
            rows=checked.entries,
            problems=checked.problems[:PREVIEW_PROBLEMS],
            total=checked.total,
            broken=checked.broken,
            result={"unused": checked.unused},
            created_at=now,
            expires_at=now + KEPT,
        )
        detail = {"sha256": run.sha256, "rows": run.total, "broken": run.broken}
        record(actor=by, action="customer.import_check", subject=run, now=now, request=request, detail=detail)
    return run


def preview(run: ImportRun) -> dict[str, Any]:
    """Counts against the register as it is now and the first rows, masked."""
    counts, shown = plan.Counts(), list[plan.Change]()
    for changes in plan.plan(run.rows):
        counts += plan.count(changes)
        shown += changes[: PREVIEW_ROWS - len(shown)]
    return {"counts": counts, "rows": plan.describe(shown)}


@transaction.atomic
def confirm(
    run: ImportRun, *, skip_broken: bool, by: User, now: dt.datetime, request: HttpRequest | None = None
) -> plan.Counts:
    """Writes the file's usable rows; raises CustomerError while broken lines are neither repaired nor skipped, Gone
    when the run ended meanwhile (two clicks write once)."""
    _may_import(by, now)
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    _still_open(row, now)
    if row.broken and not skip_broken:
        message = _("还有 %(n)d 行有误：改好后重新上传，或勾选“跳过有误的行”")
        raise CustomerError(message % {"n": row.broken}, field="skip_broken")
    counts = plan.write(row.rows, by=by, now=now)
    detail = {"new": counts.new, "changed": counts.changed, "same": counts.same, "skipped": row.broken}
    _end(row, RunStatus.APPLIED, now, {**row.result, **detail})
    audited = {**detail, "sha256": row.sha256}
    record(actor=by, action="customer.import", subject=row, now=now, request=request, detail=audited)
    return counts


@transaction.atomic
def discard(run: ImportRun, *, by: User, now: dt.datetime, request: HttpRequest | None = None) -> None:
    """Throws an unconfirmed file away; raises Gone when it ended meanwhile."""
    _may_import(by, now)
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    _still_open(row, now)
    _end(row, RunStatus.DISCARDED, now, row.result)
    record(actor=by, action="customer.import_discard", subject=row, now=now, request=request)


@transaction.atomic
def write_checked(checked: Check, *, data: bytes, skip_broken: bool, now: dt.datetime) -> plan.Counts:
    """The command's way: no run, the same all-or-nothing and one audit row by the system."""
    if checked.broken and not skip_broken:
        raise CustomerError(_("有 %(n)d 行有误，什么都没有写入") % {"n": checked.broken})
    counts = plan.write(checked.entries, by=None, now=now)
    detail: dict[str, Any] = {"new": counts.new, "changed": counts.changed, "same": counts.same}
    detail |= {"skipped": checked.broken, "sha256": hashlib.sha256(data).hexdigest()}
    record(actor=None, action="customer.import", now=now, detail=detail)
    return counts


def forget_expired(now: dt.datetime) -> int:
    """Empties the rows of unconfirmed files older than a day; returns how many. Idempotent, for a sweep."""
    old = ImportRun.objects.filter(status=RunStatus.PREVIEWED, expires_at__lte=now)
    return old.update(status=RunStatus.EXPIRED, ended_at=now, rows=[], problems=[])


def _end(run: ImportRun, status: RunStatus, now: dt.datetime, result: dict[str, Any]) -> None:
    run.status, run.ended_at, run.rows, run.problems, run.result = status, now, [], [], result
    run.save(update_fields=["status", "ended_at", "rows", "problems", "result"])


def _still_open(run: ImportRun, now: dt.datetime) -> None:
    if run.status != RunStatus.PREVIEWED:
        raise Gone(_("这份文件%(status)s，如需再次导入请重新上传") % {"status": run.get_status_display()})
    if run.expires_at <= now:
        raise Gone(_("这份文件已超过 24 小时未确认，请重新上传"))


def _may_import(by: User, now: dt.datetime) -> None:
    if not permissions.may_import(by, now=now):
        raise NotAllowed(_("只有热线主任和管理人员可以导入客户资料"))


def _filename(name: str) -> str:
    try:
        return clean(name[-FILENAME_LIMIT:], label=_("文件名"), limit=FILENAME_LIMIT)
    except CustomerError:
        return _("（文件名无法显示）")
