"""Panels this app adds to pages below it: ``{% load escalation_panels %}{% deadline_panel order %}``."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints import permissions as may
from complaints.models import Order
from escalation.deadlines import explain
from escalation.models import Approval, Extension
from escalation.panel import pressure_of
from escalation.queries import cases_of, kind_of, pending
from escalation.services.cases import open_step
from escalation.services.extensions import EXTENSION, why_not
from escalation.services.flags import FLAG
from escalation.vocabulary import ApprovalStatus
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.vocabulary import EXTENDABLE
from policy.workdays import DayMark, Mark

register = template.Library()


def _cases(context: dict[str, Any], order: Order) -> list[Approval]:
    """The order's cases, read once per page."""
    kept: dict[int, list[Approval]] = context.dicts[0].setdefault("_cases_of_orders", {})  # type: ignore[attr-defined]
    if order.pk not in kept:
        kept[order.pk] = cases_of(order)
    return kept[order.pk]


@register.inclusion_tag("escalation/_deadline_panel.html", takes_context=True)
def deadline_panel(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """Countdown, dated days and the reasons behind the due date; what an extension would change, and asking for it."""
    now = context["now"]
    book = context.get("book") or rulebook.current()
    found = explain(order, now=now, book=book)
    extensions = [case.extension for case in _cases(context, order) if case.kind == EXTENSION.code]
    waiting = next((one for one in extensions if one.status == ApprovalStatus.PENDING), None)
    return {
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
        "order": order,
        "found": found,
        "now": now,
        "today": shanghai_day(now),
        "waiting": waiting,
        "extensions": extensions,
        **_offer(context, order, waiting, now),
    }


@register.inclusion_tag("escalation/_pressure.html", takes_context=True)
def pressure_panel(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """The other limits, promises, and what this reader may do to make the order move."""
    now, user = context["now"], getattr(context.get("request"), "user", None)
    found = pressure_of(order, user, now=now) if isinstance(user, User) else {}
    return {"order": order, "now": now, "today": shanghai_day(now), "csrf_token": context.get("csrf_token"), **found}


def _offer(context: dict[str, Any], order: Order, waiting: Extension | None, now: datetime) -> dict[str, str]:
    """Where the lead department asks for more time, or why it cannot; nothing for everybody else."""
    user = getattr(context.get("request"), "user", None)
    concerns = order.kind in EXTENDABLE and order.closed_at is None and order.answered_at is None
    if not isinstance(user, User) or waiting is not None or not concerns:
        return {}
    if may.lead_department(order, standing(user, shanghai_day(now))) is None:
        return {}
    return {"ask_url": reverse("order_extension", args=[order.number]), "why_not": why_not(order, now=now)}


@register.inclusion_tag("escalation/_case_callouts.html", takes_context=True)
def case_callouts(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """One line for each case that waits: what is asked, whose turn it is, what holds until then."""
    rows = [
        {
            "case": case,
            "kind": kind_of(case),
            "text": kind_of(case).summary(case),
            "said": [step for step in case.steps.all() if step.decision],
            "turn": open_step(list(case.steps.all())),
            "meanwhile": kind_of(case).meanwhile(case),
        }
        for case in pending(_cases(context, order))
    ]
    return {"rows": rows}


@register.inclusion_tag("escalation/_case_chips.html", takes_context=True)
def case_chips(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """延期待批 and its like beside the state, and the flags that hold."""
    found = _cases(context, order)
    held = [case for case in found if case.kind == FLAG.code and case.status == ApprovalStatus.APPROVED]
    return {"kinds": [kind_of(case) for case in pending(found)], "flags": [FLAG.summary(case) for case in held]}


SCALE, LEFT = 324, 1
CLOSE = 18  # px under which two figures of the scale would touch
CAP_WORDS = 52


@register.inclusion_tag("escalation/_span30.html")
def span30(used: int, start: int, end: int, cap: int) -> dict[str, Any]:
    """The scale from registration to the cap: what is used, what is allowed now, what is asked for."""

    def place(days: int) -> int:
        return LEFT + round(SCALE * min(days, cap) / cap)

    start_x, end_x = place(start), place(end)
    close = end_x - start_x < CLOSE
    marks = [(start_x, start, "end" if close else "middle")]
    if end_x < SCALE - CAP_WORDS:
        marks.append((end_x, end, "start" if close else "middle"))
    return {
        "cap": cap,
        "used": used,
        "start": start,
        "end": end,
        "used_width": place(used) - LEFT,
        "start_x": start_x,
        "end_x": end_x,
        "asked_width": end_x - start_x,
        "marks": marks,
    }


@register.filter
def day_reason(day: DayMark) -> str:
    """One day of the explanation in words: counted as which, or skipped and why."""
    match day.mark:
        case Mark.START:
            return _("登记日，不计")
        case Mark.WEEKEND:
            return _("周末，不计")
        case Mark.HOLIDAY:
            return _("%(name)s放假，不计") % {"name": day.name or _("法定节日")}
        case Mark.MAKEUP:
            return _("调休上班，第 %(n)d 天") % {"n": day.index}
        case Mark.ASSUMED:
            return _("第 %(n)d 天（放假安排未公布，按周一至周五推算）") % {"n": day.index}
    return _("第 %(n)d 天") % {"n": day.index}
