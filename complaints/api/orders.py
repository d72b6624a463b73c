"""Taking, listing and reading orders."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.answers import REQUEST_KEY, reader_for, shown, with_everything
from complaints.display import conceals, timeline_of
from complaints.errors import NotAllowed
from complaints.forms.api import EventsForm, IntakeBody, ListForm
from complaints.lists import QUEUES, BadKey, Queue, Reader, page_of
from complaints.models import Order, OrderDepartment, OrderQuerySet
from complaints.permissions import may_register
from complaints.queries import Inquiry, Proposal, proposals, search, visible_proposals
from complaints.serializers import EventPageOut, OpenedOut, OrderOut, OrderPageOut
from complaints.services import log_call, open_order
from complaints.views.access import find_order
from complaints.vocabulary import Disposition, Part
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, accepted, json_object, parameters_of, read_body, read_query, schema_of
from people.roles import HOTLINE, Role

# --- list and intake ------------------------------------------------------------------------------------------------


@extend_schema(
    methods=["GET"],
    operation_id="orders_list",
    tags=["orders"],
    description="Orders in view, filtered, page by page.",
    parameters=[parameters_of("OrderFilter", ListForm.base_fields)],
    responses=OrderPageOut,
)
@extend_schema(
    methods=["POST"],
    operation_id="orders_create",
    tags=["orders"],
    description="Take a matter; dispatched at once where kind and category are given.",
    parameters=[REQUEST_KEY],
    request=schema_of("Intake", IntakeBody.base_fields),
    responses={201: OpenedOut},
)
@api_view(["GET", "POST"])
@once_per_key
def orders(request: Request) -> Response:
    """Orders in view, and taking a matter."""
    return _intake(request) if request.method == "POST" else _list(request)


NEWEST_FIRST = Queue("", "", lambda orders, reader: orders, frozenset(), closed=True)


def _list(request: Request) -> Response:
    wanted = read_query(request, ListForm)
    reader = reader_for(request, timezone.now())
    queue = next((queue for queue in QUEUES if queue.name == wanted["queue"]), NEWEST_FIRST)
    rows = queue.narrow(Order.objects.visible_to(reader.user, now=reader.now), reader)
    try:
        page = page_of(
            _narrow(rows, wanted, reader),
            queue,
            searched=bool(wanted["q"]),
            after=wanted["after"],
            before=wanted["before"],
            size=wanted["page_size"],
        )
    except BadKey as error:
        raise serializers.ValidationError({"after": [_("请用上一页给出的值")]}) from error
    shown = {"results": page.rows, "next": page.after or None, "previous": page.before or None}
    return Response(OrderPageOut(shown, context={"reader": reader}).data)


def _narrow(rows: OrderQuerySet, wanted: dict[str, Any], reader: Reader) -> OrderQuerySet:
    for name in ("state", "kind", "category", "lead_department", "station"):
        if wanted[name]:
            rows = rows.filter(**{name: wanted[name]})
    if wanted["overdue"] is not None:
        rows = rows.filter(overdue_since__isnull=not wanted["overdue"])
    if wanted["registered_from"]:
        rows = rows.filter(registered_at__gte=wanted["registered_from"])
    if wanted["registered_to"]:
        rows = rows.filter(registered_at__lt=wanted["registered_to"])
    return search(rows, wanted["q"], knows_callers=reader.who.has(*HOTLINE)) if wanted["q"] else rows


def _intake(request: Request) -> Response:
    read_query(request, NoParameters)
    now = timezone.now()
    reader = reader_for(request, now)
    if may_register(reader.who) is None:
        raise NotAllowed(_("受理登记由热线办理。"))
    body = json_object(request)
    live = body.get("live")
    if not isinstance(live, bool):
        live = not reader.who.has(Role.API_CLIENT)
    form = read_body(body, IntakeBody(body, now=now, live=live, linking=bool(body.get("link_to"))))
    data = accepted(form)
    if data["link_to"]:
        return _link(reader, form)
    found = _proposals(form, reader)
    order = open_order(
        by=reader.user, now=now, matter=form.matter, answer=data["answer"], satisfaction=data["satisfaction"]
    )
    return Response(_opened(order, Disposition.ORDER, found, code=order.query_code), status=201)


def _link(reader: Reader, form: IntakeBody) -> Response:
    number = form.cleaned_data["link_to"]
    order = Order.objects.visible_to(reader.user, now=reader.now).open().filter(number=number).first()
    if order is None:
        raise serializers.ValidationError({"link_to": [_("找不到编号为“%(n)s”的在办工单。") % {"n": number}]})
    log_call(by=reader.user, now=reader.now, matter=form.matter, disposition=Disposition.LINKED_ORDER, order=order)
    return Response(_opened(order, Disposition.LINKED_ORDER, [], code=None), status=201)


def _proposals(form: IntakeBody, reader: Reader) -> list[Proposal]:
    """What the matter may belong to, as far as the reader may see it."""
    data = form.cleaned_data
    inquiry = Inquiry(
        received_at=reader.now,
        kind=data["kind"],
        category=data["category"],
        phone=data["caller_phone"],
        account_no=data["account_no"],
        area_id=form.customer.area_id if form.customer else None,
    )
    return visible_proposals(proposals(inquiry, now=reader.now), reader.user, now=reader.now)


def _opened(order: Order, disposition: Disposition, found: list[Proposal], *, code: str | None) -> Any:
    copies = OrderDepartment.objects.filter(order=order, part=Part.CC).select_related("department").order_by("pk")
    fields = ("number", "version", "state", "lead_department", "dispatch_blocked")
    dates = ("limit_days", "due_at", "due_on", "due_provisional", "cap_on")
    shown = {name: getattr(order, name) for name in (*fields, *dates)}
    shown |= {"disposition": disposition, "query_code": code, "proposals": found}
    return OpenedOut({**shown, "copies": [row.department for row in copies]}).data


# --- one order ------------------------------------------------------------------------------------------------------


@extend_schema(operation_id="orders_read", tags=["orders"], responses=OrderOut)
@api_view(["GET"])
def order(request: Request, number: str) -> Response:
    """The order with demands, parts, findings, feedback, contacts and the steps the reader may take."""
    read_query(request, NoParameters)
    now = timezone.now()
    found = find_order(request._request, number, now=now, orders=with_everything())
    return Response(shown(found, reader_for(request, now)))


@extend_schema(
    operation_id="orders_events",
    tags=["orders"],
    parameters=[parameters_of("EventFilter", EventsForm.base_fields)],
    responses=EventPageOut,
)
@api_view(["GET"])
def events(request: Request, number: str) -> Response:
    """The history, oldest first. Rows are never changed or removed."""
    wanted = read_query(request, EventsForm)
    now = timezone.now()
    found = find_order(request._request, number, now=now)
    size, after = wanted["page_size"], wanted["after"] or 0
    rows = found.events.filter(seq__gt=after).select_related("by", "acting_for", "department").order_by("seq")
    page = list(rows[: size + 1])
    told = timeline_of(page[:size], concealed=conceals(found, reader_for(request, now).who))
    results = [
        {name: getattr(event, name) for name in EVENT} | {"what": line.what, "text": line.text, "lines": line.lines}
        for event, line in zip(page, told, strict=False)
    ]
    return Response(EventPageOut({"results": results, "next": page[size - 1].seq if len(page) > size else None}).data)


EVENT = ("seq", "at", "name", "from_state", "to_state", "by", "acting_for", "department", "clock_skew")
