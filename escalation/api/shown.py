"""A case as this reader sees it."""

from datetime import datetime
from typing import Any

from escalation.api.serializers import ApprovalOut
from escalation.models import Approval
from escalation.queries import is_turn_of, kind_of
from escalation.services.authority import Authority
from people.masking import mask_text
from people.models import User
from policy.limits import shanghai_day

OWN = ("pk", "kind", "order", "status", "requested_by", "requested_at", "department", "closed_at")


def shown(case: Approval, user: User, *, now: datetime, authority: Authority | None = None) -> Any:
    child = kind_of(case).child
    found = {name: getattr(case, name) for name in OWN}
    return ApprovalOut(
        {
            **found,
            "text": mask_text(case.text),
            "chain": sorted(case.steps.all(), key=lambda step: step.position),
            "extension": getattr(case, child) if child == "extension" else None,
            "mine": is_turn_of(user, case, authority or Authority(shanghai_day(now))),
        }
    ).data
