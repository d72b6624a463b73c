"""``/intake/duty/``: what the desk hands up to shift leader and supervisor, and what they answer (S4-R21, R23)."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.errors import Refused
from complaints.models import Call, DeskHandover, HarassmentReport, Order
from complaints.permissions import may_take_over
from complaints.services.calls import acknowledge_harassment, record_hang_up
from complaints.services.desk import accept_handover, draft_key, hand_up, withdraw_handover
from complaints.views.access import desk_required, expect_desk, find_order, user_of
from complaints.views.drafts import suffix_of
from complaints.vocabulary import NoOrderReason
from people.idempotency import once_per_key
from people.models import User
from people.roles import Role
from people.services.roster import on_duty
from people.standing import standing
from policy import rulebook

MOST_SHOWN, SHOWN_FOR = 50, timedelta(hours=12)
LONGEST_REASON = 200


def _expect_leader(user: User, now: datetime) -> None:
    if may_take_over(standing(user, timezone.localdate(now))) is None:
        raise PermissionDenied(_("值班台由值长和主管使用。"))


def waiting_context(user: User, now: datetime) -> dict[str, Any]:
    """For the line on top of the desk: what waits for this leader, and what became of this agent's own hand-overs."""
    leads = may_take_over(standing(user, timezone.localdate(now))) is not None
    waiting = _in_view(user, now).filter(accepted_at=None, withdrawn_at=None).exclude(asked_by=user)
    reports = HarassmentReport.objects.filter(acknowledged_at=None)
    mine = DeskHandover.objects.filter(asked_by=user, asked_at__gte=now - SHOWN_FOR, withdrawn_at=None)
    return {
        "waiting": len(waiting.values_list("pk", flat=True)[:MOST_SHOWN]) if leads else 0,
        "unread": len(reports.values_list("pk", flat=True)[:MOST_SHOWN]) if leads else 0,
        "mine": list(mine.select_related("accepted_by").order_by("-asked_at")[:2]),
        "waiting_url": reverse("intake_waiting"),
    }


def _in_view(user: User, now: datetime) -> QuerySet[DeskHandover]:
    """Calls, and those orders this leader may see (A27: not a report about himself)."""
    return DeskHandover.objects.filter(
        Q(order=None) | Exists(Order.objects.visible_to(user, now=now).filter(pk=OuterRef("order_id")))
    )


@desk_required
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The same line, asked again every few seconds."""
    now = timezone.now()
    return render(request, "complaints/_waiting.html", waiting_context(user_of(request), now) | {"now": now})


@login_required
@require_safe
def duty(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    _expect_leader(user, now)
    rows = _in_view(user, now).select_related("order", "asked_by", "accepted_by")
    reports = HarassmentReport.objects.select_related("call", "call__agent", "acknowledged_by")
    recent = now - SHOWN_FOR
    context = {
        "handovers": rows.filter(accepted_at=None, withdrawn_at=None).order_by("asked_at")[:MOST_SHOWN],
        "done": rows.filter(asked_at__gte=recent).exclude(accepted_at=None).order_by("-accepted_at")[:MOST_SHOWN],
        "reports": reports.filter(acknowledged_at=None).order_by("reported_at")[:MOST_SHOWN],
        "read": reports.filter(acknowledged_at__gte=recent).order_by("-acknowledged_at")[:MOST_SHOWN],
        "figures": _today(now),
        "shift": on_duty(now),
        "now": now,
        "today": timezone.localdate(now),
        "me": user,
    }
    return render(request, "complaints/duty.html", context)


def _today(now: datetime) -> dict[str, Any]:
    """Calls of today: how many, picked up in time (S4-R07), wrong numbers and harassment (R20, R21)."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    limit = rulebook.policy_on(timezone.localdate(now)).ring_apology_over
    found = Call.objects.filter(received_at__gte=midnight, received_at__lte=now).aggregate(
        calls=Count("pk"),
        rung=Count("pk", filter=Q(ring_count__isnull=False)),
        in_time=Count("pk", filter=Q(ring_count__lte=limit)),
        wrong=Count("pk", filter=Q(no_order_reason=NoOrderReason.WRONG_NUMBER)),
        harassment=Count("pk", filter=Q(no_order_reason=NoOrderReason.HARASSMENT)),
        by_agent=Count("pk", filter=Q(hung_up_by="agent") & ~Q(no_order_reason=NoOrderReason.HARASSMENT)),
    )
    share = found["in_time"] * 100 // found["rung"] if found["rung"] else None
    return {**found, "share": share, "limit": limit}


