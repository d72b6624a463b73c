"""Every step of the workflow as an operation of its own, made from ``FORMS`` and ``STEPS``."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.answers import REQUEST_KEY, reader_for, shown, with_everything
from complaints.errors import NotAllowed, NotNow
from complaints.forms import FORMS, ActForm
from complaints.forms.acts import InvestigateForm, ResolveForm
from complaints.forms.api import all_section_fields, answer_fields
from complaints.models import Order
from complaints.serializers import OrderOut
from complaints.services import attempt_for, perform
from complaints.services.door import changes_since
from complaints.steps import STEPS, is_open_in, source_label
from complaints.views.access import find_order
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, accepted, json_object, read_body, read_query, schema_of


def _act(request: Request, number: str, name: str) -> Response:
    """Look, may I, is it possible, does it fit, do it. The answer is the order afterwards, also where the step took it
    out of the doer's view (then without further actions)."""
    read_query(request, NoParameters)
    now, step = timezone.now(), STEPS[name]
    reader = reader_for(request, now)
    rows = Order.objects.select_related("policy", "lead_department", "station", "subcategory")
    found = find_order(request._request, number, now=now, orders=rows)
    if attempt_for(found, step, by=reader.user, now=now, book=reader.book).post is None:
        raise NotAllowed(_("“%(step)s”不由您办理：%(who)s。") % {"step": step.label, "who": source_label(step)})
    body = json_object(request)
    form = read_body(body, FORMS[name](body, order=found, by=reader.user, now=now))
    form.fields["version"].required = True
    if not form.is_valid():
        _expect_open(found, name, body.get("version"))
    data = accepted(form)
    perform(found, name, by=reader.user, now=now, version=data["version"], **form.details())
    done = with_everything().get(pk=found.pk)
    in_view = Order.objects.visible_to(reader.user, now=now).filter(pk=done.pk).exists()
    return Response(shown(done, reader, in_view=in_view))


def _expect_open(found: Order, name: str, version: Any) -> None:
    """A step that is over is said to be over, before its fields are found fault with."""
    if is_open_in(name, found.state):
        return
    text = _("工单现为“%(state)s”，不能“%(step)s”。")
    raise NotNow(
        text % {"state": found.get_state_display(), "step": STEPS[name].label},
        changes=changes_since(found, version if isinstance(version, int) else None),
    )


def _fields_of(form: Any) -> dict[str, Any]:
    """All a step's form may ask; which of the numbered and sectioned ones it does depends on the order."""
    fields = dict(form.base_fields)
    if form is InvestigateForm:
        fields |= all_section_fields()
    if form is ResolveForm:
        fields |= answer_fields()
    return fields


def action(name: str, form: Callable[..., ActForm]) -> URLPattern:
    """The route of one step, documented by its form and its declaration in the workflow."""
    step = STEPS[name]

    def act(request: Request, number: str) -> Response:
        return _act(request, number, name)

    act.__name__ = f"act_{name}"
    fields = schema_of(name.title().replace("_", ""), _fields_of(form), required=["version"])
    view = extend_schema(
        operation_id=f"orders_act_{name}",
        summary=str(step.label),
        description=source_label(step),
        tags=["actions"],
        parameters=[REQUEST_KEY],
        request=fields,
        responses=OrderOut,
    )(api_view(["POST"])(once_per_key(act)))
    return path(f"<slug:number>/actions/{name}/", view, name=f"api_act_{name}")


urlpatterns = [action(name, form) for name, form in FORMS.items()]
