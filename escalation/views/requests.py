"""``/orders/<number>/extension/``: asking for a decision about an order, as a page and as a dialog's fragment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from complaints import permissions as may
from complaints.errors import NotAllowed, Refused
from complaints.forms import ActForm
from complaints.models import Order
from complaints.views.access import find_order, user_of
from complaints.views.drafts import draft_of, forget_draft
from escalation.forms import ExtensionForm, FlagForm, SolutionForm
from escalation.models import Approval
from escalation.services.extensions import request_extension, why_not
from escalation.services.flags import request_flag
from escalation.services.solutions import request_solution
from people.idempotency import once_per_key
from people.models import User
from people.standing import standing
from people.templatetags.ui import day_week
from policy.limits import shanghai_day

ROWS = Order.objects.select_related("policy", "lead_department", "station", "subcategory")


@dataclass(frozen=True)
class Asking:
    """What the form's page says of the request: the same words a workflow step has."""

    label: str | Promise
    icon: str
    grave: bool = False


SOLUTION = Asking(gettext_lazy("方案报审"), "stamp")
FLAG = Asking(gettext_lazy("申请标记"), "flag")
EXTENSION = Asking(gettext_lazy("申请延期"), "hourglass")


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest, number: str) -> HttpResponse:
    """More time for a complaint or report; the lead department's staff (S4-R43)."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if may.lead_department(order, standing(user, shanghai_day(now))) is None:
        raise PermissionDenied(_("延期由责任部门申请。"))
    draft_name = f"{order.number}/extension"
    shown: dict[str, Any] = {"step": EXTENSION, "rules": _extension_rules(order), "draft_name": draft_name}
    if request.method != "POST":
        kept, saved_at = draft_of(user, draft_name)
        initial = {name: values[0] for name, values in kept.lists() if values} if kept else {}
        form = ExtensionForm(order=order, by=user, now=now, initial=initial)
        return show_request(request, order, form, refusal=why_not(order, now=now), saved_at=saved_at, **shown)
    form = ExtensionForm(request.POST, order=order, by=user, now=now)
    if not form.is_valid():
        return show_request(request, order, form, status=400, **shown)
    try:
        case = request_extension(order, by=user, now=now, **form.details())
    except Refused as error:
        return show_refused(request, order, form, error, **shown)
    forget_draft(user, draft_name)
    messages.success(request, _("%(number)s 已申请延期，等待审批") % {"number": order.number})
    return redirect("approval", pk=case.pk)


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def solution(request: HttpRequest, number: str) -> HttpResponse:
    """A complex solution before it is issued; the lead department's staff (S0-R20)."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if may.lead_department(order, standing(user, shanghai_day(now))) is None:
        raise PermissionDenied(_("方案由责任部门报审。"))
    rules = [_("报审后到审核通过前不能反馈；未通过的修改后重新报审。")]
    return _case(request, order, SolutionForm, request_solution, user=user, now=now, asking=SOLUTION, rules=rules)


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: HttpRequest, number: str) -> HttpResponse:
    """Valued or malicious; lead department and hotline propose it (S0-R17, A25)."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if may.lead_or_hotline(order, standing(user, shanghai_day(now))) is None:
        raise PermissionDenied(_("标记由责任部门或热线提出。"))
    rules = [_("标记须经热线主任批准，恶意投诉还须分管领导批准；标记不影响受理和时限。")]
    return _case(request, order, FlagForm, request_flag, user=user, now=now, asking=FLAG, rules=rules)


def _case(
    request: HttpRequest,
    order: Order,
    form_class: type[ActForm],
    ask: Callable[..., Approval],
    *,
    user: User,
    now: datetime,
    asking: Asking,
    rules: list[str],
) -> HttpResponse:
    shown: dict[str, Any] = {"step": asking, "rules": rules}
    if request.method != "POST":
        return show_request(request, order, form_class(order=order, by=user, now=now), **shown)
    form = form_class(request.POST, order=order, by=user, now=now)
    if not form.is_valid():
        return show_request(request, order, form, status=400, **shown)
    try:
        case = ask(order, by=user, now=now, **form.details())
    except Refused as error:
        return show_refused(request, order, form, error, **shown)
    messages.success(request, _("%(number)s 已提请审批") % {"number": order.number})
    return redirect("approval", pk=case.pk)


def _extension_rules(order: Order) -> list[str]:
    if order.due_on is None or order.cap_on is None:
        return []
    policy = order.policy
    return [
        _("须在到期前（%(due)s 24:00 前）提出；自登记起合计最长 %(cap)d 个工作日，最迟可延至 %(last)s。")
        % {"due": day_week(order.due_on), "cap": policy.cap_days, "last": day_week(order.cap_on)},
        _("由站所或部门负责人审批，超过第 %(n)d 个工作日的还须分管领导；申请人和经办人不能审批。待批期间时钟照走。")
        % {"n": policy.extension_deputy_after_days},
    ]


def show_refused(request: HttpRequest, order: Order, form: ActForm, error: Refused, **shown: Any) -> HttpResponse:
    if isinstance(error, NotAllowed):
        raise PermissionDenied(error.message)
    return show_request(request, order, form, refusal=error.message, status=error.status, **shown)


def show_request(
    request: HttpRequest,
    order: Order,
    form: ActForm,
    *,
    step: Asking,
    rules: list[str],
    draft_name: str = "",
    refusal: str = "",
    saved_at: Any = None,
    status: int = 200,
) -> HttpResponse:
    """The page of a workflow step serves for requests too: one look, one behaviour."""
    context = {
        "order": order,
        "version": order.version,
        "step": step,
        "form": form,
        "rules": rules,
        "refusal": refusal,
        "conflict": False,
        "changes": [],
        "back_url": reverse("order", args=[order.number]),
        "action_url": request.path,
        "draft_url": reverse("draft", args=[draft_name]) if draft_name else "",
        "draft_saved": saved_at,
        "submit_label": step.label,
    }
    return render(request, "complaints/act.html", context, status=status)
