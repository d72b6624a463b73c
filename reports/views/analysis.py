"""``/reports/2026-07/analysis/``: what lies behind the table, and what falls due next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reports import analysis as found
from reports.live import cells, span_of
from reports.models import Publication
from reports.permissions import may_analyse
from reports.reliability import reliability
from reports.views.access import Reader, allowed, month_or_404, sees_checks


@require_safe
@allowed(may_analyse)
def report_analysis(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """For those who read every line; figures without words of callers."""
    wanted = month_or_404(month, reader.now)
    publication = Publication.objects.filter(month=wanted.first).first()
    span = span_of(wanted, now=reader.now, book=reader.book)
    context = {
        "month": wanted,
        "older": reverse("report_analysis", args=[wanted.before]),
        "newer": reverse("report_analysis", args=[wanted.plus(1)]) if wanted.plus(1).start <= reader.now else "",
        "trend": found.trend(wanted, now=reader.now, book=reader.book),
        "categories": found.by_category(cells(span)),
        "matters": found.top_matters(span),
        "causes": found.causes(span),
        "stations": found.by_station(span),
        "heat": found.heat(span),
        "clusters": found.clusters(span),
        "repeats": found.repeats(span),
        "notices": found.notices(span),
        "outage_count": found.outages_of(span),
        "reliability": reliability(span),
        "forecast": found.forecast(reader.now, reader.book),
        "as_of": reader.now,
        "may_analyse": True,
        "publication": publication,
        "sees_checks": sees_checks(reader, publication),
    }
    return render(request, "reports/analysis.html", context)
