"""/api/v1/orders/{number}/urges/, …/supervisions/, …/escalations/: pressing, supervising, dealing with what lies before
one (催办, 督办, B23)."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
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
from escalation.api.pressure_out import (
    EscalationListOut,
    EscalationOut,
    SupervisionListOut,
    SupervisionOut,
    UrgeListOut,
    UrgeOut,
)
from escalation.forms import EscalationForm, SuperviseForm, UrgeForm
from escalation.models import Escalation, Supervision, Urge
from escalation.services.authority import Authority
from escalation.services.pressure import (
    acts_for,
    deal_with,
    end_supervision,
    may_supervise,
    may_urge,
    seat_for,
    supervise,
    urge,
)
from escalation.vocabulary import UrgeLevel
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, json_object, read_body, read_query, schema_of
from people.models import User
from policy.limits import shanghai_day

ROWS = Order.objects.select_related("policy", "lead_department", "station", "subcategory")


@extend_schema(methods=["GET"], operation_id="orders_urges", tags=["orders"], responses=UrgeListOut)
@extend_schema(
    methods=["POST"],
    operation_id="orders_urge",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("UrgeRequest", UrgeForm.base_fields, required=["version"]),
    responses={201: UrgeOut},
)
@api_view(["GET", "POST"])
@once_per_key
def urges(request: Request, number: str) -> Response:
    """Urges of an order, newest first; urging, by the hotline. A level whose predecessor brought something is a 409."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    if request.method != "POST":
        found = Urge.objects.filter(order=order).select_related("department", "by").order_by("-pk")
        return Response(UrgeListOut({"results": found}).data)
    if not may_urge(user, UrgeLevel.URGE, now=now):
        raise NotAllowed(_("催办由热线办理。"))
    body = json_object(request)
    form = read_body(body, UrgeForm(body, order=order, by=user, now=now))
    return Response(UrgeOut(done(form, lambda **given: urge(order, **given))).data, status=201)


@extend_schema(methods=["GET"], operation_id="orders_supervisions", tags=["orders"], responses=SupervisionListOut)
@extend_schema(
    methods=["POST"],
    operation_id="orders_supervise",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("SupervisionRequest", SuperviseForm.base_fields, required=["version"]),
    responses={201: SupervisionOut},
)
@api_view(["GET", "POST"])
@once_per_key
def supervisions(request: Request, number: str) -> Response:
    """Who followed the order, newest first; following it, by leaders, managers and the hotline director."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    if request.method != "POST":
        found = Supervision.objects.filter(order=order).select_related("by", "ended_by").order_by("-pk")
        return Response(SupervisionListOut({"results": found}).data)
    _expect_supervisor(user, now=now)
    body = json_object(request)
    form = read_body(body, SuperviseForm(body, order=order, by=user, now=now))
    return Response(SupervisionOut(done(form, lambda **given: supervise(order, **given))).data, status=201)


@extend_schema(
    operation_id="orders_supervise_end",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("SupervisionEnd", ActForm.base_fields, required=["version"]),
    responses=SupervisionOut,
)
@api_view(["POST"])
@once_per_key
def end_supervising(request: Request, number: str) -> Response:
    """Lets go of it; 409 when nobody follows it (any more)."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    _expect_supervisor(user, now=now)
    body = json_object(request)
    form = read_body(body, ActForm(body, order=order, by=user, now=now))
    return Response(SupervisionOut(done(form, lambda **given: end_supervision(order, **given))).data)


def _expect_supervisor(user: User, *, now: datetime) -> None:
    if not may_supervise(user, now=now):
        raise NotAllowed(_("督办由分管领导、主要领导、管理人员或热线主任办理。"))


@extend_schema(methods=["GET"], operation_id="orders_escalations", tags=["orders"], responses=EscalationListOut)
@extend_schema(
    methods=["POST"],
    operation_id="orders_escalation_act",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("EscalationActRequest", EscalationForm.base_fields, required=["version"]),
    responses=EscalationOut,
)
@api_view(["GET", "POST"])
@once_per_key
def escalations(request: Request, number: str) -> Response:
    """What lay, and lies, before a head, newest first; taking it, naming another handler, passing it up or instructing
    (B23). ``acts`` are those open to the reader now; 404 where nothing was ever laid before anybody."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=ROWS.all())
    rule = Authority(shanghai_day(now))
    if request.method != "POST":
        return Response(EscalationListOut({"results": [_lying(row, user, rule) for row in _escalations(order)]}).data)
    row = next(iter(_escalations(order)), None)
    if row is None:
        raise Http404(_("这张工单没有上报。"))
    seat = seat_for(user, row, rule)
    if seat is None:
        raise NotAllowed(_("这张工单现由%(who)s处理。") % {"who": row.get_rung_display()})
    body = json_object(request)
    form = EscalationForm(body, order=order, by=user, now=now)
    form.offer(acts_for(seat, row))
    done(read_body(body, form), lambda **given: deal_with(row, **given))
    return Response(EscalationOut(_lying(_escalations(order)[0], user, rule)).data)


def _escalations(order: Order) -> list[Escalation]:
    rows = Escalation.objects.filter(order=order).order_by("-pk")
    found = list(rows.prefetch_related("steps__by", "steps__acting_for", "steps__handler"))
    for row in found:
        row.order = order
    return found


def _lying(row: Escalation, user: User, rule: Authority) -> dict[str, Any]:
    seat = seat_for(user, row, rule) if row.closed_at is None else None
    own = ("cause", "since", "raised_at", "rung", "rung_since", "closed_at", "fed_back")
    acts = list(acts_for(seat, row)) if seat else []
    return {"id": row.pk, **{name: getattr(row, name) for name in own}, "steps": row.steps.all(), "acts": acts}
