"""站内消息: delivered by being written. There is nothing to hand over and nothing to configure."""

from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Channel, Line, Outgoing, Receipt


def send(line: Line, message: Outgoing) -> Receipt:
    return Receipt()


CHANNEL = Channel("inbox", _("站内消息"), send)
