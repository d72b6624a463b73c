"""``/reports/2026-07/``: the month's table with its way to publication, and the orders behind each figure."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.clock import clock_of
from complaints.display import chip_of
from complaints.forms.fields import tidy
from complaints.lists import with_names
from exports.errors import ExportRefused
from exports.services import request_export
from people import audit
from people.idempotency import once_per_key
from people.models import Department
from people.refusals import refuse
from policy.limits import shanghai_day
from policy.vocabulary import EXTENDABLE
from reports import penalties
from reports.behind import BadAddress, Behind, read
from reports.comparison import sheets_of
from reports.exporting import ORDERS
from reports.figures import FIGURES
from reports.live import span_of
from reports.models import Publication, Release
from reports.months import Month
from reports.permissions import may_analyse, may_generate
from reports.publishing import release_for
from reports.sheet import ANNEX_KINDS, definitions, live_sheet, names_of_departments, thaw
from reports.tables import ANNEX, TABLES, chart_of, headlines, table_view, with_query
from reports.views.access import Reader, allowed, before_publication, month_or_404, sees_checks
from reports.views.links import links_of
from reports.views.rail import rail_of
from reports.workflow import Stage

PAGE, LONGEST_KEY = 50, 19


@require_safe
@allowed()
def reports(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The newest report: the last complete month."""
    return redirect("report", month=str(Month.at(reader.now).before))


