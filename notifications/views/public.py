"""The customer's page behind a one-time link: rate and suggest, without signing in. Says nothing about the order but
its number, and the same to every token that does not open it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from notifications.forms import RatingForm
from notifications.survey import TurnedAway, answer, find
from people.audit import client_ip


@never_cache
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        link = find(token, address=client_ip(request), now=now)
    except TurnedAway:
        return render(request, "notifications/rate_over.html", {"busy": True}, status=429)
    if link is None:
        return render(request, "notifications/rate_over.html", status=404)
    form = RatingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if answer(link, **form.cleaned_data, now=now):
            return render(request, "notifications/rate_thanks.html", {"link": link})
        return render(request, "notifications/rate_over.html", status=404)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "notifications/rate.html", {"form": form, "link": link}, status=status)
