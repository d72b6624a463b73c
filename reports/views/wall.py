"""``/reports/wall/``: the wallboard, for people signed in and for screens that hold a read-only address."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.idempotency import once_per_key
from people.standing import Standing
from policy import rulebook
from reports.forms import WallLinkForm
from reports.models import WallLink
from reports.permissions import KEEPERS, WATCHERS
from reports.views.access import Reader, allowed
from reports.wall import board
from reports.walls import is_live, make_link, revoke_link

REFUSED = 422


def may_watch(who: Standing) -> bool:
    return who.has(*WATCHERS)


def may_keep(who: Standing) -> bool:
    return who.has(*KEEPERS)


def _shown(request: HttpRequest, **more: object) -> HttpResponse:
    """Page or, for a screen asking again, its inside: one template."""
    now = timezone.now()
    template = "reports/_wall.html" if request.htmx else "reports/wall.html"  # type: ignore[attr-defined]
    return render(request, template, board(now, rulebook.current()) | {"address": request.path} | more)


@require_safe
@allowed(may_watch)
def wall(request: HttpRequest, reader: Reader) -> HttpResponse:
    return _shown(request, back=reverse("reports"))


@require_safe
@never_cache
def wall_screen(request: HttpRequest, token: str) -> HttpResponse:
    """No person is signed in: the address alone opens it, until it is revoked."""
    if not is_live(token):
        raise Http404(_("这个看板链接不存在或已停用。"))
    response = _shown(request)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_keep)
def wall_links(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The addresses in use; a new one is shown once, on the answer itself, and never again."""
    form = WallLinkForm(request.POST or None)
    fresh, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            _row, token = make_link(form.cleaned_data["label"], by=reader.user, now=reader.now, request=request)
            fresh = request.build_absolute_uri(reverse("wall_screen", args=[token]))
            form = WallLinkForm()
        else:
            status = REFUSED
    rows = WallLink.objects.select_related("created_by", "revoked_by")
    return render(request, "reports/wall_links.html", {"rows": rows, "form": form, "fresh": fresh}, status=status)


@require_POST
@allowed(may_keep)
@once_per_key
def wall_revoke(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    row = get_object_or_404(WallLink, pk=pk)
    if revoke_link(row, by=reader.user, now=reader.now, request=request):
        messages.success(request, _("已停用“%(label)s”的看板链接") % {"label": row.label})
    else:
        messages.error(request, _("“%(label)s”的看板链接早已停用") % {"label": row.label})
    return redirect("wall_links")
