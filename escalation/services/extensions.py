"""More time for a complaint or report: asked for before the due date, at most to day 30, decided by A29
(S4-R43..R45, A4..A6). The clock runs on; only a granted request moves the due date, through the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import permissions as may
from complaints.errors import Blocked, Invalid, NotAllowed
from complaints.models import Attachment, Order
from complaints.services import place_hold, release_hold, reschedule
from escalation.kinds import ApprovalKind
from escalation.models import Approval, Extension
from escalation.services.cases import lock_order, open_case
from escalation.services.extension_sheet import own_row, sheet_of
from escalation.vocabulary import Ground, Rung
from people.models import User
from people.standing import standing
from people.templatetags.ui import day_text
from policy import rulebook
from policy.limits import Due, due, shanghai_day
from policy.models import Policy
from policy.rulebook import Rulebook
from policy.vocabulary import EXTENDABLE

BLOCKED_MEANWHILE = "archive"


def why_not(order: Order, *, now: datetime) -> str:
    """Why no extension can be asked for now, empty when one can. Says nothing of who asks."""
    if order.kind not in EXTENDABLE or order.due_at is None or order.cap_on is None or order.limit_days is None:
        return _("只有投诉、举报可以申请延期。")
    if order.closed_at is not None or order.answered_at is not None:
        return _("客户已得到答复或工单已结束，不需要延期。")
    if order.accepted_at is None:
        return _("请先接单，再申请延期。")
    if now >= order.due_at:
        return _("已过到期日，延期须在到期前提出。")
    if order.limit_days >= order.policy.cap_days:
        return _("已到最长期限（%(cap)s，第 %(n)d 个工作日），不能再延。") % {
            "cap": f"{order.cap_on:%Y-%m-%d}",
            "n": order.policy.cap_days,
        }
    return ""


def target(order: Order, days: int, *, book: Rulebook) -> Due:
    """The due date at ``days`` working days from registration. Raises Invalid with the last possible date (A5)."""
    policy = order.policy
    cap = due(order.kind, order.registered_at, policy, book.calendar, policy.cap_days)
    if cap is None:
        raise Blocked(_("只有投诉、举报可以申请延期。"))
    if not (order.limit_days or 0) < days <= policy.cap_days:
        raise Invalid(
            _("申请的天数须多于现在的 %(now)d 个工作日，最多 %(cap)d 个；最迟可延至 %(last)s。")
            % {"now": order.limit_days or 0, "cap": policy.cap_days, "last": f"{cap.due_on:%Y-%m-%d}"},
            field="limit_days",
        )
    found = due(order.kind, order.registered_at, policy, book.calendar, days)
    assert found is not None
    return found


def rungs_for(days: int, policy: Policy) -> list[Rung]:
    """A29: the head; beyond day 20 also the deputy leader."""
    return [Rung.HEAD, Rung.DEPUTY_LEADER] if days > policy.extension_deputy_after_days else [Rung.HEAD]


@transaction.atomic
def request_extension(
    order: Order,
    *,
    by: User,
    now: datetime,
    limit_days: int,
    ground: Ground | str,
    text: str,
    evidence: Sequence[Attachment] = (),
) -> Extension:
    """Puts a request for ``limit_days`` working days in all before its deciders; archive stays held meanwhile.

    Raises NotAllowed 403 (not of the lead department), Blocked 409 (not extendable, too late, one waiting already,
    nobody to decide), Invalid 400 (beyond the cap, with the last possible date).
    """
    order = lock_order(order.pk)
    post = may.lead_department(order, standing(by, shanghai_day(now)))
    if post is None:
        raise NotAllowed(_("延期由责任部门申请。"))
    if reason := why_not(order, now=now):
        raise Blocked(reason)
    book = rulebook.current()
    found = target(order, limit_days, book=book)
    case = _case(order, found, book, ground=Ground(ground), text=text)
    case.requested_by, case.requested_at = by, now
    case.acting_for_id, case.department_id = post.acting_for_id, post.department_id
    data = {"from": str(case.from_on), "to": str(case.to_on), "limit_days": limit_days, "why": case.ground}
    case = open_case(case, EXTENSION, rungs=rungs_for(limit_days, order.policy), evidence=evidence, now=now, data=data)
    reason = _("延期申请待批，批完才能归档。")
    place_hold(order, blocks=BLOCKED_MEANWHILE, reason=reason, source=source_of(case), by=by, now=now)
    return case


def _case(order: Order, found: Due, book: Rulebook, *, ground: Ground, text: str) -> Extension:
    assert order.due_on is not None
    assert order.limit_days is not None
    return Extension(
        order=order,
        text=text,
        ground=ground,
        from_on=order.due_on,
        from_days=order.limit_days,
        to_on=found.due_on,
        limit_days=found.limit_days,
        provisional=found.provisional,
        calendar_version=book.calendar.version,
    )


def source_of(case: Approval) -> str:
    return f"escalation.approval.{case.pk}"


def _granted(case: Approval, *, by: User, now: datetime) -> None:
    """The due date moves by the calendar of today, never earlier than it stood (invariant 4)."""
    extension = own_row(case)
    found = due(
        case.order.kind, case.order.registered_at, case.order.policy, rulebook.current().calendar, extension.limit_days
    )
    if found is None:
        raise Blocked(_("工单已不是投诉、举报，不能延期。"))
    _let_go(case, by=by, now=now)
    case.order = reschedule(
        case.order,
        due_on=found.due_on,
        cause=_("延期获批：%(ground)s") % {"ground": extension.get_ground_display()},
        by=by,
        now=now,
        limit_days=extension.limit_days,
        provisional=found.provisional,
    )


def _let_go(case: Approval, *, by: User, now: datetime) -> None:
    release_hold(case.order, blocks=BLOCKED_MEANWHILE, source=source_of(case), by=by, now=now)


def _summary(case: Approval) -> str:
    extension = own_row(case)
    return _("%(ground)s，申请延至 %(day)s") % {
        "ground": extension.get_ground_display(),
        "day": day_text(extension.to_on),
    }


def _grant_label(case: Approval) -> str:
    return _("同意延至 %(day)s") % {"day": day_text(own_row(case).to_on)}


def _meanwhile(case: Approval) -> str:
    return _("获批前仍按 %(day)s计") % {"day": day_text(case.order.due_on)}


EXTENSION = ApprovalKind(
    code="extension",
    label=gettext_lazy("延期申请"),
    icon="hourglass",
    style="wait",
    detail_template="escalation/_extension_sheet.html",
    summary=_summary,
    grant_label=_grant_label,
    after=gettext_lazy("改到期日，告知申请人与客户"),
    child="extension",
    meanwhile=_meanwhile,
    details=sheet_of,
    granted=_granted,
    refused=_let_go,
    quick=(gettext_lazy("同意，盯紧进度"), gettext_lazy("请补充材料"), gettext_lazy("请先整改")),
)
