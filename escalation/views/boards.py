"""``/escalations/`` and ``/warnings/``: what is stuck where, and early signs."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from complaints.views.access import user_of
from escalation.boards import MOST_ROWS, RUNGS, before, lying, places, signs, supervised
from escalation.vocabulary import EscalationCause
from people.models import User
from people.roles import HEADS, HOTLINE, LEADERS, Role
from people.standing import standing
from policy.limits import shanghai_day

LOOKS = HEADS | LEADERS | HOTLINE | {Role.MANAGER, Role.AUDITOR}


def _expect_overview(user: User, *, now: datetime) -> None:
    if not standing(user, shanghai_day(now)).has(*LOOKS):
        raise PermissionDenied(_("督办与预警由负责人、管理人员和热线查看。"))


@login_required
@require_safe
def escalations(request: HttpRequest) -> HttpResponse:
    """Orders that lie before the reader, where the others lie and since when, and what is supervised (B23)."""
    now, user = timezone.now(), user_of(request)
    _expect_overview(user, now=now)
    rows = lying(user, now=now)
    context = {
        "mine": before(user, rows, now=now)[:MOST_ROWS],
        "rows": rows[:MOST_ROWS],
        "total": len(rows),
        "places": places(rows),
        "heads": [*(cause.label for cause in EscalationCause), *(rung.label for rung in RUNGS)],
        "supervised": supervised(user, now=now),
    }
    return render(request, "escalation/escalations.html", context)


@login_required
@require_safe
def warnings(request: HttpRequest) -> HttpResponse:
    """Early signs (S0-R40)."""
    now, user = timezone.now(), user_of(request)
    _expect_overview(user, now=now)
    return render(request, "escalation/warnings.html", {"signs": signs(user, now=now)})
