"""Writing a record and what is added to it later."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from outage.models import Outage
from outage.records.models import Kind, OutageRecord
from outage.records.permissions import units_of
from outage.services import note, perform
from people.audit import record
from people.models import User
from people.standing import standing


@transaction.atomic
def fill_in(kind: str, *, values: dict[str, Any], by: User, now: datetime) -> OutageRecord:
    """One record of the writer's own department. With an outage it also stands in its stream; a report that supply
    will not be back soon moves its expected time (S0-R32)."""
    unit = values["unit"]
    if unit.pk not in units_of(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("记录由本单位人员填报。"))
    outage: Outage | None = values.get("outage")
    if kind == Kind.NOT_SOON and outage is None:
        raise Invalid(_("请选择正在停电的事件。"), field="outage")
    row = OutageRecord(kind=kind, **values, recorded_by=by, recorded_at=now, filled_on=timezone.localdate(now))
    row.save(force_insert=True)
    if outage is not None:
        label = Kind(kind).label
        note(outage, "record", by=by, now=now, text=_("填报%(what)s") % {"what": label}, data={"record": row.pk})
        if kind == Kind.NOT_SOON and row.expected_at is not None:
            perform(outage, "report_progress", by=by, now=now, expected_at=row.expected_at, text=row.text)
    record(actor=by, action="outage.record", subject=row, now=now, detail={"kind": kind})
    return row


@transaction.atomic
def give_back(row: OutageRecord, *, by: User, now: datetime) -> OutageRecord:
    """Borrowed material is back (S0-R39); once."""
    row = OutageRecord.objects.select_for_update().get(pk=row.pk)
    if row.unit_id not in units_of(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("归还由借用单位登记。"))
    if not row.waits_for_return:
        raise NotNow(_("没有待归还的材料。"))
    row.returned_at, row.returned_by = now, by
    row.save(update_fields=["returned_at", "returned_by"])
    record(actor=by, action="outage.record_returned", subject=row, now=now)
    return row
