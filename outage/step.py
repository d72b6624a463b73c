"""What a transition of the outage workflow tells beside its edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.functional import Promise

from people.models import User
from people.standing import Post, Standing
from policy.models import Policy
from policy.rulebook import Rulebook

if TYPE_CHECKING:
    from outage.models import Outage

Who = Callable[["Outage", Standing], Post | None]


@dataclass
class Attempt:
    """Somebody trying to take a step; ``details`` is None when a page only asks whether the step is open."""

    outage: Outage
    by: User
    standing: Standing
    post: Post | None
    now: datetime
    book: Rulebook
    details: Mapping[str, Any] | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @cached_property
    def policy(self) -> Policy:
        return self.book.policy_on(self.today)


Guard = Callable[[Attempt], str | None]


@dataclass(frozen=True)
class Step:
    """``icon`` is a name of the icon set; ``grave`` steps ask before they are taken."""

    label: str | Promise
    past: str | Promise
    who: Who
    guards: tuple[Guard, ...] = ()
    icon: str = "pencil"
    grave: bool = False


def step(label: str | Promise, past: str | Promise, who: Who, *checks: Guard, **extra: Any) -> dict[str, Any]:
    return {"step": Step(label, past, who, tuple(checks), **extra)}
