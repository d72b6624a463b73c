"""Callers and orders of an outage: linked while it runs, answered and called back when supply is back (B10, B11)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import services as complaints
from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import Call, Order, OrderEvent
from complaints.permissions import outage_duty
from complaints.vocabulary import BEFORE_CALLBACK, Disposition
from outage.models import Outage, OutageArea, OutageCall, OutageOrder
from outage.services import withdrawal
from outage.services.door import lock, note
from outage.services.duties import settle_attendance
from outage.services.events import announce, write_event
from outage.services.opening import order_link
from outage.vocabulary import ContactResult, State
from people import audit
from people.models import User
from people.roles import HOTLINE
from people.standing import standing
from policy.vocabulary import Category, Kind

ABOUT_SUPPLY = (Category.FAULT_REPAIR, Category.OUTAGE_LIMIT)
# A complaint asks for more than power: it stays with its department (B11).
ANSWERED = (Kind.FAULT_REPORT, Kind.CONSULTATION, Kind.SERVICE_REQUEST, Kind.SUGGESTION)
NEWEST_CALLS = 10_000  # more than a storm brings while no sweep looks
REGISTER, LOOK_BACK, FIRST_LOOK = "register", timedelta(minutes=1), timedelta(days=1)


def link_calls(*, now: datetime) -> int:
    """Callers told about a running outage are kept with it, to be called back when supply is back (B10). Returns how
    many.

    Looks at the newest calls by key and at those without a link only: run twice, late or beside another sweep it makes
    each link once, and an intake pays nothing for it."""
    newest = Call.objects.order_by("-pk").values_list("pk", flat=True).first()
    if newest is None:
        return 0
    rows = Call.objects.filter(
        pk__gt=newest - NEWEST_CALLS, disposition=Disposition.LINKED_OUTAGE, outage_link__isnull=True
    ).exclude(linked_ref="")
    loose = dict(rows.values_list("pk", "linked_ref"))
    if not loose:
        return 0
    found = {row.number: row.master_id or row.pk for row in Outage.objects.filter(number__in=set(loose.values()))}
    links = [
        OutageCall(call_id=call, outage_id=found[ref], linked_at=now) for call, ref in loose.items() if ref in found
    ]
    OutageCall.objects.bulk_create(links, ignore_conflicts=True)
    return len(links)


def registered_between(since: datetime, until: datetime) -> set[int]:
    """Keys of the orders registered in that time, by the stream's index."""
    events = OrderEvent.objects.filter(name=REGISTER, at__gt=since, at__lte=until)
    return set(events.values_list("order_id", flat=True))


def link_orders(*, since: datetime | None, now: datetime) -> int:
    """Orders about the supply, registered since the last sweep from an area that was dark then, are tied to its
    outage; a complaint or comment among them makes head and deputy attend (A19). Returns how many."""
    if not Outage.objects.running().exists():
        return 0
    fresh = registered_between((since or now - FIRST_LOOK) - LOOK_BACK, now)
    if not fresh:
        return 0
    by_outage: dict[int, list[Order]] = defaultdict(list)
    for order, outage_id in _dark_orders(fresh):
        by_outage[outage_id].append(order)
    return sum(_link(pk, orders, now) for pk, orders in sorted(by_outage.items()))


def _dark_orders(keys: set[int]) -> list[tuple[Order, int]]:
    orders = Order.objects.filter(
        pk__in=keys, category__in=ABOUT_SUPPLY, customer__area__isnull=False, outage_link__isnull=True
    ).select_related("customer")
    found = {order.pk: order for order in orders}
    areas: dict[int, list[OutageArea]] = defaultdict(list)
    wanted = {order.customer.area_id for order in found.values() if order.customer is not None}
    dark = OutageArea.objects.filter(area_id__in=wanted, outage__ended_at__isnull=True).select_related("outage")
    for row in dark.order_by("outage__detected_at"):
        areas[row.area_id].append(row)
    matched = []
    for order in found.values():
        assert order.customer is not None
        assert order.customer.area_id is not None
        for row in areas[order.customer.area_id]:
            begun = row.outage.detected_at
            if (
                begun
                and begun <= order.registered_at
                and (not row.restored_at or order.registered_at < row.restored_at)
            ):
                matched.append((order, row.outage_id))
                break
    return matched


@transaction.atomic
def _link(outage_id: int, orders: list[Order], now: datetime) -> int:
    outage, _none = lock(Outage(pk=outage_id))
    rows = [order_link(outage, order, by=None, now=now) for order in orders]
    OutageOrder.objects.bulk_create(rows, ignore_conflicts=True)
    data = {"orders": [order.number for order in orders]}
    write_event(outage, "link_orders", by=None, now=now, text=_("挂接工单 %d 张") % len(orders), data=data)
    settle_attendance(outage, now=now)
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], "link_orders", now=now)
    return len(orders)


