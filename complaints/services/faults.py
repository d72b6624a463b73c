"""Fault reports: whose asset it is, what was tried by telephone, and no charge without consent (S4-R15..R18)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.errors import Invalid, NotAllowed
from complaints.models import FaultReport, Order, PaidConsent
from complaints.permissions import may_register
from complaints.services.matter import FaultFacts, Matter
from complaints.vocabulary import Ownership
from complaints.wordings import PAID_NOTICE, Wording
from people import audit
from people.models import User
from people.standing import standing
from policy.vocabulary import Kind, Priority, Urgency

CONSENT_USED = _l("这份同意已用于另一张工单，请重新告知并记录。")


@transaction.atomic
def record_consent(*, by: User, now: datetime, phone: str = "", wording: Wording = PAID_NOTICE) -> PaidConsent:
    """The caller has heard that the repair is charged, and agrees; stored with the words that were said (S4-R18)."""
    if may_register(standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("受理登记由热线办理。"))
    consent = PaidConsent.objects.create(
        at=now, agent=by, phone=phone, text_version=wording.version, text=str(wording.text)
    )
    audit.record(actor=by, action="consent.paid", subject=consent, now=now, detail={"version": wording.version})
    return consent


def expect_consent(matter: Matter, *, answered: bool, now: datetime) -> None:
    """Before an order of a fault exists: a customer's own asset was looked at by telephone, and a charged repair has a
    consent of its own, stored earlier. Danger to persons goes out at once; making safe is free (A28)."""
    fault = matter.fault
    if fault is None:
        return
    if matter.kind != Kind.FAULT_REPORT:
        raise Invalid(_("只有故障报修才填故障情况。"), field="ownership")
    if fault.paid and fault.ownership != Ownership.CUSTOMER:
        raise Invalid(_("供电企业产权或无法判断的故障不收费，请取消有偿服务。"), field="paid")
    if fault.ownership == Ownership.CUSTOMER and not fault.paid and not answered and matter.urgency != Urgency.DANGER:
        raise Invalid(
            _("客户产权的故障：引导排查解决了的，按“当场答复办结”；要上门的，先告知有偿并记录客户同意。"), field="paid"
        )
    if fault.paid:
        _expect_unused(fault, now)


def _expect_unused(fault: FaultFacts, now: datetime) -> None:
    consent = fault.consent
    if consent is None or consent.at > now:
        raise Invalid(_("有偿服务须先向客户告知并记录同意，再派单。"), field="paid")
    if FaultReport.objects.filter(consent=consent).exists():
        raise Invalid(str(CONSENT_USED), field="paid")


def fault_row(order: Order, fault: FaultFacts) -> FaultReport:
    """The row of a new order, not saved yet."""
    return FaultReport(
        order=order,
        symptom=fault.symptom,
        began_at=fault.began_at,
        scope=fault.scope,
        meter_no=fault.meter_no,
        danger=order.priority == Priority.DANGER,
        ownership=fault.ownership,
        guidance=list(fault.guidance),
        guidance_result=fault.guidance_result,
        paid=fault.paid,
        consent=fault.consent if fault.paid else None,
    )
