"""/api/v1/orders/{number}/promises/: times told to the customer, and what became of them (S1-R16, R19, R25)."""

from datetime import datetime

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.answers import REQUEST_KEY
from complaints.errors import NotAllowed
from complaints.forms import ActForm
from complaints.models import Order
from complaints.views.access import find_order, user_of
from escalation.api.doing import done
from escalation.api.pressure import ROWS
from escalation.api.pressure_out import PromiseListOut, PromiseOut
from escalation.forms import PromiseForm
from escalation.models import Promise
from escalation.services.promises import make_promise, may_promise, settle_promise
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, json_object, read_body, read_query, schema_of
from people.models import User

LARGEST_KEY = 2**63 - 1


class OutcomeForm(ActForm):
    """Kept, or called off with the customer."""

    outcome = forms.ChoiceField(label=_("结果"), choices=[("kept", _("已兑现")), ("off", _("已取消"))])


@extend_schema(methods=["GET"], operation_id="orders_promises", tags=["orders"], responses=PromiseListOut)
@extend_schema(
    methods=["POST"],
    operation_id="orders_promise",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("PromiseRequest", PromiseForm.base_fields, required=["version"]),
    responses={201: PromiseOut},
)
@api_view(["GET", "POST"])
@once_per_key
def promises(request: Request, number: str) -> Response:
    """Promises of an order, newest first; keeping another one, by the lead department and the hotline."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    if request.method != "POST":
        found = Promise.objects.filter(order=order).select_related("made_by").order_by("-pk")
        return Response(PromiseListOut({"results": found}).data)
    _expect_speaker(order, user, now=now)
    body = json_object(request)
    form = read_body(body, PromiseForm(body, order=order, by=user, now=now))
    return Response(PromiseOut(done(form, lambda **given: make_promise(order, **given))).data, status=201)


@extend_schema(
    operation_id="orders_promise_outcome",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("PromiseOutcome", OutcomeForm.base_fields, required=["version"]),
    responses=PromiseOut,
)
@api_view(["POST"])
@once_per_key
def outcome(request: Request, number: str, pk: int) -> Response:
    """Says once what became of a promise; 409 when that was said already."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    row = Promise.objects.filter(order=order, pk=min(pk, LARGEST_KEY)).first()
    if row is None:
        raise Http404(_g("没有这项承诺。"))
    _expect_speaker(order, user, now=now)
    body = json_object(request)
    form = read_body(body, OutcomeForm(body, order=order, by=user, now=now))

    def settle(*, by: User, now: datetime, outcome: str) -> Promise:
        return settle_promise(row, by=by, now=now, kept=outcome == "kept")

    return Response(PromiseOut(done(form, settle)).data)


def _expect_speaker(order: Order, user: User, *, now: datetime) -> None:
    if not may_promise(order, user, now=now):
        raise NotAllowed(_g("承诺由责任部门或热线登记。"))
