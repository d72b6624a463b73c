"""Writing records and targets: each one row with its audit entry; nothing is changed afterwards, only replaced."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from people import audit
from people.models import Department, User
from policy.limits import shanghai_day
from reports.errors import Overtaken, Refused
from reports.followups import follow_survey
from reports.models import Record, Target
from reports.record_kinds import KINDS

ANSWER_DAYS = timedelta(days=15)


@transaction.atomic
def file_record(
    kind: str,
    *,
    department: Department,
    filed_on: date,
    data: Mapping[str, Any],
    by: User,
    now: datetime,
    replaces: Record | None = None,
    request: HttpRequest | None = None,
) -> Record:
    """Files a form, or a corrected one in the place of another; a survey with a low score leaves a follow-up."""
    if replaces is not None:
        replaces = Record.objects.select_for_update().get(pk=replaces.pk)
        if Record.objects.filter(replaces=replaces).exists():
            raise Overtaken(_("这份记录已被更正过，请打开最新的一份。"))
    row = Record.objects.create(
        kind=kind,
        department=department,
        filed_on=filed_on,
        data=dict(data),
        made_at=now,
        made_by=by,
        replaces=replaces,
        answer_by=filed_on + ANSWER_DAYS if KINDS[kind].answered else None,
    )
    follow_survey(row, now=now)
    action = "record.replace" if replaces else "record.file"
    audit.record(actor=by, action=action, subject=row, ref=str(row), now=now, request=request)
    return row


@transaction.atomic
def answer_record(row: Record, *, text: str, by: User, now: datetime, request: HttpRequest | None = None) -> Record:
    """Answers an opinion once; what was answered stands (S1-R09)."""
    row = Record.objects.select_for_update().get(pk=row.pk)
    if not KINDS[row.kind].answered:
        raise Refused(_("这种记录不需要答复。"))
    if row.answered_at is not None:
        raise Overtaken(_("这条意见已经答复。"))
    row.answer, row.answered_at, row.answered_by = text, now, by
    row.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.record(actor=by, action="record.answer", subject=row, ref=str(row), now=now, request=request)
    return row


@transaction.atomic
def set_target(
    indicator: str,
    *,
    target: Decimal,
    weight: Decimal,
    effective_from: date,
    by: User,
    now: datetime,
    request: HttpRequest | None = None,
) -> Target:
    """A target from a day on, today at the earliest."""
    if effective_from < shanghai_day(now):
        raise Refused(_("生效日期不能早于今天：已经用过的目标不再改动。"))
    try:
        with transaction.atomic():
            row = Target.objects.create(
                indicator=indicator,
                target=target,
                weight=weight,
                effective_from=effective_from,
                recorded_at=now,
                recorded_by=by,
            )
    except IntegrityError as error:
        raise Refused(_("这个指标在这一天已有目标，请换一个生效日期。")) from error
    detail = {"indicator": indicator, "target": str(target), "weight": str(weight), "from": str(effective_from)}
    audit.record(actor=by, action="target.set", subject=row, ref=str(row), now=now, request=request, detail=detail)
    return row
