"""Reasons why a step of a plan cannot be taken now; None where it can."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from outage.flow.step import Attempt
from outage.planning.leads import Owed, lead_text, owed_for, unannounced, unreachable
from policy.rulebook import current


def at_text(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


def _too_late(owed: list[Owed]) -> str:
    lines = [
        _("%(medium)s须提前 %(lead)s，最晚 %(at)s")
        % {
            "medium": one.medium.label,
            "lead": lead_text(one.hours or 0),
            "at": at_text(one.due_at),
        }
        for one in owed
        if one.due_at is not None
    ]
    return _("公告已来不及：%(lines)s。请改期，或确属临时检修的按临时停电申请。") % {"lines": "；".join(lines)}


def starts_ahead(attempt: Attempt) -> str | None:
    if attempt.case.starts_at > attempt.now:
        return None
    return _("计划的开始时间已过，请先改期。")


def leads_can_be_kept(attempt: Attempt) -> str | None:
    """S2-R01: checked before approval, so that no plan is approved that can only be announced too late."""
    late = unreachable(attempt.case, attempt.case.starts_at, attempt.now)
    return _too_late(late) if late else None


def change_can_be_announced(attempt: Attempt) -> str | None:
    """A changed plan is announced again, with the same lead time before its new start."""
    proposal = attempt.case.proposal
    if not proposal:
        return None
    late = unreachable(attempt.case, datetime.fromisoformat(proposal["starts_at"]), attempt.now)
    return _too_late(late) if late else None


def conflicts_answered(attempt: Attempt) -> str | None:
    """Exams and festivals do not forbid, but whoever approves says why it must be then."""
    case, details = attempt.case, attempt.details
    if details is None or details.get("conflict_note"):
        return None
    span, areas = None, None
    if case.proposal:
        span = (
            datetime.fromisoformat(case.proposal["starts_at"]),
            datetime.fromisoformat(case.proposal["ends_at"]),
        )
        areas = case.proposal["areas"]
    found = case.conflicts(current().calendar, span=span, area_ids=areas)
    if not found:
        return None
    return _("与%(names)s冲突，请在“避让说明”中写明为什么不能避开。") % {
        "names": "、".join(conflict.label for conflict in found)
    }


def medium_waits(attempt: Attempt) -> str | None:
    """Once per medium and round; a cancelled plan is announced only where it had been."""
    case = attempt.case
    if not owed_for(case):
        return _("没有需要公告的渠道。")
    if attempt.details is None:
        return None
    medium = attempt.details["medium"]
    if case.announcements.filter(round=case.round, medium=medium).exists():
        return _("这一轮已在该渠道公告过。")
    return None


def everybody_told(attempt: Attempt) -> str | None:
    """Planned work does not begin before it was announced wherever that is enforced."""
    missing = unannounced(attempt.case)
    if not missing:
        return None
    return _("还没有公告：%(media)s。公告后才能开始停电。") % {
        "media": "、".join(str(one.medium.label) for one in missing)
    }
