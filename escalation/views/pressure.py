"""``/orders/<number>/urge/`` and its like: one form each for pressing, supervising, promising, timing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from complaints import permissions as may
from complaints.errors import NotAllowed, NotNow, Refused
from complaints.forms import ActForm
from complaints.models import Order
from complaints.views.access import find_order, user_of
from escalation.forms import EscalationForm, FaultTimesForm, PromiseForm, SuperviseForm, UrgeForm
from escalation.models import Escalation, Promise
from escalation.services.authority import Authority
from escalation.services.pressure import (
    acts_for,
    deal_with,
    end_supervision,
    may_supervise,
    may_urge,
    seat_for,
    supervise,
    urge,
)
from escalation.services.promises import make_promise, may_promise, record_fault_times, settle_promise
from escalation.views.requests import ROWS, Asking, show_refused, show_request
from escalation.vocabulary import UrgeLevel
from people.idempotency import once_per_key
from people.models import User
from people.standing import standing
from policy.limits import shanghai_day

URGE = Asking(gettext_lazy("催办"), "bolt")
SUPERVISE = Asking(gettext_lazy("督办"), "flag")
ESCALATION = Asking(gettext_lazy("处理上报"), "branch")
PROMISE = Asking(gettext_lazy("登记承诺"), "clock")
FAULT_TIMES = Asking(gettext_lazy("登记抢修时间"), "bolt")
LARGEST_KEY = 2**63 - 1


def _ask(
    request: HttpRequest,
    order: Order,
    form_class: type[ActForm],
    act: Callable[..., Any],
    *,
    user: User,
    now: datetime,
    asking: Asking,
    done: str,
    rules: list[str],
    prepare: Callable[[Any], None] = lambda form: None,
    refusal: str = "",
) -> HttpResponse:
    """Shows one form, or does what it asks; what was typed stays when it is refused."""
    shown: dict[str, Any] = {"step": asking, "rules": rules}
    if request.method != "POST":
        form = form_class(order=order, by=user, now=now)
        prepare(form)
        return show_request(request, order, form, refusal=refusal, **shown)
    form = form_class(request.POST, order=order, by=user, now=now)
    prepare(form)
    if not form.is_valid():
        return show_request(request, order, form, status=400, **shown)
    try:
        act(by=user, now=now, **form.details())
    except Refused as error:
        return show_refused(request, order, form, error, **shown)
    messages.success(request, done % {"number": order.number})
    seen = Order.objects.visible_to(user, now=now).filter(pk=order.pk).exists()
    return redirect("order", number=order.number) if seen else redirect("orders")


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def urge_order(request: HttpRequest, number: str) -> HttpResponse:
    """催办, 书面催办, 通报批评; the hotline."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if not may_urge(user, UrgeLevel.URGE, now=now):
        raise PermissionDenied(_("催办由热线办理。"))
    words = {"days": order.policy.urge_notice_days, "more": order.policy.criticism_days}
    rules = [
        _(
            "催办后满 %(days)d 个工作日无回应可发书面通知，书面通知后满 %(more)d 个工作日仍无回应可通报批评；"
            "催办的工单同时报部门负责人。"
        )
        % words
    ]
    return _ask(
        request,
        order,
        UrgeForm,
        lambda **given: urge(order, **given),
        user=user,
        now=now,
        asking=URGE,
        done=_("%(number)s 已催办"),
        rules=rules,
    )


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def supervise_order(request: HttpRequest, number: str) -> HttpResponse:
    """督办: leaders, managers, hotline director."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if not may_supervise(user, now=now):
        raise PermissionDenied(_("督办由分管领导、主要领导、管理人员或热线主任提出。"))
    return _ask(
        request,
        order,
        SuperviseForm,
        lambda **given: supervise(order, **given),
        user=user,
        now=now,
        asking=SUPERVISE,
        done=_("%(number)s 已列入督办"),
        rules=[_("督办的工单同时报部门负责人，直到解除督办。")],
    )


@login_required
@once_per_key
@require_POST
def end_supervising(request: HttpRequest, number: str) -> HttpResponse:
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now)
    return _settled(request, order, lambda: end_supervision(order, by=user, now=now), _("%(number)s 已解除督办"))


def _settled(request: HttpRequest, order: Order, act: Callable[[], Any], done: str) -> HttpResponse:
    """For acts of one press: done, or said why not on the order's page."""
    try:
        act()
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    except NotNow as error:
        messages.error(request, error.message)
        return redirect("order", number=order.number)
    messages.success(request, done % {"number": order.number})
    return redirect("order", number=order.number)


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def deal_with_order(request: HttpRequest, number: str) -> HttpResponse:
    """B23: take it, name another handler, pass it up, or instruct; whoever it lies before."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    row = Escalation.objects.filter(order=order).order_by("-pk").first()
    if row is None:
        raise Http404(_("这张工单没有上报。"))
    row.order = order
    seat = seat_for(user, row, Authority(shanghai_day(now)))
    if seat is None:
        raise PermissionDenied(_("这张工单现由%(who)s处理。") % {"who": row.get_rung_display()})
    acts = acts_for(seat, row)
    return _ask(
        request,
        order,
        EscalationForm,
        lambda **given: deal_with(row, **given),
        user=user,
        now=now,
        asking=ESCALATION,
        done=_("%(number)s 已处理"),
        rules=[_("亲自承办或改派经办人后不再上报；上报上级的，由上级批示后退回部门负责人。")],
        prepare=lambda form: form.offer(acts),
        refusal=_("这张工单已有人处理，不再待您处理。") if row.closed_at else "",
    )


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: HttpRequest, number: str) -> HttpResponse:
    """A time told to the customer (S1-R16, R19, R25)."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if not may_promise(order, user, now=now):
        raise PermissionDenied(_("承诺由责任部门或热线登记。"))
    words = {"days": order.policy.connection_days, "warn": order.policy.connection_warning_days}
    return _ask(
        request,
        order,
        PromiseForm,
        lambda **given: make_promise(order, **given),
        user=user,
        now=now,
        asking=PROMISE,
        done=_("%(number)s 已登记承诺"),
        rules=[
            _("承诺到时未兑现，系统提醒热线主动联系客户；接电 %(days)d 个工作日，第 %(warn)d 天预警。") % words,
        ],
    )


