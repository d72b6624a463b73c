"""Who gets a page of reports, and which month it is about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from people.models import User
from people.standing import Standing, standing
from policy import rulebook
from policy.rulebook import Rulebook
from reports.models import Publication
from reports.months import Month
from reports.permissions import Reach, may_prepare, may_read, reach_of
from reports.workflow import Stage

P = ParamSpec("P")
Rule = Callable[[Standing], bool]


@dataclass(frozen=True)
class Reader:
    """The person at the page, the moment, and what may be read."""

    user: User
    who: Standing
    now: datetime
    reach: Reach
    book: Rulebook


def reader_of(request: HttpRequest, now: datetime) -> Reader:
    if not isinstance(request.user, User):
        raise PermissionDenied
    who = standing(request.user, timezone.localdate(now))
    book = rulebook.current()
    return Reader(request.user, who, now, reach_of(who, book.policy_on(timezone.localdate(now))), book)


def before_publication(reader: Reader) -> Reader:
    """The same person at a month whose report is not published."""
    return replace(reader, reach=reader.reach.before_publication(reader.who))


def sees_checks(reader: Reader, publication: Publication | None) -> bool:
    """What departments said is read by those who work on the report, by everybody once it is published."""
    return publication is not None and (publication.stage == Stage.PUBLISHED or may_prepare(reader.who))


def allowed(
    rule: Rule = may_read,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Reader, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Signed in and permitted, else the sign-in page or 403 (the middleware leaves a trace). The view gets a Reader."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Reader, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            reader = reader_of(request, timezone.now())
            if not rule(reader.who):
                raise PermissionDenied(_("您的岗位不查看报表。"))
            return view(request, reader, *args, **kwargs)

        return cache_control(private=True, no_store=True)(login_required(guarded))

    return decorate


def month_or_404(text: str, now: datetime) -> Month:
    """A month that has begun; everything else does not exist."""
    month = Month.read(text)
    if month is None or month.start > now:
        raise Http404(_("没有这个月份的报表。"))
    return month
