"""The workflow read back from its declaration: names, labels, edges. No second list of them exists anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import Transition

from complaints import permissions as may
from complaints.models import Order
from complaints.permissions import Who
from complaints.step import Step
from complaints.vocabulary import State


def _transitions() -> Iterator[Transition]:
    field = Order._meta.get_field("state")
    yield from field.get_all_transitions(Order)


@dataclass(frozen=True)
class Edge:
    """One arrow of the diagram; ``target`` equals ``source`` where a step stays."""

    name: str
    source: str
    target: str


STEPS: dict[str, Step] = {item.name: item.custom["step"] for item in _transitions()}
EDGES: tuple[Edge, ...] = tuple(
    Edge(item.name, str(item.source), str(item.target or item.source)) for item in _transitions()
)
_SOURCES: dict[str, frozenset[str]] = {
    name: frozenset(edge.source for edge in EDGES if edge.name == name) for name in STEPS
}


def is_open_in(name: str, state: str) -> bool:
    return state in _SOURCES[name]


WHO: dict[Who, str | Promise] = {
    may.hotline: _("由热线办理"),
    may.hotline_director: _("由热线主任办理"),
    may.agent_then_director: _("接单前由热线、接单后由热线主任办理"),
    may.lead_department: _("由责任部门办理"),
    may.lead_desk: _("由责任部门的工单联系人或负责人办理"),
    may.handler: _("由经办人或责任部门的工单联系人、负责人办理"),
    may.lead_or_hotline: _("由责任部门或热线办理"),
    may.part_taker: _("由参与部门办理"),
    may.part_taker_or_hotline: _("由参与部门或热线办理"),
    may.referee: _("由裁定人办理"),
    may.outage_duty: _("由值班人员办理"),
}


def source_label(step: Step) -> str:
    """In words, whose step it is."""
    return str(WHO[step.who])


def state_label(state: str) -> str:
    return str(State(state).label)
