"""The own account: posts, looks and keys, password, second factor, other sessions."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_otp import login as otp_login

from people import audit, permissions, secondfactor, services
from people.forms.accounts import CodeForm, PasswordForm, PreferencesForm
from people.guard import SignedIn, applied, held, signed_in, today
from people.middleware import EPOCH_KEY
from people.models import Department, User
from people.standing import valid_on

CODES_KEY = "recovery_codes"


@signed_in
@require_GET
def account(request: SignedIn) -> HttpResponseBase:
    posts = request.user.assignments.filter(valid_on(today())).select_related("department", "substitute_for__user")
    led = Department.objects.filter(pk__in=permissions.led_departments(held(request)), is_active=True)
    context = {
        "posts": posts,
        "led": led,
        "preferences": PreferencesForm(initial=_looks(request.user)),
        "has_device": secondfactor.has_device(request.user),
        "must_have_device": secondfactor.must_have_device(request.user, on=today()),
        "codes_left": secondfactor.recovery_codes_left(request.user),
    }
    return render(request, "people/account.html", context)


@signed_in
@require_POST
def preferences(request: SignedIn) -> HttpResponseBase:
    form = PreferencesForm(request.POST)
    if form.is_valid():
        services.set_preferences(request.user, **form.cleaned_data)
        messages.success(request, _("个人设置已保存"))
    else:
        messages.error(request, _("个人设置没有保存，请重新选择"))
    return redirect("account")


@signed_in
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password(request: SignedIn) -> HttpResponseBase:
    """Changing the password ends every other session and every API token of the person."""
    form = PasswordForm(request.POST) if request.method == "POST" else PasswordForm()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        person = User.objects.get(pk=request.user.pk)
        changed = applied(
            form, lambda: services.change_password(person, now=timezone.now(), old=values["old"], new=values["new"])
        )
        if changed:
            _stay(request, changed)
            messages.success(request, _("密码已修改，其他地方的登录都已退出"))
            return redirect("account")
    status = 400 if form.is_bound else 200
    return render(
        request, "people/password.html", {"form": form, "must": request.user.must_change_password}, status=status
    )


@signed_in
@require_POST
def end_sessions(request: SignedIn) -> HttpResponseBase:
    """Everywhere else: this session goes on."""
    _stay(request, services.end_sessions(request.user, by=request.user, now=timezone.now()))
    messages.success(request, _("其他地方的登录都已退出"))
    return redirect("account")


@signed_in
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: SignedIn) -> HttpResponseBase:
    """Set-up: scan, type the first code, receive ten recovery codes once."""
    if secondfactor.has_device(request.user) and not secondfactor.is_verified(request.user):
        return redirect("account")
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    if request.method == "POST" and form.is_valid():
        device = secondfactor.confirm_device(request.user, form.cleaned_data["code"])
        if device is not None:
            now = timezone.now()
            request.session[CODES_KEY] = secondfactor.new_recovery_codes(request.user)
            audit.record(actor=request.user, action="second_factor.set", subject=request.user, now=now, request=request)
            _stay(request, services.end_sessions(request.user, by=request.user, now=now))
            otp_login(request, device)
            return redirect("second_factor_codes")
        form.add_error("code", _("验证码不对，请核对手机时间后输入新的验证码"))
    device = secondfactor.start_device(request.user)
    context = {
        "form": form,
        "qr": secondfactor.qr_svg(device),
        "secret": secondfactor.secret_text(device),
        "must": secondfactor.must_have_device(request.user, on=today()) and not settings.DEMO,
    }
    return render(request, "people/second_factor.html", context, status=400 if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "POST"])
def recovery_codes(request: SignedIn) -> HttpResponseBase:
    """The codes just made, shown once (GET); new ones in exchange for the old (POST)."""
    if request.method == "POST":
        if not secondfactor.is_verified(request.user):
            return redirect("account")
        request.session[CODES_KEY] = secondfactor.new_recovery_codes(request.user)
        audit.record(
            actor=request.user, action="second_factor.codes", subject=request.user, now=timezone.now(), request=request
        )
        return redirect("second_factor_codes")
    codes = request.session.pop(CODES_KEY, None)
    return render(request, "people/recovery_codes.html", {"codes": codes}) if codes else redirect("account")


def _looks(user: User) -> dict[str, object]:
    return {"theme": user.theme, "single_key_shortcuts": user.single_key_shortcuts}


def _stay(request: SignedIn, person: User) -> None:
    """Carries this session over a change that ends all the others; its id changes too."""
    update_session_auth_hash(request, person)
    request.session[EPOCH_KEY] = person.session_epoch
