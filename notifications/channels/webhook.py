"""Signed outgoing webhook: a JSON object to another system, which can tell that it is ours and not repeated.

X-Hotline-Id: <reference>           the same for every attempt
X-Hotline-Timestamp: <unix seconds>
X-Hotline-Signature: v1=<hex HMAC-SHA256(secret, "timestamp.body")>
"""

import hashlib
import hmac
import json

from django.utils.translation import gettext_lazy as _

from notifications.channels.answers import JSON, exchange, expect_success
from notifications.channels.base import Channel, Field, Line, Outgoing, Receipt


def signature(secret: str, stamp: str, body: bytes) -> str:
    return "v1=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def send(line: Line, message: Outgoing) -> Receipt:
    body = {
        "id": message.reference,
        "attempt": message.attempt,
        "urgent": message.urgent,
        "subject": message.subject,
        "text": message.text,
        **message.data,
    }
    raw = json.dumps(body, ensure_ascii=False).encode()
    stamp = str(int(line.now().timestamp()))
    headers = {
        **JSON,
        "X-Hotline-Id": message.reference,
        "X-Hotline-Timestamp": stamp,
        "X-Hotline-Signature": signature(line.of("secret"), stamp, raw),
    }
    expect_success(exchange(line, line.of("url"), raw, headers))
    return Receipt()


CHANNEL = Channel(
    "webhook",
    _("签名回调"),
    send,
    fields=(
        Field("url", _("地址")),
        Field("secret", _("签名密钥"), secret=True, help=_("对方用它核对 X-Hotline-Signature")),
    ),
    group=True,
    parallel=4,
    most_bytes=60_000,
    about=_("把消息推给另一个系统，带时间戳和签名"),
)
