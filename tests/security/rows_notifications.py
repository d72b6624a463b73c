"""Rows the message pages of the security tests name: one undelivered, one in an inbox, a channel, an open link."""

from datetime import datetime
from typing import Any

from complaints.models import Order
from notifications import keys
from notifications.expand import new_delivery
from notifications.models import Endpoint, Message
from notifications.survey import invite
from notifications.vocabulary import DeliveryState, Stream
from people.models import User


def notification_rows(admin: User, order: Order, now: datetime) -> dict[str, Any]:
    endpoint = Endpoint.objects.create(
        channel="webhook",
        name="调度系统",
        topics=["outage"],
        config={"url": "https://oapi.dingtalk.com/hook"},
        secret=keys.seal({"secret": "kept-secret"}),
        saved_at=now,
    )
    times = {"created_at": now, "due_at": now}
    told = Message.objects.create(code="system.backlog", key="test:1", stream=Stream.SYSTEM, **times)
    asked = Message.objects.create(code="customer.satisfaction", key="test:2", order=order, **times)
    dead = new_delivery(told, "webhook", "消息发送积压", "有 3 条", now=now)
    dead.endpoint, dead.recipient, dead.state, dead.reason = endpoint, admin, DeliveryState.DEAD, "对方出错（500）"
    dead.save()
    inbox = new_delivery(told, "inbox", "消息发送积压", "有 3 条", now=now)
    inbox.recipient, inbox.state, inbox.sent_at, inbox.ack_required = admin, DeliveryState.SENT, now, True
    inbox.save()
    invite(asked, order, now=now)
    token = keys.link_token(asked.pk)
    return {"delivery": dead.pk, "endpoint": endpoint.pk, "inbox": inbox.pk, "token": token}
