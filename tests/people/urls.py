"""The pages of people, and a few probes that stand for pages of other apps."""

from datetime import datetime
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from config.urls import urlpatterns as site
from people import audit
from people.guard import SignedIn, signed_in
from people.idempotency import once_per_key
from people.models import AuditEntry, User


def did(user: User, now: datetime, what: str) -> int:
    audit.record(actor=user, action="probe.done", ref=what, now=now)
    return AuditEntry.objects.filter(action="probe.done").count()


@signed_in
def hello(request: SignedIn) -> HttpResponse:
    return HttpResponse("hello")


def echo(request: HttpRequest) -> HttpResponse:
    names = [file.name for _name, files in request.FILES.lists() for file in files]
    return JsonResponse({"post": request.POST.dict(), "files": names, "body": request.content_type})


@signed_in
def refused(request: SignedIn) -> HttpResponse:
    if "gone" in request.GET:
        raise Http404
    raise PermissionDenied


@signed_in
@once_per_key
def act(request: SignedIn) -> HttpResponse:
    count = did(request.user, timezone.now(), request.POST.get("what", ""))
    if request.POST.get("what") == "wrong":
        return HttpResponse("wrong", status=400)
    if request.POST.get("what") == "crash":
        raise PermissionDenied
    if request.POST.get("what") == "fragment":
        return HttpResponse(f"<p>{count}</p>", headers={"HX-Trigger": "done"})
    return redirect(f"/probe/{count}/")


@api_view(["POST"])
@once_per_key
def api_act(request: Request) -> Response:
    data = cast(dict[str, Any], request.data)
    count = did(cast(User, request.user), timezone.now(), data.get("what", ""))
    if data.get("what") == "crash":
        raise PermissionDenied
    return Response({"count": count, "what": data.get("what")}, status=201)


urlpatterns = [
    path("", include("people.urls")),
    path("api/v1/auth/", include("people.api_urls")),
    path("probe/hello/", hello),
    path("probe/echo/", echo),
    path("api/probe/echo/", echo),
    path("probe/refused/", refused),
    path("probe/act/", act),
    path("api/probe/act/", api_act),
    *site,
]
