"""The workflow read back from its declaration: names, labels, edges. No second list of them exists anywhere."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, Transition

from outage import permissions as may
from outage.models import Outage
from outage.step import Step, Who


def _transitions() -> Iterator[Transition]:
    field = Outage._meta.get_field("state")
    yield from field.get_all_transitions(Outage)


def _targets(item: Transition) -> list[str]:
    """Where a step may lead; a step that decides by itself names every state it may return."""
    if isinstance(item.target, RETURN_VALUE):
        return [str(state) for state in item.target.allowed_states]
    return [str(item.target or item.source)]


STEPS: dict[str, Step] = {item.name: item.custom["step"] for item in _transitions()}
EDGES: tuple[tuple[str, str, str], ...] = tuple(
    (item.name, str(item.source), target) for item in _transitions() for target in _targets(item)
)


def is_open_in(name: str, state: str) -> bool:
    return any(edge[0] == name and edge[1] == state for edge in EDGES)


WHO: dict[Who, str | Promise] = {
    may.desk: _("由值班人员、热线值长以上或供电所负责人办理"),
    may.crew: _("由参与抢修和值班的人员办理"),
}


def source_label(step: Step) -> str:
    """In words, whose step it is."""
    return str(WHO[step.who])
