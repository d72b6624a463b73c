"""``/orders/bulk/`` and ``/orders/<number>/undo/``: acts on many orders, their results, and taking them back."""

import re
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from complaints.display import chip_of, conceals
from complaints.errors import Refused
from complaints.lists import queues_for
from complaints.models import BulkRun, Order
from complaints.services.bulk import BULK_ACTS, MOST, Pick, may_be_undone, run_bulk, undo_bulk
from complaints.services.undo import undo
from complaints.views.access import find_order, user_of
from people import audit
from people.idempotency import once_per_key
from people.models import User
from people.refusals import refuse
from people.standing import Standing, standing

_PICK = re.compile(r"([0-9A-Za-z-]{1,20})@([0-9]{1,9})")
TOLD_AT_ONCE = 3  # refusals that fit into a line; the rest is on the run's page


def _standing_of(user: User) -> Standing:
    who = standing(user, timezone.localdate())
    if not queues_for(who):
        raise PermissionDenied(_("您的岗位不查看工单。"))
    return who


def _picks(request: HttpRequest) -> list[Pick]:
    """The rows chosen, each once; raises BadRequest for what no list of ours sends."""
    found: dict[str, int] = {}
    for text in request.POST.getlist("pick"):
        match = _PICK.fullmatch(text)
        if match is None:
            raise BadRequest(_("选择的工单有误，请从列表重新选择。"))
        found[match[1]] = int(match[2])
    if not found:
        raise BadRequest(_("请先选择工单。"))
    if len(found) > MOST:
        raise BadRequest(_("一次最多选择 %(n)d 张工单。") % {"n": MOST})
    return list(found.items())


@login_required
@require_POST
@once_per_key
def bulk(request: HttpRequest) -> HttpResponse:
    """Takes or assigns the chosen orders; each has its own result, what could be done is done."""
    now = timezone.now()
    user = user_of(request)
    _standing_of(user)
    act = BULK_ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise BadRequest(_("没有这个批量操作。"))
    given = request.POST.get("handler", "")[:40]
    back = request.POST.get("back", "")[:1000]
    run = run_bulk(act, _picks(request), by=user, now=now, given=given, back=back)
    _tell(request, run, str(act.past))
    return _back(run)


def _tell(request: HttpRequest, run: BulkRun, past: str) -> None:
    if run.done:
        tags = f"undo:{reverse('orders_bulk_undo', args=[run.uid])}" if may_be_undone(run) else ""
        text = _("%(n)d 件已%(past)s") % {"n": len(run.done), "past": past}
        messages.success(request, text, extra_tags=tags)
    if run.refused:
        told = "；".join(f"{row['number']} {row['error']}" for row in run.refused[:TOLD_AT_ONCE])
        text = _("%(n)d 件没有%(past)s：%(why)s") % {"n": len(run.refused), "past": past, "why": told}
        if len(run.refused) > TOLD_AT_ONCE:
            text += " …… " + _("全部结果见 %(url)s") % {"url": reverse("orders_bulk_run", args=[run.uid])}
        messages.warning(request, text)


def _back(run: BulkRun) -> HttpResponseRedirect:
    """To the list the rows were chosen in; only ever our own list."""
    return redirect(f"{reverse('orders')}?{run.back}" if run.back else reverse("orders"))


@login_required
@require_safe
def bulk_run(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """What became of each order; for whoever did it."""
    run = get_object_or_404(BulkRun, uid=uid, by=user_of(request))
    context = {"run": run, "past": BULK_ACTS[run.act].past, "back_url": _back(run).url}
    return render(request, "complaints/bulk_run.html", context)


@login_required
@require_POST
@once_per_key
def bulk_undo(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    run = get_object_or_404(BulkRun, uid=uid, by=user)
    results = undo_bulk(run, by=user, now=now)
    refused = [row for row in results if row["error"]]
    if len(results) > len(refused):
        messages.success(request, _("已撤销 %(n)d 件") % {"n": len(results) - len(refused)})
    if refused:
        told = "；".join(f"{row['number']} {row['error']}" for row in refused[:TOLD_AT_ONCE])
        messages.warning(request, _("%(n)d 件没有撤销：%(why)s") % {"n": len(refused), "why": told})
    if not results:
        messages.warning(request, _("这一批已经撤销过了"))
    return _back(run)


@login_required
@require_POST
@once_per_key
def undo_act(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """Takes one's own last step back while the toast offers it."""
    now = timezone.now()
    found = find_order(request, number, now=now)
    try:
        undo(found, seq=seq, by=user_of(request), now=now)
    except Refused as error:
        if error.status == 403:
            raise PermissionDenied(error.message) from error
        text = "；".join([error.message, *error.changes])
        return refuse(request, status=error.status, field="seq", text=text)
    messages.success(request, _("%(number)s 已撤销") % {"number": number})
    return redirect("order", number=number)


@login_required
@require_POST
def print_orders(request: HttpRequest) -> HttpResponse:
    """The chosen orders on paper, one after another, masked as on the screen; each is on record."""
    now = timezone.now()
    user = user_of(request)
    who = _standing_of(user)
    numbers = [number for number, _version in _picks(request)]
    rows = Order.objects.visible_to(user, now=now).filter(number__in=numbers)
    rows = rows.select_related("station", "lead_department", "handler", "registered_by", "subcategory")
    orders = sorted(rows.prefetch_related("demands"), key=lambda order: numbers.index(order.number))
    if not orders:
        raise Http404(_("没有这些工单，或不在您的查看范围内。"))
    for order in orders:
        audit.record(actor=user, action="order.print", subject=order, now=now, request=request)
    sheets = [_sheet(order, who) for order in orders]
    return render(request, "complaints/print.html", {"sheets": sheets, "by": user, "printed_at": now})


def _sheet(order: Order, who: Standing) -> dict[str, Any]:
    return {
        "order": order,
        "chip": chip_of(order)[0],
        "concealed": conceals(order, who) or order.anonymous,
        "demands": order.demands.all(),
    }
