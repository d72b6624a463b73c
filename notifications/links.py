"""The page a message is about: an approval, an order, an outage, a plan, a disconnection, a report, the duty desk."""

from django.urls import reverse

from notifications.audience import Happened


def path_of(it: Happened) -> str:
    """Its path; the inbox where it is about nothing of its own."""
    approval = it.fact("approval")
    if it.order is not None and isinstance(approval, int):
        return reverse("approval", args=[approval])
    if it.order is not None:
        return reverse("order", args=[it.order.number])
    if it.outage is not None:
        return reverse("outage", args=[it.outage.number])
    if it.plan is not None:
        return reverse("plan", args=[it.plan.pk])
    if it.cut is not None:
        return reverse("disconnection", args=[it.cut.pk])
    return _without_subject(it)


def _without_subject(it: Happened) -> str:
    """``data["page"]`` is a path the writer of the message gave, as for reports, which this app does not know."""
    page = it.data.get("page")
    if isinstance(page, str) and page.startswith("/") and not page.startswith("//"):
        return page
    return reverse("intake_duty") if "call" in it.data else reverse("inbox")
