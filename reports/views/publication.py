"""Checking, signing, publishing: the pages of the report's way out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.idempotency import once_per_key
from people.models import Department
from reports.errors import NotAllowed, Refused
from reports.forms import FORMS, AnswerForm, CheckForm
from reports.live import span_of
from reports.models import DepartmentCheck, Publication, Release
from reports.months import Month
from reports.permissions import CHECKERS, may_analyse, may_check, may_generate
from reports.publishing import (
    answer,
    attempt_for,
    check,
    current_sheet,
    departments_of,
    differences,
    extras_of,
    generate,
    refusal,
    take,
)
from reports.sheet import freeze, live_sheet
from reports.views.access import Reader, allowed, month_or_404, sees_checks
from reports.workflow import STEPS, Stage

REFUSED = 422


def publication_or_404(month: str, reader: Reader) -> Publication:
    return get_object_or_404(Publication, month=month_or_404(month, reader.now).first)


@require_POST
@allowed(may_generate)
@once_per_key
def report_generate(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """Draws the report up by hand where the nightly run has not."""
    wanted = month_or_404(month, reader.now)
    try:
        generate(wanted, now=reader.now, by=reader.user, request=request)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(month)s月报已生成，等待部门核对") % {"month": wanted})
    return redirect("report", month=str(wanted))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed()
@once_per_key
def report_checks(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """Every department's word and the answers; a department gives its own here."""
    row = publication_or_404(month, reader)
    if not sees_checks(reader, row):
        raise PermissionDenied(_("月报尚未公布，核对情况在公布后可看。"))
    mine = _checkable(row, reader)
    form = CheckForm(request.POST or None, departments=mine)
    if request.method == "POST":
        if not reader.who.has(*CHECKERS):
            raise PermissionDenied(_("月报由部门的工单联系人或负责人核对。"))
        if form.is_valid():
            values = form.cleaned_data
            try:
                check(
                    row,
                    values["department"],
                    objection=values["objection"].strip(),
                    by=reader.user,
                    now=reader.now,
                    request=request,
                )
            except Refused as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("%(name)s已核对") % {"name": values["department"].name})
                return redirect("report_checks", month=month)
    return _checks_page(request, reader, row, form=form)


def _checkable(row: Publication, reader: Reader) -> Any:
    """Departments with a line whose word this person may give."""
    sheet = current_sheet(row.month_value, now=reader.now)
    rows = departments_of(sheet, Department.objects.order_by("position", "id"))
    return Department.objects.filter(pk__in=[d.pk for d in rows if may_check(reader.who, d.pk)]).order_by("position")


def _checks_page(
    request: HttpRequest,
    reader: Reader,
    row: Publication,
    *,
    form: CheckForm,
    answering: tuple[int, AnswerForm] | None = None,
) -> HttpResponse:
    sheet = current_sheet(row.month_value, now=reader.now)
    known = {one.department_id: one for one in row.checks.select_related("department", "checked_by", "answered_by")}
    director = STEPS["sign"].may(reader.who)
    lines = []
    for line in sheet.lines:
        if line.department is None or not reader.reach.reads(line.department):
            continue
        found = known.get(line.department)
        lines.append(
            {
                "name": line.name,
                "check": found,
                "moved": bool(found and row.stage == Stage.CHECKING and found.line_hash != line.hash),
                "form": _answer_form(found, answering) if found and found.is_open and director else None,
            }
        )
    refused = (form.is_bound and form.errors) or (answering is not None)
    context = {
        "month": row.month_value,
        "may_analyse": may_analyse(reader.who),
        "sees_checks": True,
        "publication": row,
        "lines": lines,
        "form": form if row.stage == Stage.CHECKING and _checkable(row, reader).exists() else None,
        "events": row.events.select_related("by", "department").order_by("-id"),
        "releases": row.releases.select_related("made_by"),
    }
    return render(request, "reports/checks.html", context, status=REFUSED if refused else 200)


def _answer_form(found: DepartmentCheck, answering: tuple[int, AnswerForm] | None) -> AnswerForm:
    if answering and answering[0] == found.pk:
        return answering[1]
    return AnswerForm(auto_id=f"id_{found.pk}_%s")


@require_POST
@allowed(STEPS["sign"].may)
@once_per_key
def report_answer(request: HttpRequest, reader: Reader, month: str, pk: int) -> HttpResponse:
    """The director's answer to an objection."""
    row = publication_or_404(month, reader)
    found = get_object_or_404(DepartmentCheck, pk=pk, publication=row)
    form = AnswerForm(request.POST, auto_id=f"id_{found.pk}_%s")
    if form.is_valid():
        try:
            answer(found, text=form.cleaned_data["text"], by=reader.user, now=reader.now, request=request)
        except Refused as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("已答复%(name)s") % {"name": found.department.name})
        return redirect("report_checks", month=month)
    return _checks_page(
        request, reader, row, form=CheckForm(departments=_checkable(row, reader)), answering=(found.pk, form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allowed()
@once_per_key
def report_step(request: HttpRequest, reader: Reader, month: str, step: str) -> HttpResponse:
    """Asks before what leaves the building, saying what and to whom; then does it."""
    if step not in STEPS:
        raise Http404(_("没有这个操作。"))
    if not STEPS[step].may(reader.who):
        raise PermissionDenied(_("“%(step)s”由热线主任办理。") % {"step": STEPS[step].label})
    row = publication_or_404(month, reader)
    form = FORMS[step](request.POST or None, initial={"version": row.version})
    why = refusal(step, attempt_for(row, by=reader.user, now=reader.now)) or ""
    status = 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            values = form.cleaned_data
            try:
                take(
                    row,
                    step,
                    by=reader.user,
                    now=reader.now,
                    version=values["version"],
                    reason=values.get("reason", ""),
                    request=request,
                )
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error
            except Refused as error:
                why, status = error.message, error.status
            else:
                messages.success(request, _("%(month)s月报：已%(what)s") % {"month": month, "what": STEPS[step].past})
                return redirect("report", month=month)
    context = {
        "month": row.month_value,
        "publication": row,
        "step": STEPS[step],
        "form": form,
        "why": why,
        "changes": _changes(row, reader) if step == "supplement" else [],
        "back": reverse("report", args=[row.month_value]),
    }
    return render(request, "reports/step.html", context, status=status)


def _changes(row: Publication, reader: Reader) -> list[tuple[str, str, int, int]]:
    """What a supplement would say: the figures that differ from the last release."""
    last: Release | None = row.releases.order_by("-number").first()
    if last is None:
        return []
    month: Month = row.month_value
    span = span_of(month, now=reader.now)
    now = freeze(live_sheet(span), calendar=span.book.calendar.version, extras=extras_of(month, now=reader.now))
    return differences(last.frozen, now)
