"""What one kind of approval tells about itself; the registry of all stands in ``escalation.approvals``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from escalation.models import Approval
from people.models import User


def _nothing(case: Approval, *, by: User, now: datetime) -> None:
    """For kinds where the decision itself is all that happens."""


def _no_details(case: Approval, *, now: datetime) -> dict[str, Any]:
    return {}


def _nothing_to_say(case: Approval) -> str:
    return ""


@dataclass(frozen=True)
class ApprovalKind:
    """``detail_template`` shows the kind's own part of the sheet (context: ``case``, ``now`` and what ``details``
    gives); ``granted`` and ``refused`` run under the order's and the case's lock, inside the transaction of the last
    decision. ``summary`` is one line for the list, ``grant_label`` words the approving button with the result in it,
    ``meanwhile`` tells what holds until then, ``after`` what the grant sets going. ``child`` names the kind's own row
    on ``Approval`` (multi-table inheritance)."""

    code: str
    label: str | Promise
    icon: str
    style: str
    detail_template: str
    summary: Callable[[Approval], str]
    grant_label: Callable[[Approval], str]
    after: str | Promise
    child: str = ""
    details: Callable[..., dict[str, Any]] = _no_details
    granted: Callable[..., None] = _nothing
    refused: Callable[..., None] = _nothing
    meanwhile: Callable[[Approval], str] = _nothing_to_say
    quick: tuple[str | Promise, ...] = ()
