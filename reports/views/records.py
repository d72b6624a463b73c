"""``/reports/records/``: the house's forms: list, fill in, read, print, correct, answer, export."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.services.boxes import may_see_boxes
from people import audit
from people.idempotency import once_per_key
from people.models import Department
from people.standing import Standing
from policy.limits import shanghai_day
from reports.errors import Refused
from reports.files import Table, Taken, workbook_of
from reports.forms import RecordAnswerForm, RecordForm
from reports.models import FollowUp, Record
from reports.permissions import KEEPERS, SEES_ALL_LINES, may_file, may_read, own_departments
from reports.record_kinds import CHOICE, KINDS, Blank, RecordKind
from reports.records import answer_record, file_record
from reports.views.access import Reader, allowed
from reports.views.links import KINDS as FILES

REFUSED, SHOWN, MOST = 422, 100, 5000


def kind_or_404(key: str) -> RecordKind:
    if key not in KINDS:
        raise Http404(_("没有这种记录表。"))
    return KINDS[key]


def anybody(who: Standing) -> bool:
    """For one record: whether it is in view decides, so that out of view is 404 for everybody."""
    return True


def _visible(reader: Reader) -> Any:
    """Everybody who reads every line sees every record; a department its own; who reads no report, none."""
    if not may_read(reader.who):
        return Record.objects.none()
    rows = Record.objects.filter(replaced_by__isnull=True).select_related("department", "made_by", "answered_by")
    if reader.who.has(*SEES_ALL_LINES):
        return rows
    return rows.filter(Q(department__in=own_departments(reader.who)) | Q(made_by=reader.user))


def _fillable(reader: Reader) -> Any:
    """Departments this person may file for: his own; the keepers for any."""
    rows = Department.objects.filter(is_active=True).order_by("position", "id")
    return rows if reader.who.has(*KEEPERS) else rows.filter(pk__in=reader.who.departments())


def shown(blank: Blank, value: Any) -> str:
    if value in (None, ""):
        return ""
    if blank.kind == CHOICE:
        return str(dict(blank.choices).get(value, value))
    return str(value)


@require_safe
@allowed()
def records(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The newest of every form, or of one kind."""
    key = request.GET.get("kind", "")
    rows = _visible(reader)
    if key:
        rows = rows.filter(kind=kind_or_404(key).key)
    today = shanghai_day(reader.now)
    found = [
        {
            "record": row,
            "kind": KINDS[row.kind],
            "first": shown(KINDS[row.kind].blanks[0], row.data.get(KINDS[row.kind].blanks[0].name)),
            "waits": KINDS[row.kind].answered and row.answered_at is None,
            "late": KINDS[row.kind].answered and row.answered_at is None and row.answer_by < today,
        }
        for row in rows[:SHOWN]
        if row.kind in KINDS
    ]
    context = {
        "rows": found,
        "kinds": KINDS.values(),
        "chosen": KINDS.get(key),
        "may_fill": may_file(reader.who),
        "sees_boxes": may_see_boxes(reader.who),
    }
    return render(request, "reports/records.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(anybody)
@once_per_key
def record_new(request: HttpRequest, reader: Reader, kind: str, pk: int = 0) -> HttpResponse:
    """Fills in a form; with ``pk`` a corrected one in the place of another."""
    wanted = kind_or_404(kind)
    old = get_object_or_404(_visible(reader), pk=pk, kind=kind) if pk else None
    if not may_file(reader.who):
        raise PermissionDenied(_("您的岗位不填报记录。"))
    if old is not None and not _may_correct(reader, old):
        raise PermissionDenied(_("这份记录由填报单位更正。"))
    today: date = shanghai_day(reader.now)
    initial = {"filed_on": today}
    if old is not None:
        initial = {**old.data, "department": old.department_id, "filed_on": old.filed_on}
    form = RecordForm(request.POST or None, kind=wanted, departments=_fillable(reader), today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            row = file_record(
                kind,
                department=values["department"],
                filed_on=values["filed_on"],
                data=form.data_of(),
                by=reader.user,
                now=reader.now,
                replaces=old,
                request=request,
            )
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%(kind)s已填报") % {"kind": wanted.label})
            return redirect("record", pk=row.pk)
    context = {"kind": wanted, "form": form, "old": old}
    return render(request, "reports/record_new.html", context, status=REFUSED if form.is_bound else 200)


def _may_correct(reader: Reader, row: Record) -> bool:
    return reader.who.has(*KEEPERS) or row.made_by_id == reader.user.pk


@require_safe
@allowed(anybody)
def record(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    """One form as filed; prints on one upright sheet."""
    return _page(request, reader, pk)


def _page(request: HttpRequest, reader: Reader, pk: int, form: RecordAnswerForm | None = None) -> HttpResponse:
    row = get_object_or_404(_visible(reader), pk=pk)
    kind = kind_or_404(row.kind)
    waits = kind.answered and row.answered_at is None and _may_answer(reader, row)
    context = {
        "record": row,
        "kind": kind,
        "blanks": [(blank.label, shown(blank, row.data.get(blank.name))) for blank in kind.blanks],
        "form": (form or RecordAnswerForm()) if waits else None,
        "may_correct": _may_correct(reader, row),
        "follow_up": FollowUp.objects.filter(record=row).select_related("owner").first(),
        "today": shanghai_day(reader.now),
    }
    return render(request, "reports/record.html", context, status=REFUSED if form is not None else 200)


def _may_answer(reader: Reader, row: Record) -> bool:
    return reader.who.has(*KEEPERS) or row.department_id in own_departments(reader.who)


@require_POST
@allowed(anybody)
@once_per_key
def record_answer(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    row = get_object_or_404(_visible(reader), pk=pk)
    if not _may_answer(reader, row):
        raise PermissionDenied(_("意见由承办单位或热线主任答复。"))
    form = RecordAnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, reader, pk, form)
    try:
        answer_record(row, text=form.cleaned_data["text"], by=reader.user, now=reader.now, request=request)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已答复"))
    return redirect("record", pk=pk)


@require_safe
@allowed()
def records_file(request: HttpRequest, reader: Reader, kind: str) -> HttpResponse:
    """All records of one kind this person sees, as a workbook."""
    wanted = kind_or_404(kind)
    rows = list(_visible(reader).filter(kind=kind)[:MOST])
    headings = [_("填报单位"), _("填报日期"), *(str(blank.label) for blank in wanted.blanks), _("填报人"), _("答复")]
    table = Table(
        str(wanted.label)[:28],
        headings,
        [
            [
                row.department.name,
                f"{row.filed_on:%Y-%m-%d}",
                *(_typed(blank, row.data.get(blank.name)) for blank in wanted.blanks),
                row.made_by.name,
                row.answer,
            ]
            for row in rows
        ],
    )
    post = reader.who.posts[0] if reader.who.posts else None
    taken = Taken(reader.user.name, f"{post.department} {post.role.label}" if post else "", reader.now)
    content = workbook_of([table], title=str(wanted.label), taken=taken)
    detail = {"kind": kind, "rows": len(rows)}
    audit.record(actor=reader.user, action="report.export", ref=kind, now=reader.now, request=request, detail=detail)
    response = HttpResponse(content, content_type=FILES["xlsx"][1])
    response["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


def _typed(blank: Blank, value: Any) -> Any:
    """Whole numbers as numbers, everything else as its words."""
    return value if isinstance(value, int) else shown(blank, value)
