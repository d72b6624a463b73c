"""``/reports/2026-07/files/<kind>/``: the month's report as a file, audited, marked with who took it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from people import audit
from reports.errors import Refused
from reports.files import Taken, csv_of, pdf_file, tables_of, workbook_of
from reports.views.access import Reader, allowed, month_or_404
from reports.views.links import KINDS
from reports.views.report import found_for, page_of


@require_safe
@allowed()
def report_file(request: HttpRequest, reader: Reader, month: str, kind: str) -> HttpResponse:
    """Lines of departments this person may read, as on the page. A small file: made while one waits."""
    wanted = month_or_404(month, reader.now)
    if kind not in KINDS:
        raise Http404(_("没有这种文件。"))
    publication, release, reader = found_for(wanted, reader, live=bool(request.GET.get("live")))
    context = page_of(wanted, publication, release, reader, request)
    taken = Taken(reader.user.name, _post(reader), reader.now)
    try:
        content = _content(kind, context, reader, taken)
    except Refused as error:
        messages.error(request, error.message)
        return redirect("report", month=month)
    detail = {"kind": kind, "release": release.hash if release else "", "size": len(content)}
    audit.record(
        actor=reader.user, action="report.export", ref=str(wanted), now=reader.now, request=request, detail=detail
    )
    response = HttpResponse(content, content_type=KINDS[kind][1])
    response["Content-Disposition"] = f'attachment; filename="report-{wanted}.{kind}"'
    return response


def _post(reader: Reader) -> str:
    return f"{reader.who.posts[0].department} {reader.who.posts[0].role.label}" if reader.who.posts else ""


def _content(kind: str, context: dict[str, Any], reader: Reader, taken: Taken) -> bytes:
    if kind == "pdf":
        return pdf_file(context, taken=taken)
    tables = tables_of(context["sheet"], context["money"], reach=reader.reach, definitions=context["definitions"])
    title = _("%(company)s电力热线工单处理情况（%(month)s）") % {
        "company": context["company"],
        "month": context["month"],
    }
    write = csv_of if kind == "csv" else workbook_of
    return write(tables, title=title, taken=taken)
