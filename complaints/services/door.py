"""``perform``, ``note`` and their kin: lock, look again, check, change, one event, one signal, one audit row.

Order of the refusals: no such step, not possible in this state (usually somebody was quicker), not yours, form out of
date, held, a guard's reason. Everything happens in one transaction; nothing outside the database is touched.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Blocked, Held, Invalid, NotAllowed, NotNow, Stale, UnknownStep
from complaints.event_words import changes_of
from complaints.guards import Attempt
from complaints.models import Hold, Order, OrderEvent
from complaints.services import records
from complaints.services.events import announce, insert_notes, write_event
from complaints.step import Step
from complaints.steps import STEPS, is_open_in, source_label
from complaints.vocabulary import BEFORE_CALLBACK, NO_LIMIT
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook
from policy.limits import end_of
from policy.rulebook import Rulebook


def attempt_for(
    order: Order,
    step: Step,
    *,
    by: User,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    book: Rulebook | None = None,
) -> Attempt:
    """What guards look at; ``details`` None asks only whether the step is open to this person."""
    who = standing(by, timezone.localdate(now))
    return Attempt(order, by, who, step.who(order, who), now, book or rulebook.current(), details)


@transaction.atomic
def perform(order: Order, name: str, *, by: User, now: datetime, version: int | None = None, **details: Any) -> Order:
    """Takes one step and returns the order as saved.

    1. lock the row (and the second order of a merge) in key order, on a fresh instance;
    2. refuse: UnknownStep 404, NotNow 409, NotAllowed 403, Stale 409, Held 409, Blocked 409;
    3. the transition sets fields, ``records`` writes the rows that belong to it;
    4. one ``OrderEvent``, one audit row, one signal, all or nothing.

    ``version`` is what the form was opened on; None only for callers that hold no older picture.
    """
    step = STEPS.get(name)
    if step is None:
        raise UnknownStep(name)
    order, details = _lock(order, details)
    attempt = attempt_for(order, step, by=by, now=now, details=details)
    _expect_open(order, name, step, version)
    _expect_visible(attempt, version)
    _refuse(order, name, step, attempt, version)
    before = order.state
    seen = records.picture(order, name)
    getattr(order, name)(attempt, **details)
    order.version += 1
    order.event_seq += 1
    skew_base = order.updated_at
    records.write(order, name, attempt, details)
    event = write_event(
        order,
        name,
        by=by,
        now=now,
        post=attempt.post,
        text=records.remark(name, details),
        data=records.data(order, name, attempt, details, seen),
        from_state=before,
        to_state=order.state,
        from_department_id=attempt.notes.get("from_department_id"),
    )
    order.updated_at = max(now, skew_base)
    order.due_sort = place_in_queue(order)
    order.save()
    audit.record(actor=by, action=f"order.{name}", subject=order, now=now, detail={"seq": event.seq})
    announce([order.pk], name, now=now)
    return order


def place_in_queue(order: Order) -> datetime:
    """What queues sort by beside the priority: the due instant; the internal limit of a reopened order (B6); far away
    where nothing is due any more."""
    if order.answered_at is None:
        return order.due_at or NO_LIMIT
    again = order.internal_due_on if order.state in BEFORE_CALLBACK else None
    return end_of(again, order.policy) if again else NO_LIMIT


def _lock(order: Order, details: dict[str, Any]) -> tuple[Order, dict[str, Any]]:
    """Fresh, locked instances of the order and of every order named in the details, locked in key order."""
    others = {key: value for key, value in details.items() if isinstance(value, Order)}
    wanted = sorted({order.pk, *(other.pk for other in others.values())})
    rows = {row.pk: row for row in Order.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    return rows[order.pk], {**details, **{key: rows[other.pk] for key, other in others.items()}}


def _expect_open(order: Order, name: str, step: Step, version: int | None) -> None:
    if not is_open_in(name, order.state):
        raise NotNow(_already(order, name, step), changes=changes_since(order, version))


def _refuse(order: Order, name: str, step: Step, attempt: Attempt, version: int | None) -> None:
    if attempt.post is None:
        raise NotAllowed(_("“%(step)s”不由您办理：%(who)s。") % {"step": step.label, "who": source_label(step)})
    expect_version(order, version)
    for hold in order.holds.filter(blocks=name, released_at__isnull=True):
        raise Held(hold.reason)
    for guard in step.guards:
        reason = guard(attempt)
        if reason:
            raise Blocked(reason)


def expect_version(order: Order, version: int | None) -> None:
    """Raises Stale 409 when the locked order is no longer the one the sender looked at; None holds no picture."""
    if version is not None and version != order.version:
        raise Stale(
            _("这张工单在您填写期间已有变化，您的内容没有提交，仍保留在下方。请核对后再提交。"),
            changes=changes_since(order, version),
        )


def _expect_visible(attempt: Attempt, version: int | None) -> None:
    """A step never reaches an order its actor cannot see (second ids included); one that has just gone out of view is
    told apart from one that never was in it."""
    named = {attempt.order.pk, *(v.pk for v in (attempt.details or {}).values() if isinstance(v, Order))}
    if Order.objects.visible_to(attempt.by, now=attempt.now).filter(pk__in=named).count() != len(named):
        if version is not None and version != attempt.order.version:
            raise Stale(_("工单刚刚已改派或变更，现不由您的部门办理。"))
        raise NotAllowed(_("工单不在您的查看范围内。"))


def _already(order: Order, name: str, step: Step) -> str:
    """ "Already done by X at T", or which state stands in the way."""
    last = order.events.filter(name=name).select_related("by").order_by("-seq").first()
    if last is not None and last.by is not None:
        return _("“%(step)s”已由 %(who)s 于 %(at)s 办理，工单现为“%(state)s”。") % {
            "step": step.label,
            "who": last.by.name,
            "at": timezone.localtime(last.at).strftime("%m-%d %H:%M"),
            "state": order.get_state_display(),
        }
    return _("工单现为“%(state)s”，不能“%(step)s”。") % {"state": order.get_state_display(), "step": step.label}


def changes_since(order: Order, version: int | None) -> list[str]:
    """What happened after the picture a form was opened on: one line per transition with what it changed, newest
    last."""
    if version is None or version >= order.version:
        return []
    events = order.events.filter(name__in=STEPS).select_related("by").order_by("-seq")[: order.version - version]
    return [describe(event) for event in reversed(list(events))]


def describe(event: OrderEvent) -> str:
    known = STEPS.get(event.name)
    hidden = event.name == "correct" and event.order.conceals_caller  # A27: not even masked
    changed = [] if hidden else changes_of(event)
    line = _("%(at)s %(who)s %(what)s") % {
        "at": timezone.localtime(event.at).strftime("%m-%d %H:%M"),
        "who": event.by.name if event.by else _("系统"),
        "what": known.past if known else event.text or event.name,
    }
    return f"{line}（{'；'.join(changed)}）" if changed else line


# --- notes, holds, due dates ----------------------------------------------------------------------------------------


@transaction.atomic
def note(
    order: Order, kind: str, *, by: User | None, now: datetime, text: str = "", data: Mapping[str, Any] | None = None
) -> OrderEvent:
    """A remark in the stream that changes nothing else; the version stays, open forms do not go stale."""
    order, _details = _lock(order, {})
    order.event_seq += 1
    event = write_event(order, kind, by=by, now=now, text=text, data=data)
    order.updated_at = max(now, order.updated_at)
    order.save(update_fields=["event_seq", "updated_at"])
    announce([order.pk], kind, now=now)
    return event


@transaction.atomic(savepoint=False)
def note_many(ids: Sequence[int], kind: str, *, now: datetime, text: str = "", data: Any = None) -> None:
    """The same remark on many orders, set-based; for sweeps. Locks the rows in key order. A caller's transaction in
    which it fails is lost as a whole."""
    if not ids:
        return
    insert_notes(ids, kind, now=now, text=text, data=json.dumps(data or {}))
    announce(ids, kind, now=now)


@transaction.atomic
def reschedule(
    order: Order, *, due_on: date, cause: str, by: User | None, now: datetime, limit_days: int, provisional: bool
) -> Order:
    """Moves the due date; exactly one event with old, new, cause and calendar version (invariant 5)."""
    order, _details = _lock(order, {})
    if order.due_on is None:
        raise Invalid(_("这类工单没有时限。"), field="due_on")
    book = rulebook.current()
    old = order.due_on
    order.due_on, order.due_at = due_on, end_of(due_on, order.policy)
    order.due_provisional, order.limit_days = provisional, limit_days
    order.due_sort = place_in_queue(order)
    order.calendar_version = book.calendar.version
    if order.overdue_since is not None and (order.answered_at or now) < order.due_at:
        order.overdue_since = None
    order.feedbacks.update(on_time=Q(submitted_at__lt=order.due_at))  # granted late, it still covers what came in time
    order.due_soon_since = None
    order.version += 1
    order.event_seq += 1
    write_event(
        order,
        "reschedule",
        by=by,
        now=now,
        text=cause,
        data={"from": str(old), "to": str(due_on), "calendar": book.calendar.version, "limit_days": limit_days},
        from_state=order.state,
        to_state=order.state,
    )
    order.updated_at = max(now, order.updated_at)
    order.save()
    announce([order.pk], "reschedule", now=now)
    return order


@transaction.atomic
def place_hold(order: Order, *, blocks: str, reason: str, source: str, by: User | None, now: datetime) -> Hold:
    """Keeps a step closed until the same source releases it; placing twice is placing once."""
    if blocks not in STEPS:
        raise UnknownStep(blocks)
    order, _details = _lock(order, {})
    hold, created = Hold.objects.get_or_create(
        order=order,
        blocks=blocks,
        source=source,
        released_at=None,
        defaults={"reason": reason, "placed_at": now, "placed_by": by},
    )
    if created:
        note(order, "hold", by=by, now=now, text=reason, data={"blocks": blocks, "source": source})
    return hold


@transaction.atomic
def release_hold(order: Order, *, blocks: str, source: str, by: User | None, now: datetime) -> int:
    """Opens the step again; returns how many live holds of this source were released (0 or 1)."""
    order, _details = _lock(order, {})
    live = Hold.objects.filter(order=order, blocks=blocks, source=source, released_at__isnull=True)
    released = live.update(released_at=now, released_by=by)
    if released:
        note(order, "release", by=by, now=now, data={"blocks": blocks, "source": source})
    return released


@transaction.atomic
def share_with(order: Order, department_id: int, *, now: datetime) -> None:
    """Puts the order before a department that has to decide about it; from then on it may read it."""
    order, _details = _lock(order, {})
    if department_id not in order.audience:
        order.audience = sorted({*order.audience, department_id})
        order.save(update_fields=["audience"])
