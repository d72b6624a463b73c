"""An event of the stream in words: what it changed, before and after. For the timeline and for those overtaken."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.models import OrderEvent
from complaints.vocabulary import ArchiveGround, CallbackBy, Satisfaction
from policy.vocabulary import Category, Kind

# Fields whose event holds {"from", "to"}, with what their codes mean.
FIELDS: dict[str, str | Promise] = {
    "handler": _l("经办人"),
    "kind": _l("类型"),
    "category": _l("分类"),
    "caller_name": _l("来电人"),
    "caller_phone": _l("联系电话"),
    "account_no": _l("户号"),
    "address": _l("地址"),
    "callback_when": _l("方便联系时间"),
}
WORDS: dict[str, Any] = {"kind": Kind, "category": Category, "callback_by": CallbackBy}


def changes_of(event: OrderEvent) -> list[str]:
    """What a step changed, before and after, one line each; corrections of personal data come masked."""
    data, lines = event.data, []
    lead = data.get("lead")
    if isinstance(lead, dict):
        text = _("责任部门：%(old)s → %(new)s") if lead["from"] else _("派往 %(new)s")
        lines.append(text % {"old": lead["from"], "new": lead["to"] or _("待定")})
    lines += [line for name, label in FIELDS.items() if (line := _field_change(name, label, data.get(name)))]
    due = data.get("due_on")
    if isinstance(due, dict):
        lines.append(_due_change(due["from"], due["to"], event.at.year))
    if data.get("label"):
        lines.append(data["label"])
    if event.name == "reschedule":
        lines.append(_due_change(data["from"], data["to"], event.at.year))
    if event.name == "approval_request" and data.get("to"):
        lines.append(_("申请延至 %(new)s") % {"new": _day_of(data["to"], event.at.year)})
    if data.get("satisfaction"):
        lines.append(_("满意度：%(value)s") % {"value": Satisfaction(data["satisfaction"]).label})
    if data.get("ground"):
        lines.append(_("归档依据：%(ground)s") % {"ground": ArchiveGround(data["ground"]).label})
    if event.clock_skew:
        lines.append(_("时间早于上一条记录，时钟可能有误"))
    return [str(line) for line in lines]


def _due_change(old: str | None, new: str | None, year: int) -> str:
    if not old:
        return _("到期日 %(day)s") % {"day": _day_of(new, year)}
    return _("到期日：%(old)s → %(new)s") % {"old": _day_of(old, year), "new": _day_of(new, year)}


def _day_of(iso: str | None, year: int) -> str:
    """An event's "2026-09-23" as people write it; the year only where it is not that of the event."""
    if not iso:
        return _("无")
    day = date.fromisoformat(iso)
    text = _("%(m)d 月 %(d)d 日") % {"m": day.month, "d": day.day}
    return text if day.year == year else f"{_('%(y)d 年') % {'y': day.year}} {text}"


def _field_change(name: str, label: str | Promise, change: Any) -> str:
    if not isinstance(change, dict):
        return ""
    old, new = (_word(name, change[side]) for side in ("from", "to"))
    if not old:
        return _("%(label)s：%(new)s") % {"label": label, "new": new}
    return _("%(label)s：%(old)s → %(new)s") % {"label": label, "old": old, "new": new or _("无")}


def _word(name: str, value: Any) -> str:
    """The label of a code, the text itself elsewhere."""
    words = WORDS.get(name)
    return str(words(value).label) if words and value in words.values else str(value or "")
