"""``perform``, ``note`` and their kin: lock, look again, check, change, one event, one signal, one audit row.

Order of the refusals as in ``complaints.services.door``: no such step, not possible in this state (usually somebody
was quicker), not yours, form out of date, a guard's reason. All or nothing; nothing outside the database is touched.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.errors import Blocked, NotAllowed, NotNow, Stale, UnknownStep
from outage.models import Outage, OutageEvent
from outage.services import records
from outage.services.events import announce, write_event
from outage.step import Attempt, Step
from outage.steps import STEPS, is_open_in, source_label
from people import audit
from people.models import User
from people.standing import standing
from policy import rulebook


def attempt_for(
    outage: Outage, step: Step, *, by: User, now: datetime, details: Mapping[str, Any] | None = None
) -> Attempt:
    """What guards look at; ``details`` None asks only whether the step is open to this person."""
    who = standing(by, timezone.localdate(now))
    return Attempt(outage, by, who, step.who(outage, who), now, rulebook.current(), details)


@transaction.atomic
def perform(
    outage: Outage, name: str, *, by: User, now: datetime, version: int | None = None, **details: Any
) -> Outage:
    """Takes one step and returns the outage as saved.

    1. lock the row (and the second outage of a merge) in key order, on a fresh instance;
    2. refuse: UnknownStep 404, NotNow 409, NotAllowed 403, Stale 409, Blocked 409, Invalid 400;
    3. the transition sets fields, ``records`` writes the rows that belong to it, the clocks it starts among them;
    4. one ``OutageEvent``, one audit row, one signal, all or nothing.
    """
    step = STEPS.get(name)
    if step is None:
        raise UnknownStep(name)
    outage, details = lock(outage, details)
    attempt = attempt_for(outage, step, by=by, now=now, details=details)
    if not is_open_in(name, outage.state):
        raise NotNow(_already(outage, name, step), changes=changes_since(outage, version))
    _refuse(outage, step, attempt, version)
    before = outage.state
    seen = records.picture(outage)
    getattr(outage, name)(attempt, **details)
    outage.version += 1
    records.write(outage, name, attempt, details)
    event = write_event(
        outage,
        name,
        by=by,
        now=now,
        post=attempt.post,
        text=records.remark(details),
        data=records.data(outage, attempt, details, seen),
        from_state=before,
        to_state=outage.state,
    )
    outage.updated_at = max(now, outage.updated_at)
    outage.save()
    audit.record(actor=by, action=f"outage.{name}", subject=outage, now=now, detail={"seq": event.seq})
    announce([outage.pk], name, now=now)
    return outage


def lock(outage: Outage, details: Mapping[str, Any] | None = None) -> tuple[Outage, dict[str, Any]]:
    """Fresh, locked instances of the outage and of every outage named in the details, locked in key order."""
    details = dict(details or {})
    others = {key: value for key, value in details.items() if isinstance(value, Outage)}
    wanted = sorted({outage.pk, *(other.pk for other in others.values())})
    rows = {row.pk: row for row in Outage.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    return rows[outage.pk], {**details, **{key: rows[other.pk] for key, other in others.items()}}


def _refuse(outage: Outage, step: Step, attempt: Attempt, version: int | None) -> None:
    named = {outage.pk, *(v.pk for v in (attempt.details or {}).values() if isinstance(v, Outage))}
    if Outage.objects.visible_to(attempt.by, now=attempt.now).filter(pk__in=named).count() != len(named):
        raise NotAllowed(_("这起停电不在您的查看范围内。"))
    if attempt.post is None:
        raise NotAllowed(_("“%(step)s”不由您办理：%(who)s。") % {"step": step.label, "who": source_label(step)})
    if version is not None and version != outage.version:
        raise Stale(
            _("这起停电在您填写期间已有变化，您的内容没有提交，仍保留在下方。请核对后再提交。"),
            changes=changes_since(outage, version),
        )
    for guard in step.guards:
        reason = guard(attempt)
        if reason:
            raise Blocked(reason)


def _already(outage: Outage, name: str, step: Step) -> str:
    """ "Already done by X at T", or which state stands in the way."""
    last = outage.events.filter(name=name).select_related("by").order_by("-seq").first()
    if last is not None and last.by is not None:
        return _("“%(step)s”已由 %(who)s 于 %(at)s 办理，停电现为“%(state)s”。") % {
            "step": step.label,
            "who": last.by.name,
            "at": timezone.localtime(last.at).strftime("%m-%d %H:%M"),
            "state": outage.get_state_display(),
        }
    return _("停电现为“%(state)s”，不能“%(step)s”。") % {"state": outage.get_state_display(), "step": step.label}


def changes_since(outage: Outage, version: int | None) -> list[str]:
    """What happened after the picture a form was opened on: one line per transition, newest last."""
    if version is None or version >= outage.version:
        return []
    events = outage.events.filter(name__in=STEPS).select_related("by").order_by("-seq")[: outage.version - version]
    return [describe(event) for event in reversed(list(events))]


def describe(event: OutageEvent) -> str:
    known = STEPS.get(event.name)
    return _("%(at)s %(who)s %(what)s") % {
        "at": timezone.localtime(event.at).strftime("%m-%d %H:%M"),
        "who": event.by.name if event.by else _("系统"),
        "what": known.past if known else event.text or event.name,
    }


@transaction.atomic
def note(
    outage: Outage, kind: str, *, by: User | None, now: datetime, text: str = "", data: Mapping[str, Any] | None = None
) -> OutageEvent:
    """A remark in the stream that changes nothing else; the version stays, open forms do not go stale."""
    outage, _details = lock(outage)
    event = write_event(outage, kind, by=by, now=now, text=text, data=data)
    outage.updated_at = max(now, outage.updated_at)
    outage.save(update_fields=["event_seq", "updated_at"])
    announce([outage.pk], kind, now=now)
    return event


@transaction.atomic
def note_many(found: Mapping[int, Mapping[str, Any]], kind: str, *, now: datetime, text: str = "") -> None:
    """The same kind of remark on many outages, each with its own data (key -> data): one lock, one UPDATE, one INSERT;
    for sweeps. Rows are locked in key order."""
    if not found:
        return
    rows = list(Outage.objects.select_for_update().filter(pk__in=list(found)).order_by("pk"))
    events = []
    for row in rows:
        row.event_seq += 1
        skew = now < row.updated_at
        row.updated_at = max(now, row.updated_at)
        events.append(
            OutageEvent(
                outage=row,
                seq=row.event_seq,
                at=now,
                name=kind,
                text=text,
                data=dict(found[row.pk]),
                clock_skew=skew,
            )
        )
    Outage.objects.bulk_update(rows, ["event_seq", "updated_at"])
    OutageEvent.objects.bulk_create(events)
    announce([row.pk for row in rows], kind, now=now)
