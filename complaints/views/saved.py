"""``/orders/views/``: keeping the list as it is filtered under a name, for oneself or for a department."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from complaints.errors import NotAllowed, Refused
from complaints.lists import queues_for
from complaints.models import SavedView
from complaints.services.saved import LONGEST_NAME, open_with, remove_view, restore_view, save_view
from complaints.views.access import user_of
from people.idempotency import once_per_key
from people.models import Department
from people.refusals import refuse
from people.standing import standing


class ViewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("视图名称"),
        max_length=LONGEST_NAME,
        error_messages={"required": gettext_lazy("请填写视图名称，20 字以内")},
    )
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=gettext_lazy("共享给"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("只能共享给自己任职的部门")},
    )
    first = forms.BooleanField(label=gettext_lazy("打开列表时先看它"), required=False)


@login_required
@require_POST
@once_per_key
def save(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    user = user_of(request)
    who = standing(user, timezone.localdate(now))
    if not queues_for(who):
        raise PermissionDenied(_("您的岗位不查看工单。"))
    form = ViewForm(request.POST)
    shared = form.fields["department"]
    shared.queryset = Department.objects.filter(pk__in=who.departments())  # type: ignore[attr-defined]
    if not form.is_valid():
        field, texts = next(iter(form.errors.items()))
        return refuse(request, status=400, field=field, text=f"{form.fields[field].label}：{texts[0]}")
    given = form.cleaned_data
    try:
        view = save_view(given["name"], given["query"], department=given["department"], by=user, now=now)
    except Refused as error:
        return refuse(request, status=error.status, field=error.field, text=error.message)
    if given["first"]:
        open_with(view, by=user)
    tags = f"undo:{reverse('orders_view_remove', args=[view.pk])}"
    messages.success(request, _("已存为视图“%(name)s”") % {"name": view.name}, extra_tags=tags)
    return redirect(address(view))


def address(view: SavedView) -> str:
    return f"{reverse('orders')}?{view.query}&view={view.pk}"


def _find(request: HttpRequest, view_id: int, *, gone: bool = False) -> SavedView:
    """A view in sight; a removed one only for its owner."""
    user = user_of(request)
    if gone:
        return get_object_or_404(SavedView, pk=view_id, owner=user)
    return get_object_or_404(SavedView.objects.visible_to(user, now=timezone.now()), pk=view_id)


@login_required
@require_POST
@once_per_key
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    view = _find(request, view_id)
    try:
        remove_view(view, by=user_of(request), now=timezone.now())
    except NotAllowed as error:
        raise PermissionDenied(error.message) from error
    tags = f"undo:{reverse('orders_view_restore', args=[view.pk])}"
    messages.success(request, _("已删除视图“%(name)s”") % {"name": view.name}, extra_tags=tags)
    return redirect("orders")


@login_required
@require_POST
@once_per_key
def restore(request: HttpRequest, view_id: int) -> HttpResponse:
    view = _find(request, view_id, gone=True)
    try:
        restore_view(view, by=user_of(request))
    except Refused as error:
        return refuse(request, status=error.status, field=error.field, text=error.message)
    messages.success(request, _("已恢复视图“%(name)s”") % {"name": view.name})
    return redirect(address(view))


@login_required
@require_POST
@once_per_key
def first(request: HttpRequest, view_id: int) -> HttpResponse:
    """The list opens with this view from now on; once more, and it no longer does."""
    user = user_of(request)
    view = _find(request, view_id)
    on = request.POST.get("first") == "on"
    open_with(view if on else None, by=user)
    text = _("打开列表时先看“%(name)s”") if on else _("打开列表时不再先看“%(name)s”")
    messages.success(request, text % {"name": view.name})
    return redirect(address(view))
