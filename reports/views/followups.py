"""``/reports/follow-ups/``: what low scores left to be done, and closing one with what was done (S1-R10)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.idempotency import once_per_key
from policy.limits import shanghai_day
from reports import followups
from reports.errors import Refused
from reports.forms import FollowUpForm
from reports.views.access import Reader, allowed
from reports.views.records import anybody

REFUSED, SHOWN = 422, 100


@require_safe
@allowed()
def follow_ups(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Open ones by their day; with ``?state=closed`` the newest closed."""
    rows = followups.visible(reader.user, reader.who, now=reader.now)
    closed = request.GET.get("state") == "closed"
    rows = (
        rows.filter(closed_at__isnull=False).order_by("-closed_at", "-id")
        if closed
        else rows.filter(closed_at__isnull=True).order_by("due_on", "id")
    )
    context = {"rows": rows[:SHOWN], "closed": closed, "today": shanghai_day(reader.now)}
    return render(request, "reports/follow_ups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(anybody)
@once_per_key
def follow_up(request: HttpRequest, reader: Reader, pk: int) -> HttpResponse:
    """One follow-up; who answers for it closes it here."""
    row = get_object_or_404(followups.visible(reader.user, reader.who, now=reader.now), pk=pk)
    may_close = followups.may_close(reader.who, reader.user, row)
    if request.method == "POST" and not may_close:
        raise PermissionDenied(_("跟进由责任人、本部门负责人或热线主任办结。"))
    form, status = FollowUpForm(request.POST or None), 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                done = form.cleaned_data["done"]
                followups.close(row, done=done, by=reader.user, now=reader.now, request=request)
            except Refused as error:
                form.add_error(None, error.message)
                status = error.status
            else:
                messages.success(request, _("已办结"))
                return redirect("follow_up", pk=pk)
    offered = form if row.closed_at is None and may_close else None
    errors = form.non_field_errors() if form.is_bound and offered is None else []
    context = {"row": row, "form": offered, "refusals": errors, "today": shanghai_day(reader.now)}
    return render(request, "reports/follow_up.html", context, status=status)
