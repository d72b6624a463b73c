"""The tabs over the message pages: each person sees those that are his."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications.permissions import may_call, may_read_log, may_set_up
from people.standing import Standing


class Tab(NamedTuple):
    url: str
    label: str
    current: bool


ALL = (
    ("message_trouble", _("未送达"), may_read_log),
    ("message_calls", _("人工电话"), may_call),
    ("message_log", _("投递记录"), may_read_log),
    ("message_channels", _("消息通道"), may_set_up),
    ("message_texts", _("消息模板"), may_set_up),
)


def tabs(held: Standing, here: str) -> list[Tab]:
    return [Tab(reverse(name), str(label), name == here) for name, label, rule in ALL if rule(held)]
