"""Fetching and permission are one act: the only way a view gets at an order or at the intake desk."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Order, OrderQuerySet
from complaints.permissions import may_register
from people.models import User
from people.standing import standing

P = ParamSpec("P")


def user_of(request: HttpRequest) -> User:
    """The signed-in person; views below ``login_required`` have one."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def find_order(request: HttpRequest, number: str, *, now: datetime, orders: OrderQuerySet | None = None) -> Order:
    """The order of that number as far as this person may see it; out of view is 404 (every 404 leaves a trace)."""
    user = user_of(request)
    rows = orders if orders is not None else Order.objects.all()
    found = rows.visible_to(user, now=now).filter(number=number[:20]).first()
    if found is None:
        raise Http404(_("没有这张工单，或不在您的查看范围内。"))
    return found


def expect_desk(user: User, *, now: datetime) -> None:
    """Raises PermissionDenied for whoever does not register orders."""
    if may_register(standing(user, timezone.localdate(now))) is None:
        raise PermissionDenied(_("受理登记由热线办理。"))


def desk_required(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """For those who register orders; others are refused (every 403 leaves a trace)."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        expect_desk(user_of(request), now=timezone.now())
        return view(request, *args, **kwargs)

    return login_required(guarded)
