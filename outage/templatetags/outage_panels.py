"""What pages of other apps show of outages: one line each (``{% load outage_panels %}``)."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from complaints.models import Order
from customers.models import Customer
from outage.models import Outage, OutageOrder, Suggestion
from outage.queries import dark_at, told
from outage.services.callers import ABOUT_SUPPLY
from outage.texts import script_of
from outage.vocabulary import SuggestionStatus

register = template.Library()


@register.inclusion_tag("outage/_hint.html", takes_context=True)
def outage_hint(context: Context, about: Order | Customer | None) -> dict[str, Any]:
    """The outage an order is tied to, or the one the customer's area stands in now: cause, time, script (S4-R19); else
    that several calls came from there. Nothing where there is nothing to say."""
    now = context["now"]
    link = _link_of(about) if isinstance(about, Order) else None
    found: list[Outage] = [link.outage] if link else []
    # An order that is over, or is not about the supply, needs no hint of what runs now.
    fits = not isinstance(about, Order) or (about.is_open and about.category in ABOUT_SUPPLY)
    customer = (about.customer if isinstance(about, Order) else about) if fits and not found else None
    area_id = customer.area_id if customer is not None else None
    suggested = None
    if area_id is not None:
        found = dark_at(area_id, now)
        open_ones = Suggestion.objects.filter(area=area_id, status=SuggestionStatus.OPEN).select_related("area")
        suggested = None if found else open_ones.first()
    return {
        "lines": [(one, told(one, now=now), script_of(one), reverse("outage", args=[one.number])) for one in found],
        "linked": link is not None,
        "suggested": suggested,
    }


def _link_of(order: Order) -> OutageOrder | None:
    rows = OutageOrder.objects.select_related("outage__policy", "outage__station")
    return rows.filter(order=order).first()
