"""人工电话: the last resort. A row on the list of calls until somebody has rung and says so; no network at all."""

from django.utils.translation import gettext_lazy as _

from notifications.channels.base import Channel, Line, Outgoing, Permanent, Receipt


def send(line: Line, message: Outgoing) -> Receipt:
    raise Permanent(str(_("人工电话由值班人员办理")))


CHANNEL = Channel("call", _("人工电话"), send)