@login_required
@require_POST
@once_per_key
def accept(request: HttpRequest, handover_id: int) -> HttpResponse:
    """Takes a call or an order over; the typed fields go on in the taker's own desk."""
    now = timezone.now()
    user = user_of(request)
    _expect_leader(user, now)
    handover = get_object_or_404(DeskHandover.objects.select_related("order"), pk=handover_id)
    if handover.order is not None:
        find_order(request, handover.order.number, now=now)
    try:
        done = accept_handover(handover, by=user, now=now)
    except Refused as error:
        messages.error(request, error.message)
        return redirect("intake_duty")
    messages.success(request, _("已接手"))
    if done.order is not None:
        return redirect("order", number=done.order.number)
    return redirect(f"{reverse('intake')}?draft={suffix_of(draft_key(done))}")


@desk_required
@require_POST
@once_per_key
def withdraw(request: HttpRequest, handover_id: int) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    handover = get_object_or_404(DeskHandover.objects.filter(asked_by=user), pk=handover_id)
    try:
        done = withdraw_handover(handover, by=user, now=now)
    except Refused as error:
        messages.error(request, error.message)
        return redirect("intake")
    messages.success(request, _("已收回"))
    if done.order is not None:
        return redirect("order", number=done.order.number)
    return redirect(f"{reverse('intake')}?draft={suffix_of(draft_key(done))}")


@login_required
@require_POST
@once_per_key
def acknowledge(request: HttpRequest, call_id: int) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    _expect_leader(user, now)
    report = get_object_or_404(HarassmentReport, pk=call_id)
    opinion = " ".join(request.POST.get("opinion", "").split())[:LONGEST_REASON]
    try:
        acknowledge_harassment(report, by=user, now=now, opinion=opinion)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已确认骚扰电话报告"))
    return redirect("intake_duty")


@login_required
@once_per_key
@require_http_methods(["GET", "HEAD", "POST"])
def hand_up_order(request: HttpRequest, number: str) -> HttpResponse:
    """``/orders/<number>/hand-up/``: an order the agent cannot settle (S4-R23)."""
    now = timezone.now()
    user = user_of(request)
    order = find_order(request, number, now=now)
    expect_desk(user, now=now)
    role, reason = request.POST.get("to_role", ""), " ".join(request.POST.get("hand_reason", "").split())
    context = {"order": order, "to_role": role, "reason": reason, "back_url": reverse("order", args=[number])}
    if request.method != "POST":
        return render(request, "complaints/hand_up.html", context | {"to_role": Role.SHIFT_LEADER})
    try:
        hand_up(by=user, now=now, to_role=role, reason=reason[:LONGEST_REASON], order=order)
    except Refused as error:
        return render(request, "complaints/hand_up.html", context | {"refusal": error.message}, status=error.status)
    messages.success(request, _("%(number)s 已转%(role)s") % {"number": number, "role": Role(role).label})
    return redirect("order", number=number)


@desk_required
@require_POST
@once_per_key
def hang_up(request: HttpRequest, call_id: int) -> HttpResponse:
    """Who ended the call, told on the page after it (S4-R10)."""
    now = timezone.now()
    user = user_of(request)
    call = get_object_or_404(Call.objects.select_related("order").filter(agent=user), pk=call_id)
    reason = " ".join(request.POST.get("hung_up_reason", "").split())[:LONGEST_REASON]
    try:
        record_hang_up(call, by=user, now=now, hung_up_by=request.POST.get("hung_up_by", ""), reason=reason)
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已登记挂机"))
    if call.order is None:
        return redirect("intake")
    return redirect(reverse("order_slip", args=[call.order.number]) + "?fresh")
