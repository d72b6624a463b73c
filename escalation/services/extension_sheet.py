"""What an extension's sheet shows: old and new date, the scale to the cap, and the rules ticked by the system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.clock import clock_of
from complaints.models import Contact
from escalation.models import Approval, Extension
from people.templatetags.ui import day_text
from policy import rulebook
from policy.limits import end_of, shanghai_day


@dataclass(frozen=True)
class Check:
    """One rule and whether it is kept; what is not kept is for the decider to weigh."""

    kept: bool
    text: str


def own_row(case: Approval) -> Extension:
    """The extension's own row, whichever of the two was read."""
    return case if isinstance(case, Extension) else case.extension


def sheet_of(case: Approval, *, now: datetime) -> dict[str, Any]:
    extension, order = own_row(case), case.order
    clock = clock_of(order, shanghai_day(now), rulebook.current())
    used = clock.total - clock.left + clock.late if clock else 0
    return {
        "extension": extension,
        "used": used,
        "clock": clock,
        "cap_days": order.policy.cap_days,
        "checks": checks(extension, now=now),
    }


def checks(extension: Extension, *, now: datetime) -> list[Check]:
    """The rules of S4-R43..R45 as they stand for this request."""
    order, asked = extension.order, extension.requested_at
    last = Contact.objects.filter(order=order).order_by("-at").first()
    files = extension.evidence.count()
    today = shanghai_day(now)
    return [
        Check(True, _("属情况特别复杂：%(ground)s") % {"ground": extension.get_ground_display()}),
        Check(
            asked < end_of(extension.from_on, order.policy),
            _("到期前提出，合计 %(n)d 个工作日，不超过 %(cap)d 个")
            % {"n": extension.limit_days, "cap": order.policy.cap_days},
        ),
        Check(True, _("%(day)s已联系客户") % {"day": day_text(last.at, today)})
        if last
        else Check(False, _("还没有联系客户的记录")),
        Check(bool(files), _("附材料 %(n)d 份") % {"n": files} if files else _("没有附材料")),
    ]
