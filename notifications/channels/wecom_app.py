"""企业微信应用消息 to one person: the enterprise's token, then message/send (public form of the developer centre)."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from notifications.channels.answers import expect_errcode_zero, expect_success, post_json, read_json
from notifications.channels.base import Channel, Field, Line, Outgoing, Permanent, Receipt, Temporary, clip
from notifications.transport import Failed, Refused

HOST = "https://qyapi.weixin.qq.com"
BUSY = frozenset({-1, 45009, 45033, 50001})
TOKEN_OVER = frozenset({40014, 42001, 41001})
MOST = 2048
KEPT_BEFORE_END = 120  # seconds a token is renewed before it ends
SAME_WITHIN = 1800  # seconds in which the other side drops what it has had already


@dataclass
class Tokens:
    """Tokens of this process: endpoint -> (token, end on the monotonic clock). They may vanish."""

    kept: dict[int, tuple[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, endpoint: int) -> str:
        with self.lock:
            token, end = self.kept.get(endpoint, ("", 0.0))
        return token if time.monotonic() < end else ""

    def put(self, endpoint: int, token: str, seconds: float) -> None:
        with self.lock:
            self.kept[endpoint] = (token, time.monotonic() + seconds)

    def drop(self, endpoint: int) -> None:
        with self.lock:
            self.kept.pop(endpoint, None)


tokens = Tokens()


def _token(line: Line) -> str:
    kept = tokens.get(line.endpoint_id)
    if kept:
        return kept
    query = urlencode({"corpid": line.of("corp_id"), "corpsecret": line.of("corp_secret")})
    try:
        answer = line.wire.get(f"{line.of('url') or HOST}/cgi-bin/gettoken?{query}")
    except Refused as error:
        raise Permanent(str(error)) from error
    except Failed as error:
        raise Temporary(str(error)) from error
    found = read_json(expect_success(answer))
    expect_errcode_zero(found, BUSY)
    token, seconds = str(found.get("access_token", "")), found.get("expires_in", 0)
    if not token or not isinstance(seconds, int):
        raise Temporary(_t("对方没有给出令牌"))
    tokens.put(line.endpoint_id, token, max(0, seconds - KEPT_BEFORE_END))
    return token


def send(line: Line, message: Outgoing) -> Receipt:
    body = {
        "touser": message.address,
        "msgtype": "text",
        "agentid": int(line.of("agent_id") or 0),
        "text": {"content": clip(f"{message.subject}\n{message.text}", MOST)},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": SAME_WITHIN,
    }
    found = _say(line, body)
    if found.get("errcode") in TOKEN_OVER:
        tokens.drop(line.endpoint_id)
        found = _say(line, body)
    expect_errcode_zero(found, BUSY)
    if message.address in str(found.get("invaliduser") or "").split("|"):
        raise Permanent(_t("企业微信里没有这个账号"))
    return Receipt(str(found.get("msgid") or "")[:80])


def _say(line: Line, body: dict[str, Any]) -> dict[str, Any]:
    url = f"{line.of('url') or HOST}/cgi-bin/message/send?{urlencode({'access_token': _token(line)})}"
    return post_json(line, url, body)


CHANNEL = Channel(
    "wecom_app",
    _("企业微信应用消息"),
    send,
    fields=(
        Field("corp_id", _("企业 ID")),
        Field("agent_id", _("应用 AgentId")),
        Field("corp_secret", _("应用 Secret"), secret=True),
        Field("url", _("地址"), required=False, default=HOST),
    ),
    parallel=4,
    most_bytes=MOST,
    about=_("发给个人；各人在消息偏好里填自己的企业微信账号"),
)
