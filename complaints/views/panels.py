"""Fragments of the intake page, asked for while the agent types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from complaints.forms import IntakeForm
from complaints.name_words import unfit_words, words_for
from complaints.services.faults import record_consent
from complaints.views.access import desk_required, user_of
from complaints.views.intake_page import caller_context, categories, fill, find_caller, news_context, route_context
from customers import phones
from customers.models import Customer
from people import audit
from people.idempotency import once_per_key
from people.reading import reading
from policy import rulebook


def _typed(request: HttpRequest) -> IntakeForm:
    """What stands in the form now, unchecked."""
    return IntakeForm(initial=request.POST.dict(), now=timezone.now())


@reading()
@desk_required
@require_POST
def caller(request: HttpRequest) -> HttpResponse:
    """Who is calling: customer, history, running matters; POST, so that no number stands in a log."""
    form = _typed(request)
    now = form.now
    context = caller_context(request, form, now=now) | {"swap": True, "searched": True, "form": form}
    found: Customer | None = context["customer"]
    context["filled"] = fill(form, found) if found else []
    if found and context["filled"]:
        # The form now shows unmasked data of a customer: who looked whom up stays on record (S2-R13).
        audit.record(actor=user_of(request), action="customer.fill", subject=found, now=now, request=request)
    context |= {
        "urls": {"caller": reverse("intake_caller"), "name": reverse("intake_name")},
        "name_words": words_for(str(form.current("caller_name") or (found.name if found else ""))),
        "now": now,
        "today": timezone.localdate(now),
    }
    response = render(request, "complaints/_caller.html", context)
    if any(one.name == "station" for one in context["filled"]):
        response["HX-Trigger-After-Settle"] = "stationFilled"  # the station may lead: the route is asked again
    return response


@desk_required
@require_safe
def route_panel(request: HttpRequest) -> HttpResponse:
    """Department, copies and due date for what is chosen so far (DESIGN principle 4)."""
    now = timezone.now()
    form = IntakeForm(initial=request.GET.dict(), now=now)
    form.offer_subcategories(form.current("category"))
    book = rulebook.current()
    context = route_context(form, book, now)
    context |= {
        "form": form,
        "leads": categories(form, book, now),
        "swap": "redraw" in request.GET,
        "urls": {"route": reverse("intake_route")},
        "today": timezone.localdate(now),
        "told_swap": True,
    }
    return render(request, "complaints/_route.html", context)


@reading()
@desk_required
@require_POST
def similar_panel(request: HttpRequest) -> HttpResponse:
    """What is running already, asked again as the words grow (B11, S1-R29)."""
    form = _typed(request)
    user = user_of(request)
    found, _several = find_caller(form, user, form.now)
    return render(request, "complaints/_news.html", news_context(form, found, user, form.now))


@reading()
@desk_required
@require_POST
def name_panel(request: HttpRequest) -> HttpResponse:
    """How to check the name with the caller, and whether the agent's own words may be said (S4-R14)."""
    form = _typed(request)
    context = {
        "name_words": words_for(str(form.current("caller_name"))[:64]),
        "unfit": unfit_words(str(form.current("name_note"))[:60]),
    }
    return render(request, "complaints/_name_aid.html", context)


@desk_required
@require_POST
@once_per_key
def consent(request: HttpRequest) -> HttpResponse:
    """The caller agreed to a charged repair: stored now, before there is an order (S4-R18)."""
    form = _typed(request)
    phone = form.phone_digits()[: phones.LONGEST_NUMBER]
    stored = record_consent(by=user_of(request), now=form.now, phone=phone)
    return render(request, "complaints/_consent.html", {"consent": stored})
