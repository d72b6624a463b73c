"""One act on many orders: each through the door as if it were the only one, each with its own result.

A refusal of one order rolls back that order alone. The run is stored in the same transaction, so that a repeated
request (``people.idempotency``) gets the same answer, and so that all of it can be taken back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.errors import Refused
from complaints.forms import FORMS
from complaints.models import BulkRun, Order, OrderEvent
from complaints.services.door import perform
from complaints.services.undo import has_inverse, undo
from people.models import User
from people.roles import DEPARTMENT_STAFF
from people.standing import standing

MOST = 100
Pick = tuple[str, int]  # number, version the reader saw


@dataclass(frozen=True)
class BulkAct:
    """``fields(order, by, given, today)``: the form's input for one order, from what was given for all."""

    name: str
    step: str
    past: str | Promise
    fields: Callable[[Order, User, str, date], dict[str, str]]


def _myself(order: Order, by: User, given: str, today: date) -> dict[str, str]:
    """Taken over, and by oneself where one works in the lead department."""
    mine = standing(by, today).departments(*DEPARTMENT_STAFF)
    return {"handler": by.username if order.lead_department_id in mine else ""}


def _named(order: Order, by: User, given: str, today: date) -> dict[str, str]:
    return {"handler": given}


BULK_ACTS = {
    act.name: act
    for act in (
        BulkAct("take", "accept", gettext_lazy("接单"), _myself),
        BulkAct("assign", "assign_handler", gettext_lazy("指派经办人"), _named),
    )
}


@transaction.atomic
def run_bulk(
    act: BulkAct, picks: Sequence[Pick], *, by: User, now: datetime, given: str = "", back: str = ""
) -> BulkRun:
    """Takes the step on each picked order; what is out of view is told as not found and nothing more."""
    today = timezone.localdate(now)
    numbers = [number for number, _version in picks]
    rows = Order.objects.visible_to(by, now=now).select_related("policy", "lead_department", "station", "subcategory")
    orders = {order.number: order for order in rows.filter(number__in=numbers)}
    # In key order, as all who lock several orders do.
    places = sorted(dict(picks).items(), key=lambda pick: orders[pick[0]].pk if pick[0] in orders else 0)
    results = []
    for number, version in places:
        order = orders.get(number)
        if order is None:
            results.append(_result(number, error=_("没有这张工单，或不在您的查看范围内")))
            continue
        fields = act.fields(order, by, given, today) | {"version": str(version)}
        results.append(_one(order, act.step, fields, by, now))
    return BulkRun.objects.create(act=act.name, by=by, at=now, back=back[:1000], results=results)


def _one(order: Order, step: str, fields: dict[str, str], by: User, now: datetime) -> dict[str, Any]:
    form = FORMS[step](fields, order=order, by=by, now=now)
    if not form.is_valid():
        return _result(order.number, error=" ".join(str(text) for texts in form.errors.values() for text in texts))
    try:
        with transaction.atomic():
            done = perform(order, step, by=by, now=now, version=form.cleaned_data.get("version"), **form.details())
    except Refused as error:
        return _result(order.number, error="；".join([error.message, *error.changes]))
    seq = OrderEvent.objects.filter(order=done, name=step).order_by("-seq").values_list("seq", flat=True)[0]
    return _result(order.number, seq=seq)


def _result(number: str, *, seq: int | None = None, error: str = "") -> dict[str, Any]:
    return {"number": number, "seq": seq, "error": error}


def may_be_undone(run: BulkRun) -> bool:
    return run.undone_at is None and bool(run.done) and has_inverse(BULK_ACTS[run.act].step)


@transaction.atomic
def undo_bulk(run: BulkRun, *, by: User, now: datetime) -> list[dict[str, Any]]:
    """Takes back what was done, order by order; what somebody has gone on from stays and is told. Once only."""
    run = BulkRun.objects.select_for_update().get(pk=run.pk, by=by)
    if not may_be_undone(run):
        return []
    numbers = [str(row["number"]) for row in run.done]
    orders = {order.number: order for order in Order.objects.visible_to(by, now=now).filter(number__in=numbers)}
    results = []
    for row in run.done:
        order = orders.get(str(row["number"]))
        try:
            with transaction.atomic():
                if order is None:
                    raise Refused(_("没有这张工单，或不在您的查看范围内"))
                undo(order, seq=int(str(row["seq"])), by=by, now=now)
        except Refused as error:
            results.append(_result(str(row["number"]), error=error.message))
        else:
            results.append(_result(str(row["number"])))
    run.undone_at = now
    run.save(update_fields=["undone_at"])
    return results
