"""Fetching a case and permission to see it are one act: a case is seen by whoever sees its order."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from escalation.models import Approval
from escalation.queries import cases, in_view
from people.models import User
from people.roles import DEPARTMENT_STAFF, HOTLINE, LEADERS, Role
from people.standing import standing
from policy.limits import shanghai_day

TAKES_PART = HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.ADJUDICATOR}
LARGEST_KEY = 2**63 - 1


def expect_part(user: User, *, now: datetime) -> None:
    """Whoever asks for decisions or takes them."""
    if not standing(user, shanghai_day(now)).has(*TAKES_PART):
        raise PermissionDenied(_("审批由申请人和审批人办理。"))


def find_case(user: User, pk: int, *, now: datetime) -> Approval:
    """The case as far as this person may see its order; 404 otherwise."""
    found = in_view(cases().filter(pk=min(pk, LARGEST_KEY)), user, now=now).first()
    if found is None:
        raise Http404(_("没有这件审批，或不在您的查看范围内。"))
    return found
