"""Who gets a page of this app, and what every page of it carries."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, Protocol

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit import record
from people.models import AuditResult, User
from policy.permissions import Viewer, may_change_calendar, may_change_rules

REFUSED = 422


class Rule(Protocol):
    def __call__(self, user: Viewer, *, now: dt.datetime) -> bool: ...


class SignedIn(HttpRequest):
    """A request behind ``allowed``: somebody is signed in."""

    user: User


class Tab(NamedTuple):
    url: str
    label: str
    current: bool


def allowed(rule: Rule) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Signed in and permitted by the rule, else the login page or an audited 403. The view gets ``now``."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            now = timezone.now()
            if not rule(request.user, now=now):
                refused = AuditResult.REFUSED
                record(
                    actor=request.user, action="policy.page", ref=request.path, now=now, request=request, result=refused
                )
                raise PermissionDenied
            return view(request, *args, now=now, **kwargs)

        return login_required(guarded)

    return decorate


def frame(request: SignedIn, here: str, now: dt.datetime) -> dict[str, Any]:
    """Context every page shares: the tabs, what the user may change, the day."""
    tabs = (
        ("policy-numbers", _("规则数值")),
        ("policy-routes", _("派单路由")),
        ("policy-duties", _("供电所职责")),
        ("policy-subcategories", _("细类")),
        ("policy-calendar", _("工作日历")),
        ("policy-preview", _("试算")),
    )
    return {
        "tabs": [Tab(reverse(name), label, name == here) for name, label in tabs],
        "may_change": may_change_rules(request.user, now=now),
        "may_change_calendar": may_change_calendar(request.user, now=now),
        "today": timezone.localdate(now),
    }


def status_of(form: BaseForm) -> int:
    """422 for a form that was refused, so that neither proxies nor request keys take it for done."""
    return REFUSED if form.is_bound and form.errors else 200
