"""Calls: their record, calls that make no order of their own, who hung up, and the report of a harassing one."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import Call, HarassmentReport, Order
from complaints.permissions import may_register, may_take_over
from complaints.services.door import note
from complaints.services.matter import CallFacts, Matter
from complaints.vocabulary import Disposition, HungUpBy, NoOrderReason
from people import audit
from people.models import User
from people.standing import Standing, standing


def call_row(
    matter: Matter, facts: CallFacts, agent: User, now: datetime, disposition: Disposition, **extra: Any
) -> Call:
    """The record of the call, not saved yet."""
    return Call(
        received_at=facts.received_at or now,
        channel=matter.channel,
        external_ref=matter.external_ref,
        phone=facts.phone or matter.caller_phone,
        ring_count=facts.ring_count,
        apologised=facts.apologised,
        delay_apologised=facts.delay_apologised,
        informed=facts.informed,
        read_back=facts.read_back,
        hung_up_by=facts.hung_up_by,
        hung_up_reason=facts.hung_up_reason,
        mood=facts.mood,
        emotion=facts.emotion,
        warned=facts.warned,
        disposition=disposition,
        content="" if disposition == Disposition.ORDER else matter.content,
        agent=agent,
        call_id=facts.call_id,
        name_note=facts.name_note,
        source_key=facts.source_key,
        **extra,
    )


@transaction.atomic
def log_call(
    *,
    by: User,
    now: datetime,
    matter: Matter,
    disposition: Disposition,
    order: Order | None = None,
    linked_ref: str = "",
    reason: str = "",
) -> Call:
    """A contact that makes no order of its own: wrong number, harassment (S4-R20, R21), one more call about an open
    order ("merge and urge", S1-R29) or about a running outage (S4-R19). Raises NotAllowed, Invalid.

    A harassing call leaves a report that shift leader or supervisor must acknowledge; ``warned`` None is a record of
    the past (imports), which asks nobody for anything any more.
    """
    who: Standing = standing(by, timezone.localdate(now))
    if may_register(who) is None:
        raise NotAllowed(_("受理登记由热线办理。"))
    _expect_rules(matter, disposition, reason)
    if disposition == Disposition.LINKED_ORDER:
        if order is None or not Order.objects.visible_to(by, now=now).filter(pk=order.pk).exists():
            raise Invalid(_("找不到要并入的工单。"), field="order")
        text = _("客户再次来电，并入并催办：%(text)s") % {"text": matter.content}
        note(order, "urge", by=by, now=now, text=text, data={"demands": list(matter.demands)})
    call = call_row(
        matter, matter.call, by, now, disposition, order=order, linked_ref=linked_ref, no_order_reason=reason
    )
    call.save()
    if reason == NoOrderReason.HARASSMENT and call.warned:
        HarassmentReport.objects.create(call=call, reported_at=now)
    audit.record(actor=by, action="call.log", subject=call, now=now, detail={"disposition": str(disposition)})
    return call


def _expect_rules(matter: Matter, disposition: Disposition, reason: str) -> None:
    if disposition == Disposition.NO_ORDER and reason not in NoOrderReason.values:
        raise Invalid(_("请选择不生成工单的原因：打错电话或骚扰电话。"), field="no_order_reason")
    if reason == NoOrderReason.HARASSMENT and matter.call.warned is False:
        raise Invalid(_("骚扰电话须先警告对方，勾选“已警告”后再登记。"), field="warned")
    if disposition == Disposition.LINKED_OUTAGE and matter.call.informed is False:
        raise Invalid(_("请告知停电原因和预计送电时间并致歉，然后勾选。"), field="informed")


@transaction.atomic
def record_hang_up(call: Call, *, by: User, now: datetime, hung_up_by: str, reason: str = "") -> Call:
    """Who ended the call, told once by the agent who took it (S4-R10). Raises NotAllowed, NotNow, Invalid."""
    call = Call.objects.select_for_update().get(pk=call.pk)
    if call.agent_id != by.pk:
        raise NotAllowed(_("挂机由接听的坐席登记。"))
    if call.hung_up_by:
        raise NotNow(_("这通电话的挂机方已经登记。"))
    if hung_up_by not in HungUpBy.values:
        raise Invalid(_("请选择谁先挂机。"), field="hung_up_by")
    if hung_up_by == HungUpBy.AGENT and not reason and call.no_order_reason != NoOrderReason.HARASSMENT:
        raise Invalid(_("坐席先挂须写明原因。"), field="hung_up_reason")
    call.hung_up_by, call.hung_up_reason = hung_up_by, reason
    call.save(update_fields=["hung_up_by", "hung_up_reason"])
    audit.record(actor=by, action="call.hang_up", subject=call, now=now, detail={"by": hung_up_by})
    return call


@transaction.atomic
def acknowledge_harassment(report: HarassmentReport, *, by: User, now: datetime, opinion: str = "") -> HarassmentReport:
    """Shift leader or supervisor takes note of a reported call, once (S4-R21). Raises NotAllowed, NotNow."""
    if may_take_over(standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("骚扰电话由值长或主管确认。"))
    report = HarassmentReport.objects.select_for_update().get(pk=report.pk)
    if report.acknowledged_by is not None:
        raise NotNow(_("已由 %(who)s 确认。") % {"who": report.acknowledged_by.name})
    report.acknowledged_at, report.acknowledged_by, report.opinion = now, by, opinion
    report.save(update_fields=["acknowledged_at", "acknowledged_by", "opinion"])
    audit.record(actor=by, action="harassment.acknowledge", subject=report, now=now)
    return report
