"""What every request passes before a view sees it: clean text, a living session, an own password, a second factor.

Order in settings: CleanInput before anything reads the body; the others after the user and the messages are known.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from people import audit
from people.cleaninput import BODY, Unclean, check_json, check_pairs, check_path, check_text, check_values, printable
from people.models import AuditResult, User
from people.refusals import refuse, wants_json
from people.secondfactor import has_device, is_verified, must_have_device

GetResponse = Callable[[HttpRequest], HttpResponse]

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)
# The last activity is written at most once a minute: a session row per request would double the writes of a read.
SEEN_EVERY = timedelta(minutes=1)
EPOCH_KEY, BEGAN_KEY, SEEN_KEY = "epoch", "began_at", "seen_at"
# A page that refreshes itself sends this header: polling is not activity.
BACKGROUND_HEADER = "X-Background"
MAX_UPLOAD = 64 * 1024 * 1024
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
# Pages one may use before the account is in order.
OPEN_PAGES = frozenset({"login", "login_code", "logout", "password", "healthz"})
SETTING_UP = OPEN_PAGES | {"second_factor", "second_factor_codes"}


class CleanInput:
    """Refuses, with 400 or 413 and the field's name, what no view can use: see ``people.cleaninput``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            self._check_address(request)
            self._check_body(request)
        except Unclean as error:
            return refuse(request, status=error.status, field=error.field, text=error.text)
        except RequestDataTooBig:
            return refuse(request, status=413, field=BODY, text=_too_big(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        except (SuspiciousOperation, MultiPartParserError, BadRequest, UnreadablePostError):
            return refuse(request, status=400, field=BODY, text=_("提交的内容不完整或项目过多，请重新提交"))
        return self.get_response(request)

    def _check_address(self, request: HttpRequest) -> None:
        check_path(request.path_info)
        check_pairs(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
        for name, value in request.COOKIES.items():
            check_text(printable(name), value)

    def _check_body(self, request: HttpRequest) -> None:
        length = _content_length(request)
        if not length:
            return
        limit = MAX_UPLOAD if request.content_type == MULTIPART else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if limit is not None and length > limit:
            raise Unclean(BODY, _too_big(limit), status=413)
        if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            raise Unclean("Content-Type", _("请用 UTF-8 编码提交"))
        if request.content_type == FORM:
            check_pairs(request.body)
        elif request.content_type == MULTIPART:
            # Parsed here into request.POST and FILES; views and DRF find them there and never need the stream.
            check_values(request.POST.lists())
            check_values((name, [file.name or "" for file in files]) for name, files in request.FILES.lists())
        elif request.content_type == "application/json" or (request.content_type or "").endswith("+json"):
            check_json(request.body)


def _content_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _too_big(limit: int | None) -> str:
    return _("内容超过 %(limit)s MB，请缩短或分次提交") % {"limit": round((limit or 0) / 1024 / 1024, 1)}


class SessionLimits:
    """Ends a session that was idle for 30 minutes, is 12 hours old, or was ended everywhere (password change)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            now = timezone.now()
            begin_session(request, user, now=now)
            reason = self._over(request, user, now)
            if reason:
                return self._end(request, user, reason, now)
            if now - _moment(request, SEEN_KEY) >= SEEN_EVERY and BACKGROUND_HEADER not in request.headers:
                request.session[SEEN_KEY] = now.timestamp()
        return self.get_response(request)

    def _over(self, request: HttpRequest, user: User, now: datetime) -> str:
        if request.session[EPOCH_KEY] != user.session_epoch:
            return _("密码已修改或账号已变动，请重新登录")
        if now - _moment(request, BEGAN_KEY) > ABSOLUTE_LIMIT:
            return _("已登录满 12 小时，请重新登录")
        if now - _moment(request, SEEN_KEY) > IDLE_LIMIT:
            return _("超过 30 分钟没有操作，请重新登录")
        return ""

    def _end(self, request: HttpRequest, user: User, reason: str, now: datetime) -> HttpResponse:
        audit.record(actor=user, action="session.expire", subject=user, now=now, request=request, reason=reason)
        logout(request)
        if wants_json(request) or request.headers.get("HX-Request"):
            return refuse(request, status=401, field="session", text=reason)
        messages.warning(request, reason)
        return _to(reverse("login"), request)


def begin_session(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Marks a session that has no marks yet with its beginning, last activity and the account's epoch."""
    if BEGAN_KEY not in request.session:
        request.session[BEGAN_KEY] = request.session[SEEN_KEY] = now.timestamp()
        request.session[EPOCH_KEY] = user.session_epoch


def _moment(request: HttpRequest, key: str) -> datetime:
    return datetime.fromtimestamp(request.session[key], tz=timezone.get_current_timezone())


def _to(url: str, request: HttpRequest) -> HttpResponse:
    """On to a page that comes first, and back to the wanted one afterwards."""
    wanted = request.get_full_path() if request.method == "GET" else ""
    query = "?" + urlencode({"next": wanted}) if wanted and wanted != "/" else ""
    return HttpResponseRedirect(url + query)


def _first(request: HttpRequest, url_name: str, text: str) -> HttpResponse:
    if wants_json(request) or request.headers.get("HX-Request"):
        return refuse(request, status=403, field="account", text=text)
    return _to(resolve_url(url_name), request)


def _page(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name or "") if match else ""


class MustChangePassword:
    """Nothing else works while the password is one that somebody else knows."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if isinstance(user, User) and user.must_change_password and _page(request) not in OPEN_PAGES:
            return _first(request, "password", _("请先修改密码"))
        return None


class SecondFactorRequired:
    """Administrator, adjudicator and export approver set a second factor up first; who has one must have used it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User) or _page(request) in SETTING_UP or is_verified(user):
            return None
        if not must_have_device(user, on=timezone.localdate()):
            return None
        if has_device(user):
            logout(request)
            return _first(request, "login", _("请用二次验证重新登录"))
        return None if settings.DEMO else _first(request, "second_factor", _("请先设置二次验证"))


class AuditRefusals:
    """Every 403 and 404 a signed-in person meets leaves one audit row, written after the request's own transaction
    unless the view wrote one that was committed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code in {403, 404} and request.resolver_match is not None and isinstance(request.user, User):
            self._record(request, request.user, response.status_code)
        return response

    def _record(self, request: HttpRequest, user: User, status: int) -> None:
        if hasattr(request, audit.REFUSAL_RECORDED):
            return
        audit.record(
            actor=user,
            action="access.refused",
            ref=request.path,
            now=timezone.now(),
            request=request,
            result=AuditResult.REFUSED,
            detail={"status": status, "method": request.method, "page": _page(request)},
        )
