"""Opening a complaint box in front of a second person, and what becomes of each letter (S0-R12)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import BoxLetter, BoxOpening, Order
from complaints.models.boxes import MOST_LETTERS
from complaints.permissions import SEES_ALL
from people import audit
from people.models import Department, User
from people.roles import DEPARTMENT_STAFF, HOTLINE, Role
from people.standing import Standing, holders, standing
from policy.vocabulary import Channel

OPENERS = HOTLINE | DEPARTMENT_STAFF


def visible_openings(who: Standing) -> QuerySet[BoxOpening]:
    """Hotline, leaders, manager and auditor all; a department those of its own halls, a head those below."""
    rows = BoxOpening.objects.select_related("department", "opened_by", "witness").annotate(
        waiting=Count("found", filter=Q(found__settled_at__isnull=True))
    )
    rows = rows.order_by("-opened_at", "-id")  # a grouped query forgets the model's own order
    if who.roles & SEES_ALL:
        return rows
    return rows.filter(department_id__in=who.departments(*DEPARTMENT_STAFF) | who.subtree_ids)


def may_see_boxes(who: Standing) -> bool:
    return bool(who.roles & (SEES_ALL | DEPARTMENT_STAFF))


def halls_of(who: Standing) -> QuerySet[Department]:
    """Where this person may open a box: the hotline anywhere, a department's staff at their own place."""
    rows = Department.objects.filter(is_active=True).order_by("position", "id")
    return rows if who.has(*HOTLINE) else rows.filter(pk__in=who.departments(*DEPARTMENT_STAFF))


def may_open(who: Standing) -> bool:
    return who.has(*OPENERS)


def may_settle(who: Standing) -> bool:
    """Letters become orders at the hotline, which alone registers."""
    return who.has(*HOTLINE)


def witnesses(now: datetime) -> QuerySet[User]:
    """Colleagues who may stand by: anybody with a post at hotline or departments, and the manager."""
    return holders(*OPENERS, Role.MANAGER, on=timezone.localdate(now))


@transaction.atomic
def record_opening(
    *,
    department: Department,
    place: str,
    opened_at: datetime,
    witness: User,
    letters: int,
    remark: str = "",
    by: User,
    now: datetime,
) -> BoxOpening:
    """One row for the opening and one for each letter. Raises NotAllowed (403), Invalid (400), NotNow (409) for the
    same opening written twice."""
    who = standing(by, timezone.localdate(now))
    if not halls_of(who).filter(pk=department.pk).exists() or not may_open(who):
        raise NotAllowed(_("意见箱由热线或箱子所在单位的人开启。"))
    if witness.pk == by.pk or not witnesses(now).filter(pk=witness.pk).exists():
        raise Invalid(_("开箱须两人在场：请选择另一位在岗人员。"), field="witness")
    if opened_at > now:
        raise Invalid(_("不能晚于现在。"), field="opened_at")
    if not 0 <= letters <= MOST_LETTERS:
        raise Invalid(_("信件数应在 0 到 %(most)d 之间。") % {"most": MOST_LETTERS}, field="letters")
    try:
        with transaction.atomic():
            row = BoxOpening.objects.create(
                department=department,
                place=place,
                opened_at=opened_at,
                opened_by=by,
                witness=witness,
                letters=letters,
                remark=remark,
                recorded_at=now,
            )
    except IntegrityError as error:
        raise NotNow(_("这个意见箱在这个时间的开箱已经登记。")) from error
    BoxLetter.objects.bulk_create([BoxLetter(opening=row, seq=number + 1) for number in range(letters)])
    audit.record(actor=by, action="box.open", subject=row, ref=str(row), now=now, detail={"letters": letters})
    return row


@transaction.atomic
def settle_letter(letter: BoxLetter, *, number: str = "", reason: str = "", by: User, now: datetime) -> BoxLetter:
    """A letter became the order of that number, or none for a reason; once. Raises NotAllowed, NotNow, Invalid."""
    letter = BoxLetter.objects.select_for_update().get(pk=letter.pk)
    if not may_settle(standing(by, timezone.localdate(now))):
        raise NotAllowed(_("信件由热线登记成工单。"))
    if letter.settled_at is not None:
        raise NotNow(_("这封信已经处理。"))
    if bool(number) == bool(reason):
        raise Invalid(_("请填写工单号，或写明不立单的原因，二者填一项。"), field="number")
    letter.order = _order_of(letter, number, by, now) if number else None
    letter.no_order_reason, letter.settled_at, letter.settled_by = reason, now, by
    try:
        with transaction.atomic():
            letter.save(update_fields=["order", "no_order_reason", "settled_at", "settled_by"])
    except IntegrityError as error:
        raise Invalid(_("这张工单已经对应另一封信。"), field="number") from error
    audit.record(actor=by, action="box.letter", subject=letter, ref=str(letter), now=now)
    return letter


def _order_of(letter: BoxLetter, number: str, by: User, now: datetime) -> Order:
    order = Order.objects.visible_to(by, now=now).filter(number=number[:20]).first()
    if order is None:
        raise Invalid(_("没有这张工单，或不在您的查看范围内。"), field="number")
    if order.channel != Channel.COMPLAINT_BOX:
        raise Invalid(_("这张工单的渠道不是意见箱。"), field="number")
    if order.registered_at < letter.opening.opened_at:
        raise Invalid(_("这张工单登记在开箱之前。"), field="number")
    return order
