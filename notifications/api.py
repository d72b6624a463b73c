"""/api/v1/messages/: the reader's own inbox. Nobody reads or confirms for another: rows of other people are 404."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from complaints.api.answers import REQUEST_KEY
from complaints.errors import NotNow
from complaints.forms.api import PageForm
from complaints.views.access import user_of
from notifications.expand import happened
from notifications.inbox import ABOUT, acknowledge, inbox, mark_read, unread_count, waiting
from notifications.links import path_of
from notifications.messages import TABLE
from notifications.models import Delivery
from notifications.vocabulary import Topic
from people.idempotency import once_per_key
from people.jsonforms import NoParameters, accepted, json_object, parameters_of, read_body, read_query, schema_of
from people.models import User
from people.navigation import CAP

Out = serializers.Serializer[Any]
LARGEST_KEY = 2**62


class MessagesForm(PageForm):
    """Which messages, and the key of the page before."""

    show = forms.ChoiceField(
        choices=[("all", "all"), ("waiting", "waiting")],
        required=False,
        help_text=gettext_lazy("waiting 只要未读和待确认的；缺省 all"),
    )
    before = forms.IntegerField(
        label=gettext_lazy("早于这一条"),
        required=False,
        min_value=1,
        max_value=LARGEST_KEY,
        help_text=gettext_lazy("上一页答复中的 next"),
    )


class ReadBody(forms.Form):
    """Up to which message; left out, all that is there now."""

    up_to = forms.IntegerField(label=gettext_lazy("到这一条为止"), required=False, min_value=1, max_value=LARGEST_KEY)


class MessageOut(Out):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="kind of message, e.g. order.dispatched")
    topic = serializers.ChoiceField(Topic.choices, allow_null=True)
    subject = serializers.CharField()
    text = serializers.CharField()
    urgent = serializers.BooleanField()
    page = serializers.CharField(help_text="path of the page it is about")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)
    ack_required = serializers.BooleanField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class MessagePageOut(Out):
    results = MessageOut(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="`before` of the next page; null on the last")


class UnreadOut(Out):
    unread = serializers.IntegerField(help_text=f"at most {CAP}")
    more = serializers.BooleanField(help_text="there are more than that")


class MarkedOut(Out):
    marked = serializers.IntegerField(help_text="messages that were unread")


@extend_schema(
    operation_id="messages_list",
    tags=["messages"],
    parameters=[parameters_of("MessageFilter", MessagesForm.base_fields)],
    responses=MessagePageOut,
)
@api_view(["GET"])
def messages(request: Request) -> Response:
    """The reader's messages, newest first, page by page; those about what he may no longer see are left out."""
    wanted = read_query(request, MessagesForm)
    now, user, size = timezone.now(), user_of(request._request), wanted["page_size"]
    rows = (waiting if wanted["show"] == "waiting" else inbox)(user, now=now)
    if wanted["before"]:
        rows = rows.filter(pk__lt=wanted["before"])
    found = list(rows.select_related(*ABOUT).order_by("-id")[: size + 1])
    page = {"results": [shown(row) for row in found[:size]], "next": found[size - 1].pk if len(found) > size else None}
    return Response(MessagePageOut(page).data)


def shown(row: Delivery) -> dict[str, Any]:
    known = TABLE.get(row.message.code) if row.message else None
    names = ("subject", "text", "urgent", "created_at", "read_at", "ack_required", "acknowledged_at")
    return {
        "id": row.pk,
        "code": row.message.code if row.message else "",
        "topic": known.topic if known else None,
        "page": path_of(happened(row.message)) if row.message else "",
        **{name: getattr(row, name) for name in names},
    }


@extend_schema(operation_id="messages_unread", tags=["messages"], responses=UnreadOut)
@api_view(["GET"])
def unread(request: Request) -> Response:
    """The number beside the bell."""
    read_query(request, NoParameters)
    count = unread_count(user_of(request._request), now=timezone.now())
    return Response(UnreadOut({"unread": min(count, CAP), "more": count > CAP}).data)


@extend_schema(
    operation_id="messages_read_all",
    tags=["messages"],
    parameters=[REQUEST_KEY],
    request=schema_of("MessagesRead", ReadBody.base_fields),
    responses=MarkedOut,
)
@api_view(["POST"])
@once_per_key
def read_all(request: Request) -> Response:
    """Marks the reader's messages read, up to one of them or all; what is read keeps its first time."""
    read_query(request, NoParameters)
    body = json_object(request)
    data = accepted(read_body(body, ReadBody(body)))
    marked = mark_read(user_of(request._request), now=timezone.now(), up_to=data["up_to"])
    return Response(MarkedOut({"marked": marked}).data)


def _own(user: User, pk: int, now: datetime) -> Delivery:
    row = inbox(user, now=now).select_related(*ABOUT).filter(pk=min(pk, LARGEST_KEY)).first()
    if row is None:
        raise Http404(_("没有这条消息，或不在您的查看范围内。"))
    return row


@extend_schema(
    operation_id="messages_read", tags=["messages"], parameters=[REQUEST_KEY], request=None, responses=MessageOut
)
@api_view(["POST"])
@once_per_key
def read(request: Request, pk: int) -> Response:
    """Marks one message read; again it changes nothing."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    mark_read(user, now=now, pk=_own(user, pk, now).pk)
    return Response(MessageOut(shown(_own(user, pk, now))).data)


@extend_schema(
    operation_id="messages_acknowledge", tags=["messages"], parameters=[REQUEST_KEY], request=None, responses=MessageOut
)
@api_view(["POST"])
@once_per_key
def confirm(request: Request, pk: int) -> Response:
    """确认收到, once; for the reporting chain and reported calls also the deed it asks for (S0-R01, S4-R21). 409 where
    there is nothing to confirm, or no more."""
    read_query(request, NoParameters)
    now, user = timezone.now(), user_of(request._request)
    if not acknowledge(_own(user, pk, now), by=user, now=now):
        raise NotNow(_("这条消息不必确认，或早已确认。"))
    return Response(MessageOut(shown(_own(user, pk, now))).data)


urlpatterns = [
    path("", messages, name="api_messages"),
    path("unread/", unread, name="api_messages_unread"),
    path("read/", read_all, name="api_messages_read_all"),
    path("<int:pk>/read/", read, name="api_message_read"),
    path("<int:pk>/acknowledge/", confirm, name="api_message_acknowledge"),
]
