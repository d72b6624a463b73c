"""The company tree: departments, their contacts and their dated headcount."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from people import permissions, services
from people.forms.company import ContactForm, DepartmentEditForm, DepartmentForm, HeadcountForm
from people.guard import SignedIn, applied, held, saved, signed_in, today
from people.idempotency import once_per_key
from people.models import Assignment, Department
from people.queries import department_or_404, department_posts, visible_departments
from people.roles import HEADS, Role
from people.standing import contacts, department_tree, departments_without_contact, headcount, holders


@signed_in
@require_GET
def departments(request: SignedIn) -> HttpResponseBase:
    """The tree with heads, contacts and headcount of the day, and the list of what is missing (S4-R03)."""
    seen = {row.pk: row for row in visible_departments(held(request))}
    permissions.require(bool(seen))
    on = today()
    named = contacts(seen, on)
    heads = _heads(list(seen))
    rows = [
        {"node": node, "department": seen[node.id], "heads": heads.get(node.id, []), "contacts": named[node.id]}
        for node in department_tree().nodes.values()
        if node.id in seen
    ]
    context = {
        "rows": rows,
        "missing": [item for item in departments_without_contact(on) if item.department.pk in seen],
        "may_manage": permissions.may_manage_people(held(request)),
    }
    return render(request, "people/departments.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
@once_per_key
def department_new(request: SignedIn) -> HttpResponseBase:
    permissions.require(permissions.may_manage_people(held(request)))
    form = DepartmentForm(request.POST) if request.method == "POST" else DepartmentForm()
    if form.is_bound and form.is_valid():
        now = timezone.now()
        made = applied(form, lambda: services.create_department(by=request.user, now=now, **form.cleaned_data))
        if made:
            messages.success(request, _("已新建部门，请继续指定联系人"))
            return redirect("department", made.code)
    return render(request, "people/department_new.html", {"form": form}, status=400 if form.is_bound else 200)


@signed_in
@require_GET
def department(request: SignedIn, code: str) -> HttpResponseBase:
    return _page(request, department_or_404(held(request), code))


@signed_in
@require_POST
@once_per_key
def department_edit(request: SignedIn, code: str) -> HttpResponseBase:
    found = department_or_404(held(request), code)
    permissions.require(permissions.may_manage_people(held(request)))
    form = DepartmentEditForm(request.POST, prefix="edit")
    now = timezone.now()
    if form.is_valid() and saved(
        form, lambda: services.update_department(found, by=request.user, now=now, **form.cleaned_data)
    ):
        messages.success(request, _("部门资料已保存"))
        return redirect("department", code)
    return _page(request, found, edit=form)


@signed_in
@require_POST
@once_per_key
def department_headcount(request: SignedIn, code: str) -> HttpResponseBase:
    """B16: a number from a day on; never for a day that has ended."""
    found = department_or_404(held(request), code)
    permissions.require(permissions.may_manage_people(held(request)))
    form = HeadcountForm(request.POST, prefix="headcount")
    now = timezone.now()
    if form.is_valid() and saved(
        form, lambda: services.set_headcount(found, by=request.user, now=now, **form.cleaned_data)
    ):
        messages.success(request, _("人数已登记"))
        return redirect("department", code)
    return _page(request, found, headcount_form=form)


@signed_in
@require_POST
@once_per_key
def department_contact(request: SignedIn, code: str) -> HttpResponseBase:
    """S4-R03: names a ticket contact or backup; by the head of the department or the administrator."""
    found = department_or_404(held(request), code)
    may = permissions.may_assign(held(request), role=Role.TICKET_CONTACT, department_id=found.pk, substitute=False)
    permissions.require(may)
    form = ContactForm(request.POST, prefix="contact")
    if form.is_valid() and saved(form, lambda: _name_contact(request, found, dict(form.cleaned_data))):
        messages.success(request, _("联系人已指定"))
        return redirect("department", code)
    return _page(request, found, contact=form)


def _name_contact(request: SignedIn, found: Department, values: dict[str, Any]) -> Assignment:
    person = values.pop("user")
    now = timezone.now()
    return services.assign(person, by=request.user, now=now, role=Role.TICKET_CONTACT, department=found, **values)


def _heads(department_ids: list[int]) -> dict[int, list[str]]:
    on = today()
    found: dict[int, list[str]] = {}
    for person in holders(*HEADS, on=on, department_ids=department_ids).prefetch_related("assignments"):
        for post in person.assignments.all():
            if post.role in HEADS and post.covers(on):
                found.setdefault(post.department_id, []).append(person.name)
    return found


def _page(request: SignedIn, found: Department, **bound: Any) -> HttpResponseBase:
    """The department's page; ``bound`` carries the one form that was refused."""
    on = today()
    edit = {name: getattr(found, name) for name in ("name", "kind", "parent", "phone", "position", "is_active")}
    context = {
        "department": found,
        "posts": department_posts(found, on=on),
        "headcounts": found.headcounts.select_related("recorded_by")[:20],
        "headcount": headcount(found.pk, on),
        "missing": [item for item in departments_without_contact(on) if item.department.pk == found.pk],
        "may_manage": permissions.may_manage_people(held(request)),
        "may_name": permissions.may_assign(
            held(request), role=Role.TICKET_CONTACT, department_id=found.pk, substitute=False
        ),
        "contact": ContactForm(prefix="contact", initial={"valid_from": on}),
        "edit": DepartmentEditForm(prefix="edit", initial=edit),
        "headcount_form": HeadcountForm(prefix="headcount", initial={"valid_from": on}),
        **bound,
    }
    return render(request, "people/department.html", context, status=400 if request.method == "POST" else 200)
