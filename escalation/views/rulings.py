"""``/rulings/``: what waits for a decision; ``/orders/<number>/money/<act>/``: what people ask about an order."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from complaints.errors import Refused
from complaints.models import Order
from complaints.views.access import find_order, user_of
from escalation import forms_money as forms
from escalation.ledger import visible_to
from escalation.models import Appeal, Ruling
from escalation.money import AppealStatus, RulingStatus
from escalation.permissions import decides_first, ledger_departments, may_propose, parties_of, speaks_for
from escalation.services import appeals, charges, rulings
from escalation.views.ledger import FORBIDDEN, frame, reader
from people.idempotency import once_per_key
from people.models import User
from people.roles import HEADS
from people.standing import Standing, standing
from policy.limits import shanghai_day

MOST = 50


def seen_by(rows: Any, user: User, who: Standing) -> Any:
    """Those of the departments whose money this person reads; never those about the person or the own department."""
    departments = ledger_departments(who)
    if departments is not None:
        rows = rows.filter(department_id__in=sorted(departments))
    sealed = Q(order__reported_person=user.pk) | Q(order__reported_department__in=sorted(who.departments()))
    return rows.exclude(sealed)


def _rulings() -> Any:
    return Ruling.objects.select_related("order", "department", "proposed_by", "decided_by", "repeat_order")


def _appeals() -> Any:
    return Appeal.objects.select_related("order", "department", "filed_by", "decided_by", "ruling").prefetch_related(
        "lines"
    )


def _parties(ruling: Ruling) -> set[int]:
    return {ruling.department_id, *parties_of(ruling.order)}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Waiting first, then what was decided lately."""
    now = timezone.now()
    who, user = reader(request, now), user_of(request)
    rulings_seen, appeals_seen = seen_by(_rulings(), user, who), seen_by(_appeals(), user, who)
    context = frame(request, "rulings", who, now) | {
        "rulings": [
            (row, decides_first(who, parties=_parties(row)))
            for row in rulings_seen.filter(status=RulingStatus.PROPOSED).order_by("id")[:MOST]
        ],
        "appeals": [
            (row, appeals.why_may_not_decide(row, row.order, who))
            for row in appeals_seen.filter(status=AppealStatus.PENDING).order_by("id")[:MOST]
        ],
        "ruled": [
            (row, speaks_for(who, row.department_id))
            for row in rulings_seen.exclude(status=RulingStatus.PROPOSED)[:MOST]
        ],
        "answered": list(appeals_seen.exclude(status=AppealStatus.PENDING)[:MOST]),
        "today": shanghai_day(now),
    }
    return render(request, "escalation/rulings.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def decide_ruling(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or dismiss (B4)."""
    now = timezone.now()
    user = user_of(request)
    who = standing(user, shanghai_day(now))
    ruling = seen_by(_rulings(), user, who).filter(pk=pk).first()
    if ruling is None:
        raise Http404(_("没有这件裁定。"))
    if decides_first(who, parties=_parties(ruling)) is None:
        raise PermissionDenied(_("由党政办裁定；党政办是当事部门的，由分管领导裁定。"))
    form = forms.DecideForm(request.POST or None, now=now)

    def act() -> None:
        rulings.decide(ruling, confirm=form.agrees(), opinion=form.cleaned_data["opinion"], by=user, now=now)

    facts = [
        f"{ruling.order.number} {ruling.order.title}",
        f"{ruling.get_kind_display()} · {ruling.get_ground_display()} · {ruling.department.name}",
        ruling.text,
    ]
    if ruling.repeat_order:
        facts.append(_("再次反映的工单：%(number)s") % {"number": ruling.repeat_order.number})
    return answer(request, form, act, title=_("裁定"), facts=facts, verb=_("作出裁定"), back="rulings")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def appeal_ruling(request: HttpRequest, pk: int) -> HttpResponse:
    """The department contests a ruling within three working days (A14)."""
    now = timezone.now()
    user = user_of(request)
    who = standing(user, shanghai_day(now))
    ruling = seen_by(_rulings(), user, who).filter(pk=pk).first()
    if ruling is None:
        raise Http404(_("没有这件裁定。"))
    if speaks_for(who, ruling.department_id) is None:
        raise PermissionDenied(_("由承担扣罚部门的工单联系人或负责人提出。"))
    form = forms.TextForm(request.POST or None, now=now)

    def act() -> None:
        appeals.appeal_ruling(ruling, text=form.cleaned_data["text"], by=user, now=now)

    facts = [f"{ruling.order.number} {ruling.order.title}", ruling.opinion]
    return answer(request, form, act, title=_("对裁定申诉"), facts=facts, verb=_("提交申诉"), back="rulings")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def decide_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Decided by somebody who had no part in it (B4)."""
    now = timezone.now()
    user = user_of(request)
    who = standing(user, shanghai_day(now))
    appeal = seen_by(_appeals(), user, who).filter(pk=pk).first()
    if appeal is None:
        raise Http404(_("没有这件申诉。"))
    if why := appeals.why_may_not_decide(appeal, appeal.order, who):
        raise PermissionDenied(why)
    form = forms.DecideForm(request.POST or None, now=now)

    def act() -> None:
        appeals.decide(appeal, uphold=form.agrees(), opinion=form.cleaned_data["opinion"], by=user, now=now)

    facts = [f"{appeal.order.number} {appeal.order.title}", f"{appeal.get_kind_display()} · {appeal.text}"]
    facts += [f"{line.day:%Y-%m-%d} {line.get_kind_display()} {line.amount}" for line in appeal.lines.all()]
    return answer(request, form, act, title=_("决定申诉"), facts=facts, verb=_("作出决定"), back="rulings")


# --- what people ask about one order's money -----------------------------------------------------------------------


@dataclass(frozen=True)
class MoneyAct:
    """One request about an order's money: its words, its form, what it calls with the cleaned values."""

    title: str | Promise
    verb: str | Promise
    form: type[forms.MoneyForm]
    run: Callable[..., Any]


def _name(order: Order, *, person: User, by: User, now: datetime) -> None:
    charges.name_person(order, person, by=by, now=now)


def _waive(order: Order, *, lines: Any, text: str, by: User, now: datetime) -> None:
    appeals.ask_waiver(order, list(lines), text=text, by=by, now=now)


def _give(order: Order, *, days: Any, department: Any, reason: str, by: User, now: datetime) -> None:
    charges.reattribute(order, days, to=department, by=by, now=now, reason=reason)


ACTS: dict[str, MoneyAct] = {
    "propose": MoneyAct(_l("提请不合格裁定"), _l("提请裁定"), forms.ProposeForm, rulings.propose),
    "appeal": MoneyAct(_l("对逾期扣罚申诉"), _l("提交申诉"), forms.TextForm, appeals.appeal_lines),
    "waive": MoneyAct(_l("申请减免"), _l("提交申请"), forms.WaiveForm, _waive),
    "dispute": MoneyAct(_l("对规则提出异议"), _l("提交党政办"), forms.TextForm, appeals.raise_dispute),
    "reattribute": MoneyAct(_l("改归其他部门"), _l("改归这些日期"), forms.ReattributeForm, _give),
    "name_person": MoneyAct(_l("指定责任人"), _l("指定责任人"), forms.NamePersonForm, _name),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@once_per_key
def order_act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One request; the service says who may."""
    now = timezone.now()
    user = user_of(request)
    order = find_order(request, number, now=now, orders=Order.objects.select_related("policy", "lead_department"))
    act = ACTS.get(name)
    if act is None:
        raise Http404(_("没有这个操作。"))
    charged = visible_to(user, now=now).filter(order=order, voids__isnull=True)
    who = standing(user, shanghai_day(now))
    if name not in acts_open_to(order, who, set(charged.values_list("department_id", flat=True))):
        raise PermissionDenied(_("“%(act)s”不由您办理。") % {"act": act.title})
    form = act.form(request.POST or None, order=order, now=now)

    def run() -> None:
        act.run(order, **form.cleaned_data, by=user, now=now)

    back = reverse("order", args=[order.number])
    facts = [f"{order.number} {order.title}"]
    return answer(request, form, run, title=str(act.title), facts=facts, verb=str(act.verb), back=back)


def acts_open_to(order: Order, who: Standing, charged: Collection[int]) -> list[str]:
    """Names of the requests that are this person's to make; ``charged`` are the departments with lines of the order."""
    found = []
    if may_propose(who):
        found += ["propose", "waive", "reattribute"]
    if any(speaks_for(who, department) for department in charged):
        found.append("appeal")
    if set(charged) & who.departments(*HEADS) and "waive" not in found:
        found.append("waive")
    if order.lead_department_id and speaks_for(who, order.lead_department_id):
        found += ["dispute", "name_person"]
    return found


def answer(
    request: HttpRequest,
    form: forms.MoneyForm,
    act: Callable[[], Any],
    *,
    title: str,
    facts: list[str],
    verb: str,
    back: str,
) -> HttpResponse:
    status = 400
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as error:
            if error.status == FORBIDDEN:
                raise PermissionDenied(error.message) from error
            form.add_error(error.field if error.field in form.fields else None, error.message)
            status = error.status
        else:
            messages.success(request, _("已%(verb)s") % {"verb": verb})
            return redirect(back)
    context = {"form": form, "title": title, "facts": [fact for fact in facts if fact], "verb": verb, "back": back}
    return render(request, "escalation/money_form.html", context, status=status if form.errors else 200)
