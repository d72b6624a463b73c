"""Signing in and out, in one or two steps."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from people import audit, signin
from people.demo import DEMO_PASSWORD, demo_accounts
from people.forms.accounts import CodeForm, SignInForm
from people.models import User


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.user.is_authenticated:
        return redirect(own_path(request))
    form = SignInForm(request.POST) if request.method == "POST" else SignInForm()
    if request.method == "GET" or not form.is_valid():
        return _page(request, form, status=200 if request.method == "GET" else 400)
    now = timezone.now()
    attempt = signin.check_password(request, now=now, **form.cleaned_data)
    if attempt.user is None:
        form.add_error(None, str(signin.TEXTS[attempt.outcome]))
        return _page(request, form, status=signin.STATUS[attempt.outcome])
    if attempt.outcome is signin.Outcome.CODE:
        signin.remember_pending(request, attempt.user, now=now)
        return redirect(f"{reverse('login_code')}?{request.GET.urlencode()}")
    signin.open_session(request, attempt.user, None, now=now)
    return redirect(own_path(request))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponseBase:
    """The second step: six digits, or a recovery code when the phone is lost."""
    now = timezone.now()
    user = signin.pending_user(request, now=now)
    if user is None:
        return redirect("login")
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    if request.method == "GET" or not form.is_valid():
        return render(request, "people/code.html", {"form": form}, status=200 if request.method == "GET" else 400)
    attempt, device = signin.check_code(request, user, form.cleaned_data["code"], now=now)
    if device is None:
        form.add_error("code", str(signin.TEXTS[attempt.outcome]))
        return render(request, "people/code.html", {"form": form}, status=signin.STATUS[attempt.outcome])
    signin.open_session(request, user, device, now=now)
    return redirect(own_path(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        audit.record(actor=request.user, action="sign_out", subject=request.user, now=timezone.now(), request=request)
    logout(request)
    return redirect("login")


def own_path(request: HttpRequest) -> str:
    """``next`` when it is a path of this site, else the first page."""
    wanted = request.GET.get("next", "")
    own = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if own else settings.LOGIN_REDIRECT_URL


def _page(request: HttpRequest, form: SignInForm, *, status: int) -> HttpResponse:
    context = {"form": form, "accounts": demo_accounts() if settings.DEMO else [], "password": DEMO_PASSWORD}
    return render(request, "people/login.html", context, status=status)
