"""What the operations of this folder share: who asks, the order with all its rows, the order as that reader sees it."""

from datetime import datetime
from typing import Any, cast

from django.db.models import Prefetch, Q
from django.utils.functional import SimpleLazyObject
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from complaints.display import acts_for
from complaints.lists import Reader, reader_of
from complaints.models import Contact, Feedback, Investigation, Order, OrderDepartment, OrderQuerySet, SubAssignment
from complaints.serializers import OrderOut
from complaints.views.access import user_of
from people.idempotency import KEY_HEADER
from people.roles import HOTLINE
from policy import rulebook
from policy.rulebook import Rulebook

REQUEST_KEY = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "pattern": r"^[A-Za-z0-9_.:-]{8,64}$"},
    OpenApiParameter.HEADER,
    description="One key, one effect: the same request again gets the first answer; kept 48 hours.",
)


def reader_for(request: Request, now: datetime) -> Reader:
    """Who asks. The rule book is opened by whoever needs it: most lists do not."""
    book = cast(Rulebook, SimpleLazyObject(rulebook.current))
    return reader_of(user_of(request._request), now=now, book=book)


def with_everything() -> OrderQuerySet:
    """The order and all its rows in one query per kind of row."""
    return Order.objects.select_related(
        "station", "lead_department", "handler", "subcategory", "registered_by", "policy"
    ).prefetch_related(
        "demands",
        "holds",
        Prefetch("parts", OrderDepartment.objects.select_related("department").order_by("pk")),
        Prefetch("sub_assignments", SubAssignment.objects.select_related("department").order_by("pk")),
        Prefetch("investigations", Investigation.objects.select_related("by")),
        Prefetch("feedbacks", Feedback.objects.select_related("department", "submitted_by")),
        Prefetch("contacts", Contact.objects.select_related("by")),
    )


def shown(found: Order, reader: Reader, *, in_view: bool = True) -> Any:
    named = [pk for pk in (found.master_id, found.original_id) if pk]
    others = Order.objects.visible_to(reader.user, now=reader.now).filter(pk__in=named)
    if found.original_id and not reader.who.has(*HOTLINE):
        # That an order repeats another one tells who the concealed caller of either is (A27).
        concealed = Q() if found.conceals_caller else Q(hide_caller=True) | Q(anonymous=True)
        others = others.exclude(concealed, pk=found.original_id)
    acts = acts_for(found, by=reader.user, now=reader.now, book=reader.book, held=found.holds.all()) if in_view else []
    linked = dict(others.values_list("pk", "number")) if named else {}
    return OrderOut(found, context={"reader": reader, "linked": linked, "acts": acts}).data
