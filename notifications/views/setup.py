"""Channels with "send a test": for the system administrator."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notifications import services
from notifications.channels import CONFIGURED
from notifications.forms import ChannelForm
from notifications.models import Endpoint
from notifications.permissions import may_set_up
from notifications.tabs import tabs
from notifications.vocabulary import Topic
from people.guard import SignedIn, held, saved, signed_in
from people.idempotency import once_per_key
from people.permissions import require

REFUSED = 422


def frame(request: SignedIn, here: str) -> dict[str, Any]:
    require(may_set_up(held(request)))
    return {"tabs": tabs(held(request), here), "now": timezone.now()}


@signed_in
@require_GET
def channels(request: SignedIn) -> HttpResponseBase:
    context = frame(request, "message_channels")
    rows = list(Endpoint.objects.select_related("department", "grid_group", "fallback", "saved_by"))
    context["groups"] = [(one, [row for row in rows if row.channel == code]) for code, one in CONFIGURED.items()]
    return render(request, "notifications/channels.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def channel_add(request: SignedIn, channel: str) -> HttpResponse:
    context = frame(request, "message_channels")
    if channel not in CONFIGURED:
        raise Http404
    return _channel_page(request, Endpoint(channel=channel), context)


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def channel_edit(request: SignedIn, pk: int) -> HttpResponse:
    context = frame(request, "message_channels")
    endpoint = get_object_or_404(Endpoint, pk=pk, channel__in=CONFIGURED)
    context["test"] = services.last_test(endpoint)
    return _channel_page(request, endpoint, context)


def _channel_page(request: SignedIn, endpoint: Endpoint, context: dict[str, Any]) -> HttpResponse:
    channel, instance = CONFIGURED[endpoint.channel], endpoint if endpoint.pk else None
    form = ChannelForm(
        request.POST if request.method == "POST" else None, channel=channel, instance=instance, initial=_shown(endpoint)
    )
    if request.method == "POST" and form.is_valid() and _is_free(form, endpoint):
        for name in ("name", "enabled", "department", "grid_group", "fallback"):
            if name in form.cleaned_data:
                setattr(endpoint, name, form.cleaned_data[name])
        endpoint.topics = form.cleaned_data.get("topics", [])
        save = partial(services.save_endpoint, endpoint, config=form.config(), secret=form.secret())
        if saved(form, partial(save, by=request.user, now=timezone.now())):
            messages.success(request, _("已保存通道“%(name)s”") % {"name": endpoint.name})
            return redirect("message_channel", pk=endpoint.pk)
    context |= {"form": form, "channel": channel, "endpoint": instance, "topic_names": dict(Topic.choices)}
    status = REFUSED if form.is_bound and form.errors else 200
    return render(request, "notifications/channel.html", context, status=status)


def _is_free(form: ChannelForm, endpoint: Endpoint) -> bool:
    if Endpoint.objects.filter(name=form.cleaned_data["name"]).exclude(pk=endpoint.pk).exists():
        form.add_error("name", _("已有同名的通道，请换一个名称"))
        return False
    return True


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    """Everything but the secrets, which are never shown again."""
    channel = CONFIGURED[endpoint.channel]
    usual: dict[str, Any] = {one.name: one.default for one in channel.fields if not one.secret}
    own = {name: getattr(endpoint, name) for name in ("name", "enabled", "topics")}
    own |= {name: getattr(endpoint, f"{name}_id") for name in ("department", "grid_group", "fallback")}
    return {**usual, **endpoint.config, **own}


@signed_in
@require_POST
@once_per_key
def channel_test(request: SignedIn, pk: int) -> HttpResponse:
    frame(request, "message_channels")
    endpoint = get_object_or_404(Endpoint, pk=pk, channel__in=CONFIGURED)
    try:
        services.send_test(endpoint, by=request.user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("测试消息已交给发送进程，结果见下方"))
    return redirect("message_channel", pk=pk)


@signed_in
@require_GET
def channel_result(request: SignedIn, pk: int) -> HttpResponseBase:
    """The last test's fate, asked every two seconds while it is open."""
    context = frame(request, "message_channels")
    endpoint = get_object_or_404(Endpoint, pk=pk, channel__in=CONFIGURED)
    context |= {"endpoint": endpoint, "test": services.last_test(endpoint)}
    return render(request, "notifications/_test.html", context)
