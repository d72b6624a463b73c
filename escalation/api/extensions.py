"""/api/v1/orders/{number}/extensions/: those of an order, and asking for one."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints import permissions as may
from complaints.api.answers import REQUEST_KEY
from complaints.errors import Blocked, NotAllowed
from complaints.models import Order
from complaints.views.access import find_order, user_of
from escalation.api.doing import done
from escalation.api.serializers import ApprovalListOut, ApprovalOut
from escalation.api.shown import shown
from escalation.forms import ExtensionForm
from escalation.queries import cases
from escalation.services.authority import Authority
from escalation.services.extensions import EXTENSION, request_extension, why_not
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, json_object, read_body, read_query, schema_of
from people.standing import standing
from policy.limits import shanghai_day


@extend_schema(methods=["GET"], operation_id="orders_extensions", tags=["orders"], responses=ApprovalListOut)
@extend_schema(
    methods=["POST"],
    operation_id="orders_extend",
    tags=["orders"],
    parameters=[REQUEST_KEY],
    request=schema_of("ExtensionRequest", ExtensionForm.base_fields, required=["version"]),
    responses={201: ApprovalOut},
)
@api_view(["GET", "POST"])
@once_per_key
def extensions(request: Request, number: str) -> Response:
    """Requests for more time, newest first; asking for more, by the lead department before the due date (S4-R43)."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    order = find_order(request._request, number, now=now, orders=Order.objects.select_related("policy"))
    if request.method != "POST":
        found = cases().filter(order=order, kind=EXTENSION.code).order_by("-pk")
        authority = Authority(shanghai_day(now))
        return Response({"results": [shown(case, user, now=now, authority=authority) for case in found]})
    if may.lead_department(order, standing(user, shanghai_day(now))) is None:
        raise NotAllowed(_("延期由责任部门申请。"))
    if reason := why_not(order, now=now):
        raise Blocked(reason)
    body = json_object(request)
    form = read_body(body, ExtensionForm(body, order=order, by=user, now=now))
    case = done(form, lambda **given: request_extension(order, **given))
    return Response(shown(cases().get(pk=case.pk), user, now=now), status=201)
