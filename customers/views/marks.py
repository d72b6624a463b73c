"""Editing what only few may know: vulnerable flags, the important-user register, the sensitive-user list."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import marks, services
from customers.forms import ImportantForm, SensitiveForm, VulnerableForm
from customers.guard import SignedIn, guarded
from customers.models import Customer
from customers.views.register import customer_or_404
from people.idempotency import once_per_key

Forms = dict[str, BaseForm]


def _forms(customer: Customer, request: SignedIn, now: datetime, data: Any = None, bound: str = "") -> Forms:
    """The three forms of the page, one of them with what was sent."""
    known = marks.marks_of(customer, user=request.user, now=now)
    if known is None:
        raise Http404(customer.account_no)

    def sent(name: str) -> Any:
        return data if name == bound else None

    flags = {
        "kinds": [flag.kind for flag in known.vulnerable],
        "note": known.vulnerable[0].note if known.vulnerable else "",
    }
    return {
        "vulnerable": VulnerableForm(sent("vulnerable"), initial=flags, prefix="vulnerable"),
        "important": ImportantForm(sent("important"), instance=known.important, prefix="important"),
        "sensitive": SensitiveForm(sent("sensitive"), instance=known.sensitive, prefix="sensitive"),
    }


@guarded
@require_GET
def edit(request: SignedIn, account_no: str) -> HttpResponseBase:
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    services.must_edit(customer, by=request.user, now=now)
    return render(request, "customers/marks.html", {"customer": customer, "forms": _forms(customer, request, now)})


@guarded
@require_POST
@once_per_key
def save(request: SignedIn, account_no: str, which: str) -> HttpResponseBase:
    """Writes one of the three forms; ``end`` in the form takes the customer off that register."""
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    services.must_edit(customer, by=request.user, now=now)
    forms = _forms(customer, request, now, request.POST, which)
    if which not in forms:
        raise Http404(which)
    ending = "end" in request.POST and which in _REGISTERS
    form = forms[which]
    if not ending and not form.is_valid():
        context = {"customer": customer, "forms": forms, "refused": form}
        return render(request, "customers/marks.html", context, status=400)
    if which in _REGISTERS:
        values = None if ending else dict(form.cleaned_data)
        _REGISTERS[which](customer, values=values, by=request.user, now=now, request=request)
    else:
        marks.set_vulnerable(customer, **form.cleaned_data, by=request.user, now=now, request=request)
    messages.success(request, _("已保存"))
    return redirect("customer", account_no=customer.account_no)


_REGISTERS: dict[str, Callable[..., None]] = {"important": marks.set_important, "sensitive": marks.set_sensitive}
