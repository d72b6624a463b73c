"""The report's way to publication: the one door to ``Publication`` and what belongs to it (S4-R39, A21, B8).

Every function is one transaction with one PublicationEvent and one audit row. ``settle(now)`` is the sweep: it
generates what is due and leaves reminders, each once, however often it runs.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from complaints.models import Order
from people import audit
from people.models import Department, User
from people.standing import Standing, standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from policy.workdays import add_workdays, workdays_between
from reports import penalties
from reports.errors import NotAllowed, Overtaken, Refused
from reports.live import cells, each_order, span_of
from reports.models import (
    CheckResult,
    DepartmentCheck,
    Publication,
    PublicationEvent,
    Release,
    ReleaseOrder,
)
from reports.months import Month, generation_day, publish_by
from reports.permissions import may_prepare
from reports.sheet import Sheet, digest, freeze, live_sheet, sheet_of, thaw
from reports.workflow import STEPS, Attempt, Stage

MOST = 2000  # rows of one INSERT


# --- generated --------------------------------------------------------------------------------------------------------


@transaction.atomic
def generate(month: Month, *, now: datetime, by: User | None = None, request: HttpRequest | None = None) -> Publication:
    """Opens the month's report for checking; a second call, or one at the same time, changes nothing."""
    if now < month.end:
        raise Refused(_("%(month)s还没有结束，不能生成月报。") % {"month": month})
    book = rulebook.current()
    policy = book.policy_on(month.plus(1).first)
    row, new = Publication.objects.get_or_create(
        month=month.first,
        defaults={
            "generated_at": now,
            "check_by": add_workdays(shanghai_day(now), policy.report_check_days, book.calendar).date,
            "publish_by": publish_by(month, book.calendar, day_of_month=policy.report_publish_day),
        },
    )
    if new:
        _event(row, "generated", by=by, now=now, key="generated")
        audit.record(actor=by, action="report.generate", subject=row, ref=str(row), now=now, request=request)
    return row


# --- checked ----------------------------------------------------------------------------------------------------------


def departments_of(sheet: Sheet, rows: Iterable[Department]) -> list[Department]:
    """Those that have a line to check."""
    with_line = {line.department for line in sheet.lines}
    return [row for row in rows if row.pk in with_line]


def unchecked(publication: Publication, *, now: datetime, sheet: Sheet | None = None) -> list[Department]:
    """Departments with a line in the report that have not said a word yet."""
    found = sheet or current_sheet(publication.month_value, now=now)
    done = set(publication.checks.values_list("department_id", flat=True))
    return [row for row in departments_of(found, Department.objects.order_by("position", "id")) if row.pk not in done]


@transaction.atomic
def check(
    publication: Publication,
    department: Department,
    *,
    objection: str,
    by: User,
    now: datetime,
    request: HttpRequest | None = None,
) -> DepartmentCheck:
    """A department confirms its line, or objects and says what is wrong. It may change its word until the report is
    signed; an objection already answered stays in the events."""
    publication = _lock(publication)
    if publication.stage != Stage.CHECKING:
        raise Overtaken(_("月报已经签发，不能再核对；有误的请热线主任发补充。"))
    line = live_sheet(span_of(publication.month_value, now=now)).line(department.pk)
    if line is None:
        raise Refused(_("%(name)s在本月没有工单，不必核对。") % {"name": department.name})
    result = CheckResult.OBJECTED if objection else CheckResult.CONFIRMED
    row, _new = DepartmentCheck.objects.update_or_create(
        publication=publication,
        department=department,
        defaults={
            "result": result,
            "objection": objection,
            "checked_at": now,
            "checked_by": by,
            "line_hash": line.hash,
            "answer": "",
            "answered_at": None,
            "answered_by": None,
        },
    )
    _event(publication, str(result), by=by, now=now, department=department, text=objection)
    _audit(publication, "report.check", by, now, request, {"department": department.code, "result": str(result)})
    return row


@transaction.atomic
def answer(
    row: DepartmentCheck, *, text: str, by: User, now: datetime, request: HttpRequest | None = None
) -> DepartmentCheck:
    """The hotline director's answer to an objection."""
    _lock(row.publication)
    row = DepartmentCheck.objects.select_for_update().select_related("publication", "department").get(pk=row.pk)
    if not row.is_open:
        raise Overtaken(_("这条异议已经答复，或部门已经改为确认。"))
    row.answer, row.answered_by, row.answered_at = text, by, now
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    _event(row.publication, "answered", by=by, now=now, department=row.department, text=text)
    _audit(row.publication, "report.answer", by, now, request, {"department": row.department.code})
    return row


