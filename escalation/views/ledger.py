"""``/money/``: the months, one by department, a department's lines that explain themselves; the whole ledger."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import Refused
from complaints.views.access import user_of
from escalation.forms_money import LedgerFilter, ReasonForm
from escalation.ledger import for_display, live, visible_to
from escalation.models import LedgerState, MoneyHold, Penalty, PenaltyMonth
from escalation.permissions import may_confirm_months, may_read_money, may_release_holds
from escalation.services import charges, holds, months
from people.idempotency import once_per_key
from people.models import Department
from people.standing import Standing, standing
from policy import rulebook
from policy.limits import shanghai_day

PAGE = 50
MOST_MONTHS = 24
FORBIDDEN = 403


def reader(request: HttpRequest, now: datetime) -> Standing:
    """Whoever may read money at all; else 403."""
    who = standing(user_of(request), shanghai_day(now))
    if not may_read_money(who):
        raise PermissionDenied(_("您没有查看扣罚的权限。"))
    return who


def month_of(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError as error:
        raise Http404(_("没有这个月份。")) from error


def frame(request: HttpRequest, here: str, who: Standing, now: datetime) -> dict[str, Any]:
    """What every page of money carries: where we are, why money stands still, how far it was counted."""
    return {
        "here": here,
        "holds": holds.live_holds(),
        "may_release": may_release_holds(who),
        "through": LedgerState.objects.values_list("settled_through", flat=True).get(),
        "now": now,
    }


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The months with lines this person may see, newest first."""
    now = timezone.now()
    who = reader(request, now)
    rows = visible_to(user_of(request), now=now).values("month").annotate(total=Sum("amount")).order_by("-month")
    confirmed = {row.month: row for row in PenaltyMonth.objects.select_related("confirmed_by")}
    found = [
        {"month": row["month"], "total": row["total"], "confirmed": confirmed.get(row["month"])}
        for row in rows[:MOST_MONTHS]
    ]
    return render(request, "escalation/months.html", frame(request, "months", who, now) | {"months": found})


@login_required
@require_safe
def month(request: HttpRequest, month: str) -> HttpResponse:
    """One month by department, from the ledger alone; confirmation with the reason why not yet (B8)."""
    now = timezone.now()
    who = reader(request, now)
    day = month_of(month)
    book = rulebook.current()
    rows = visible_to(user_of(request), now=now).filter(month=day)
    may = may_confirm_months(who)
    context = frame(request, "months", who, now) | {
        "month": day,
        "rows": by_department(rows),
        "total": rows.aggregate(total=Sum("amount"))["total"] or 0,
        "confirmed": PenaltyMonth.objects.select_related("confirmed_by").filter(month=day).first(),
        "may_confirm": may,
        "why_not": months.why_not(day, now=now, book=book) if may else "",
        "ceiling": book.policy_on(day).penalty_monthly_cap_per_person,
    }
    return render(request, "escalation/month.html", context)


def by_department(rows: Any) -> list[dict[str, Any]]:
    """Per department: yuan, and per kind how many live lines and yuan per person."""
    found: dict[str, dict[str, Any]] = {}
    for line in live(rows).select_related("department").order_by("department__position", "department_id", "day"):
        row = found.setdefault(
            line.department.code,
            {"department": line.department, "overdue": 0, "unqualified": 0, "repeat": 0, "cap": 0, "per_person": 0},
        )
        row[line.kind] += 1
        row["per_person"] += line.rate
    totals = rows.values("department__code").annotate(total=Sum("amount"))
    for row in totals:
        code = row["department__code"]
        if code not in found and row["total"]:
            found[code] = {"department": Department.objects.get(code=code), "per_person": 0}
        if code in found:
            found[code]["total"] = row["total"]
    return list(found.values())


