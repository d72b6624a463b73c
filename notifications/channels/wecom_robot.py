"""企业微信群机器人: markdown, text and picture by the group's webhook (public form of the developer centre)."""

import base64
import hashlib
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from notifications.channels.answers import expect_errcode_zero, post_json
from notifications.channels.base import Channel, Field, Line, Outgoing, Receipt, clip
from notifications.transport import PICTURE_BODY

URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
MARKDOWN_BYTES, TEXT_BYTES = 4096, 2048
BUSY = frozenset({-1, 45009, 45033, 50001})  # system busy, too often, too many at once
SAFE = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>#"})


def send(line: Line, message: Outgoing) -> Receipt:
    url = f"{line.of('url') or URL}?key={quote(line.of('key'), safe='')}"
    if message.picture:
        digest = hashlib.md5(message.picture, usedforsecurity=False).hexdigest()
        picture = {"base64": base64.b64encode(message.picture).decode(), "md5": digest}
        found = post_json(line, url, {"msgtype": "image", "image": picture}, most=PICTURE_BODY)
        expect_errcode_zero(found, BUSY)
    if line.of("form") == "text":
        content = clip(f"{message.subject}\n{message.text}", TEXT_BYTES)
        found = post_json(line, url, {"msgtype": "text", "text": {"content": content}})
    else:
        mark = '<font color="warning">' if message.urgent else ""
        end = "</font>" if message.urgent else ""
        content = f"**{mark}{message.subject.translate(SAFE)}{end}**\n{message.text}"
        found = post_json(line, url, {"msgtype": "markdown", "markdown": {"content": clip(content, MARKDOWN_BYTES)}})
    expect_errcode_zero(found, BUSY)
    return Receipt()


CHANNEL = Channel(
    "wecom_robot",
    _("企业微信群机器人"),
    send,
    fields=(
        Field("key", _("机器人 key"), secret=True, help=_("群机器人地址里 key= 之后的部分")),
        Field("form", _("形式"), default="markdown", choices=(("markdown", "Markdown"), ("text", _("纯文本")))),
        Field("url", _("地址"), required=False, default=URL),
    ),
    group=True,
    per_minute=18,
    pictures=True,
    most_bytes=TEXT_BYTES - 200,
    about=_("发到一个企业微信群；每分钟最多 18 条，多了并成一条汇总"),
)
