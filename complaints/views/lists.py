"""``/orders/``: queues, filters, search. Page and polled fragment come from the same template."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from complaints import filters
from complaints.clock import GROUPS, clock_of, group_of
from complaints.display import acts_for, chip_of, conceals
from complaints.filters import Asked
from complaints.lists import BadKey, Page, Reader, as_rows, page_of, queue_page, queues_for, reader_of
from complaints.models import DefaultView, Order, SavedView
from complaints.queries import search
from complaints.views.access import user_of
from complaints.views.list_frame import frame
from people.models import User
from people.roles import HOTLINE
from policy import rulebook
from policy.vocabulary import EXTENDABLE


@login_required
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    book = rulebook.current()
    reader = reader_of(user, now=now, book=book)
    tabs = queues_for(reader.who)
    if not tabs:
        raise PermissionDenied(_("您的岗位不查看工单。"))
    if not request.GET and (first := _opens_with(user, now)):
        return redirect(first)
    try:
        wanted = filters.read(request.GET, reader.who)
        page = _page(wanted, reader)
    except BadKey as error:
        raise BadRequest(_("网址中的参数有误：%(what)s。请从列表重新进入。") % {"what": str(error)[:40]}) from error
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "complaints/_rows.html", _table(page, wanted, reader))
    context = _table(page, wanted, reader) | frame(wanted, tabs, reader)
    return render(request, "complaints/orders.html", context)


def _opens_with(user: User, now: datetime) -> str:
    """The address of the view this person's list opens with, if it is still in sight."""
    kept = DefaultView.objects.filter(user=user).values("view")
    view = SavedView.objects.visible_to(user, now=now).filter(pk__in=kept).first()
    return f"{reverse('orders')}?{view.query}&{filters.VIEW}={view.pk}" if view else ""


def _page(wanted: Asked, reader: Reader) -> Page:
    where, after, before = wanted.where(), wanted.after, wanted.before
    if not wanted.q:
        return queue_page(wanted.queue, reader, filters=where, after=after, before=before)
    # A search looks everywhere the reader may look, not only in the tab that happens to be open.
    rows = Order.objects.visible_to(reader.user, now=reader.now).filter(where)
    found = search(rows, wanted.q, knows_callers=reader.who.has(*HOTLINE))
    return page_of(found, wanted.queue, searched=True, after=after, before=before, shape=as_rows)


def _table(page: Page, wanted: Asked, reader: Reader) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for order in page.rows:
        groups.setdefault(group_of(order, reader.today, reader.book), []).append(_row(order, reader))
    rate = reader.book.policy_on(reader.today).overdue_rate_yuan
    notes = {"overdue": _("每逾期 1 天扣责任部门当月奖金 %(rate)g 元/人") % {"rate": rate}}
    return {
        "groups": [{"label": GROUPS[name], "note": notes.get(name, ""), "rows": rows} for name, rows in groups.items()],
        "label": _("搜索结果") if wanted.q else wanted.queue.label,
        "shown": len(page.rows),
        "total": None,
        "older": wanted.url(after=page.after) if page.after else "",
        "newer": wanted.url(before=page.before) if page.before else "",
        "empty": _nothing(wanted),
        "now": reader.now,
        "today": reader.today,
    }


def _row(order: Order, reader: Reader) -> dict[str, Any]:
    acts = acts_for(order, by=reader.user, now=reader.now, book=reader.book, only=LIST_ACTS)
    return {
        "order": order,
        "chip": chip_of(order),
        "clock": clock_of(order, reader.today, reader.book),
        "concealed": conceals(order, reader.who),
        "strong": order.kind in EXTENDABLE,
        "acts": [act for act in acts if act.key and not act.why],
    }


LIST_ACTS = frozenset({"accept", "assign_handler"})


def _nothing(wanted: Asked) -> dict[str, str]:
    if wanted.is_narrowed:
        return {
            "title": _("没有符合条件的工单"),
            "text": _("换一个条件，或清除条件后再看。"),
            "url": wanted.unnarrowed,
            "action": _("清除条件"),
        }
    return {"title": _("这里没有工单"), "text": _("有新的工单时会自动出现。"), "url": "", "action": ""}
