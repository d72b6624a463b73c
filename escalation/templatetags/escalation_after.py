"""The order page's panel of what follows a verified complaint; its rows come with those of the money panel."""

from datetime import date
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.models import Order
from escalation.around import around
from escalation.money import CompensationKind, Measure, RecordKind
from escalation.permissions import may_read_money
from escalation.templatetags.escalation_money import yuan
from escalation.views.after import ACTS, acts_open_to
from escalation.vocabulary import ApprovalStatus
from people.standing import standing
from policy.limits import shanghai_day
from policy.vocabulary import Kind

register = template.Library()


def _rectify(row: dict[str, Any], today: date) -> dict[str, Any]:
    text = _("%(owner)s，%(due)s 前：%(what)s") % {"owner": row["owner"], "due": row["due"], "what": row["measures"]}
    if row["accepted"]:
        return {"word": _("整改已验收"), "glyph": "check", "look": "", "text": text}
    waits = bool(row["submitted"] and not row["missing"])
    late = row["due"] < str(today)
    name = "rectification_accept" if waits else "rectification_submit"
    return {
        "word": _("整改逾期") if late else _("整改中"),
        "glyph": "alert" if late else "clock",
        "look": "over" if late else "soon",
        "text": text,
        "url": reverse(name, args=[row["pk"]]),
        "verb": _("验收") if waits else _("提交整改情况"),
    }


def _inspect(row: dict[str, Any]) -> dict[str, Any]:
    text = f"{row['place']}：{row['task']}"
    if row["done"]:
        return {"word": _("已自查"), "glyph": "check", "look": "", "text": text}
    url = reverse("self_inspection_finish", args=[row["pk"]])
    return {"word": _("待自查"), "glyph": "clock", "look": "soon", "text": text, "url": url, "verb": _("填报结果")}


def _plain(word: Any, glyph: str, look: str, text: str) -> dict[str, Any]:
    return {"word": str(word), "glyph": glyph, "look": look, "text": text}


@register.inclusion_tag("escalation/_after_panel.html", takes_context=True)
def after_panel(context: dict[str, Any], order: Order) -> dict[str, Any]:
    """Shown to those who read money or may start one of the acts; only for complaints, reports and consultations."""
    now, user = context["now"], context["request"].user
    today = shanghai_day(now)
    who = standing(user, today)
    acts = acts_open_to(order, who) if order.kind in {Kind.COMPLAINT, Kind.REPORT_MISCONDUCT, Kind.CONSULTATION} else []
    if not acts and not may_read_money(who):
        return {"rows": [], "acts": []}
    found = around(order, today)
    rows = [_rectify(row, today) for row in found["rectify"]] + [_inspect(row) for row in found["inspect"]]
    for row in found["people"]:
        amount = _(" %(amount)s 元") % {"amount": yuan(row["amount"])} if row["amount"] else ""
        rows.append(_plain(Measure(row["measure"]).label, "user", "", f"{row['name']}（{row['role']}）{amount}"))
    rows += [_plain(RecordKind(row["kind"]).label, "star", "", row["text"]) for row in found["records"]]
    for row in found["money"]:
        status = ApprovalStatus(row["status"])
        look = "wait" if status == ApprovalStatus.PENDING else ""
        rows.append(
            _plain(
                CompensationKind(row["form"]).label,
                "note",
                look,
                _("%(amount)s 元 · %(status)s") % {"amount": yuan(row["amount"]), "status": status.label},
            )
        )
    return {
        "rows": rows,
        "acts": [(ACTS[name].title, reverse("order_after", args=[order.number, name])) for name in acts],
        "today": today,
    }
