"""One form's act about an order, on the picture its sender had of it (F20)."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from complaints.forms import ActForm
from complaints.services.door import expect_version
from escalation.services.cases import lock_order
from people.jsonforms import accepted

Done = TypeVar("Done")


def done(form: ActForm, act: Callable[..., Done]) -> Done:
    """Does what the form asks, under the order's lock; a program has to say what it looked at.

    Raises ValidationError 400, Stale 409 with what happened since, and what ``act`` refuses.
    """
    form.fields["version"].required = True
    data = accepted(form)
    with transaction.atomic():
        expect_version(lock_order(form.order.pk), data["version"])
        return act(by=form.by, now=form.now, **form.details())
