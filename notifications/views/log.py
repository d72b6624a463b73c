"""The delivery log, what did not arrive, and the calls to make by hand.

Rows name recipient, channel, kind of message and outcome. The words of a message and the number of its order are shown
only to whoever may see the order: an administrator repairs the sending without reading it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from notifications import services
from notifications.channels import CHANNELS
from notifications.expand import happened
from notifications.forms import LogForm, ReasonForm
from notifications.inbox import ABOUT
from notifications.links import path_of
from notifications.models import Delivery, DeliveryQuerySet
from notifications.permissions import may_call, may_operate, may_read_log
from notifications.sight import sight
from notifications.tabs import tabs
from notifications.vocabulary import CALL, DeliveryState, ToKind
from notifications.wording import title_of
from people.guard import SignedIn, held, only_parameters, signed_in
from people.idempotency import once_per_key
from people.masking import mask_phone
from people.models import User
from people.permissions import require

PAGE = 40
CHIPS = {
    DeliveryState.PENDING: ("clock", "info"),
    DeliveryState.SENDING: ("send", "info"),
    DeliveryState.SENT: ("check", ""),
    DeliveryState.CARRIED: ("link", ""),
    DeliveryState.UNSENT: ("x", "wait"),
    DeliveryState.HELD: ("hourglass", "soon"),
    DeliveryState.DEAD: ("alert", "over"),
    DeliveryState.WAITING: ("phone", "soon"),
    DeliveryState.DONE: ("check", ""),
    DeliveryState.CANCELLED: ("x", ""),
}


class Line:
    """One delivery as a list shows it."""

    def __init__(self, row: Delivery, visible: bool) -> None:
        self.row = row
        self.channel = CHANNELS[row.channel].label if row.channel in CHANNELS else row.channel
        self.about = _about(row) if visible else ("", "")
        told = row.message is None or (visible and row.to != ToKind.CUSTOMER)
        self.kind = row.subject if told or row.message is None else title_of(row.message.code)
        # A notice is written for a customers' group: no secret of its outage.
        self.words = row.text if visible and (row.message or row.posting_id) else ""
        self.to = _who(row)
        self.phone = row.recipient.phone if row.channel == CALL and row.recipient else ""
        self.glyph, self.colour = CHIPS[DeliveryState(row.state)]


def _about(row: Delivery) -> tuple[str, str]:
    """(number, page) of what the message is about."""
    message = row.message
    subject = message and (message.order or message.outage or message.plan or message.cut)
    return (subject.number, path_of(happened(message))) if message and subject else ("", "")


def _who(row: Delivery) -> str:
    if row.to == ToKind.GROUP and row.endpoint is not None:
        return row.endpoint.name
    if row.recipient is not None:
        phone = f" {mask_phone(row.recipient.phone)}" if row.channel in {"sms", "call"} and row.recipient.phone else ""
        return f"{row.recipient.name}{phone}"
    return row.subject


def _lines(rows: Iterable[Delivery], user: User, now: datetime) -> list[Line]:
    found = list(rows)
    seen = sight(((user, row.message) for row in found if row.message), now)
    return [Line(row, row.message is None or seen.covers(user.pk, row.message)) for row in found]


def _rows() -> DeliveryQuerySet:
    return Delivery.objects.select_related(*ABOUT, "recipient", "endpoint", "closed_by").order_by("-id")


@signed_in
@require_GET
def log(request: SignedIn) -> HttpResponseBase:
    require(may_read_log(held(request)))
    only_parameters(request, "state", "channel", "number", "before")
    form = LogForm(request.GET)
    if not form.is_valid():
        raise BadRequest(_("不认识的筛选条件"))
    values, rows, now = form.cleaned_data, _rows(), timezone.now()
    for name in ("state", "channel"):
        rows = rows.filter(**{name: values[name]}) if values[name] else rows
    if values["number"]:
        rows = rows.filter(message__order__number=values["number"]).visible_to(request.user, now=now)
    found = list((rows.filter(pk__lt=values["before"]) if values["before"] else rows)[: PAGE + 1])
    query = request.GET.copy()
    if len(found) > PAGE:
        query["before"] = str(found[PAGE - 1].pk)
    context = {
        "tabs": tabs(held(request), "message_log"),
        "form": form,
        "lines": _lines(found[:PAGE], request.user, now),
        "older": query.urlencode() if len(found) > PAGE else "",
    }
    return render(request, "notifications/log.html", context)


@signed_in
@require_GET
def delivery(request: SignedIn, pk: int) -> HttpResponseBase:
    """One delivery with every attempt."""
    require(may_read_log(held(request)))
    row = _rows().filter(pk=pk).first()
    if row is None:
        raise Http404
    others = _rows().filter(Q(message=row.message) if row.message_id else Q(carrier=row)).exclude(pk=row.pk)[:PAGE]
    now = timezone.now()
    context = {
        "tabs": tabs(held(request), "message_log"),
        "line": _lines([row], request.user, now)[0],
        "tries": row.tries.all(),
        "others": _lines(others, request.user, now),
    }
    return render(request, "notifications/delivery.html", context)


@signed_in
@require_GET
def trouble(request: SignedIn) -> HttpResponseBase:
    """Dead, held back, or never sent for want of a channel: each with its reason."""
    require(may_read_log(held(request)))
    only_parameters(request, "before")
    form = LogForm(request.GET)
    if not form.is_valid():
        raise BadRequest(_("翻页参数不对"))
    rows, before = _rows().in_trouble().filter(closed_at__isnull=True), form.cleaned_data["before"]
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    context = {
        "tabs": tabs(held(request), "message_trouble"),
        "lines": _lines(found[:PAGE], request.user, timezone.now()),
        "older": f"before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "may_operate": may_operate(held(request)),
    }
    return render(request, "notifications/trouble.html", context)


def _repair(request: SignedIn, pk: int, act: Callable[[Delivery], Any], said: str, back: str) -> HttpResponse:
    row = Delivery.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    try:
        act(row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect(back)


@signed_in
@require_POST
@once_per_key
def resend(request: SignedIn, pk: int) -> HttpResponse:
    require(may_operate(held(request)))
    now = timezone.now()

    def act(row: Delivery) -> None:
        services.resend(row, by=request.user, now=now)

    return _repair(request, pk, act, _("已重新交给发送进程"), "message_trouble")


@signed_in
@require_POST
@once_per_key
def give_up(request: SignedIn, pk: int) -> HttpResponse:
    require(may_operate(held(request)))
    return _with_reason(request, pk, services.give_up, _("已放弃，原因留在记录里"), "message_trouble")


@signed_in
@require_GET
def calls(request: SignedIn) -> HttpResponseBase:
    """People no channel reached, to be rung by hand, oldest first and what one person is to hear together; below them
    the last that were."""
    require(may_call(held(request)))
    rows = list(_rows().filter(state=DeliveryState.WAITING).order_by("id")[:PAGE])
    first: dict[int | None, int] = {}
    for row in rows:
        first.setdefault(row.recipient_id, row.pk)
    waiting = sorted(rows, key=lambda row: (first[row.recipient_id], row.pk))
    now = timezone.now()
    context = {
        "tabs": tabs(held(request), "message_calls"),
        "lines": _lines(waiting, request.user, now),
        "done": _lines(_rows().filter(state=DeliveryState.DONE)[:10], request.user, now),
    }
    return render(request, "notifications/calls.html", context)


@signed_in
@require_POST
@once_per_key
def called(request: SignedIn, pk: int) -> HttpResponse:
    require(may_call(held(request)))
    return _with_reason(request, pk, services.called, _("已登记人工电话"), "message_calls")


def _with_reason(request: SignedIn, pk: int, act: Callable[..., None], said: str, back: str) -> HttpResponse:
    form, now = ReasonForm(request.POST), timezone.now()
    if not form.is_valid():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        messages.error(request, _("没有保存：说明至少 2 个字，至多 200 个字。%(text)s") % {"text": text})
        return redirect(back)
    note = form.cleaned_data["note"]
    return _repair(request, pk, lambda row: act(row, by=request.user, now=now, note=note), said, back)
