"""A difficult call or order handed up to shift leader or supervisor (S4-R23), and who is at work on which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import DeskHandover, Draft, Order, Presence
from complaints.permissions import may_register, may_take_over
from complaints.services.door import note
from people import audit
from people.masking import mask_name
from people.models import Assignment, User
from people.roles import HOTLINE, Role
from people.standing import standing, valid_on

HAND_UP_TO = (Role.SHIFT_LEADER, Role.SUPERVISOR)
DRAFT_PREFIX = "intake/"
Typed = Mapping[str, Sequence[str]]


# --- handed up ------------------------------------------------------------------------------------------------------


@transaction.atomic
def hand_up(
    *,
    by: User,
    now: datetime,
    to_role: str,
    reason: str,
    form: Typed | None = None,
    phone: str = "",
    call_id: str = "",
    order: Order | None = None,
) -> DeskHandover:
    """Passes the call in progress with everything typed so far, or an order, with the reason (S4-R23).
    Raises NotAllowed, Invalid."""
    if may_register(standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("转值长、主管由热线坐席办理。"))
    if to_role not in HAND_UP_TO:
        raise Invalid(_("请选择转给值长还是主管。"), field="to_role")
    if not reason:
        raise Invalid(_("请写明转接原因，接手的人要知道怎么回事。"), field="hand_reason")
    handover = DeskHandover.objects.create(
        order=order,
        call_id=call_id,
        phone=phone,
        form={name: list(values) for name, values in (form or {}).items()},
        to_role=to_role,
        reason=reason,
        asked_at=now,
        asked_by=by,
    )
    if order is not None:
        text = _("转%(role)s：%(reason)s") % {"role": Role(to_role).label, "reason": reason}
        note(order, "hand_up", by=by, now=now, text=text, data={"handover": handover.pk})
    audit.record(actor=by, action="handover.ask", subject=handover, now=now, detail={"to": to_role})
    return handover


@transaction.atomic
def accept_handover(handover: DeskHandover, *, by: User, now: datetime) -> DeskHandover:
    """Takes the call or order over, once; what was typed becomes a draft of the new holder, never the old one's loss.
    Raises NotAllowed, NotNow."""
    handover = _waiting(handover)
    if may_take_over(standing(by, timezone.localdate(now))) is None:
        raise NotAllowed(_("转接由值长或主管接手。"))
    if handover.asked_by_id == by.pk:
        raise NotAllowed(_("自己转出的不能自己接手，可以收回。"))
    handover.accepted_at, handover.accepted_by = now, by
    handover.save(update_fields=["accepted_at", "accepted_by"])
    if handover.order is not None:
        note(handover.order, "hand_up_accepted", by=by, now=now, data={"handover": handover.pk})
    else:
        _keep_draft(by, draft_key(handover), handover.form, now)
    audit.record(actor=by, action="handover.accept", subject=handover, now=now)
    return handover


@transaction.atomic
def withdraw_handover(handover: DeskHandover, *, by: User, now: datetime) -> DeskHandover:
    """The agent takes back what nobody has taken over yet. Raises NotAllowed, NotNow."""
    handover = _waiting(handover)
    if handover.asked_by_id != by.pk:
        raise NotAllowed(_("只有转出的人可以收回。"))
    handover.withdrawn_at = now
    handover.save(update_fields=["withdrawn_at"])
    if handover.order is not None:
        note(handover.order, "hand_up_withdrawn", by=by, now=now, data={"handover": handover.pk})
    else:
        _keep_draft(by, draft_key(handover), handover.form, now)
    audit.record(actor=by, action="handover.withdraw", subject=handover, now=now)
    return handover


def draft_key(handover: DeskHandover) -> str:
    """Where the typed fields of a call go on."""
    return f"{DRAFT_PREFIX}handover-{handover.pk}"


def _keep_draft(user: User, key: str, form: Typed, now: datetime) -> None:
    Draft.objects.update_or_create(user=user, form=key, defaults={"data": dict(form), "saved_at": now})


def _waiting(handover: DeskHandover) -> DeskHandover:
    """The row, locked before anything beside it is read: a joined row would still be that of before the wait."""
    handover = DeskHandover.objects.select_for_update().get(pk=handover.pk)
    if handover.accepted_by is not None and handover.accepted_at is not None:
        raise NotNow(
            _("已由 %(who)s 于 %(at)s 接手。")
            % {"who": handover.accepted_by.name, "at": f"{timezone.localtime(handover.accepted_at):%H:%M}"}
        )
    if handover.withdrawn_at is not None:
        raise NotNow(_("转出的人已经收回。"))
    return handover


# --- presence -------------------------------------------------------------------------------------------------------

STILL_THERE = timedelta(seconds=40)  # the page says so every 15 seconds
FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True)
class Other:
    """Somebody else at the same order: a masked name (or just "热线"), and the step being filled in."""

    name: str
    doing: str


@transaction.atomic
def note_presence(order: Order, *, by: User, now: datetime, doing: str = "") -> list[Other]:
    """Says that this person is here, and returns who else is. Locks nothing, changes no order, writes no event."""
    Presence.objects.filter(user=by, seen_at__lt=now - FORGOTTEN).delete()
    Presence.objects.bulk_create(
        [Presence(order=order, user=by, doing=doing, seen_at=now)],
        update_conflicts=True,
        unique_fields=["order", "user", "doing"],
        update_fields=["seen_at"],
    )
    return others_at(order, by=by, now=now)


def leave(order: Order, *, by: User, doing: str = "") -> None:
    Presence.objects.filter(order=order, user=by, doing=doing).delete()


def others_at(order: Order, *, by: User, now: datetime) -> list[Other]:
    """Who else has it open, as far as this reader may know: colleagues of an own department by masked name, the hotline
    as such; the hotline itself sees everybody. Nobody of another department (PEERS 15)."""
    rows = (
        Presence.objects.filter(order=order, seen_at__gte=now - STILL_THERE)
        .exclude(user=by)
        .select_related("user")
        .order_by("user_id", "-doing")
    )
    strongest: dict[int, Presence] = {}
    for row in rows:
        strongest.setdefault(row.user_id, row)
    return _as_seen(strongest, by, now)


def _as_seen(found: Mapping[int, Presence], by: User, now: datetime) -> list[Other]:
    if not found:
        return []
    today = timezone.localdate(now)
    who = standing(by, today)
    all_seen = who.has(*HOTLINE)
    mine = {post.department_id for post in who.posts}
    from_hotline: list[Other] = []
    seen: list[Other] = []
    posts: dict[int, set[tuple[str, int]]] = {pk: set() for pk in found}
    held = Assignment.objects.filter(valid_on(today), user_id__in=list(found))
    for user_id, role, department in held.values_list("user_id", "role", "department_id"):
        posts[user_id].add((role, department))
    for user_id, row in found.items():
        if all_seen or mine & {department for _role, department in posts[user_id]}:
            seen.append(Other(mask_name(row.user.name), row.doing))
        elif any(role in HOTLINE for role, _department in posts[user_id]):
            from_hotline.append(Other(_("热线"), row.doing))
    return [*seen, *sorted(set(from_hotline), key=lambda one: one.doing, reverse=True)[:1]]
