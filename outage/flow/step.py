"""What a transition tells beside its edge, what somebody trying it brings along, the steps read back from a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django_fsm import Transition

from people.models import User
from people.standing import Post, Standing
from policy.models import Policy
from policy.rulebook import policy_on

Who = Callable[[Any, Standing], Post | None]
Guard = Callable[["Attempt"], str | None]


@dataclass
class Attempt:
    """Somebody trying to take a step. ``details`` is None when a page only asks whether the step is open.

    A transition leaves what belongs to it: ``text`` and ``told`` for the event, unsaved ``rows`` that point at the
    case, and ``sets`` of many-to-many members. The door writes them.
    """

    case: Any
    by: User
    standing: Standing
    post: Post | None
    now: datetime
    details: Mapping[str, Any] | None = None
    text: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    rows: list[models.Model] = field(default_factory=list)
    sets: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def policy(self) -> Policy:
        return policy_on(self.today)


@dataclass(frozen=True)
class Step:
    """``who_label`` says in words whose step it is; ``main`` marks the step a state waits for."""

    label: str | Promise
    past: str | Promise
    who: Who
    who_label: str | Promise
    guards: tuple[Guard, ...] = ()
    icon: str = "pencil"
    main: tuple[str, ...] = ()
    grave: bool = False
    rule: str | Promise = ""


def step(
    label: str | Promise, past: str | Promise, who: Who, who_label: str | Promise, *checks: Guard, **extra: Any
) -> dict[str, Any]:
    return {"step": Step(label, past, who, who_label, tuple(checks), **extra)}


_read: dict[Any, tuple[Transition, ...]] = {}


def _transitions(model: Any) -> tuple[Transition, ...]:
    """Read once per model: a workflow does not change while the process lives."""
    if model not in _read:
        _read[model] = tuple(model._meta.get_field("state").get_all_transitions(model))
    return _read[model]


def steps_of(model: type[Any]) -> dict[str, Step]:
    """Every step of the model's workflow by name, in the order of its declaration."""
    return {item.name: item.custom["step"] for item in _transitions(model)}


def sources_of(model: type[Any]) -> dict[str, frozenset[str]]:
    """The states each step starts from."""
    found: dict[str, set[str]] = {}
    for item in _transitions(model):
        found.setdefault(item.name, set()).add(str(item.source))
    return {name: frozenset(states) for name, states in found.items()}
