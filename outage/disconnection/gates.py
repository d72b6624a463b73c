"""What must have happened before a customer is cut off (S1-R22, S1-R24, A23). A missing gate says which it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from outage.flow.step import Attempt
from policy.models import Policy

if TYPE_CHECKING:
    from outage.disconnection.models import Disconnection


@dataclass(frozen=True)
class Gate:
    """``why`` says what is missing and what would help; empty when the gate is open."""

    name: str
    label: str
    note: str
    why: str

    @property
    def is_open(self) -> bool:
        return not self.why


def at_text(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%m-%d %H:%M")


def notice_window(execute_at: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """First and last moment at which the notice may be delivered, both inclusive (A23: 7×24 h to 3×24 h before)."""
    return (
        execute_at - timedelta(hours=policy.disconnection_notice_max_hours),
        execute_at - timedelta(hours=policy.disconnection_notice_min_hours),
    )


def second_window(execute_at: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """First and last moment of the second notice, both inclusive (A23: 60 to 30 minutes before)."""
    return (
        execute_at - timedelta(minutes=policy.second_notice_max_minutes),
        execute_at - timedelta(minutes=policy.second_notice_min_minutes),
    )


def cut_window(execute_at: datetime, policy: Policy) -> tuple[datetime, datetime]:
    """The notified time, and how long after it the work may still begin."""
    return execute_at, execute_at + timedelta(minutes=policy.disconnection_grace_minutes)


def is_within(moment: datetime, window: tuple[datetime, datetime]) -> bool:
    return window[0] <= moment <= window[1]


def gates_of(case: Disconnection, *, now: datetime, policy: Policy) -> list[Gate]:
    """Every gate of this case in the order of the work; those that do not apply are left out."""
    found = [_checked(case), _approved(case)]
    if case.sensitive:
        found.append(_planned(case))
    found.append(_delivered(case, policy))
    if case.important:
        found.append(_reported(case))
    return [*found, _told_again(case, now, policy), _in_time(case, now, policy)]


def _checked(case: Disconnection) -> Gate:
    note = _("%(at)s 核查") % {"at": at_text(case.checked_at)} if case.checked_at else ""
    return Gate("check", _("交费情况核查"), note, "" if case.checked_at else _("还没有核查交费情况"))


def _approved(case: Disconnection) -> Gate:
    note = _("%(at)s 批准") % {"at": at_text(case.approved_at)} if case.approved_at else ""
    return Gate("approval", _("审批"), note, "" if case.approved_at else _("还没有批准"))


def has_plan(case: Disconnection) -> bool:
    return bool(case.plan_government and case.plan_timing and case.plan_soothing)


def _planned(case: Disconnection) -> Gate:
    why = "" if has_plan(case) else _("敏感用户还没有停电方案（政府协调、时机、安抚三项）")
    return Gate("plan", _("敏感用户停电方案"), "" if why else _("三项措施已定"), why)


def _delivered(case: Disconnection, policy: Policy) -> Gate:
    label = _("停电通知书")
    if case.delivered_at is None or case.execute_at is None:
        return Gate("notice", label, "", _("停电通知书还没有送达"))
    note = _("%(at)s 送达") % {"at": at_text(case.delivered_at)}
    if is_within(case.delivered_at, notice_window(case.execute_at, policy)):
        return Gate("notice", label, note, "")
    return Gate("notice", label, note, _("送达时间不在停电前 3 至 7 天之内，须重新送达"))


def _reported(case: Disconnection) -> Gate:
    note = _("%(at)s 报送") % {"at": at_text(case.reported_at)} if case.reported_at else ""
    why = "" if case.reported_at else _("重要用户停电还没有报送电力管理部门")
    return Gate("report", _("报送电力管理部门"), note, why)


def _told_again(case: Disconnection, now: datetime, policy: Policy) -> Gate:
    label = _("停电前二次通知")
    if case.execute_at is None:
        return Gate("second", label, "", _("先送达停电通知书，写明停电时间"))
    window = second_window(case.execute_at, policy)
    span = {"begin": at_text(window[0]), "end": timezone.localtime(window[1]).strftime("%H:%M")}
    if case.second_notice_at is None:
        text = (
            _("二次通知须在 %(begin)s 至 %(end)s 之间") if now <= window[1] else _("已过二次通知时间，须重新送达通知书")
        )
        return Gate("second", label, "", text % span if now <= window[1] else text)
    note = _("%(at)s 已通知") % {"at": at_text(case.second_notice_at)}
    why = (
        "" if is_within(case.second_notice_at, window) else _("二次通知不在停电前 30 至 60 分钟之内，须重新送达通知书")
    )
    return Gate("second", label, note, why)


def _in_time(case: Disconnection, now: datetime, policy: Policy) -> Gate:
    label = _("到通知的停电时间")
    if case.execute_at is None:
        return Gate("time", label, "", _("还没有通知停电时间"))
    begin, end = cut_window(case.execute_at, policy)
    note = _("%(begin)s 至 %(end)s") % {"begin": at_text(begin), "end": timezone.localtime(end).strftime("%H:%M")}
    if now < begin:
        return Gate("time", label, note, _("未到通知的停电时间 %(at)s") % {"at": at_text(begin)})
    if now > end:
        return Gate("time", label, note, _("已过通知的停电时间，须重新送达通知书"))
    return Gate("time", label, note, "")


# --- guards -----------------------------------------------------------------------------------------------------------


def all_open(attempt: Attempt) -> str | None:
    """Any missing gate blocks the execution and is named (S1-R22)."""
    missing = [gate.why for gate in gates_of(attempt.case, now=attempt.now, policy=attempt.policy) if gate.why]
    return _("不能停电：%(missing)s。") % {"missing": "；".join(missing)} if missing else None


def still_unpaid(attempt: Attempt) -> str | None:
    """The last look at the account before the switch is thrown (S1-R23)."""
    if attempt.details is None or attempt.details.get("unpaid"):
        return None
    return _("请先核对账户仍欠费；已交清的，改用“登记交清”。")


def risks_answered(attempt: Attempt) -> str | None:
    """A risk found by the pre-check needs its measure in writing before approval (S1-R23)."""
    case = attempt.case
    if case.risks and not case.risk_note.strip():
        return _("核查发现的风险还没有写明处理措施，请退回补充。")
    return None


def plan_made(attempt: Attempt) -> str | None:
    """S1-R24: a delicate disconnection is approved with its plan, not before it."""
    if attempt.case.sensitive and not has_plan(attempt.case):
        return _("敏感用户须先定停电方案：政府协调、停电时机、安抚措施三项。")
    return None


def is_sensitive(attempt: Attempt) -> str | None:
    return None if attempt.case.sensitive else _("不是敏感用户，不需要停电方案。")


def is_important(attempt: Attempt) -> str | None:
    return None if attempt.case.important else _("不是重要用户，不需要报送。")


def delivery_in_window(attempt: Attempt) -> str | None:
    """A23: between 7×24 and 3×24 hours before the notified time, both inclusive."""
    if attempt.details is None:
        return None
    delivered, execute_at = attempt.details["delivered_at"], attempt.details["execute_at"]
    window = notice_window(execute_at, attempt.policy)
    if is_within(delivered, window):
        return None
    return _("通知书须在停电前 %(most)d 至 %(least)d 小时内送达：%(at)s 停电的，应在 %(begin)s 至 %(end)s 送达。") % {
        "most": attempt.policy.disconnection_notice_max_hours,
        "least": attempt.policy.disconnection_notice_min_hours,
        "at": at_text(execute_at),
        "begin": at_text(window[0]),
        "end": at_text(window[1]),
    }


def second_in_window(attempt: Attempt) -> str | None:
    """A23: 60 to 30 minutes before the notified time, both inclusive; too early is not yet open, too late is over."""
    case = attempt.case
    if case.execute_at is None:
        return _("先送达停电通知书，写明停电时间。")
    window = second_window(case.execute_at, attempt.policy)
    told = attempt.details["told_at"] if attempt.details else attempt.now
    if is_within(told, window):
        return None
    return _("二次通知须在停电前 %(most)d 至 %(least)d 分钟：%(begin)s 至 %(end)s。") % {
        "most": attempt.policy.second_notice_max_minutes,
        "least": attempt.policy.second_notice_min_minutes,
        "begin": at_text(window[0]),
        "end": timezone.localtime(window[1]).strftime("%H:%M"),
    }


def not_before_cut(attempt: Attempt) -> str | None:
    """Nobody is reconnected before he was cut off."""
    case = attempt.case
    if attempt.details is None or case.executed_at is None or attempt.details["reconnected_at"] >= case.executed_at:
        return None
    return _("复电时间不能早于停电时间 %(at)s。") % {"at": at_text(case.executed_at)}
