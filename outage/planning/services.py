"""Drawing plans up, beginning them, keeping lead times, days to spare and calendar links."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed
from customers.models import TransformerArea
from outage.flow.door import announce, open_case, perform
from outage.planning import permissions
from outage.planning.leads import unannounced
from outage.planning.models import CalendarLink, NoticeLead, OutagePlan, PlanEvent, SensitiveDay
from outage.planning.vocabulary import State
from outage.services import Facts, open_outage
from outage.vocabulary import OutageCause
from people.audit import record
from people.models import Department, User
from people.standing import standing

MISSED = "announce_missed"
TOKEN_BYTES = 32


@transaction.atomic
def draw_up(*, by: User, now: datetime, areas: Iterable[TransformerArea], **values: Any) -> OutagePlan:
    """A new plan, drafted. Raises NotAllowed outside the stations this person plans for."""
    members = list(areas)
    plan = OutagePlan(**values, households=sum(area.households for area in members))
    if plan.station_id not in permissions.planned_stations(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("您不能为这个供电所拟停电计划。"))
    open_case(plan, by=by, now=now)
    plan.areas.set(members)
    return plan


@transaction.atomic
def take(plan: OutagePlan, name: str, *, by: User, now: datetime, version: int | None = None, **details: Any) -> Any:
    """``perform``; beginning opens the outage in the same transaction, so that there is never one without the other."""
    if name == "begin":
        details["outage"] = _open(plan, by=by, now=now, begun_at=details["begun_at"])
    return perform(plan, name, by=by, now=now, version=version, **details)


def _open(plan: OutagePlan, *, by: User, now: datetime, begun_at: datetime) -> Any:
    """The outage a plan becomes. A second beginner waits here and is then refused by the door, his outage undone."""
    OutagePlan.objects.select_for_update().get(pk=plan.pk)
    facts = Facts(
        title=plan.title,
        station=plan.station,
        areas=list(TransformerArea.objects.filter(outage_plans=plan)),
        kind=plan.kind,
        cause=OutageCause.OWN,
        cause_text=plan.work,
        detected_at=begun_at,
        occurred_at=begun_at,
        expected_at=plan.ends_at,
    )
    return open_outage(by=by, now=now, facts=facts)


def mark_missed(now: datetime) -> int:
    """Approved plans of which some medium was not told by its time, each round marked once with one event (S2-R01).
    Idempotent. Returns how many were marked."""
    waiting = OutagePlan.objects.filter(state__in=[State.APPROVED, State.CHANGING], starts_at__gt=now)
    marked = 0
    for pk in waiting.filter(alarm_round__lt=F("round")).values_list("pk", flat=True):
        marked += _mark(pk, now)
    return marked


@transaction.atomic
def _mark(pk: int, now: datetime) -> int:
    plan = OutagePlan.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if plan is None or plan.alarm_round >= plan.round:
        return 0
    late = [one for one in unannounced(plan) if one.due_at is not None and now > one.due_at]
    if not late:
        return 0
    plan.alarm_round, plan.event_seq, plan.updated_at = plan.round, plan.event_seq + 1, max(now, plan.updated_at)
    plan.save(update_fields=["alarm_round", "event_seq", "updated_at"])
    text = "、".join(str(one.medium.label) for one in late)
    PlanEvent.objects.create(case=plan, seq=plan.event_seq, at=now, name=MISSED, text=text)
    announce(OutagePlan, [plan.pk], MISSED, now=now)
    return 1


# --- lead times and days to spare -------------------------------------------------------------------------------------


@transaction.atomic
def set_lead(
    *, kind: str, medium: str, hours: int | None, effective_from: date, basis: str, by: User, now: datetime
) -> NoticeLead:
    """A lead time from a day on; what is in force is never edited (A22)."""
    if not permissions.may_set_leads(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("公告提前时间由管理人员设定。"))
    if effective_from < timezone.localdate(now):
        raise Invalid(_("生效日期不能早于今天：已经适用的提前时间不再改动。"), field="effective_from")
    try:
        with transaction.atomic():
            row = NoticeLead.objects.create(
                kind=kind,
                medium=medium,
                hours=hours,
                effective_from=effective_from,
                basis=basis,
                recorded_by=by,
                recorded_at=now,
            )
    except IntegrityError as error:
        raise Invalid(_("这一天已有一行，请换一个生效日期。"), field="effective_from") from error
    detail = {"kind": kind, "medium": medium, "hours": hours, "effective_from": str(effective_from)}
    record(actor=by, action="plan.lead", subject=row, now=now, detail=detail)
    return row


@transaction.atomic
def add_day(
    *,
    name: str,
    kind: str,
    first_on: date,
    last_on: date,
    station: Department | None,
    note: str,
    by: User,
    now: datetime,
) -> SensitiveDay:
    """Days on which supply should not be cut."""
    _expect_keeper(by, now)
    row = SensitiveDay.objects.create(
        name=name,
        kind=kind,
        first_on=first_on,
        last_on=last_on,
        station=station,
        note=note,
        recorded_by=by,
        recorded_at=now,
    )
    record(actor=by, action="plan.day_add", subject=row, now=now, detail={"from": str(first_on), "to": str(last_on)})
    return row


@transaction.atomic
def remove_day(row: SensitiveDay, *, by: User, now: datetime) -> None:
    """Not to be spared any more; the row stays. Removing twice is removing once."""
    _expect_keeper(by, now)
    if SensitiveDay.objects.filter(pk=row.pk, removed_at__isnull=True).update(removed_at=now):
        record(actor=by, action="plan.day_remove", subject=row, now=now)


def _expect_keeper(by: User, now: datetime) -> None:
    if not permissions.may_keep_days(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("避让日由管理人员、热线主任或专业部室维护。"))


# --- links of the feed ------------------------------------------------------------------------------------------------


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def new_link(*, by: User, now: datetime) -> str:
    """A new address for this person's feed; the one before ends at once. The token is shown once and not kept."""
    end_link(by=by, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = CalendarLink.objects.create(user=by, token_hash=token_hash(token), created_at=now)
    record(actor=by, action="plan.link", subject=row, now=now)
    return token


@transaction.atomic
def end_link(*, by: User, now: datetime) -> int:
    """Revokes the person's address; returns how many were live (0 or 1)."""
    User.objects.select_for_update().get(pk=by.pk)
    ended = CalendarLink.objects.filter(user=by, revoked_at__isnull=True).update(revoked_at=now)
    if ended:
        record(actor=by, action="plan.link_end", subject=by, now=now)
    return ended


def reader_of(token: str, *, now: datetime) -> User | None:
    """Whose live link this is, as long as that person may read plans."""
    link = (
        CalendarLink.objects.filter(token_hash=token_hash(token), revoked_at__isnull=True)
        .select_related("user")
        .first()
    )
    return link.user if link is not None and permissions.is_reader(link.user, now=now) else None
