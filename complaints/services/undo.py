"""Taking an act back: only for acts with a declared inverse, only by their doer, only at once (DESIGN principle 5).

Nothing is removed from the stream: the inverse is an event of its own that names the one it takes back.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.errors import NotAllowed, NotNow
from complaints.models import Order, OrderEvent
from complaints.services.door import changes_since, describe
from complaints.services.events import announce, write_event
from complaints.steps import STEPS
from people import audit
from people.models import User

# Eight seconds are shown; the toast's clock stands still under the pointer, and the way here takes its time.
UNDO_FOR = timedelta(seconds=30)
UNDO = "undo"


def _handler_before(order: Order, data: Mapping[str, Any]) -> None:
    change = data.get("handler_id")
    if change:
        order.handler_id = change["from"]


def _untake(order: Order, data: Mapping[str, Any]) -> None:
    order.accepted_at = None
    _handler_before(order, data)


INVERSES: dict[str, Callable[[Order, Mapping[str, Any]], None]] = {
    "accept": _untake,
    "assign_handler": _handler_before,
}


def has_inverse(name: str) -> bool:
    return name in INVERSES


@transaction.atomic
def undo(order: Order, *, seq: int, by: User, now: datetime) -> Order:
    """Takes the act of that event back. Raises NotAllowed (403) for another's act or one that has left view, NotNow
    (409) when it is too late, has been done already, or somebody has gone on from it."""
    order = Order.objects.select_for_update().get(pk=order.pk)
    event = order.events.filter(seq=seq).first()
    if event is None or event.by_id != by.pk or not has_inverse(event.name):
        raise NotAllowed(_("只能撤销自己刚做的接单或指派。"))
    if not Order.objects.visible_to(by, now=now).filter(pk=order.pk).exists():
        raise NotAllowed(_("工单不在您的查看范围内。"))
    later = list(order.events.filter(seq__gt=seq).exclude(by=None).select_related("by").order_by("seq"))
    if later:
        raise NotNow(_("之后已有新的办理，不能撤销。"), changes=[_line(one) for one in later])
    if now - event.at > UNDO_FOR:
        raise NotNow(_("已超过可以撤销的时间，请按需要重新办理。"), changes=changes_since(order, None))
    INVERSES[event.name](order, event.data)
    order.version += 1
    order.event_seq += 1
    written = write_event(
        order,
        UNDO,
        by=by,
        now=now,
        text=_("撤销：%(what)s") % {"what": STEPS[event.name].past},
        data={"undoes": seq, "name": event.name},
        from_state=order.state,
        to_state=order.state,
    )
    order.updated_at = max(now, order.updated_at)
    order.save()
    audit.record(actor=by, action="order.undo", subject=order, now=now, detail={"seq": written.seq, "undoes": seq})
    announce([order.pk], UNDO, now=now)
    return order


def _line(event: OrderEvent) -> str:
    return describe(event)
