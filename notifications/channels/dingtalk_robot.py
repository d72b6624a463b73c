"""钉钉群机器人, signed: the public form of DingTalk's custom robot with 加签."""

import base64
import hashlib
import hmac
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from notifications.channels.answers import expect_errcode_zero, post_json
from notifications.channels.base import Channel, Field, Line, Outgoing, Receipt, clip

URL = "https://oapi.dingtalk.com/robot/send"
MOST = 16_000
BUSY = frozenset({-1, 130101, 410100, 90018})  # busy, sending too fast, rate of the enterprise


def signature(stamp: int, secret: str) -> str:
    """base64(HMAC-SHA256(secret, "stamp\\nsecret")), ``stamp`` in milliseconds."""
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def send(line: Line, message: Outgoing) -> Receipt:
    stamp = int(line.now().timestamp() * 1000)
    signed = quote(signature(stamp, line.of("secret")), safe="")
    url = f"{line.of('url') or URL}?access_token={quote(line.of('token'), safe='')}&timestamp={stamp}&sign={signed}"
    text = clip(f"#### {message.subject}\n\n{message.text}", MOST)
    body = {"msgtype": "markdown", "markdown": {"title": clip(message.subject, 200), "text": text}}
    expect_errcode_zero(post_json(line, url, body), BUSY)
    return Receipt()


CHANNEL = Channel(
    "dingtalk_robot",
    _("钉钉群机器人"),
    send,
    fields=(
        Field("token", _("access_token"), secret=True, help=_("机器人地址里 access_token= 之后的部分")),
        Field("secret", _("加签密钥"), secret=True, help=_("安全设置“加签”给出的以 SEC 开头的密钥")),
        Field("url", _("地址"), required=False, default=URL),
    ),
    group=True,
    per_minute=18,
    most_bytes=MOST - 500,
    about=_("发到一个钉钉群，须在机器人安全设置里选“加签”"),
)
