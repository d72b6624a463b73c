"""What HTTP answers mean, told once for all channels: which are worth another try, and how long to wait."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from notifications.channels.base import Line, Permanent, Temporary
from notifications.transport import LARGEST_BODY, Answer, Failed, Refused

TOO_MANY, TOO_EARLY, TIMEOUT = 429, 425, 408
SERVER_ERRORS, REDIRECTS = range(500, 600), range(300, 400)
LONGEST_WAIT = 600
JSON = {"Content-Type": "application/json; charset=utf-8"}


def post_json(
    line: Line, url: str, body: Mapping[str, Any], *, most: int = LARGEST_BODY, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object of a 2xx answer. Raises Temporary or Permanent."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    return read_json(expect_success(exchange(line, url, raw, {**JSON, **(headers or {})}, most=most)))


def exchange(
    line: Line, url: str, raw: bytes, headers: Mapping[str, str], *, most: int = LARGEST_BODY, sends: bool = True
) -> Answer:
    try:
        return line.wire.post(url, raw, headers, most=most, sends=sends)
    except Refused as error:
        raise Permanent(str(error)) from error
    except Failed as error:
        raise Temporary(str(error), unclear=error.unclear) from error


def expect_success(answer: Answer) -> Answer:
    status = answer.status
    if status in REDIRECTS:
        raise Permanent(_("对方要求转到别处（%(n)d），没有跟随") % {"n": status})
    if status == TOO_MANY:
        raise Temporary(_("对方限流（429）"), after=_asked_for(answer))
    if status in SERVER_ERRORS or status in {TIMEOUT, TOO_EARLY}:
        raise Temporary(_("对方出错（%(n)d）") % {"n": status}, after=_asked_for(answer))
    if not 200 <= status < 300:
        raise Permanent(_("对方拒绝（%(n)d）") % {"n": status})
    return answer


def _asked_for(answer: Answer) -> timedelta | None:
    value = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(value), LONGEST_WAIT)) if value.isascii() and value.isdecimal() else None


def read_json(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Temporary(_("对方的应答看不懂"), unclear=True) from error
    if not isinstance(found, dict):
        raise Temporary(_("对方的应答看不懂"), unclear=True)
    return found


def expect_errcode_zero(found: Mapping[str, Any], temporary: frozenset[int]) -> None:
    """WeCom and DingTalk answer 200 and put the truth into ``errcode``."""
    code = found.get("errcode")
    if code == 0:
        return
    said = _("对方返回错误码 %(code)s") % {"code": str(code)[:12]}
    if isinstance(code, int) and code in temporary:
        raise Temporary(said)
    raise Permanent(said)