# --- signed, published, supplemented ----------------------------------------------------------------------------------


def attempt_for(publication: Publication, *, by: User, now: datetime) -> Attempt:
    missing = () if publication.stage != Stage.CHECKING else tuple(d.name for d in unchecked(publication, now=now))
    return Attempt(publication, by, now, missing)


def refusal(name: str, attempt: Attempt) -> str | None:
    """Why the step is closed to this person just now; None when it is open."""
    publication = attempt.publication
    if not can_proceed(getattr(publication, name)):
        return _("月报现为“%(stage)s”，不能“%(step)s”。") % {
            "stage": publication.get_stage_display(),
            "step": STEPS[name].label,
        }
    return next(filter(None, (guard(attempt) for guard in STEPS[name].guards)), None)


@transaction.atomic
def take(
    publication: Publication,
    name: str,
    *,
    by: User,
    now: datetime,
    reason: str = "",
    version: int | None = None,
    request: HttpRequest | None = None,
) -> Publication:
    """Signs, publishes or supplements. Raises NotAllowed, Overtaken, Refused."""
    if not STEPS[name].may(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("“%(step)s”由热线主任办理。") % {"step": STEPS[name].label})
    publication = _lock(publication)
    if version is not None and version != publication.version:
        raise Overtaken(_("月报在您打开之后有变动，请刷新后再办理。"))
    attempt = attempt_for(publication, by=by, now=now)
    why = refusal(name, attempt)
    if why:
        raise Refused(why)
    detail: dict[str, Any] = {"month": str(publication)}
    if name in {"sign", "supplement"}:
        release = _release(publication, by=by, now=now, reason=reason)
        detail |= {"release": release.number, "hash": release.hash}
    getattr(publication, name)(attempt)
    publication.version += 1
    publication.save()
    _event(publication, name, by=by, now=now, text=reason)
    _audit(publication, f"report.{name}", by, now, request, detail)
    return publication


def _release(publication: Publication, *, by: User, now: datetime, reason: str) -> Release:
    """Freezes the month as the orders say now."""
    month = publication.month_value
    span = span_of(month, now=now)
    sheet = sheet_of(cells(span), month, as_of=now)
    last = publication.releases.order_by("-number").first()
    frozen = freeze(sheet, calendar=span.book.calendar.version, extras=extras_of(month, now=now))
    if last is not None and not differences(last.frozen, frozen):
        raise Refused(_("与上一版没有差别，不必发补充。"))
    release = Release.objects.create(
        publication=publication,
        number=last.number + 1 if last else 0,
        frozen=frozen,
        hash=digest(frozen),
        reason=reason,
        made_at=now,
        made_by=by,
    )
    rows = (
        ReleaseOrder(release=release, order_id=pk, department_id=cell.department, kind=cell.kind, figures=keys)
        for pk, cell, keys in each_order(span)
        if keys
    )
    ReleaseOrder.objects.bulk_create(rows, batch_size=MOST)
    return release


def extras_of(month: Month, *, now: datetime) -> dict[str, Any]:
    """What the report says besides counting orders."""
    policy = rulebook.policy_on(month.last)
    return {"company": policy.company_name, "penalties": penalties.freeze(penalties.penalties_of(month))}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """(department, figure, before, after) of every figure of the published table that differs."""
    old, new = thaw(before), thaw(after)
    found = []
    names = {line.department: line.name for line in (*old.lines, *new.lines)}
    for pk, name in names.items():
        was, now = old.line(pk), new.line(pk)
        for key, label, _unit, _sentence in after["definitions"]:
            a = was.counts.get(key, 0) if was else 0
            b = now.counts.get(key, 0) if now else 0
            if a != b:
                found.append((name, label, a, b))
    return found + _money_differences(before, after)


