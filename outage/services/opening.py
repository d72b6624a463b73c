"""Registering an outage: its row, areas, groups, callers, first clocks, chain and attendance in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed
from complaints.models import Order
from customers.models import GridGroup, TransformerArea
from outage.models import Outage, OutageArea, OutageGroup, OutageOrder
from outage.permissions import may_register, registers_everywhere
from outage.services.chain import settle_chain
from outage.services.duties import groups_of, settle_attendance, settle_notices, start_chain
from outage.services.events import announce, write_event
from outage.services.numbers import next_number
from outage.vocabulary import OutageCause, OutageKind, State
from people import audit
from people.models import Department, User
from people.roles import Role
from people.standing import Post, standing
from policy import rulebook


@dataclass(frozen=True)
class Facts:
    """What is known when an outage is registered. ``groups`` None: those of the areas' grids. ``households`` None: the
    sum over the areas. ``planned``: announced work that has not begun; it has no ``detected_at`` yet."""

    title: str
    station: Department
    areas: Sequence[TransformerArea]
    kind: str = OutageKind.FAULT
    place: str = ""
    cause: str = OutageCause.UNKNOWN
    cause_text: str = ""
    groups: Sequence[GridGroup] | None = None
    households: int | None = None
    detected_at: datetime | None = None
    occurred_at: datetime | None = None
    expected_at: datetime | None = None
    orders: Sequence[Order] = ()
    planned: bool = False
    number: str = ""


@transaction.atomic
def open_outage(*, by: User | None, now: datetime, facts: Facts) -> Outage:
    """Registers an outage; the first clock of every group starts in this transaction (S0-R02, A18).

    ``by`` None is the operator at the server. Raises NotAllowed, Invalid.
    """
    post = _right(by, facts, now)
    detected_at = None if facts.planned else facts.detected_at or now
    _check(facts, detected_at, now)
    outage = Outage(
        state=State.PLANNED if facts.planned else State.INTERRUPTED,
        number=facts.number or next_number(timezone.localdate(now)),
        kind=facts.kind,
        cause=facts.cause,
        cause_text=facts.cause_text,
        title=facts.title,
        place=facts.place or "、".join(area.name for area in facts.areas),
        station=facts.station,
        households=facts.households if facts.households is not None else sum(a.households for a in facts.areas),
        detected_at=detected_at,
        occurred_at=facts.occurred_at,
        expected_at=facts.expected_at,
        progress_at=detected_at,
        registered_at=now,
        registered_by=by,
        policy=rulebook.policy_on(timezone.localdate(now)),
        updated_at=now,
    )
    outage.save()
    OutageArea.objects.bulk_create(
        OutageArea(outage=outage, area=area, households=area.households, added_at=now) for area in facts.areas
    )
    groups = groups_of(area.pk for area in facts.areas) if facts.groups is None else facts.groups
    OutageGroup.objects.bulk_create(OutageGroup(outage=outage, group=group) for group in groups)
    OutageOrder.objects.bulk_create(
        (order_link(outage, order, by=by, now=now) for order in facts.orders), ignore_conflicts=True
    )
    facts_told = {
        "areas": [area.pk for area in facts.areas],
        "groups": [group.pk for group in groups],
        "households": outage.households,
        "orders": [order.number for order in facts.orders],
    }
    write_event(outage, "open", by=by, now=now, post=post, data=facts_told, to_state=outage.state)
    settle_notices(outage)
    start_chain(outage, by=by, now=now, opener_is_grid_worker=bool(post and post.role == Role.GRID_WORKER))
    settle_chain(outage, now=now)
    settle_attendance(outage, now=now)
    outage.save()
    audit.record(actor=by, action="outage.open", subject=outage, now=now, detail={"areas": len(facts.areas)})
    announce([outage.pk], "open", now=now)
    return outage


def order_link(outage: Outage, order: Order, *, by: User | None, now: datetime) -> OutageOrder:
    """The row, not yet written, that ties an order to an outage."""
    return OutageOrder(
        outage=outage, order=order, kind=order.kind, received_at=order.registered_at, linked_at=now, linked_by=by
    )


def _right(by: User | None, facts: Facts, now: datetime) -> Post | None:
    if by is None:
        return None
    who = standing(by, timezone.localdate(now))
    post = may_register(who)
    if post is None:
        raise NotAllowed(_("停电由值班人员、热线值长以上、供电所负责人或网格员登记。"))
    if not registers_everywhere(who) and facts.station.pk not in who.departments() | who.subtree_ids:
        raise NotAllowed(_("您只能登记本供电所的停电。"))
    return post


def _check(facts: Facts, detected_at: datetime | None, now: datetime) -> None:
    if not facts.areas:
        raise Invalid(_("请至少选择一个停电台区。"), field="areas")
    if detected_at is not None and detected_at > now:
        raise Invalid(_("获知时间晚于现在，请核对。"), field="detected_at")
    if facts.occurred_at is not None and facts.occurred_at > (detected_at or now):
        raise Invalid(_("停电时间晚于获知时间，请核对。"), field="occurred_at")
