"""What every page of this app has in common: signed in, never cached, service errors shown beside their fields."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, ValidationError
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from people.models import User
from people.standing import Standing, standing

P = ParamSpec("P")
T = TypeVar("T")


class SignedIn(HttpRequest):
    """A request behind ``signed_in``."""

    user: User


def signed_in(
    view: Callable[Concatenate[SignedIn, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Outermost decorator of a page: anonymous people go to the sign-in page, nothing is kept in a cache."""

    @wraps(view)
    def page(request: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return cache_control(private=True, no_store=True)(login_required(page))  # type: ignore[return-value]


def held(request: SignedIn) -> Standing:
    """The standing of the person at the desk today."""
    return standing(request.user, today())


def today() -> date:
    return timezone.localdate()


def applied(form: BaseForm, act: Callable[[], T]) -> T | None:
    """Runs a service in one transaction; its ValidationError becomes errors of the form, and the answer None.

    A form whose fields are named otherwise than the service's arguments says so in ``SERVICE_FIELDS``.
    """
    try:
        with transaction.atomic():
            return act()
    except ValidationError as error:
        problems = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        spoken: dict[str, str] = getattr(form, "SERVICE_FIELDS", {})
        for name, texts in problems.items():
            field = spoken.get(name, name)
            for text in texts:
                form.add_error(field if field in form.fields else None, text)
        return None


def saved(form: BaseForm, act: Callable[[], object]) -> bool:
    """``applied`` for views that need no more than whether it worked."""
    return applied(form, act) is not None


def only_parameters(request: HttpRequest, *names: str) -> None:
    """Unknown query parameters are a 400, not a silently unfiltered list."""
    for name in request.GET:
        if name not in names:
            raise BadRequest(_("不认识的参数：%(name)s") % {"name": name})
