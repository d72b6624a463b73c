"""Finding a customer, reading it masked, revealing with a reason, changing it."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customers import marks, permissions, queries, services
from customers.errors import CustomerError, NotAllowed
from customers.forms import BrowseForm, CustomerForm, PhoneForm, RevealForm, SearchForm
from customers.guard import SignedIn, guarded
from customers.models import Customer
from people.idempotency import once_per_key
from people.models import User


def customer_or_404(account_no: str, *, user: User, now: datetime) -> Customer:
    """The customer if it is in the user's view; unknown and out of view look alike."""
    found = queries.find_by_account(account_no, within=Customer.objects.all().visible_to(user, now=now))
    if found is None:
        raise Http404(account_no)
    return found


@guarded
@require_GET
def index(request: SignedIn) -> HttpResponseBase:
    """The list by account number, page after page, optionally of one station."""
    now = timezone.now()
    form = BrowseForm(request.GET, user=request.user, now=now)
    unknown = set(request.GET) - set(form.fields)
    if unknown or not form.is_valid():
        field = min(unknown) if unknown else next(iter(form.errors))
        raise CustomerError(
            _("地址里的参数“%(field)s”无法识别，请从客户页重新进入") % {"field": field[:30]}, field=field
        )
    station = form.cleaned_data["station"]
    within = Customer.objects.all().visible_to(request.user, now=now)
    rows, following = queries.page_of(
        within.filter(station=station) if station else within, after=form.cleaned_data["after"]
    )
    older = "?" + urlencode({"station": station.pk if station else "", "after": following}) if following else ""
    return render(request, "customers/index.html", _listed(request, now, rows, form=form, older=older))


@guarded
@require_http_methods(["GET", "POST"])
def search(request: SignedIn) -> HttpResponseBase:
    """Search by telephone, tail, account number, name or address; by POST, so that no number stands in an address."""
    if request.method == "GET":
        return redirect("customers")
    now = timezone.now()
    form = SearchForm(request.POST)
    rows: list[Customer] = []
    if form.is_valid():
        within = Customer.objects.all().visible_to(request.user, now=now)
        rows = queries.search(form.cleaned_data["q"], within=within, limit=queries.MOST_HITS + 1)
    context = _listed(request, now, rows[: queries.MOST_HITS], search=form)
    context |= {"searched": form.is_valid(), "more": len(rows) > queries.MOST_HITS}
    name = "customers/_rows.html" if request.htmx else "customers/index.html"
    return render(request, name, context, status=200 if form.is_valid() else 400)


def _listed(request: SignedIn, now: datetime, rows: list[Customer], **more: object) -> dict[str, object]:
    return {
        "rows": rows,
        "search": SearchForm(),
        "form": BrowseForm(user=request.user, now=now),
        "may_import": permissions.may_import(request.user, now=now),
        "most": queries.MOST_HITS,
        **more,
    }


@guarded
@require_GET
def detail(request: SignedIn, account_no: str) -> HttpResponseBase:
    """One customer, masked; restricted marks only for those who may know of them."""
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    return render(request, "customers/detail.html", _shown(request, customer, now))


@guarded
@require_POST
def reveal(request: SignedIn, account_no: str) -> HttpResponseBase:
    """Full values once, in this answer only, after the audit row was written in the same transaction."""
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    if not permissions.revealing(request.user, now=now).covers(customer.station_id):
        raise NotAllowed(_("您只能查看隐去的资料"))
    form = RevealForm(request.POST)
    shown: dict[str, object] = {"reveal": form}
    if form.is_valid():
        values = marks.reveal(customer, **form.cleaned_data, by=request.user, now=now, request=request)
        shown = {"revealed": values, "reveal": RevealForm()}
    name = "customers/_identity.html" if request.htmx else "customers/detail.html"
    context = _shown(request, customer, now, **shown)
    return render(request, name, context, status=200 if form.is_valid() else 400)


@guarded
@require_http_methods(["GET", "POST"])
@once_per_key
def edit(request: SignedIn, account_no: str) -> HttpResponseBase:
    """Changes of place, class and (when typed anew) name and address."""
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    services.must_edit(customer, by=request.user, now=now)
    form = CustomerForm(request.POST or None, customer=customer, user=request.user, now=now)
    if request.method == "POST" and form.is_valid() and _saved(request, form, customer, now):
        messages.success(request, _("已保存客户资料"))
        return redirect("customer", account_no=customer.account_no)
    context = {"customer": customer, "form": form, "phone_form": PhoneForm()}
    return render(request, "customers/edit.html", context, status=400 if form.errors else 200)


def _saved(request: SignedIn, form: CustomerForm, customer: Customer, now: datetime) -> bool:
    """Saves; a refusal about one field goes to the form, every other one up to the page."""
    version = form.cleaned_data["version"]
    try:
        services.change_customer(
            customer, by=request.user, now=now, version=version, changes=form.changes(), request=request
        )
    except CustomerError as error:
        if error.field not in form.fields:
            raise
        form.add_error(error.field, error.message)
        return False
    return True


@guarded
@require_POST
@once_per_key
def add_phone(request: SignedIn, account_no: str) -> HttpResponseBase:
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    services.must_edit(customer, by=request.user, now=now)
    form = PhoneForm(request.POST)
    if not form.is_valid():
        edit_form = CustomerForm(customer=customer, user=request.user, now=now)
        context = {"customer": customer, "form": edit_form, "phone_form": form}
        return render(request, "customers/edit.html", context, status=400)
    services.add_phone(customer, **form.cleaned_data, by=request.user, now=now, request=request)
    messages.success(request, _("已添加电话"))
    return _back_to_edit(customer)


@guarded
@require_POST
@once_per_key
def remove_phone(request: SignedIn, account_no: str, phone_id: int) -> HttpResponseBase:
    now = timezone.now()
    customer = customer_or_404(account_no, user=request.user, now=now)
    services.remove_phone(customer, by=request.user, now=now, phone_id=phone_id, request=request)
    messages.success(request, _("已删除电话"))
    return _back_to_edit(customer)


def _back_to_edit(customer: Customer) -> HttpResponse:
    return redirect(reverse("customer_edit", args=[customer.account_no]))


def _shown(request: SignedIn, customer: Customer, now: datetime, **more: object) -> dict[str, object]:
    user = request.user
    return {
        "customer": customer,
        "marks": marks.marks_of(customer, user=user, now=now),
        "may_reveal": permissions.revealing(user, now=now).covers(customer.station_id),
        "may_edit": permissions.editing(user, now=now).covers(customer.station_id),
        "reveal": RevealForm(),
        **more,
    }
