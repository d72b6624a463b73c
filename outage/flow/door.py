"""``open_case``, ``perform`` and ``note``: lock, look again, check, change, one event, one audit row, one signal.

Order of the refusals: no such step, not possible in this state (usually somebody was quicker), not yours, form out of
date, a guard's reason. Everything happens in one transaction; nothing outside the database is touched.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Blocked, NotAllowed, NotNow, Stale, UnknownStep
from outage.flow.models import FlowCase
from outage.flow.signals import flow_events
from outage.flow.step import Attempt, Step, sources_of, steps_of
from people import audit
from people.models import User
from people.standing import standing

C = TypeVar("C", bound=FlowCase)


def attempt_for(case: Any, step: Step, *, by: User, now: datetime, details: Mapping[str, Any] | None = None) -> Attempt:
    who = standing(by, timezone.localdate(now))
    return Attempt(case, by, who, step.who(case, who), now, details)


@transaction.atomic
def open_case(case: C, *, by: User, now: datetime, text: str = "", told: Mapping[str, Any] | None = None) -> C:
    """Saves a new case with its first event. Who may open one is for the caller to have checked."""
    row: Any = case
    row.created_by, row.created_at, row.updated_at, row.event_seq = by, now, now, 1
    row.save(force_insert=True)
    _write(row, "open", by=by, now=now, text=text, data=dict(told or {}), to_state=row.state)
    return case


@transaction.atomic
def perform(case: C, name: str, *, by: User, now: datetime, version: int | None = None, **details: Any) -> C:
    """Takes one step and returns the case as saved.

    1. lock the row, on a fresh instance;
    2. refuse: UnknownStep 404, NotNow 409, NotAllowed 403, Stale 409, Blocked 409;
    3. the transition sets fields and hands over the rows that belong to it;
    4. one event, one audit row, one signal, all or nothing.
    """
    model: Any = type(case)
    step = steps_of(model).get(name)
    if step is None:
        raise UnknownStep(name)
    row = model.objects.select_for_update(of=("self",)).get(pk=case.pk)
    attempt = attempt_for(row, step, by=by, now=now, details=details)
    _refuse(row, name, step, attempt, version)
    before = row.state
    getattr(row, name)(attempt, **details)
    row.version += 1
    row.event_seq += 1
    row.updated_at = max(now, row.updated_at)
    row.save()
    for extra in attempt.rows:
        extra.save(force_insert=True)
    for field, members in attempt.sets.items():
        getattr(row, field).set(members)
    _write(
        row,
        name,
        by=by,
        now=now,
        text=attempt.text,
        data=attempt.told,
        from_state=before,
        to_state=row.state,
        acting_for_id=attempt.post.acting_for_id if attempt.post else None,
    )
    return row  # type: ignore[no-any-return]


def _refuse(row: Any, name: str, step: Step, attempt: Attempt, version: int | None) -> None:
    if not type(row).objects.visible_to(attempt.by, now=attempt.now).filter(pk=row.pk).exists():
        raise NotAllowed(_("这一件不在您的查看范围内。"))
    if row.state not in sources_of(type(row))[name]:
        raise NotNow(_already(row, name, step), changes=changes_since(row, version))
    if attempt.post is None:
        raise NotAllowed(_("“%(step)s”不由您办理：%(who)s。") % {"step": step.label, "who": step.who_label})
    if version is not None and version != row.version:
        raise Stale(
            _("您填写期间已有变化，您的内容没有提交，仍保留在下方。请核对后再提交。"),
            changes=changes_since(row, version),
        )
    for guard in step.guards:
        if reason := guard(attempt):
            raise Blocked(reason)


def _already(row: Any, name: str, step: Step) -> str:
    """ "Already done by X at T", or which state stands in the way."""
    last = row.events.filter(name=name).select_related("by").order_by("-seq").first()
    if last is not None and last.by is not None:
        return _("“%(step)s”已由 %(who)s 于 %(at)s 办理，现为“%(state)s”。") % {
            "step": step.label,
            "who": last.by.name,
            "at": timezone.localtime(last.at).strftime("%m-%d %H:%M"),
            "state": row.get_state_display(),
        }
    return _("现为“%(state)s”，不能“%(step)s”。") % {"state": row.get_state_display(), "step": step.label}


def changes_since(row: Any, version: int | None) -> list[str]:
    """What happened after the picture a form was opened on: one line per step, newest last."""
    if version is None or version >= row.version:
        return []
    known = steps_of(type(row))
    events = row.events.filter(name__in=known).select_related("by").order_by("-seq")[: row.version - version]
    return [
        _("%(at)s %(who)s %(what)s")
        % {
            "at": timezone.localtime(event.at).strftime("%m-%d %H:%M"),
            "who": event.by.name if event.by else _("系统"),
            "what": known[event.name].past,
        }
        for event in reversed(list(events))
    ]


@transaction.atomic
def note(case: FlowCase, kind: str, *, by: User | None, now: datetime, text: str = "") -> None:
    """A remark in the stream that changes nothing else; the version stays, open forms do not go stale."""
    model: Any = type(case)
    row = model.objects.select_for_update(of=("self",)).get(pk=case.pk)
    row.event_seq += 1
    row.updated_at = max(now, row.updated_at)
    row.save(update_fields=["event_seq", "updated_at"])
    _write(row, kind, by=by, now=now, text=text, data={})


def _write(row: Any, name: str, *, by: User | None, now: datetime, **columns: Any) -> None:
    row.events.create(seq=row.event_seq, at=now, name=name, by=by, **columns)
    audit.record(actor=by, action=f"{row.CODE}.{name}", subject=row, now=now, detail={"seq": row.event_seq})
    announce(type(row), [row.pk], name, now=now)


def announce(model: type[FlowCase], ids: Sequence[int], kind: str, *, now: datetime) -> None:
    """One signal for all of them, inside the transaction."""
    flow_events.send(sender=model, ids=list(ids), kind=kind, now=now)
