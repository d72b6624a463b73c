"""A restoration that was none, taken back: its step, clocks, answers and call-backs count no more (S0-R04, B10).

All under the outage's row lock, in the transaction of ``withdraw_restoration``; the event keeps what is removed.

* the final restoration step goes, its areas are dark again: the reliability figures follow;
* third clocks begun by it are void, posted or not; the next restoration starts them anew. A group that came back by an
  earlier partial restoration keeps its own;
* public announcements that ended with it stand again;
* callers already rung back are to be rung again;
* orders answered by it stay in call-back, held there until the outage gives its answer anew: with supply off, nobody is
  asked whether they are content. What is archived stays archived and is told so in its stream.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints import services as complaints
from complaints.models import Hold, Order
from complaints.vocabulary import State as OrderState
from outage.models import Announcement, Outage, OutageOrder, Posting
from outage.services.duties import owed_now
from outage.vocabulary import Slot
from people.models import User

SOURCE = "outage"  # an order hangs on one outage at most
BLOCKED = ("attempt_callback", "archive")


def take_back(outage: Outage, *, by: User, now: datetime) -> dict[str, Any]:
    """Undoes what the restoration left behind; returns what the event has to keep."""
    kept = _take_back_step(outage)
    _void_notices(outage, now)
    calls = list(outage.calls.filter(called_back_at__isnull=False).order_by("pk").values_list("call_id", flat=True))
    outage.calls.update(called_back_at=None, called_back_by=None, result="")
    held, archived = _hold_orders(outage, by, now)
    return kept | {"calls": calls, "held": held, "archived": archived}


def _take_back_step(outage: Outage) -> dict[str, Any]:
    final = outage.restoration_steps.filter(is_final=True).first()
    if final is None:
        return {}
    outage.areas.filter(area_id__in=final.area_ids).update(restored_at=None)
    live = Announcement.objects.filter(outage=outage, withdrawn_at__isnull=True).values_list("medium", flat=True)
    ended = Announcement.objects.filter(outage=outage, withdrawn_at=final.recorded_at)
    ended.exclude(medium__in=list(live)).update(withdrawn_at=None)
    kept = {"step": {"at": final.at.isoformat(), "households": final.households, "areas": final.area_ids}}
    final.delete()
    return kept


def _void_notices(outage: Outage, now: datetime) -> None:
    owed = owed_now(outage)
    rows = outage.notices.filter(slot=Slot.RESTORATION, void_at__isnull=True)
    void = [row.pk for row in rows if (row.group_id, row.slot) not in owed]
    outage.notices.filter(pk__in=void).update(void_at=now, next_at=None)
    told = Posting.objects.filter(notice__in=void, void_at__isnull=True)
    told.filter(posted_at__isnull=True, failed_at__isnull=True).update(failed_at=now, failure=_("送电已撤回"))
    told.update(void_at=now)


def _hold_orders(outage: Outage, by: User, now: datetime) -> tuple[list[str], list[str]]:
    links = OutageOrder.objects.filter(outage=outage, answered_at__isnull=False, order__isnull=False)
    held, archived = [], []
    reason = _("停电 %s 的送电已撤回，恢复送电并重新答复后再回访") % outage.number
    for order in list(Order.objects.filter(outage_link__in=links).order_by("pk")):
        if order.state == OrderState.CALLBACK:
            for blocks in BLOCKED:
                complaints.place_hold(order, blocks=blocks, reason=reason, source=SOURCE, by=by, now=now)
            held.append(order.number)
        elif order.state == OrderState.ARCHIVED:
            text = _("停电 %s 的送电已撤回：当时的答复与实际不符，请联系客户说明") % outage.number
            complaints.note(order, "outage_withdrawn", by=by, now=now, text=text)
            archived.append(order.number)
    links.filter(order__number__in=held).update(answered_at=None)
    return held, archived


def held_orders(outage: Outage) -> list[Order]:
    """Orders in call-back that wait for the outage's new answer."""
    live = Hold.objects.filter(source=SOURCE, released_at__isnull=True, order__outage_link__outage=outage)
    return list(Order.objects.filter(pk__in=live.values("order_id"), state=OrderState.CALLBACK).order_by("pk"))


def answer_again(outage: Outage, *, text: str, by: User, now: datetime) -> list[Order]:
    """Supply is back indeed: the held orders get the new answer and may be called back."""
    orders = held_orders(outage)
    for order in orders:
        complaints.note(order, "outage_answer", by=by, now=now, text=text)
    let_go(outage, by=by, now=now)
    return orders


def let_go(outage: Outage, *, by: User, now: datetime) -> None:
    """Nothing of this outage keeps its orders any more."""
    for order in Order.objects.filter(outage_link__outage=outage, holds__source=SOURCE).distinct().order_by("pk"):
        for blocks in BLOCKED:
            complaints.release_hold(order, blocks=blocks, source=SOURCE, by=by, now=now)
