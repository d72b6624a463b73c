"""The inbox, the bell and the own wishes."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from notifications import services
from notifications.expand import happened
from notifications.forms import CHOSEN_TOPICS, WishesForm
from notifications.inbox import ABOUT, acknowledge, inbox, mark_read, unread_count, waiting
from notifications.links import path_of
from notifications.messages import TABLE
from notifications.models import Delivery, Preference
from notifications.wishes import USUAL, Person, person_of
from people.guard import SignedIn, only_parameters, saved, signed_in
from people.idempotency import once_per_key
from people.navigation import CAP

PAGE = 30
LARGEST_KEY = 2**62


def _key(request: SignedIn, name: str) -> int | None:
    given = request.GET.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and 0 < int(given[:20]) < LARGEST_KEY):
        raise BadRequest(_("翻页参数不对"))
    return int(given[:20])


@signed_in
@require_GET
def inbox_page(request: SignedIn) -> HttpResponseBase:
    """Newest first; ``show=waiting`` leaves what is unread or still to be acknowledged."""
    only_parameters(request, "show", "before")
    now, show = timezone.now(), request.GET.get("show", "")
    if show not in {"", "waiting"}:
        raise BadRequest(_("不认识的筛选条件"))
    rows = (waiting if show else inbox)(request.user, now=now).select_related("message__order").order_by("-id")
    before = _key(request, "before")
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    context = {
        "rows": [(row, _topic(row)) for row in found[:PAGE]],
        "show": show,
        "older": found[PAGE - 1].pk if len(found) > PAGE else "",
        "unread": unread_count(request.user, now=now),
    }
    return render(request, "notifications/inbox.html", context)


def _topic(row: Delivery) -> str:
    known = TABLE.get(row.message.code) if row.message else None
    return str(known.topic.label) if known else ""


@signed_in
@require_GET
def bell(request: SignedIn) -> HttpResponseBase:
    """The number beside the bell, asked every half minute; asking is not activity (X-Background)."""
    count = unread_count(request.user, now=timezone.now())
    shown = str(count) if count <= CAP else f"{CAP}+"
    return render(request, "notifications/_bell.html", {"count": count, "shown": shown})


def _own(request: SignedIn, pk: int) -> Delivery:
    row = inbox(request.user, now=timezone.now()).select_related(*ABOUT).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@signed_in
@require_POST
def open_message(request: SignedIn, pk: int) -> HttpResponseBase:
    """Marks it read and goes to what it is about."""
    row = _own(request, pk)
    mark_read(request.user, now=timezone.now(), pk=row.pk)
    return redirect(path_of(happened(row.message)) if row.message else "inbox")


@signed_in
@require_POST
@once_per_key
def acknowledge_message(request: SignedIn, pk: int) -> HttpResponse:
    """确认收到, where the rules ask for it (S0-R01, S4-R21)."""
    if acknowledge(_own(request, pk), by=request.user, now=timezone.now()):
        messages.success(request, _("已确认收到"))
    else:
        messages.info(request, _("这条消息不必确认，或早已确认"))
    return redirect("inbox")


@signed_in
@require_POST
@once_per_key
def read_all(request: SignedIn) -> HttpResponse:
    count = mark_read(request.user, now=timezone.now())
    messages.success(request, _("已把 %(n)d 条标为已读") % {"n": count})
    return redirect("inbox")


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def wishes(request: SignedIn) -> HttpResponse:
    """Channels per topic, quiet hours, working time, daily digest. Urgent messages know none of it."""
    row = Preference.objects.filter(user=request.user).first()
    form = WishesForm(
        request.POST if request.method == "POST" else None, initial=_chosen(row, person_of(request.user, row))
    )
    if request.method == "POST" and form.is_valid():
        values, now = form.wishes(), timezone.now()
        if saved(form, lambda: services.save_wishes(request.user, values=values, now=now)):
            messages.success(request, _("消息偏好已保存"))
            return redirect("inbox_wishes")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "notifications/wishes.html", {"form": form}, status=status)


def _chosen(row: Preference | None, person: Person) -> dict[str, object]:
    """What holds today: what was saved, or what those get who never chose."""
    names = ("email", "wecom_id", "working_time_only", "daily_digest", "digest_at")
    found: dict[str, object] = {name: getattr(row, name) for name in names} if row else {}
    found |= {"quiet_from": person.wish.quiet_from, "quiet_to": person.wish.quiet_to}
    return found | {f"topic_{topic.value}": person.chosen.get(topic.value, list(USUAL)) for topic in CHOSEN_TOPICS}