def _money_differences(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """Yuan by department, where the ledger of the month was not locked yet when the first was frozen."""
    old, new = (penalties.thaw(frozen.get("penalties", {})) for frozen in (before, after))
    found = []
    for line in (*old.lines, *(line for line in new.lines if old.line(line.department) is None)):
        was, now = old.line(line.department), new.line(line.department)
        a, b = (int(one.amount) if one else 0 for one in (was, now))
        if a != b:
            found.append((line.name, _("扣罚（元）"), a, b))
    return found


def is_untouched(release: Release) -> bool:
    """Whether a release still is what was signed."""
    return digest(release.frozen) == release.hash


# --- reading ----------------------------------------------------------------------------------------------------------


def current_release(month: Month, *, published_only: bool = True) -> Release | None:
    """The newest release of the month."""
    rows = Release.objects.filter(publication__month=month.first).select_related("publication", "made_by")
    if published_only:
        rows = rows.filter(publication__stage=Stage.PUBLISHED)
    return rows.order_by("-number").first()


def release_for(month: Month, who: Standing) -> Release | None:
    """The newest release this person may see: before publication only those who work on it (A21, B17)."""
    return current_release(month, published_only=not may_prepare(who))


def current_sheet(month: Month, *, now: datetime, who: Standing | None = None) -> Sheet:
    """What the month's report shows: frozen once it is signed (to ``who``: once it is published), live before."""
    release = release_for(month, who) if who else current_release(month, published_only=False)
    return thaw(release.frozen) if release else live_sheet(span_of(month, now=now))


# --- the sweep --------------------------------------------------------------------------------------------------------


def settle(now: datetime) -> int:
    """Generates every report whose day has come and leaves the reminders that are due; returns how many rows."""
    book = rulebook.current()
    made = 0
    for month in _due_months(now, book):
        generate(month, now=now)
        made += 1
    for row in Publication.objects.exclude(stage=Stage.PUBLISHED):
        made += _remind(row, now, book)
    return made


def _due_months(now: datetime, book: Rulebook) -> list[Month]:
    """Months after the newest report, or the last one where there is none, whose first working day has come."""
    newest = Publication.objects.order_by("-month").values_list("month", flat=True).first()
    first = Order.objects.aggregate(at=Min("registered_at"))["at"]
    last = Month.at(now).before
    if first is None or Month.at(first) > last:
        return []
    start = Month.of(newest).plus(1) if newest else last
    return [month for month in start.upto(last) if shanghai_day(now) >= generation_day(month, book.calendar)]


def _remind(row: Publication, now: datetime, book: Rulebook) -> int:
    today = shanghai_day(now)
    wanted: list[tuple[str, str, Department | None]] = []
    if row.stage == Stage.CHECKING and _days_left(today, row.check_by, book) <= 1:
        wanted += [("check_due", f"check_due {d.pk}", d) for d in unchecked(row, now=now)]
    if row.stage == Stage.CHECKING and today > row.check_by:
        wanted.append(("sign_due", "sign_due", None))
    if _days_left(today, row.publish_by, book) <= _REMIND_PUBLISH_DAYS:
        wanted.append(("publish_due", f"publish_due {min(today, row.publish_by)}", None))
    if today > row.publish_by:
        wanted.append(("publish_late", "publish_late", None))
    known = set(row.events.filter(key__isnull=False).values_list("key", flat=True))
    rows = [
        PublicationEvent(publication=row, at=now, name=name, key=key, department=department)
        for name, key, department in wanted
        if key not in known
    ]
    PublicationEvent.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


_REMIND_PUBLISH_DAYS = 2


def _days_left(today: date, last: date, book: Rulebook) -> int:
    return workdays_between(today, last, book.calendar)


# --- rows -------------------------------------------------------------------------------------------------------------


def _lock(publication: Publication) -> Publication:
    return Publication.objects.select_for_update().get(pk=publication.pk)


def _event(
    publication: Publication,
    name: str,
    *,
    by: User | None,
    now: datetime,
    key: str | None = None,
    department: Department | None = None,
    text: str = "",
) -> None:
    PublicationEvent.objects.create(
        publication=publication, at=now, name=name, key=key, by=by, department=department, text=text
    )


def _audit(
    publication: Publication,
    action: str,
    by: User,
    now: datetime,
    request: HttpRequest | None,
    detail: dict[str, Any],
) -> None:
    audit.record(
        actor=by, action=action, subject=publication, ref=str(publication), now=now, request=request, detail=detail
    )