@login_required
@once_per_key
@require_POST
def settle(request: HttpRequest, number: str, pk: int, result: str) -> HttpResponse:
    """``kept`` or ``off``."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now)
    row = Promise.objects.filter(order=order, pk=min(pk, LARGEST_KEY)).first()
    if row is None or result not in {"kept", "off"}:
        raise Http404(_("没有这项承诺。"))
    done = _("%(number)s 已登记兑现") if result == "kept" else _("%(number)s 已取消承诺")
    return _settled(request, order, lambda: settle_promise(row, by=user, now=now, kept=result == "kept"), done)


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def fault_times(request: HttpRequest, number: str) -> HttpResponse:
    """When the crew arrived and when supply was back; the lead department (A7, B22)."""
    now, user = timezone.now(), user_of(request)
    order = find_order(request, number, now=now, orders=ROWS.all())
    if may.lead_department(order, standing(user, shanghai_day(now))) is None:
        raise PermissionDenied(_("抢修时间由责任部门登记。"))
    policy = order.policy
    words = {"a": policy.arrival_urban_minutes, "b": policy.arrival_rural_minutes, "c": policy.arrival_remote_minutes}
    return _ask(
        request,
        order,
        FaultTimesForm,
        lambda **given: record_fault_times(order, **given),
        user=user,
        now=now,
        asking=FAULT_TIMES,
        done=_("%(number)s 已登记抢修时间"),
        rules=[_("自派单起，城区 %(a)d 分钟、农村 %(b)d 分钟、偏远 %(c)d 分钟内到场。") % words],
    )
