"""Rulings: proposed with a listed ground, confirmed by the Party & Admin Office, charged once (A14-A16, B4, B5)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Invalid, NotAllowed, NotNow
from complaints.models import Feedback, Order
from complaints.services import note, note_many, share_with
from complaints.vocabulary import FeedbackStatus
from escalation.models import Ruling
from escalation.money import UNQUALIFIED_GROUNDS, RulingGround, RulingKind, RulingStatus
from escalation.permissions import decides_first, may_propose, office_id, parties_of
from escalation.services.ledger import lock_ledger, settle_order
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import shanghai_day
from policy.workdays import add_workdays


def accepted_feedback(order: Order) -> Feedback | None:
    """The first one the hotline accepted: what the ruling is about, and who answers for it (B6)."""
    return order.feedbacks.filter(status=FeedbackStatus.ACCEPTED).order_by("id").first()


def why_not(order: Order) -> str:
    """Why no unqualified ruling can be proposed; empty when one can."""
    if accepted_feedback(order) is None:
        return _("反馈审核通过后才能提请裁定。")
    live = (RulingStatus.PROPOSED, RulingStatus.CONFIRMED)
    if order.rulings.filter(kind=RulingKind.UNQUALIFIED, status__in=live).exists():
        return _("本单已经提请或作出不合格裁定。")
    return ""


@transaction.atomic
def propose(order: Order, *, ground: RulingGround | str, text: str, by: User, now: datetime) -> Ruling:
    """S4-R49: the hotline director proposes with one of the listed grounds. Raises NotAllowed 403, Invalid 400,
    Blocked 409."""
    if may_propose(standing(by, shanghai_day(now))) is None:
        raise NotAllowed(_("不合格裁定由热线主任提出。"))
    if ground not in UNQUALIFIED_GROUNDS:
        raise Invalid(_("请选择不合格的情形。"), field="ground")
    if not text.strip():
        raise Invalid(_("请写明哪里不合格。"), field="text")
    order = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    if reason := why_not(order):
        raise Blocked(reason)
    feedback = accepted_feedback(order)
    assert feedback is not None
    ruling = Ruling.objects.create(
        order=order,
        kind=RulingKind.UNQUALIFIED,
        ground=ground,
        text=text.strip(),
        department_id=feedback.department_id,
        proposed_by=by,
        proposed_at=now,
    )
    put_before_office(order, now=now)
    _tell(ruling, "ruling_propose", by=by, now=now, text=text.strip())
    return ruling


def put_before_office(order: Order, *, now: datetime) -> None:
    """The Party & Admin Office reads what it has to decide (not where it is the one reported: A27)."""
    office = office_id()
    if office is not None:
        share_with(order, office, now=now)


REPEATS = """
INSERT INTO escalation_ruling (order_id, kind, ground, text, repeat_order_id, department_id, status, proposed_at,
                               opinion, charges)
SELECT o.id, 'repeat', 'repeat_contact', '', again.id, f.department_id, 'proposed', %(now)s, '', false
  FROM complaints_order again
  JOIN complaints_order o ON o.id = again.original_id
  JOIN LATERAL (SELECT department_id FROM complaints_feedback
                 WHERE order_id = o.id AND status = 'accepted' ORDER BY id LIMIT 1) f ON true
 WHERE again.original_id IS NOT NULL AND again.kind IN ('consultation', 'complaint', 'report_misconduct')
   AND NOT EXISTS (SELECT FROM escalation_ruling r WHERE r.order_id = o.id AND r.kind = 'repeat'
                      AND (r.repeat_order_id = again.id OR r.status IN ('proposed', 'confirmed')))
 ORDER BY again.id
ON CONFLICT DO NOTHING
RETURNING order_id
"""


@transaction.atomic
def propose_repeats(now: datetime) -> int:
    """A16, S4-R50: every repeat the intake linked is put before the adjudicator, once; set-based, for the sweep."""
    with connection.cursor() as cursor:
        cursor.execute(REPEATS, {"now": now})
        ids = sorted({order for (order,) in cursor.fetchall()})
    for order in Order.objects.filter(pk__in=ids):
        put_before_office(order, now=now)
    note_many(ids, "repeat_propose", now=now)
    return len(ids)


@transaction.atomic
def decide(ruling: Ruling, *, confirm: bool, opinion: str, by: User, now: datetime) -> Ruling:
    """Confirms or dismisses, once. An unqualified ruling charges when the feedback was on time; a repeat when the order
    was ruled unqualified (B5). Raises NotAllowed 403, Invalid 400, Blocked 409, NotNow 409."""
    lock_ledger()
    order = Order.objects.select_for_update(of=("self",)).get(pk=ruling.order_id)
    row = Ruling.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=ruling.pk)
    _expect_decider(row, order, by=by, now=now)
    if row.status != RulingStatus.PROPOSED:
        who = row.decided_by.name if row.decided_by else _("系统")
        raise NotNow(_("已由%(who)s决定：%(status)s。") % {"who": who, "status": row.get_status_display()})
    if not opinion.strip():
        raise Invalid(_("请写明裁定意见。"), field="opinion")
    row.status = RulingStatus.CONFIRMED if confirm else RulingStatus.DISMISSED
    row.decided_by, row.decided_at, row.decided_on, row.opinion = by, now, shanghai_day(now), opinion.strip()
    if confirm:
        row.charges = is_charged(row)
        book = rulebook.current()
        days = book.policy_on(row.decided_on).appeal_days
        row.appeal_until = add_workdays(row.decided_on, days, book.calendar).date
    row.save()
    settle_order(row.order_id, now=now)
    _tell(row, "ruling_confirm" if confirm else "ruling_dismiss", by=by, now=now, text=row.opinion)
    return row


def is_charged(ruling: Ruling) -> bool:
    """B5."""
    if ruling.kind == RulingKind.REPEAT:
        same = Ruling.objects.filter(order=ruling.order_id, kind=RulingKind.UNQUALIFIED, status=RulingStatus.CONFIRMED)
        return same.exists()
    feedback = accepted_feedback(ruling.order)
    return bool(feedback and feedback.on_time is not False)


def _expect_decider(ruling: Ruling, order: Order, *, by: User, now: datetime) -> None:
    post = decides_first(standing(by, shanghai_day(now)), parties={ruling.department_id, *parties_of(order)})
    if post is None:
        raise NotAllowed(_("由党政办裁定；党政办是当事部门的，由分管领导裁定。"))
    if by.pk in {ruling.proposed_by_id, order.handler_id}:
        raise NotAllowed(_("提出人和经办人不能裁定自己的事。"))


@transaction.atomic
def overturn(ruling: Ruling, *, now: datetime) -> Ruling:
    """After an appeal: the ruling falls, and with it a repeat that rested on it (B5). The caller holds the locks."""
    rows = [ruling]
    if ruling.kind == RulingKind.UNQUALIFIED:
        rows += Ruling.objects.filter(order=ruling.order_id, kind=RulingKind.REPEAT, status=RulingStatus.CONFIRMED)
    for row in rows:
        row.status = RulingStatus.OVERTURNED
        row.save(update_fields=["status"])
    return ruling


def _tell(ruling: Ruling, kind: str, *, by: User | None, now: datetime, text: str) -> None:
    data = {"ruling": ruling.pk, "ground": ruling.ground, "charges": ruling.charges}
    note(ruling.order, kind, by=by, now=now, text=text, data=data)
    audit.record(actor=by, action=f"money.{kind}", subject=ruling.order, now=now, detail=data)
