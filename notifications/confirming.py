"""What 确认收到 also does: the deed the message asks for, where one tap is all it takes (S0-R01, S4-R21).

And the other way round: who did it on the page need not confirm the message as well.
"""

from datetime import datetime
from typing import Any

from complaints.errors import Refused
from complaints.models import HarassmentReport
from complaints.services.calls import acknowledge_harassment
from notifications.audience import Happened
from notifications.models import Delivery, Message
from outage.services.chain import acknowledge as acknowledge_level
from people.models import User

CHAIN = ("outage.chain_first", "outage.chain_sent", "outage.chain_reminded")
HARASSMENT = "call.harassment"


def carry_out(message: Message, *, by: User, now: datetime) -> bool:
    """Whether this person's word was the one that counted; somebody else may have been quicker."""
    try:
        if message.code in CHAIN and message.outage is not None:
            level = level_of(message)
            if level is not None:
                acknowledge_level(message.outage, level, by=by, now=now)
                return True
        if message.code == HARASSMENT:
            report = HarassmentReport.objects.filter(pk=message.data.get("call")).first()
            if report is not None:
                acknowledge_harassment(report, by=by, now=now)
                return True
    except Refused:
        return False
    return False


def chain_confirmed(outage_id: int, level: Any, by: User | None, *, now: datetime) -> None:
    """The level has taken note: its person's messages are confirmed, its other people's ask for nothing more."""
    rows = Delivery.objects.filter(
        message__outage_id=outage_id, message__code__in=CHAIN, ack_required=True, acknowledged_at__isnull=True
    ).select_related("message__outage", "message__outage_event")
    asked = [row.pk for row in rows if row.message and level_of(row.message) == level]
    found = Delivery.objects.filter(pk__in=asked)
    found.filter(recipient=by).update(acknowledged_at=now)
    found.exclude(recipient=by).update(ack_required=False)


def level_of(message: Message) -> int | None:
    return Happened(None, message.outage_event, outage=message.outage).level
