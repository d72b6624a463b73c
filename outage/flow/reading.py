"""What pages say about a case: its steps, its rail, its timeline. Values only, no markup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outage.flow.door import attempt_for
from outage.flow.step import sources_of, steps_of
from people.models import User


@dataclass(frozen=True)
class Act:
    """A step this person's post allows; ``why`` is the reason it is closed just now, empty when open."""

    name: str
    label: str
    icon: str
    url: str
    main: bool
    grave: bool
    why: str


def acts_for(case: Any, *, by: User, now: datetime, route: str) -> list[Act]:
    """The steps of the case's state that are this person's, main ones first, closed ones last with their reason."""
    model = type(case)
    found = []
    for name, step in steps_of(model).items():
        if case.state not in sources_of(model)[name]:
            continue
        attempt = attempt_for(case, step, by=by, now=now)
        if attempt.post is None:
            continue
        why = next(filter(None, (guard(attempt) for guard in step.guards)), "")
        main = case.state in step.main
        if why and not main and name in QUIET_WHEN_CLOSED:
            continue
        url = reverse(route, args=[case.pk, name])
        found.append(Act(name, str(step.label), step.icon, url, main and not why, step.grave, why or ""))
    return sorted(found, key=lambda act: (not act.main, bool(act.why), act.grave))


# Not worth a grey button: they never apply to this case.
QUIET_WHEN_CLOSED = frozenset({"plan", "report"})


@dataclass(frozen=True)
class Stop:
    label: str
    note: str
    done: bool
    current: bool


def rail_of(case: Any, states: Sequence[Any], events: Iterable[Any]) -> list[Stop]:
    """The stops of the usual way, those behind with the moment they were left."""
    left = {}
    for event in sorted(events, key=lambda one: one.seq):
        if event.from_state and event.to_state != event.from_state:
            left[event.from_state] = event.at
    here = states.index(case.state) if case.state in states else len(states)
    stops = []
    for place, state in enumerate(states):
        done = place < here and state in left
        note = _short(left[state]) if done else ""
        stops.append(Stop(str(state.label), note, done, place == here))
    return stops


def _short(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}/{local.day} {local:%H:%M}"


@dataclass(frozen=True)
class Line:
    at: datetime
    who: str
    acting_for: str
    what: str
    text: str
    mark: str
    lines: list[str] = field(default_factory=list)


def timeline_of(case: Any, notes: Mapping[str, str | Promise]) -> list[Line]:
    """Newest first; ``notes`` are the words of what is no step (opened, marked late)."""
    known = steps_of(type(case))
    found = []
    for event in case.events.select_related("by", "acting_for").order_by("-seq"):
        step = known.get(event.name)
        found.append(
            Line(
                at=event.at,
                who=event.by.name if event.by else str(_("系统")),
                acting_for=event.acting_for.name if event.acting_for else "",
                what=str(step.past if step else notes.get(event.name, event.name)),
                text=event.text,
                mark="warn" if step is None or step.grave else "key" if step.main else "",
            )
        )
    return found
