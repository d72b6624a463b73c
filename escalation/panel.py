"""The order page's part of deadlines: every limit in words, promises, and the reader's ways to make it move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints import permissions as may
from complaints.models import Order
from complaints.vocabulary import BEFORE_CALLBACK
from escalation.around import around
from escalation.models import Deadline, Escalation, Promise
from escalation.rules import rule
from escalation.services.authority import Authority
from escalation.services.pressure import may_supervise, may_urge, seat_for
from escalation.services.promises import may_promise
from escalation.vocabulary import UrgeLevel
from people.models import User
from people.roles import HEADS, LEADERS
from people.standing import standing
from people.templatetags.ui import stamp
from policy.limits import shanghai_day
from policy.vocabulary import Kind

# Shown by the countdown above already.
SHOWN_ABOVE = ("answer", "feedback")


@dataclass(frozen=True)
class Limit:
    """One limit in words; ``mark`` is kept, late, running or dropped."""

    label: str
    words: str
    mark: str


def pressure_of(order: Order, user: User, *, now: datetime) -> dict[str, Any]:
    today = shanghai_day(now)
    found_rows = Deadline.objects.filter(order=order, dropped_at__isnull=True).exclude(rule__in=SHOWN_ABOVE)
    rows = list(found_rows.order_by("due_at", "pk"))
    limits = [limit_of(row, now=now, today=today) for row in rows]
    found: dict[str, Any] = {"limits": limits, "lying_late": any(one.mark == "late" for one in limits)}
    if any(row.rule in PROMISED for row in rows):
        promises = Promise.objects.filter(order=order, kept_at__isnull=True, called_off_at__isnull=True)
        found |= {"promises": promises.order_by("promised_at"), "may_settle": may_promise(order, user, now=now)}
    if order.closed_at is None:
        found |= _ways(order, user, now=now)
    return found


PROMISED = frozenset({"delay", "appointment", "connection"})


def limit_of(row: Deadline, *, now: datetime, today: Any) -> Limit:
    known = rule(row.rule)
    label = str(known.label) if known else row.rule
    if row.met_at is not None:
        words = _("%(at)s 完成") % {"at": stamp(row.met_at, today)}
        return Limit(label, words + ("，" + _("迟") if row.was_late else ""), "late" if row.was_late else "kept")
    if row.due_at <= now:
        return Limit(label, _("%(at)s 已过") % {"at": stamp(row.due_at, today)}, "late")
    return Limit(label, _("%(at)s 前") % {"at": stamp(row.due_at, today)}, "running")


def _ways(order: Order, user: User, *, now: datetime) -> dict[str, Any]:
    """What this reader may do, read from posts; rows are asked for only where they matter to this reader."""
    who = standing(user, shanghai_day(now))
    names = []
    if order.state in BEFORE_CALLBACK and order.lead_department_id and may_urge(user, UrgeLevel.URGE, now=now):
        names.append(("order_urge", _("催办"), "bolt"))
    live, heads = may_supervise(user, now=now), who.has(*HEADS, *LEADERS)
    beside = around(order, shanghai_day(now)) if live or heads else {}
    followed = live and beside["supervised"]
    if live and not followed:
        names.append(("order_supervise", _("督办"), "flag"))
    if heads and beside["escalated"] and _lies_before(order, user, now=now):
        names.append(("order_escalation", _("处理上报"), "branch"))
    if may_promise(order, user, now=now):
        names.append(("order_promise", _("登记承诺"), "clock"))
        names.append(("order_flag", _("申请标记"), "flag"))
    if order.accepted_at and order.state in BEFORE_CALLBACK and may.lead_department(order, who) is not None:
        names.append(("order_solution", _("方案报审"), "stamp"))
    if order.kind == Kind.FAULT_REPORT and may.lead_department(order, who) is not None:
        names.append(("order_fault_times", _("抢修时间"), "bolt"))
    links = [{"url": reverse(name, args=[order.number]), "label": label, "icon": icon} for name, label, icon in names]
    return {"links": links, "may_end": followed}


def _lies_before(order: Order, user: User, *, now: datetime) -> bool:
    row = Escalation.objects.filter(Q(order=order), closed_at__isnull=True).first()
    if row is None:
        return False
    row.order = order
    return seat_for(user, row, Authority(shanghai_day(now))) is not None
