"""What every page of the register has in common: signed in, never cached, refusals shown in one way and audited."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django_htmx.middleware import HtmxDetails

from customers.errors import CustomerError, NotAllowed
from people.audit import record
from people.models import AuditResult, User

P = ParamSpec("P")


class SignedIn(HttpRequest):
    """A request behind ``guarded``."""

    user: User
    htmx: HtmxDetails


def guarded(
    view: Callable[Concatenate[SignedIn, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Outermost decorator of a page: what is out of view answers 404, what is forbidden 403, a stale form 409; the
    audit row of a refusal is written after the refused transaction was rolled back."""

    @wraps(view)
    def page(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            _refused(request, kwargs.get("account_no", ""), "not_found")
            raise
        except CustomerError as error:
            if isinstance(error, NotAllowed):
                _refused(request, kwargs.get("account_no", ""), "not_allowed")
            return refusal(request, error)

    return cache_control(private=True, no_store=True)(login_required(page))  # type: ignore[return-value]


def refusal(request: HttpRequest, error: CustomerError) -> HttpResponse:
    """The error page of a refusal, with what happened meanwhile when the error knows it."""
    context = {"reason": error.message, "changes": error.changes, "back_url": request.path.rsplit("/", 2)[0] + "/"}
    return render(request, f"{error.status}.html", context, status=error.status)


def _refused(request: SignedIn, ref: object, why: str) -> None:
    action = f"customer.{request.resolver_match.url_name if request.resolver_match else 'page'}"
    record(
        actor=request.user,
        action=action,
        ref=str(ref),
        now=timezone.now(),
        request=request,
        result=AuditResult.REFUSED,
        detail={"why": why},
    )
