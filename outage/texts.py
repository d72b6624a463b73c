"""What customers read: the texts of notices and announcements, filled per group; none holds personal data.

``{范围}`` stands for the group's own part of the outage and is put in for each group, so that one text serves all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Order
from outage.models import Outage, OutageGroup
from outage.vocabulary import Medium, OutageCause, Slot
from people.masking import mask_text

PLACE = "{范围}"
SHORTEST_NAME = 2


def _hour(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""


def templates_of(outage: Outage, slot: int) -> list[tuple[str, str]]:
    """(label, text) of the templates for this notice, the usual one first; what is not known is left out."""
    eta = _("预计 %s 送电") % _hour(outage.expected_at) if outage.expected_at else _("送电时间确定后马上告知大家")
    cause = outage.cause_text or {OutageCause.UNKNOWN: _("原因正在查找")}.get(
        OutageCause(outage.cause), outage.get_cause_display()
    )
    tail = _("给您添麻烦了，有急事请拨供电服务热线 %(phone)s。%(station)s") % {
        "phone": outage.policy.hotline_number,
        "station": outage.station.name,
    }
    own = {
        "place": PLACE,
        "off": _hour(outage.occurred_at or outage.detected_at),
        "repair": _hour(outage.repair_started_at),
        "on": _hour(outage.restored_at),
        "cause": cause,
        "eta": eta,
        "tail": tail,
    }
    if slot == Slot.INTERRUPTION:
        found = [
            (_("停电告知"), _("%(place)s的居民朋友：%(off)s 起停电，%(cause)s，抢修人员已出发，%(eta)s。%(tail)s"))
        ]
    elif slot == Slot.REPAIR:
        found = [
            (_("到场"), _("%(place)s的居民朋友：抢修人员已于 %(repair)s 到达现场开始抢修，%(eta)s。%(tail)s")),
            (_("查明原因"), _("%(place)s的居民朋友：停电原因已查明，%(cause)s，正在抢修，%(eta)s。%(tail)s")),
            (_("推迟送电"), _("%(place)s的居民朋友：抢修比预想的困难，%(cause)s，%(eta)s。%(tail)s")),
        ]
    else:
        words = _(
            "%(place)s的居民朋友：%(on)s 已恢复送电。家中仍无电的，请拨供电服务热线 %(phone)s。感谢理解。%(station)s"
        )
        own |= {"phone": outage.policy.hotline_number, "station": outage.station.name}
        found = [(_("送电告知"), words)]
    return [(label, text % own) for label, text in found]


def places_of(outage: Outage) -> dict[int, str]:
    """Group key -> its own part of the outage in words: its grid's areas, else the whole place."""
    areas: dict[int | None, list[str]] = {}
    for row in outage.areas.select_related("area"):
        areas.setdefault(row.area.grid_id, []).append(row.area.name)
    groups: Iterable[OutageGroup] = outage.groups.select_related("group")
    return {link.group_id: "、".join(areas.get(link.group.grid_id, [])) or outage.place for link in groups}


def filled(text: str, place: str) -> str:
    return text.replace(PLACE, place)


def announcement_of(outage: Outage, medium: str) -> str:
    """The hotline's recorded words, or the public page's (S0-R31)."""
    eta = _("预计 %s 恢复送电") % _hour(outage.expected_at) if outage.expected_at else _("恢复时间将及时播报")
    own = {
        "place": outage.place,
        "off": _hour(outage.occurred_at or outage.detected_at),
        "cause": outage.cause_text or outage.get_cause_display(),
        "eta": eta,
        "company": outage.policy.company_name,
    }
    if medium == Medium.IVR:
        return _("您好，%(place)s因%(cause)s于 %(off)s 停电，抢修正在进行，%(eta)s。如为其他事项请按人工服务。") % own
    return _("%(place)s因%(cause)s于 %(off)s 停电，%(company)s正在全力抢修，%(eta)s。") % own


def answer_of(outage: Outage) -> str:
    """The answer all linked orders get when supply is back (B10)."""
    return _("您反映的停电因%(cause)s引起，已于 %(on)s 恢复送电。给您带来不便，抱歉。") % {
        "cause": outage.cause_text or outage.get_cause_display(),
        "on": _hour(outage.restored_at),
    }


def script_of(outage: Outage) -> str:
    """What an agent says to a caller inside the outage (S4-R19)."""
    eta = _("预计 %s 送电") % _hour(outage.expected_at) if outage.expected_at else _("送电时间确定后会在网格群告知")
    return _("您那里 %(off)s 起停电，%(cause)s，抢修人员正在处理，%(eta)s。给您带来不便，非常抱歉。") % {
        "off": _hour(outage.occurred_at or outage.detected_at),
        "cause": outage.cause_text or outage.get_cause_display(),
        "eta": eta,
    }


def personal_data_in(text: str, outage: Outage) -> str:
    """Why a text may not be made public, or nothing: telephone, identity and account numbers, names of callers and of
    customers it is about (S2-R13). Our own hotline number may stand in it."""
    number = re.escape(outage.policy.hotline_number)
    bare = re.sub(rf"(?<!\d){number}(?!\d)", "", text)
    if mask_text(bare) != bare:
        return _("正文里有电话、户号或证件号码，公众会看到，请删去。")
    named = Order.objects.filter(outage_link__outage=outage).values_list("caller_name", flat=True)
    for name in named:
        if len(name) >= SHORTEST_NAME and name in text:
            return _("正文里有客户姓名，公众会看到，请删去。")
    return ""
