"""Money in words: what a line is for, whose numbers it used, what it is worth today; and the order page's panel."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from complaints.models import Order
from escalation.around import around
from escalation.ledger import for_display, visible_to
from escalation.models import Penalty
from escalation.money import Cause, PenaltyKind, PersonsFrom, RulingGround, RulingKind, RulingStatus, Status
from escalation.permissions import may_read_money
from escalation.views.rulings import ACTS, acts_open_to
from people.masking import mask_text
from people.standing import standing
from people.templatetags.ui import chip
from policy import rulebook
from policy.limits import shanghai_day
from policy.rulebook import Rulebook
from policy.workdays import add_workdays

register = template.Library()
RULES = {
    PenaltyKind.OVERDUE: "S4-R47",
    PenaltyKind.UNQUALIFIED: "S4-R49",
    PenaltyKind.REPEAT: "S4-R50",
    PenaltyKind.CAP: "A10",
}
LOOKS = {Status.PROVISIONAL: ("hourglass", "wait"), Status.PROPOSED: ("clock", "soon"), Status.FINAL: ("lock", "")}


@register.filter
def yuan(amount: Decimal | int | None) -> str:
    """1,050 or 1,050.50: no false precision."""
    value = Decimal(amount or 0)
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


@register.filter
def mask(text: str) -> str:
    return mask_text(text)


@register.filter
def sum_text(line: Penalty) -> str:
    return _("%(rate)s 元 × %(n)d 人") % {"rate": yuan(line.rate), "n": line.persons}


@register.filter
def why_text(line: Penalty) -> str:
    """Which day, which rule and which version of it."""
    words = {
        PenaltyKind.OVERDUE: _("%(day)s 为逾期工作日"),
        PenaltyKind.UNQUALIFIED: _("%(day)s 裁定为不合格工单"),
        PenaltyKind.REPEAT: _("%(day)s 认定引起再次反映"),
        PenaltyKind.CAP: _("%(day)s 的扣罚超过每人每月上限"),
    }
    text = words[PenaltyKind(line.kind)] % {"day": f"{line.day:%Y-%m-%d}"}
    rule = _("依据 %(rule)s，%(since)s 起的标准") % {
        "rule": RULES[PenaltyKind(line.kind)],
        "since": f"{line.policy.effective_from:%Y-%m-%d}",
    }
    return f"{text}，{rule}"


@register.filter
def source_text(line: Penalty) -> str:
    """Where the number of persons came from (B16, F23), and the calendar that made the day a working day."""
    if line.persons_from == PersonsFrom.HEADCOUNT and line.headcount:
        since = f"{line.headcount.valid_from:%Y-%m-%d}"
        people = _("人数：%(since)s 起登记 %(n)d 人") % {"since": since, "n": line.persons}
    elif line.persons_from == PersonsFrom.NAMED:
        people = _("人数：指定责任人 %(n)d 人") % {"n": line.persons}
    else:
        people = _("当天没有登记人数，按 0 元列示，请核对")
    return _("%(people)s；日历第 %(version)d 版") % {"people": people, "version": line.calendar_version}


@register.simple_tag
def status_chip(line: Any) -> SafeString:
    """B1, in word, glyph and colour; a void says why and by whom."""
    status = Status(line.status)
    if status != Status.VOID:
        return chip(str(status.label), *LOOKS[status])
    row = line if line.voids_id else getattr(line, "void", None)
    return chip(str(Cause(row.cause).label if row else status.label), "x", "")


@register.filter
def note_text(line: Any) -> str:
    """What was written when the line was taken back."""
    void = getattr(line, "void", None)
    return str(line.reason or (void.reason if void else ""))


def _next_day(order: Order, today: date, book: Rulebook) -> date | None:
    """The first day that would cost, while the department's clock runs."""
    if order.due_on is None or order.department_stopped_at is not None or order.closed_at is not None:
        return None
    if order.due_on < today and book.calendar.is_workday(today):
        return today
    return add_workdays(max(order.due_on, today), 1, book.calendar).date


@register.inclusion_tag("escalation/_penalty_panel.html", takes_context=True)
def penalty_panel(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """What the order has cost, what the next day would cost, what this reader may ask for. At most two queries."""
    now, user = context["now"], context["request"].user
    today = shanghai_day(now)
    who = standing(user, today)
    found = {"order": order, "today": today, "now": now, "lines": [], "rates": None}
    if order.due_on is None or not may_read_money(who):
        return found
    book = context.get("book") or rulebook.current()
    beside = around(order, today)
    rows = visible_to(user, now=now).filter(order=order, voids__isnull=True)
    lines: Any = list(for_display(rows).order_by("day", "pk")) if beside["charged"] else []
    open_to = acts_open_to(order, who, {line.department_id for line in lines})
    return found | {
        "lines": lines,
        "total": sum(line.amount for line in lines if line.status != Status.VOID),
        "heads": beside["heads"],
        "rates": book.policy_on(today),
        "next_day": _next_day(order, today, book),
        "held": beside["held"],
        "rulings": [
            {
                **one,
                "kind": RulingKind(one["kind"]).label,
                "ground": RulingGround(one["ground"]).label,
                "word": RulingStatus(one["status"]).label,
            }
            for one in beside["ruled"]
        ],
        "acts": [(ACTS[name].title, reverse("order_money", args=[order.number, name])) for name in open_to],
    }