@login_required
@require_safe
def department(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """A department's month, line by line: which day, which rule and version, whose headcount, the arithmetic."""
    now = timezone.now()
    who = reader(request, now)
    day = month_of(month)
    place = get_object_or_404(Department, code=code)
    rows = visible_to(user_of(request), now=now).filter(month=day, department=place)
    if not rows.exists():
        raise Http404(_("这个部门本月没有扣罚。"))
    context = frame(request, "months", who, now) | {
        "month": day,
        "department": place,
        "lines": list(for_display(rows).order_by("day", "order_id", "id")),
        "total": rows.aggregate(total=Sum("amount"))["total"] or 0,
        "confirmed": PenaltyMonth.objects.filter(month=day).first(),
        "may_correct": may_confirm_months(who),
    }
    return render(request, "escalation/department_month.html", context)


@login_required
@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """The ledger itself, newest line first, page by page."""
    now = timezone.now()
    who = reader(request, now)
    form = LedgerFilter(request.GET)
    unknown = set(request.GET) - set(form.fields)
    if unknown or not form.is_valid():
        context = frame(request, "lines", who, now) | {"form": form, "lines": [], "older": ""}
        return render(request, "escalation/ledger.html", context, status=400)
    rows = for_display(visible_to(user_of(request), now=now)).order_by("-pk")
    wanted = form.cleaned_data
    if wanted["month"]:
        rows = rows.filter(month=wanted["month"].replace(day=1))
    if wanted["department"]:
        rows = rows.filter(department=wanted["department"])
    if wanted["status"]:
        rows = live(rows) if wanted["status"] == "live" else rows.filter(voids__isnull=False)
    if wanted["after"]:
        rows = rows.filter(pk__lt=wanted["after"])
    page = list(rows[: PAGE + 1])
    older = ""
    if len(page) > PAGE:
        kept = {name: str(request.GET[name]) for name in ("month", "department", "status") if request.GET.get(name)}
        older = "?" + urlencode({**kept, "after": str(page[PAGE - 1].pk)})
    context = frame(request, "lines", who, now) | {"form": form, "lines": page[:PAGE], "older": older}
    return render(request, "escalation/ledger.html", context | {"may_correct": may_confirm_months(who)})


@login_required
@require_POST
@once_per_key
def confirm(request: HttpRequest, month: str) -> HttpResponse:
    """Locks a month for good (B8)."""
    now = timezone.now()
    reader(request, now)
    day = month_of(month)
    try:
        done = months.confirm_month(day, by=user_of(request), now=now)
    except Refused as error:
        if error.status == FORBIDDEN:
            raise PermissionDenied(error.message) from error
        messages.error(request, error.message)
    else:
        messages.success(request, _("%(month)s 已确认，合计 %(total)s 元") % {"month": done, "total": done.total})
    return redirect("money_month", month)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """A person answers for the time, and money goes on (B18)."""
    now = timezone.now()
    if not may_release_holds(reader(request, now)):
        raise PermissionDenied(_("扣罚由管理人员或裁定人核实后恢复。"))
    hold = get_object_or_404(MoneyHold, pk=pk)
    form = ReasonForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            holds.release(hold, by=user_of(request), now=now, reason=form.cleaned_data["reason"])
        except Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("扣罚已恢复"))
            return redirect("money")
    context = {"form": form, "title": _("恢复扣罚"), "facts": [hold.detail], "verb": _("核实并恢复"), "back": "money"}
    return render(request, "escalation/money_form.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Counts one line anew (B16)."""
    now = timezone.now()
    if not may_confirm_months(reader(request, now)):
        raise PermissionDenied(_("扣罚由党政办裁定人更正。"))
    seen = live(visible_to(user_of(request), now=now))
    line = get_object_or_404(seen.select_related("order", "department"), pk=pk)
    form = ReasonForm(request.POST or None, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            new = charges.correct(line, by=user_of(request), now=now, reason=form.cleaned_data["reason"])
        except Refused as error:
            form.add_error(None, error.message)
        else:
            text = _("已更正，现为 %(amount)s 元") % {"amount": new.amount} if new else _("已撤销，不再应扣")
            messages.success(request, text)
            return redirect("money_lines")
    facts = [_line_text(line)]
    context = {"form": form, "title": _("更正扣罚"), "facts": facts, "verb": _("撤销并重计"), "back": "money_lines"}
    return render(request, "escalation/money_form.html", context, status=400 if form.errors else 200)


def _line_text(line: Penalty) -> str:
    return _("%(order)s %(day)s %(kind)s：%(rate)s × %(persons)d 人 = %(amount)s 元") % {
        "order": line.order.number,
        "day": line.day,
        "kind": line.get_kind_display(),
        "rate": line.rate,
        "persons": line.persons,
        "amount": line.amount,
    }
