"""Fetching and permission are one act: the only way a view gets at an outage."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.views.access import user_of
from outage.models import Outage
from outage.permissions import crew
from people.standing import Post, Standing, standing

Right = Callable[[Outage, Standing], Post | None]


def find_outage(request: HttpRequest, number: str, *, now: datetime) -> Outage:
    """The outage of that number as far as this person may see it; out of view is 404."""
    rows = Outage.objects.visible_to(user_of(request), now=now).select_related("station", "policy", "master")
    found = rows.filter(number=number[:32]).first()
    if found is None:
        raise Http404(_("没有这起停电，或不在您的查看范围内。"))
    return found


def find_to_work(request: HttpRequest, number: str, *, now: datetime, right: Right = crew) -> Outage:
    """As ``find_outage``, for those who may act on it; others are refused (every 403 leaves a trace)."""
    found = find_outage(request, number, now=now)
    if right(found, standing(user_of(request), timezone.localdate(now))) is None:
        raise PermissionDenied(_("由参与抢修和值班的人员办理。"))
    return found
