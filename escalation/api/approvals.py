"""/api/v1/approvals/: what waits for the reader, one case, and the word on it."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.answers import REQUEST_KEY
from complaints.errors import NotAllowed
from complaints.views.access import user_of
from escalation.api.serializers import ApprovalListOut, ApprovalOut
from escalation.api.shown import shown
from escalation.forms import DecisionForm
from escalation.queries import decided_by, has_a_rung, kind_of, requested_by, waiting_for
from escalation.services.authority import Authority
from escalation.services.cases import decide, withdraw
from escalation.views.access import expect_part, find_case
from escalation.vocabulary import Decision
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, accepted, json_object, parameters_of, read_body, read_query, schema_of
from policy.limits import shanghai_day


class ViewForm(forms.Form):
    """Which cases: those that wait for the reader, those he had a say in, those he asked for."""

    view = forms.ChoiceField(
        choices=[("waiting", "waiting"), ("decided", "decided"), ("requested", "requested")], required=False
    )


LISTS = {"": waiting_for, "waiting": waiting_for, "decided": decided_by, "requested": requested_by}


@extend_schema(
    operation_id="approvals_list",
    tags=["approvals"],
    parameters=[parameters_of("ApprovalFilter", ViewForm.base_fields)],
    responses=ApprovalListOut,
)
@api_view(["GET"])
def approvals(request: Request) -> Response:
    """Cases of the reader; by default those that wait for his word, longest waiting first."""
    wanted = read_query(request, ViewForm)
    now, user = timezone.now(), user_of(request._request)
    expect_part(user, now=now)
    authority = Authority(shanghai_day(now))
    found = LISTS[wanted["view"]](user, now=now)
    return Response({"results": [shown(case, user, now=now, authority=authority) for case in found]})


@extend_schema(operation_id="approvals_read", tags=["approvals"], responses=ApprovalOut)
@api_view(["GET"])
def approval(request: Request, pk: int) -> Response:
    """One case with its chain, for whoever sees its order."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    return Response(shown(find_case(user, pk, now=now), user, now=now))


@extend_schema(
    operation_id="approvals_decide",
    tags=["approvals"],
    parameters=[REQUEST_KEY],
    request=schema_of("Decision", DecisionForm.base_fields),
    responses=ApprovalOut,
)
@api_view(["POST"])
@once_per_key
def decision(request: Request, pk: int) -> Response:
    """Grant, refuse or pass up the rung whose turn it is; a decided rung answers 409 with who was quicker."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    case = find_case(user, pk, now=now)
    if not has_a_rung(user, case, Authority(shanghai_day(now))):
        raise NotAllowed(_("这件审批不由您决定。"))
    body = json_object(request)
    data = accepted(read_body(body, DecisionForm(body)))
    decide(
        case,
        kind_of(case),
        by=user,
        now=now,
        decision=Decision(data["decision"]),
        position=data["position"],
        opinion=data["opinion"],
    )
    return Response(shown(find_case(user, pk, now=now), user, now=now))


@extend_schema(
    operation_id="approvals_take_back",
    tags=["approvals"],
    parameters=[REQUEST_KEY],
    request=None,
    responses=ApprovalOut,
)
@api_view(["POST"])
@once_per_key
def take_back(request: Request, pk: int) -> Response:
    """The requester withdraws an undecided case."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    case = find_case(user, pk, now=now)
    withdraw(case, kind_of(case), by=user, now=now)
    return Response(shown(find_case(user, pk, now=now), user, now=now))
