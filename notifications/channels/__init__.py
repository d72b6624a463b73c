"""The channels there are: one file each, one line here."""

from notifications.channels import call, dingtalk_robot, inbox, sms, smtp, webhook, wecom_app, wecom_robot
from notifications.channels.base import Channel

CHANNELS: dict[str, Channel] = {
    one.CHANNEL.code: one.CHANNEL for one in (inbox, wecom_app, sms, smtp, wecom_robot, dingtalk_robot, webhook, call)
}
# Those an operator sets up.
CONFIGURED: dict[str, Channel] = {code: one for code, one in CHANNELS.items() if one.fields}

__all__ = ["CHANNELS", "CONFIGURED", "Channel"]
