"""短信 by an HTTP gateway: a signed JSON object whose field names are configured, because every provider has its own.

Signature: hex HMAC-SHA256 of "name=value" of all other fields, sorted by name and joined by "&", with the secret.
Before any second attempt the gateway is asked what became of the first (F26): a message it has is never sent again; if
it cannot say, we wait. Without a query address an unclear end is not repeated at all.
"""

import hashlib
import hmac
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from notifications.channels.answers import post_json
from notifications.channels.base import Channel, Field, Line, Outgoing, Permanent, Receipt, Temporary, clip

MOST = 900  # some 300 Chinese characters: a long SMS of five parts


def signature(secret: str, fields: dict[str, Any]) -> str:
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(line: Line, fields: dict[str, Any]) -> dict[str, Any]:
    whole = {
        line.of("app_field"): line.of("app_id"),
        line.of("time_field"): str(int(line.now().timestamp())),
        **fields,
    }
    return {**whole, line.of("sign_field"): signature(line.of("secret"), whole)}


def send(line: Line, message: Outgoing) -> Receipt:
    if message.attempt > 1:
        known = ask(line, message.reference)
        if known is not None:
            return known
    body = {
        line.of("phone_field"): message.address,
        line.of("text_field"): clip(line.of("signature_text") + message.text, MOST),
        line.of("id_field"): message.reference,
    }
    found = post_json(line, line.of("url"), signed(line, body))
    if str(found.get(line.of("ok_field"))) != line.of("ok_value"):
        text = _t("短信网关没有接受（%(code)s）") % {"code": str(found.get(line.of("ok_field")))[:20]}
        # It may have gone out all the same (F26): the next attempt asks first.
        raise Temporary(text, unclear=True)
    return Receipt(str(found.get(line.of("ref_field")) or "")[:80])


def ask(line: Line, reference: str) -> Receipt | None:
    """What the gateway knows of our number: a receipt, or None where it never had it. Raises where it cannot say."""
    if not line.of("query_url"):
        raise Permanent(_t("结果不明，网关没有查询接口，不能重发"))
    found = post_json(line, line.of("query_url"), signed(line, {line.of("id_field"): reference}))
    status = str(found.get(line.of("status_field")))
    if status in line.of("arrived_values").split(","):
        return Receipt(str(found.get(line.of("ref_field")) or "")[:80])
    if status in line.of("absent_values").split(","):
        return None
    raise Temporary(_t("短信网关说不清上一次的结果"), unclear=True)


CHANNEL = Channel(
    "sms",
    _("短信"),
    send,
    fields=(
        Field("url", _("发送地址")),
        Field("query_url", _("查询地址"), required=False, help=_("重发前先查上一次的结果；不填则结果不明时不重发")),
        Field("app_id", _("应用编号")),
        Field("secret", _("签名密钥"), secret=True),
        Field("signature_text", _("短信签名"), required=False, help=_("例如【某某供电公司】")),
        Field("app_field", _("应用编号字段"), default="appId"),
        Field("phone_field", _("号码字段"), default="mobile"),
        Field("text_field", _("内容字段"), default="content"),
        Field("id_field", _("流水号字段"), default="bizId"),
        Field("time_field", _("时间字段"), default="timestamp"),
        Field("sign_field", _("签名字段"), default="sign"),
        Field("ok_field", _("结果字段"), default="code"),
        Field("ok_value", _("成功值"), default="0"),
        Field("ref_field", _("网关编号字段"), default="msgId"),
        Field("status_field", _("状态字段"), default="status"),
        Field("arrived_values", _("已受理的状态值"), default="accepted,delivered", help=_("多个用英文逗号隔开")),
        Field("absent_values", _("没有这条的状态值"), default="unknown", help=_("多个用英文逗号隔开")),
    ),
    parallel=4,
    most_bytes=MOST,
    about=_("发给个人和客户；任何有 JSON 接口的短信网关，字段名按对方文档填"),
)
