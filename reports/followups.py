"""A low score is followed up: who goes back to the dissatisfied, by when, and what came of it (S1-R10).

Low is a survey with a dissatisfied answer, or with less satisfaction than the numbers of the rules ask for; and a
customer's own rating "dissatisfied". Each leaves one follow-up, whatever happens twice; the limit is the one for work
taken up again after a dissatisfied customer (A32).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from complaints.models import Order, OrderEvent
from complaints.vocabulary import Satisfaction
from people import audit
from people.models import Department, User
from people.roles import HEADS, Role
from people.standing import Standing, holders, standing
from policy import rulebook
from policy.limits import reach, shanghai_day
from reports.errors import NotAllowed, Overtaken
from reports.models import FollowUp, Record
from reports.permissions import KEEPERS, SEES_ALL_LINES, may_check, may_file, may_read, own_departments

SURVEY, HOTLINE, RATED = "survey", "hotline", "customer_rating"


def due_day(now: datetime) -> date:
    """The last day in time: the working days of work taken up again, from today (A32)."""
    book, today = rulebook.current(), shanghai_day(now)
    policy = book.policy_on(today)
    return reach(today, policy.reopen_days, policy, book.calendar).date


def low_score(data: dict[str, Any], *, on: date) -> str:
    """Why the numbers of a survey ask for a follow-up, in words; empty when they do not."""
    returned, satisfied, dissatisfied = (int(data.get(n) or 0) for n in ("returned", "satisfied", "dissatisfied"))
    if dissatisfied:
        return _("收回 %(returned)d 份，不满意 %(dissatisfied)d 份") % {
            "returned": returned,
            "dissatisfied": dissatisfied,
        }
    target = rulebook.policy_on(on).satisfaction_target_percent
    if returned and target is not None and satisfied * 100 < target * returned:
        told = {"share": f"{satisfied * 100 / returned:.1f}", "target": f"{target.normalize():f}"}
        return _("满意率 %(share)s%%，低于目标 %(target)s%%") % told
    return ""


def follow_survey(row: Record, *, now: datetime) -> FollowUp | None:
    """The follow-up of a survey just filed; a corrected survey keeps the one there is."""
    if row.kind != SURVEY:
        return None
    if row.replaces_id is not None and (kept := FollowUp.objects.filter(record_id=row.replaces_id).first()):
        kept.record = row
        kept.save(update_fields=["record"])
        return kept
    why = low_score(row.data, on=shanghai_day(now))
    if not why:
        return None
    reason = _("%(period)s调查：%(why)s") % {"period": row.data.get("period", ""), "why": why}
    return FollowUp.objects.create(
        record=row,
        department=row.department,
        owner=_owner(row.department, row.made_by, now),
        reason=reason[:200],
        made_at=now,
        due_on=due_day(now),
    )


def _owner(place: Department, otherwise: User, now: datetime) -> User:
    """The head of the place, its contact, else whoever filed the survey."""
    for roles in (HEADS, {Role.TICKET_CONTACT}):
        found = holders(*roles, on=shanghai_day(now), department_ids=[place.pk]).first()
        if found is not None:
            return found
    return otherwise


def follow_ratings(ids: Iterable[int], *, now: datetime) -> int:
    """The hotline rings those up who rated themselves dissatisfied by their link; one follow-up per order."""
    rated = OrderEvent.objects.filter(
        order_id__in=list(ids), name=RATED, data__satisfaction=Satisfaction.DISSATISFIED
    ).select_related("order")
    orders = {event.order_id: event.order for event in rated}
    director = holders(Role.HOTLINE_DIRECTOR, on=shanghai_day(now)).first()
    if not orders or director is None:
        return 0
    hotline, due_on = Department.objects.get(code=HOTLINE), due_day(now)
    rows = [
        FollowUp(
            order=order,
            department=hotline,
            owner=director,
            reason=_("工单 %(number)s 客户评价不满意") % {"number": order.number},
            made_at=now,
            due_on=due_on,
        )
        for order in orders.values()
    ]
    return len(FollowUp.objects.bulk_create(rows, ignore_conflicts=True))


def visible(user: User, who: Standing, *, now: datetime) -> QuerySet[FollowUp]:
    """One's own, those of one's departments, all for who reads every line; an order out of view takes its along."""
    rows = FollowUp.objects.select_related("department", "owner", "closed_by", "order", "record")
    if not may_read(who):
        return rows.none()
    seen = Q(order__isnull=True) | Q(order__in=Order.objects.visible_to(user, now=now))
    mine = Q(owner=user) | Q(department__in=own_departments(who))
    return rows.filter(seen) if who.has(*SEES_ALL_LINES) else rows.filter(seen & mine)


def may_close(who: Standing, user: User, row: FollowUp) -> bool:
    """The owner, who heads the place, or the keepers."""
    answers = row.owner_id == user.pk or who.has(*KEEPERS) or may_check(who, row.department_id)
    return may_file(who) and answers


@transaction.atomic
def close(row: FollowUp, *, done: str, by: User, now: datetime, request: HttpRequest | None = None) -> FollowUp:
    """Closes with what was done, once. Raises NotAllowed (403), Overtaken (409)."""
    row = FollowUp.objects.select_for_update().get(pk=row.pk)
    if not may_close(standing(by, shanghai_day(now)), by, row):
        raise NotAllowed(_("跟进由责任人、本部门负责人或热线主任办结。"))
    if row.closed_at is not None:
        raise Overtaken(_("这项跟进已经办结。"))
    row.done, row.closed_at, row.closed_by = done, now, by
    row.save(update_fields=["done", "closed_at", "closed_by"])
    audit.record(actor=by, action="follow_up.close", subject=row, ref=str(row), now=now, request=request)
    return row
