"""Reasons why a step cannot be taken now. A guard returns the reason in Chinese, or nothing.

Guards run in the door under the row lock, and once more (without ``details``) to tell a page why a button is greyed.
They read the order through its related managers, so rows a page has prefetched cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.permissions import is_sealed_from
from complaints.vocabulary import ArchiveGround, ContactPurpose, ContactResult, FeedbackStatus, Satisfaction, State
from people.models import User
from people.standing import Post, Standing, contacts, department_tree
from policy.models import Policy
from policy.routing import Route, route
from policy.rulebook import Rulebook
from policy.vocabulary import LIMITED, Kind
from policy.workdays import Calendar, add_workdays

if TYPE_CHECKING:
    from complaints.models.order import Order


@dataclass
class Attempt:
    """Somebody trying to take a step: everything a guard or a transition may look at.

    ``details`` is None when a page only asks whether the step is open.
    """

    order: Order
    by: User
    standing: Standing
    post: Post | None
    now: datetime
    book: Rulebook
    details: Mapping[str, Any] | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def policy(self) -> Policy:
        return self.book.policy_on(self.today)

    @property
    def calendar(self) -> Calendar:
        return self.book.calendar

    @cached_property
    def route(self) -> Route:
        """Where the rules of today send the kind, category and station in ``details`` (S4-R25..R32)."""
        details = self.details or {}
        station = details.get("station") or self.order.station
        return route(
            details.get("category") or self.order.category,
            details.get("kind") or self.order.kind,
            details.get("subcategory"),
            station.pk if station else None,
            on=self.today,
            book=self.book,
        )

    @cached_property
    def lead_id(self) -> int | None:
        """The department that would lead: named in ``details``, else by the route."""
        named = (self.details or {}).get("lead_department")
        return named.pk if named else self.route.lead_id


Guard = Callable[[Attempt], str | None]


# --- dispatch -------------------------------------------------------------------------------------------------------


def lead_found(attempt: Attempt) -> str | None:
    if attempt.details is None or attempt.lead_id is not None:
        return None
    return _("没有适用的派单规则，请在“责任部门”中指定部门。")


def lead_has_contact(attempt: Attempt) -> str | None:
    """S4-R03: no dispatch to a department without an active ticket contact."""
    if attempt.details is None or attempt.lead_id is None:
        return None
    if contacts([attempt.lead_id], attempt.today).get(attempt.lead_id):
        return None
    return _("%(name)s没有在岗的工单联系人，不能派单。请系统管理员先指定联系人。") % {
        "name": department_tree().nodes[attempt.lead_id].name
    }


def lead_not_reported(attempt: Attempt) -> str | None:
    """A27: a report never goes to the department it is about."""
    if attempt.details is None or attempt.lead_id is None or not is_sealed_from(attempt.order, attempt.lead_id):
        return None
    return _("被举报部门不能承办对自己的举报，请另行指定责任部门。")


def no_ruling_due(attempt: Attempt) -> str | None:
    if attempt.order.needs_ruling:
        return _("已被退单 %(n)d 次，须先由裁定人确定责任部门。") % {"n": attempt.order.refusals}
    return None


def ruling_due(attempt: Attempt) -> str | None:
    if attempt.order.needs_ruling:
        return None
    return _("退单未达到须裁定的次数，由热线直接重新派单。")


def complaint_stays(attempt: Attempt) -> str | None:
    """B7: after acceptance a complaint or report never becomes a consultation."""
    order = attempt.order
    if attempt.details is None or order.accepted_at is None:
        return None
    serious = {Kind.COMPLAINT, Kind.REPORT_MISCONDUCT}
    if order.kind in serious and attempt.details.get("kind") not in serious:
        return _("责任部门接单后，投诉、举报不能改为其他类型。")
    return None


def anonymous_only_report(attempt: Attempt) -> str | None:
    if attempt.details is None or not attempt.order.anonymous:
        return None
    if attempt.details.get("kind") == Kind.REPORT_MISCONDUCT:
        return None
    return _("匿名工单只能是举报。")


def not_accepted_yet(attempt: Attempt) -> str | None:
    if attempt.order.accepted_at is None:
        return None
    return _("已于 %(at)s 接单。") % {"at": _moment(attempt.order.accepted_at)}


def accepted(attempt: Attempt) -> str | None:
    if attempt.order.accepted_at is not None:
        return None
    return _("请先接单，再进行这一步。")


def may_still_refuse(attempt: Attempt) -> str | None:
    """A13: a wrong dispatch is returned within one working day of receipt; a ruling is final."""
    order = attempt.order
    if order.ruled_at is not None:
        return _("责任部门已经裁定，不能再退单。")
    if order.dispatched_at is None:
        return None
    last = add_workdays(timezone.localdate(order.dispatched_at), attempt.policy.reject_days, attempt.calendar).date
    if attempt.today <= last:
        return None
    return _("退单期限已过（派单后 %(n)d 个工作日，最迟 %(day)s），由本部门承办；确需改派请联系热线主任。") % {
        "n": attempt.policy.reject_days,
        "day": _day(last),
    }


def another_department(attempt: Attempt) -> str | None:
    if attempt.details is None or attempt.lead_id != attempt.order.lead_department_id:
        return None
    return _("工单已经在这个部门，请选择另一个部门。")


# --- investigation and feedback -------------------------------------------------------------------------------------


def sub_assignments_done(attempt: Attempt) -> str | None:
    """S4-R33: the lead reports when its parts are in."""
    waiting = [part for part in attempt.order.sub_assignments.all() if part.done_at is None]
    if not waiting:
        return None
    return _("还有 %(n)d 项子任务没有完成，先收回结果再反馈。") % {"n": len(waiting)}


def customer_contacted(attempt: Attempt) -> str | None:
    """S4-R34: at least one contact with the customer before feedback; waived for anonymous reports (B9)."""
    order = attempt.order
    if order.anonymous or order.kind not in LIMITED:
        return None
    if any(contact.purpose == ContactPurpose.DEPARTMENT for contact in order.contacts.all()):
        return None
    return _("反馈前须至少联系客户一次，请先“联系客户”。")


def feedback_waits(attempt: Attempt) -> str | None:
    if any(feedback.status == FeedbackStatus.PENDING for feedback in attempt.order.feedbacks.all()):
        return None
    return _("没有待审核的反馈。")


# --- call-back and archive ------------------------------------------------------------------------------------------


def needs_callback(attempt: Attempt) -> str | None:
    if attempt.order.anonymous:
        return _("匿名举报不回访，可直接归档。")
    return None


def callbacks_of_round(order: Order) -> list[Any]:
    """Call-back attempts since the last reopening, oldest first."""
    return [
        contact
        for contact in order.contacts.all()
        if contact.purpose == ContactPurpose.CALLBACK and contact.round == order.reopenings
    ]


def is_unreachable(attempt: Attempt) -> bool:
    """A11: enough attempts on enough different days, none of which reached the customer."""
    calls = callbacks_of_round(attempt.order)
    if any(call.result == ContactResult.REACHED for call in calls):
        return False
    days = {timezone.localdate(call.at) for call in calls}
    return len(calls) >= attempt.policy.callback_attempts and len(days) >= attempt.policy.callback_attempt_days


def answered_callback(order: Order) -> Any | None:
    """The newest call-back of this round in which the customer was reached and answered."""
    done = [c for c in callbacks_of_round(order) if c.result == ContactResult.REACHED and c.answered]
    return done[-1] if done else None


def archive_ground(attempt: Attempt) -> str:
    """Which ground opens the archive (B9), or an empty string."""
    if attempt.order.anonymous:
        return ArchiveGround.ANONYMOUS
    if answered_callback(attempt.order) is not None:
        return ArchiveGround.CALLBACK
    return ArchiveGround.UNREACHABLE if is_unreachable(attempt) else ""


def callback_recorded(attempt: Attempt) -> str | None:
    """S4-R37: no archive without result and call-back record."""
    if archive_ground(attempt):
        return None
    return _("还没有“已联系上并答复”的回访记录；联系不上须满 %(n)d 次且分布在 %(d)d 天以上。") % {
        "n": attempt.policy.callback_attempts,
        "d": attempt.policy.callback_attempt_days,
    }


def dissatisfaction_handled(attempt: Attempt) -> str | None:
    """A32: a dissatisfied customer's order goes back once before it may be archived."""
    call = answered_callback(attempt.order)
    if call is None or call.satisfaction != Satisfaction.DISSATISFIED:
        return None
    if attempt.order.reopenings >= attempt.policy.reopen_limit:
        return None
    return _("客户不满意，须先“退回重办”一次。")


