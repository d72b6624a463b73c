"""``/orders/<number>/after/<act>/`` and ``/rectifications/``: what follows a verified complaint."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from complaints.models import Order
from complaints.permissions import lead_department, post_of
from complaints.views.access import find_order, user_of
from escalation import forms_after as forms
from escalation.forms_money import MoneyForm
from escalation.models import Rectification, SelfInspection
from escalation.services import compensations
from escalation.services import rectifications as after
from escalation.views.rulings import MoneyAct, answer
from people.idempotency import once_per_key
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import Standing, standing
from policy.limits import shanghai_day

MOST = 100


def _issue(order: Order, **values: Any) -> None:
    after.issue(order, **values)


ACTS: dict[str, MoneyAct] = {
    "rectify": MoneyAct(_l("下达整改通知"), _l("下达通知"), forms.RectifyForm, _issue),
    "inspect": MoneyAct(_l("布置自查"), _l("布置自查"), forms.InspectForm, after.inspect),
    "accountable": MoneyAct(_l("登记责任追究"), _l("登记"), forms.AccountableForm, after.hold_accountable),
    "record": MoneyAct(_l("登记奖惩"), _l("登记"), forms.RecordForm, after.record_service),
    "compensate": MoneyAct(_l("申请补偿退费"), _l("提交审批"), forms.CompensateForm, compensations.ask_compensation),
}


def acts_open_to(order: Order, who: Standing) -> list[str]:
    """Names of what this person may start, whatever the order's state."""
    found = []
    if after.may_issue(order, who):
        found.append("rectify")
    if post_of(who, after.ISSUERS):
        found.append("inspect")
    if after.may_record(who):
        found += ["accountable", "record"]
    if lead_department(order, who):
        found.append("compensate")
    return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def order_after(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One of the acts above; the service says whether now."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=Order.objects.select_related("policy", "lead_department"))
    act = ACTS.get(name)
    if act is None:
        raise Http404(_("没有这个操作。"))
    if name not in acts_open_to(order, standing(user, shanghai_day(now))):
        raise PermissionDenied(_("“%(act)s”不由您办理。") % {"act": act.title})
    form = act.form(request.POST or None, order=order, now=now)

    def run() -> None:
        act.run(order, **form.cleaned_data, by=user, now=now)

    back = reverse("order", args=[order.number])
    facts = [f"{order.number} {order.title}"]
    return answer(request, form, run, title=str(act.title), facts=facts, verb=str(act.verb), back=back)


def _on_order(request: HttpRequest, rows: Any, pk: int, now: datetime) -> tuple[Any, User]:
    """The row, if its order is in view."""
    user = user_of(request)
    row = rows.filter(pk=pk, order__in=Order.objects.visible_to(user, now=now)).first()
    if row is None:
        raise Http404(_("没有这一项，或不在您的查看范围内。"))
    return row, user


def _row_view(
    rows: Any, form: type[MoneyForm], run: Callable[..., Any], title: Any, may: Callable[[Any, Standing], Any]
) -> Callable[..., HttpResponseBase]:
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @once_per_key
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        now = timezone.now()
        row, user = _on_order(request, rows.select_related("order"), pk, now)
        if not may(row, standing(user, shanghai_day(now))):
            raise PermissionDenied(_("“%(act)s”不由您办理。") % {"act": title})
        filled = form(request.POST or None, order=row.order, now=now)

        def act() -> None:
            run(row, **filled.cleaned_data, by=user, now=now)

        facts = [f"{row.order.number} {row.order.title}", getattr(row, "measures", "") or getattr(row, "task", "")]
        back = reverse("order", args=[row.order.number])
        return answer(request, filled, act, title=str(title), facts=facts, verb=str(title), back=back)

    return view


def _proves(row: Rectification, who: Standing) -> bool:
    return who.user_id == row.owner_id or bool(post_of(who, after.DESK, [row.department_id]))


def _accepts(row: Rectification, who: Standing) -> bool:
    return bool(after.may_issue(row.order, who))


def _inspects(row: SelfInspection, who: Standing) -> bool:
    return bool(post_of(who, DEPARTMENT_STAFF, [row.department_id]))


submit = _row_view(Rectification.objects.all(), forms.ProofForm, after.submit, _l("提交整改情况"), _proves)
accept = _row_view(
    Rectification.objects.all(),
    forms.AcceptForm,
    after.accept,
    _l("验收整改"),
    _accepts,
)
finish = _row_view(
    SelfInspection.objects.all(),
    forms.ResultForm,
    after.finish_inspection,
    _l("填报自查结果"),
    _inspects,
)


@login_required
@require_safe
def rectifications(request: HttpRequest) -> HttpResponse:
    """Open ones in view, the overdue first (S4-R48); then self-inspections, then what was accepted lately."""
    now, user = timezone.now(), user_of(request)
    today = shanghai_day(now)
    who = standing(user, today)
    seen = Order.objects.visible_to(user, now=now)
    rows = Rectification.objects.filter(order__in=seen).select_related("order", "department", "owner", "accepted_by")
    tasks = SelfInspection.objects.filter(order__in=seen).select_related("order", "department")
    context = {
        "open": [
            (row, _accepts(row, who) if row.submitted_at and not row.missing else _proves(row, who))
            for row in rows.filter(accepted_at__isnull=True).order_by("due_on", "pk")[:MOST]
        ],
        "done": list(rows.filter(accepted_at__isnull=False).order_by("-accepted_at")[:MOST]),
        "tasks": [
            (row, _inspects(row, who)) for row in tasks.filter(done_at__isnull=True).order_by("due_on", "pk")[:MOST]
        ],
        "today": today,
        "here": "rectifications",
    }
    return render(request, "escalation/rectifications.html", context)