@require_safe
@allowed()
def report(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """What was signed where it is signed, else what the orders say now; ``?live=1`` asks for the latter."""
    wanted = month_or_404(month, reader.now)
    live = bool(request.GET.get("live"))
    publication, release, reader = found_for(wanted, reader, live=live)
    context = page_of(wanted, publication, release, reader, request)
    more = {
        "files": links_of(wanted, live=live),
        "may_analyse": reader.reach.every_line and may_analyse(reader.who),
        "sees_checks": sees_checks(reader, publication),
    }
    return render(request, "reports/report.html", context | more)


def found_for(month: Month, reader: Reader, *, live: bool) -> tuple[Publication | None, Release | None, Reader]:
    """The month's publication, the release to be shown to this person unless the live figures are asked for, and the
    person with the lines open to it in this month."""
    rows = Publication.objects.filter(month=month.first)
    publication = rows.select_related("signed_by", "published_by").first()
    release = None if live or publication is None else release_for(month, reader.who)
    published = publication is not None and publication.stage == Stage.PUBLISHED
    return publication, release, reader if published else before_publication(reader)


def page_of(
    month: Month, publication: Publication | None, release: Release | None, reader: Reader, request: HttpRequest
) -> dict[str, Any]:
    book, names = reader.book, names_of_departments()
    sheet = thaw(release.frozen) if release else live_sheet(span_of(month, now=reader.now, book=book), names=names)
    annex = sheet.of_kinds(ANNEX_KINDS)
    others = sheets_of([month.before, month.year_before], now=reader.now, names=names, book=book)
    extra = {"live": "1"} if request.GET.get("live") else {}
    plain = with_query(reverse("report_orders", args=[month]))

    def address(where: dict[str, str]) -> str:
        return plain(where | extra)

    def beside(where: dict[str, str]) -> str:
        return address(where | {"annex": "1"})

    money = penalties.thaw(release.frozen.get("penalties", {})) if release else penalties.penalties_of(month)
    policy = book.policy_on(min(month.last, shanghai_day(reader.now)))
    return {
        "month": month,
        "company": release.frozen.get("company", policy.company_name) if release else policy.company_name,
        "sheet": sheet,
        "older": reverse("report", args=[month.before]),
        "newer": reverse("report", args=[month.plus(1)]) if month.plus(1).start <= reader.now else "",
        "publication": publication,
        "release": release,
        "live_url": f"{reverse('report', args=[month])}?live=1",
        "rail": rail_of(month, publication, reader, sheet=sheet),
        "may_generate": publication is None and month.end <= reader.now and may_generate(reader.who),
        "headlines": headlines(
            sheet, others.get(month.before), others.get(month.year_before), reach=reader.reach, address=address
        ),
        "money": money,
        "money_lines": [line for line in money.lines if reader.reach.reads(line.department)],
        "tables": [
            table_view(
                str(title),
                columns,
                sheet,
                reach=reader.reach,
                address=address,
                money=money if name == "main" else None,
            )
            for name, (title, columns) in TABLES.items()
        ],
        "annex": table_view(_("其他类型（无办理时限）"), ANNEX, annex, reach=reader.reach, address=beside),
        "chart": chart_of(sheet, reach=reader.reach),
        "definitions": release.frozen["definitions"] if release else definitions(),
        "rule_days": policy.report_publish_day,
    }


# --- the orders behind a figure ---------------------------------------------------------------------------------------


def _behind(month: Month, given: dict[str, str], reader: Reader) -> Behind:
    """An address no link of ours has is a 400, a department nobody has a 404, and so is one whose line this person does
    not read: another's before the report is published, or as the numbers of the rules say (S4-R38)."""
    try:
        asked = read(month, given)
    except BadAddress as error:
        raise BadRequest(_("网址中的参数有误，请从月报重新进入。")) from error
    except Department.DoesNotExist as error:
        raise Http404(_("没有这个部门。")) from error
    if isinstance(asked.department, Department):
        _publication, _release, reader = found_for(month, reader, live=asked.live)
        if not reader.reach.reads(asked.department.pk):
            raise Http404(_("没有这个部门。"))
    return asked


@require_safe
@allowed()
def report_orders(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """Exactly the orders a figure counted, as far as this person may see them."""
    wanted = month_or_404(month, reader.now)
    given = {str(name): str(value) for name, value in request.GET.items()}
    after = given.pop("after", "")
    if after and not (after.isdecimal() and len(after) < LONGEST_KEY):
        raise BadRequest(_("网址中的参数有误，请从月报重新进入。"))
    asked = _behind(wanted, given, reader)
    release = asked.release(reader.who)
    orders = asked.orders(reader.user, now=reader.now, release=release)
    if not after:
        detail = {"query": asked.query}
        audit.record(
            actor=reader.user, action="report.orders", ref=str(wanted), now=reader.now, request=request, detail=detail
        )
    rows = list(with_names(orders.filter(pk__lt=int(after)) if after else orders).order_by("-pk")[: PAGE + 1])
    older = f"{request.path}?{asked.query}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    today = shanghai_day(reader.now)
    context = {
        "month": wanted,
        "asked": asked,
        "figure": FIGURES[asked.figure],
        "rows": [
            {
                "order": order,
                "chip": chip_of(order),
                "clock": clock_of(order, today, reader.book),
                "strong": order.kind in EXTENDABLE,
            }
            for order in rows[:PAGE]
        ],
        "count": orders.count(),
        "shown": len(rows[:PAGE]),
        "older": older,
        "back": reverse("report", args=[wanted]) + ("?live=1" if asked.live else ""),
        "release": release,
    }
    return render(request, "reports/orders.html", context)


@require_POST
@allowed()
@once_per_key
def report_orders_export(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """The same list as a file, made in the background (B19)."""
    wanted = month_or_404(month, reader.now)
    asked = _behind(wanted, QueryDict(request.POST.get("query", "")[:2000]).dict(), reader)
    try:
        found = request_export(
            ORDERS.name,
            params={"month": str(wanted), "query": asked.query},
            title=_("月报明细-%(what)s") % {"what": FIGURES[asked.figure].label},
            told=asked.told,
            reason=tidy(request.POST.get("reason", "")),
            by=reader.user,
            now=reader.now,
            request=request,
        )
    except ExportRefused as error:
        return refuse(request, status=error.status, field=error.field, text=error.message)
    return redirect("export", uid=found.uid)
