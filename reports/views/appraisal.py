"""``/reports/2026-07/appraisal/``: departments and agents against dated targets; targets are added here."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.idempotency import once_per_key
from people.standing import Standing
from policy.limits import shanghai_day
from reports.appraisal import AGENT, DEPARTMENT, INDICATORS, agents, departments, targets_on
from reports.errors import Refused
from reports.forms import TargetForm
from reports.live import span_of
from reports.models import Publication, Target
from reports.permissions import KEEPERS, may_analyse
from reports.publishing import current_sheet
from reports.records import set_target
from reports.views.access import Reader, allowed, before_publication, month_or_404, sees_checks
from reports.workflow import Stage

REFUSED = 422


def may_set(who: Standing) -> bool:
    return who.has(*KEEPERS)


@require_safe
@allowed()
def report_appraisal(request: HttpRequest, reader: Reader, month: str) -> HttpResponse:
    """Lines this person reads; agents' own figures only for those who read every line."""
    wanted = month_or_404(month, reader.now)
    publication = Publication.objects.filter(month=wanted.first).first()
    if publication is None or publication.stage != Stage.PUBLISHED:
        reader = before_publication(reader)
    targets = targets_on(wanted.last)
    span = span_of(wanted, now=reader.now, book=reader.book)
    rows = departments(current_sheet(wanted, now=reader.now, who=reader.who), targets)
    context = {
        "month": wanted,
        "older": reverse("report_appraisal", args=[wanted.before]),
        "newer": reverse("report_appraisal", args=[wanted.plus(1)]) if wanted.plus(1).start <= reader.now else "",
        "department_indicators": [(one, targets.get(one.key)) for one in DEPARTMENT],
        "departments": [row for row in rows if reader.reach.reads(row.department)],
        "agent_indicators": [(one, targets.get(one.key)) for one in AGENT],
        "agents": agents(span, targets) if may_analyse(reader.who) else None,
        "may_set": may_set(reader.who),
        "may_analyse": may_analyse(reader.who),
        "sees_checks": sees_checks(reader, publication),
        "publication": publication,
    }
    return render(request, "reports/appraisal.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_set)
@once_per_key
def targets(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Every dated target, and a new one from a day on."""
    form = TargetForm(request.POST or None, initial={"effective_from": shanghai_day(reader.now)})
    if request.method == "POST" and form.is_valid():
        try:
            set_target(**form.cleaned_data, by=reader.user, now=reader.now, request=request)
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已新增考核目标"))
            return redirect("targets")
    rows = [
        {"row": row, "label": INDICATORS[row.indicator].label, "unit": INDICATORS[row.indicator].unit}
        for row in Target.objects.select_related("recorded_by")
        if row.indicator in INDICATORS
    ]
    return render(
        request, "reports/targets.html", {"rows": rows, "form": form}, status=REFUSED if form.is_bound else 200
    )
