"""Time and money in the demo company: what is put right, ruled, contested, so that every page shows life."""

from datetime import datetime, timedelta

from complaints.models import Hold, Order
from complaints.vocabulary import State
from escalation.ledger import live
from escalation.models import Penalty, Ruling
from escalation.money import PenaltyKind
from escalation.services import appeals, rulings
from escalation.services import rectifications as after
from escalation.services.money import settle
from escalation.services.sweep import settle_due
from people.models import User
from people.roles import DEPARTMENT_STAFF, HEADS, Role
from people.standing import holders
from policy.limits import shanghai_day
from policy.vocabulary import Kind

MEASURES = "更换老化设备并复测，向客户反馈结果；同类设备一周内排查完毕。"
A_WEEK = timedelta(days=7)
RULED = 3
HALF_AN_HOUR = timedelta(minutes=30)


def tick(now: datetime) -> None:
    """As the sweeps would, and as a director who does not let a verified complaint lie."""
    settle_due(now)
    director = holders(Role.HOTLINE_DIRECTOR, on=shanghai_day(now))[0]
    held = Hold.objects.filter(source=after.SOURCE, released_at__isnull=True).values("order")
    for order in Order.objects.filter(pk__in=held, lead_department__isnull=False):
        owner = holders(*DEPARTMENT_STAFF, on=shanghai_day(now), department_ids=[order.lead_department_id or 0])[0]
        due_on = shanghai_day(now + A_WEEK)
        after.issue(order, owner=owner, measures=MEASURES, due_on=due_on, by=director, now=now)


def build(now: datetime) -> None:
    """Rulings, an appeal and a waiver on what the stories left behind; nothing where there is a ruling already."""
    settle(now)
    today = shanghai_day(now)
    if Ruling.objects.exists():
        return
    director = holders(Role.HOTLINE_DIRECTOR, on=today)[0]
    adjudicator = holders(Role.ADJUDICATOR, on=today)[0]
    done = Order.objects.filter(state=State.ARCHIVED, kind=Kind.COMPLAINT, feedbacks__status="accepted").distinct()
    for n, order in enumerate(done.order_by("-pk")[:RULED]):
        text = "三项诉求只答复了两项，客户回访时仍在追问。"
        ruling = rulings.propose(order, ground="incomplete", text=text, by=director, now=now - timedelta(hours=5 - n))
        if n:
            rulings.decide(
                ruling, confirm=True, opinion="属实，按规定裁定。", by=adjudicator, now=now - timedelta(hours=1)
            )
    _contest(now, director)


def _contest(now: datetime, director: User) -> None:
    today = shanghai_day(now)
    charged = live(Penalty.objects.filter(kind=PenaltyKind.OVERDUE)).select_related("order").order_by("-pk")
    for line in charged[:1]:
        text = "设备厂家停产，更换件到货前无法处理。"
        appeals.ask_waiver(line.order, [line], text=text, by=director, now=now - 2 * HALF_AN_HOUR)
    for ruling in Ruling.objects.filter(status="confirmed")[:1]:
        for head in holders(*HEADS, on=today, department_ids=[ruling.department_id])[:1]:
            text = "第三项诉求已当面答复，有签字记录。"
            appeals.appeal_ruling(ruling, text=text, by=head, now=now - HALF_AN_HOUR)
