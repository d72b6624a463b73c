"""``/orders/<number>/presence/``: who else has this order open; a short poll, never a lock."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from complaints.services.desk import leave, note_presence
from complaints.steps import STEPS
from complaints.views.access import find_order, user_of


@login_required
@require_POST
def presence(request: HttpRequest, number: str) -> HttpResponse:
    """Says "here" (or "gone" with ``left``) and answers with the others, as far as this reader may know of them."""
    now = timezone.now()
    user = user_of(request)
    order = find_order(request, number, now=now)
    doing = request.POST.get("doing", "")
    doing = doing if doing in STEPS else ""
    if "left" in request.POST:
        leave(order, by=user, doing=doing)
        return HttpResponse(status=204)
    others = note_presence(order, by=user, now=now, doing=doing)
    context = {"others": [{"name": one.name, "step": STEPS[one.doing].label if one.doing else ""} for one in others]}
    return render(request, "complaints/_presence.html", context)
