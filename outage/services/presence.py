"""Who is there, what is done for the customers, who was called, what the public reads (S0-R06 to R09, R31, R33)."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from customers import permissions as restricted
from customers.models import Customer, ImportantUser, SensitiveUser
from outage.models import Announcement, Attendance, Measure, Outage, SensitiveContact
from outage.permissions import crew, desk
from outage.services.door import lock
from outage.services.events import announce, write_event
from outage.texts import personal_data_in
from outage.vocabulary import PUBLISHED_CAUSES, RUNNING, ContactResult, Crew, MeasureKind, Medium, Presence, State
from people import audit
from people.models import User
from people.standing import standing

LONGEST_PUBLIC = 500


def _enter(outage: Outage, by: User, now: datetime, *, desk_only: bool = False) -> Outage:
    """The locked outage, for whoever works on it and while it is not closed."""
    outage, _none = lock(outage)
    right = desk if desk_only else crew
    visible = Outage.objects.visible_to(by, now=now).filter(pk=outage.pk).exists()
    if not visible or right(outage, standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("由参与抢修和值班的人员办理。"))
    if outage.is_over:
        raise NotNow(_("停电现为“%(state)s”，不能再登记。") % {"state": outage.get_state_display()})
    return outage


def _leave(outage: Outage, kind: str, *, by: User, now: datetime, text: str, data: dict[str, Any], action: str) -> None:
    write_event(outage, kind, by=by, now=now, text=text, data=data)
    audit.record(actor=by, action=action, subject=outage, now=now, detail=data)
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    announce([outage.pk], kind, now=now)


# --- attendance -----------------------------------------------------------------------------------------------------


@transaction.atomic
def check_in(
    outage: Outage,
    *,
    by: User,
    now: datetime,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    photo: uuid.UUID | None = None,
    note: str = "",
) -> Attendance:
    """ "I am here": time, and where the phone allows position and picture. Whoever was not asked is added. A joint
    visit (B15) is the presence asked for once supply is back."""
    outage = _enter(outage, by, now)
    presence = Presence.JOINT_VISIT if outage.restored_at is not None else Presence.ON_SITE
    asked = outage.attendances.filter(person=by, presence=presence).first()
    row = asked or Attendance(
        outage=outage, person=by, post=_post_of(by, now), crew=Crew.SITE, presence=presence, asked_at=now
    )
    if row.arrived_at is not None:
        raise NotNow(_("您已于 %s 登记到岗。") % timezone.localtime(row.arrived_at).strftime("%H:%M"))
    row.required = bool(asked and asked.required)
    row.arrived_at, row.recorded_by, row.note = now, by, note[:200]
    row.latitude, row.longitude = latitude, longitude
    row.photo = outage.photos.filter(key=photo).first() if photo else None
    row.save()
    data = {"person": by.pk, "presence": str(presence), "position": latitude is not None}
    text = _("%(who)s%(what)s") % {"who": by.name, "what": Presence(presence).label}
    _leave(outage, "attended", by=by, now=now, text=text, data=data, action="outage.attend")
    return row


def _post_of(user: User, now: datetime) -> str:
    posts = standing(user, timezone.localdate(now)).posts
    return str(posts[0].role.label) if posts else ""


@transaction.atomic
def record_arrival(row: Attendance, *, by: User, now: datetime) -> Attendance:
    """The desk notes that somebody reported present by telephone."""
    outage = _enter(row.outage, by, now, desk_only=True)
    row = Attendance.objects.select_for_update(of=("self",)).select_related("person").get(pk=row.pk, outage=outage)
    if row.arrived_at is not None:
        raise NotNow(_("%(who)s 已到岗。") % {"who": row.person.name})
    row.arrived_at, row.recorded_by = now, by
    row.save(update_fields=["arrived_at", "recorded_by"])
    data = {"person": row.person_id, "presence": row.presence}
    text = _("%(who)s电话报到") % {"who": row.person.name}
    _leave(outage, "attended", by=by, now=now, text=text, data=data, action="outage.attend")
    return row


@transaction.atomic
def urge(row: Attendance, *, by: User, now: datetime) -> Attendance:
    """Called on the phone because missing; the time is kept."""
    outage = _enter(row.outage, by, now)
    row = Attendance.objects.select_for_update(of=("self",)).select_related("person").get(pk=row.pk, outage=outage)
    row.called_at = now
    row.save(update_fields=["called_at"])
    data = {"person": row.person_id}
    text = _("电话催 %(who)s 到岗") % {"who": row.person.name}
    _leave(outage, "attendance_urged", by=by, now=now, text=text, data=data, action="outage.attend")
    return row


# --- measures, sensitive users ----------------------------------------------------------------------------------------


@transaction.atomic
def log_measure(outage: Outage, kind: str, *, text: str, by: User, now: datetime) -> Measure:
    """Emergency power readied, loudspeaker, order on site, community and property management (S0-R07, R09, R33)."""
    outage = _enter(outage, by, now)
    if kind not in MeasureKind.values:
        raise Invalid(_("请选择事项。"), field="kind")
    row = Measure.objects.create(outage=outage, kind=kind, text=text[:300], at=now, by=by)
    label = MeasureKind(kind).label
    _leave(outage, "measure", by=by, now=now, text=str(label), data={"kind": kind}, action="outage.measure")
    return row


def sensitive_users(outage: Outage, *, by: User, now: datetime) -> list[SensitiveUser]:
    """Those of the dark areas this person may know of (S0-R08)."""
    rows = SensitiveUser.objects.visible_to(by, now=now).filter(customer__area__outage_areas__outage=outage)
    return list(rows.select_related("customer__area").order_by("customer__account_no").distinct())


@transaction.atomic
def contact_sensitive(
    outage: Outage, customer: Customer, *, result: str, note: str, by: User, now: datetime
) -> SensitiveContact:
    """One call on one sensitive user and how it went."""
    outage = _enter(outage, by, now)
    if result not in ContactResult.values:
        raise Invalid(_("请选择联系结果。"), field="result")
    if customer.pk not in {row.customer_id for row in sensitive_users(outage, by=by, now=now)}:
        raise NotAllowed(_("这位用户不在本次停电范围内，或不在您的查看范围内。"))
    row = SensitiveContact.objects.create(
        outage=outage, customer=customer, at=now, by=by, result=result, note=note[:200]
    )
    data = {"result": result}
    text = _("联系敏感用户：%s") % ContactResult(result).label
    _leave(outage, "sensitive_contacted", by=by, now=now, text=text, data=data, action="outage.contact")
    return row


def reaches_marks(outage: Outage, *, by: User, now: datetime) -> bool:
    return restricted.restricted(by, now=now).covers(outage.station_id)


# --- public texts -----------------------------------------------------------------------------------------------------


def must_announce(outage: Outage) -> bool:
    """S0-R31: main grid or force majeure, and important users without supply."""
    if outage.cause not in PUBLISHED_CAUSES or outage.state not in RUNNING:
        return False
    return ImportantUser.objects.filter(customer__area__outage_areas__outage=outage).exists()


@transaction.atomic
def announce_publicly(outage: Outage, medium: str, *, text: str, by: User, now: datetime) -> Announcement:
    """Replaces the live text of that medium. Holds no personal data: refused otherwise."""
    outage = _enter(outage, by, now, desk_only=True)
    if medium not in Medium.values:
        raise Invalid(_("请选择发布位置。"), field="medium")
    if outage.state == State.RESTORED:
        raise NotNow(_("已经送电，不再发布停电公告。"))
    if not text.strip() or len(text) > LONGEST_PUBLIC:
        raise Invalid(_("请填写公告正文，不超过 %(n)d 字。") % {"n": LONGEST_PUBLIC}, field="text")
    if problem := personal_data_in(text, outage):
        raise Invalid(problem, field="text")
    Announcement.objects.filter(outage=outage, medium=medium, withdrawn_at__isnull=True).update(withdrawn_at=now)
    row = Announcement.objects.create(
        outage=outage, medium=medium, text=text.strip(), published_at=now, published_by=by
    )
    label = Medium(medium).label
    data = {"medium": medium, "announcement": row.pk}
    _leave(outage, "announced", by=by, now=now, text=_("发布%s公告") % label, data=data, action="outage.announce")
    return row
