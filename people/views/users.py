"""Accounts and posts: the system administrator's pages."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import permissions, secondfactor, services
from people.forms.accounts import ReasonForm, ResetPasswordForm, UserEditForm, UserForm
from people.forms.company import AssignmentForm, EndForm, SubstituteForm
from people.guard import SignedIn, applied, held, only_parameters, saved, signed_in, today
from people.idempotency import once_per_key
from people.models import Assignment, User
from people.queries import assignment_or_404, user_page
from people.roles import Role

PER_PAGE = 50


@signed_in
@require_GET
def users(request: SignedIn) -> HttpResponseBase:
    """All accounts by user name, for administrators; others go on to what they may manage."""
    standing = held(request)
    if not permissions.may_manage_people(standing):
        permissions.require(permissions.may_see_roster(standing) or bool(permissions.led_departments(standing)))
        return redirect("roster" if permissions.may_see_roster(standing) else "departments")
    only_parameters(request, "q", "after")
    wanted = request.GET.get("q", "").strip()[:40]
    rows, more = user_page(wanted, after=request.GET.get("after", "")[:40], on=today(), size=PER_PAGE)
    return render(request, "people/users.html", {"rows": rows, "more": more, "q": wanted})


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@once_per_key
def user_new(request: SignedIn) -> HttpResponseBase:
    permissions.require(permissions.may_manage_people(held(request)))
    form = UserForm(request.POST) if request.method == "POST" else UserForm()
    if form.is_bound and form.is_valid():
        made = applied(form, lambda: services.create_user(by=request.user, now=timezone.now(), **form.cleaned_data))
        if made:
            messages.success(request, _("已新建账号，请继续任命角色"))
            return redirect("user", username=made.username)
    return render(request, "people/user_new.html", {"form": form}, status=400 if form.is_bound else 200)


@signed_in
@require_GET
def user(request: SignedIn, username: str) -> HttpResponseBase:
    return _user_page(request, _person(request, username))


@signed_in
@require_POST
@once_per_key
def user_edit(request: SignedIn, username: str) -> HttpResponseBase:
    person, form = _person(request, username), UserEditForm(request.POST)
    if form.is_valid() and saved(
        form, lambda: services.update_user(person, by=request.user, now=timezone.now(), **form.cleaned_data)
    ):
        return _done(request, person, _("资料已保存"))
    return _user_page(request, person, edit=form)


@signed_in
@require_POST
@once_per_key
def user_disable(request: SignedIn, username: str) -> HttpResponseBase:
    person, form = _person(request, username), ReasonForm(request.POST, prefix="disable")
    if form.is_valid() and saved(
        form, lambda: services.disable_user(person, by=request.user, now=timezone.now(), **form.cleaned_data)
    ):
        return _done(request, person, _("账号已停用，对方的登录都已退出"))
    return _user_page(request, person, disable=form)


@signed_in
@require_POST
@once_per_key
def user_enable(request: SignedIn, username: str) -> HttpResponseBase:
    person = _person(request, username)
    services.enable_user(person, by=request.user, now=timezone.now())
    return _done(request, person, _("账号已启用"))


@signed_in
@sensitive_post_parameters("password")
@require_POST
@once_per_key
def user_password(request: SignedIn, username: str) -> HttpResponseBase:
    person, form = _person(request, username), ResetPasswordForm(request.POST)
    if form.is_valid() and saved(
        form, lambda: services.reset_password(person, by=request.user, now=timezone.now(), **form.cleaned_data)
    ):
        return _done(request, person, _("密码已重设，请当面告诉对方"))
    return _user_page(request, person, reset=form)


@signed_in
@require_POST
@once_per_key
def user_second_factor(request: SignedIn, username: str) -> HttpResponseBase:
    person, form = _person(request, username), ReasonForm(request.POST, prefix="factor")
    if form.is_valid() and saved(
        form, lambda: services.reset_second_factor(person, by=request.user, now=timezone.now(), **form.cleaned_data)
    ):
        return _done(request, person, _("二次验证已清除，对方下次登录须重新设置"))
    return _user_page(request, person, factor=form)


@signed_in
@require_POST
@once_per_key
def user_assign(request: SignedIn, username: str) -> HttpResponseBase:
    person, form = _person(request, username), AssignmentForm(request.POST, prefix="post")
    if form.is_valid() and saved(
        form, lambda: services.assign(person, by=request.user, now=timezone.now(), **form.cleaned_data)
    ):
        return _done(request, person, _("已任命，自起始日生效"))
    return _user_page(request, person, post=form)


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def assignment(request: SignedIn, assignment_id: int) -> HttpResponseBase:
    """One post: its last day and its substitutes. For administrators, heads of the department, hotline director."""
    row = assignment_or_404(held(request), assignment_id)
    form = EndForm(request.POST) if request.method == "POST" else EndForm(initial={"valid_to": today()})
    if form.is_bound and form.is_valid():
        last_day = form.cleaned_data["valid_to"]
        if saved(form, lambda: services.end_assignment(row, by=request.user, now=timezone.now(), last_day=last_day)):
            messages.success(request, _("任职已定下最后一天"))
            return redirect("account")
    return _assignment_page(request, row, end=form)


@signed_in
@require_POST
@once_per_key
def assignment_substitute(request: SignedIn, assignment_id: int) -> HttpResponseBase:
    row = assignment_or_404(held(request), assignment_id)
    form = SubstituteForm(request.POST, prefix="substitute")
    if form.is_valid():
        person, dates = form.cleaned_data["user"], {k: form.cleaned_data[k] for k in ("valid_from", "valid_to")}
        if saved(form, lambda: _substitute(request, row, person, dates)):
            messages.success(request, _("已定代理人，日期内有效"))
            return redirect("assignment", row.pk)
    return _assignment_page(request, row, substitute=form)


def _substitute(request: SignedIn, row: Assignment, person: User, dates: dict[str, Any]) -> Assignment:
    return services.assign(
        person,
        by=request.user,
        now=timezone.now(),
        role=Role(row.role),
        department=row.department,
        substitute_for=row,
        **dates,
    )


def _assignment_page(request: SignedIn, row: Assignment, **bound: Any) -> HttpResponseBase:
    context = {
        "row": row,
        "end": EndForm(initial={"valid_to": today()}),
        "substitute": SubstituteForm(initial={"valid_from": today()}, prefix="substitute"),
        "substitutes": row.substitutes.select_related("user"),
        **bound,
    }
    return render(request, "people/assignment.html", context, status=400 if request.method == "POST" else 200)


def _person(request: SignedIn, username: str) -> User:
    permissions.require(permissions.may_manage_people(held(request)))
    return get_object_or_404(User, username=username)


def _done(request: SignedIn, person: User, text: str) -> HttpResponseBase:
    messages.success(request, text)
    return redirect("user", username=person.username)


def _user_page(request: SignedIn, person: User, **bound: Any) -> HttpResponseBase:
    """The account's page; ``bound`` carries the one form that was refused."""
    person = User.objects.get(pk=person.pk)
    posts = person.assignments.select_related("department", "substitute_for__user").order_by("-valid_from", "-id")
    edit = UserEditForm(initial={"name": person.name, "agent_no": person.agent_no, "phone": person.phone})
    context = {
        "person": person,
        "posts": posts,
        "is_self": person.pk == request.user.pk,
        "has_device": secondfactor.has_device(person),
        "edit": edit,
        "post": AssignmentForm(prefix="post", initial={"valid_from": today()}),
        "reset": ResetPasswordForm(),
        "disable": ReasonForm(prefix="disable"),
        "factor": ReasonForm(prefix="factor"),
        **bound,
    }
    return render(request, "people/user.html", context, status=400 if request.method == "POST" else 200)