@transaction.atomic
def link_by_hand(outage: Outage, order: Order, *, by: User, now: datetime) -> None:
    """An order that belongs to this outage though no area says so, or that came after restoration (B15)."""
    outage, _none = lock(outage)
    for model, pk in ((Outage, outage.pk), (Order, order.pk)):
        if not model._default_manager.visible_to(by, now=now).filter(pk=pk).exists():
            raise NotAllowed(_("工单或停电不在您的查看范围内。"))
    _row, made = OutageOrder.objects.get_or_create(
        order=order,
        defaults={
            "outage": outage,
            "kind": order.kind,
            "received_at": order.registered_at,
            "linked_at": now,
            "linked_by": by,
        },
    )
    if not made:
        raise NotNow(_("这张工单已经挂接停电 %s。") % _row.outage.number)
    data = {"orders": [order.number]}
    write_event(outage, "link_orders", by=by, now=now, text=_("挂接工单 %s") % order.number, data=data)
    audit.record(actor=by, action="outage.link_order", subject=outage, now=now, detail={"order": order.number})
    settle_attendance(outage, now=now)
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], "link_orders", now=now)


# --- power is back --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ToAnswer:
    """What the one step would do: orders to answer; those that stay with their department; those out of this person's
    view; callers to ring back on their call."""

    orders: list[Order]
    staying: list[Order]
    hidden: int
    callers: int


def to_answer(outage: Outage, *, by: User, now: datetime) -> ToAnswer:
    linked = Order.objects.filter(outage_link__outage=outage, state__in=BEFORE_CALLBACK).order_by("pk")
    seen = set(linked.visible_to(by, now=now).values_list("pk", flat=True))
    orders = [order for order in linked if order.pk in seen]
    return ToAnswer(
        orders=[order for order in orders if order.kind in ANSWERED],
        staying=[order for order in orders if order.kind not in ANSWERED],
        hidden=linked.count() - len(orders),
        callers=outage.calls.filter(called_back_at__isnull=True).count(),
    )


def may_answer(by: User, *, now: datetime) -> bool:
    """As ``complaints`` asks for ``answer_by_outage``: duty officers and the hotline's leads."""
    return outage_duty(Order(), standing(by, timezone.localdate(now))) is not None


@transaction.atomic
def answer_orders(outage: Outage, *, text: str, by: User, now: datetime) -> list[Order]:
    """All linked orders of this person's view get the answer and go to call-back, in one step and one transaction
    (B10). Complaints and comments stay with their department. Again, it answers what was linked since."""
    outage, _none = lock(outage)
    if outage.restored_at is None:
        raise NotNow(_("还没有送电，不能答复已恢复。请先登记送电。"))
    if not may_answer(by, now=now):
        raise NotAllowed(_("由值班人员或热线值长以上统一答复。"))
    if not text.strip():
        raise Invalid(_("请填写答复内容：停电原因和恢复时间。"), field="text")
    orders = to_answer(outage, by=by, now=now).orders
    done = [complaints.perform(order, "answer_by_outage", by=by, now=now, answer=text) for order in orders]
    done += withdrawal.answer_again(outage, text=text, by=by, now=now)
    OutageOrder.objects.filter(order__in=done).update(answered_at=now)
    outage.answered_at = outage.answered_at or now
    data = {"orders": [order.number for order in done]}
    write_event(outage, "answered", by=by, now=now, text=text, data=data)
    audit.record(actor=by, action="outage.answer", subject=outage, now=now, detail={"orders": len(done)})
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], "answered", now=now)
    return done


@transaction.atomic
def call_back(link: OutageCall, *, result: str, by: User, now: datetime) -> OutageCall:
    """The caller without an order was told on the phone that supply is back (B10). Once."""
    if standing(by, timezone.localdate(now)).roles.isdisjoint(HOTLINE):
        raise NotAllowed(_("回电由热线办理。"))
    if result not in ContactResult.values:
        raise Invalid(_("请选择回电结果。"), field="result")
    outage, _none = lock(Outage(pk=link.outage_id))
    row = OutageCall.objects.select_for_update().get(pk=link.pk)  # a joined row would be that of before the wait
    if outage.state not in {State.RESTORED, State.CLOSED}:
        raise NotNow(_("还没有送电，送电后再回电。"))
    if row.called_back_at is not None and row.called_back_by is not None:
        raise NotNow(_("%s 已经回过电。") % row.called_back_by.name)
    row.called_back_at, row.called_back_by, row.result = now, by, result
    row.save(update_fields=["called_back_at", "called_back_by", "result"])
    note(row.outage, "called_back", by=by, now=now, data={"call": row.call_id, "result": result})
    audit.record(actor=by, action="outage.call_back", subject=row.outage, now=now, detail={"call": row.call_id})
    return row