def customer_dissatisfied(attempt: Attempt) -> str | None:
    call = answered_callback(attempt.order)
    if call is not None and call.satisfaction == Satisfaction.DISSATISFIED:
        return None
    return _("只有回访结果为“不满意”才能退回重办。")


def may_reopen_again(attempt: Attempt) -> str | None:
    """A32: one reopening, then adjudication."""
    if attempt.order.reopenings < attempt.policy.reopen_limit:
        return None
    return _("已重办 %(n)d 次，不再退回；请归档后提请裁定。") % {"n": attempt.order.reopenings}


def answerable_on_call(attempt: Attempt) -> str | None:
    """B9: never a complaint or report; kind and category must be known."""
    details = attempt.details or {}
    kind = details.get("kind") or attempt.order.kind
    category = details.get("category") or attempt.order.category
    if kind in {Kind.COMPLAINT, Kind.REPORT_MISCONDUCT}:
        return _("投诉、举报不能当场办结，须派单处理并回访。")
    if attempt.details is not None and not (kind and category):
        return _("当场答复办结前须选定类型和分类。")
    return None


# --- merge ----------------------------------------------------------------------------------------------------------


def master_fits(attempt: Attempt) -> str | None:
    """The master is the older open order of the same kind, itself not merged; no chain longer than one."""
    if attempt.details is None:
        return None
    order, master = attempt.order, attempt.details["master"]
    if master.pk == order.pk:
        return _("不能并入自己。")
    if master.state == State.MERGED:
        return _("%(number)s 自己已经并入其他工单，请并入它的主单。") % {"number": master.number}
    if not master.is_open:
        return _("%(number)s 已结束，不能再并入。") % {"number": master.number}
    if master.kind != order.kind:
        return _("两件工单类型不同，不能合并。")
    if (master.registered_at, master.pk) > (order.registered_at, order.pk):
        return _("主单须是登记较早的一件，请从 %(number)s 并入本单。") % {"number": master.number}
    if order.merged_orders.exists():
        return _("已有工单并入本单，本单不能再并入别处。")
    return None


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def _day(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
