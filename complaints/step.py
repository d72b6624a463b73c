"""What a transition of the workflow tells beside its edge."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from complaints.guards import Guard
from complaints.permissions import Who
from complaints.vocabulary import State


@dataclass(frozen=True)
class Step:
    """What a transition tells beside its edge. ``icon`` is a name of the icon set; ``main`` names the states that wait
    for this step; ``key`` is the single-letter shortcut of the order page."""

    label: str | Promise
    past: str | Promise
    who: Who
    guards: tuple[Guard, ...] = ()
    icon: str = "pencil"
    main: tuple[State, ...] = ()
    grave: bool = False
    key: str = ""


def step(label: str | Promise, past: str | Promise, who: Who, *checks: Guard, **extra: Any) -> dict[str, Any]:
    return {"step": Step(label, past, who, tuple(checks), **extra)}
