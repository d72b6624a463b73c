"""Text no form, filter or column can take is refused before any view reads it, with the field named (RELIABILITY 3).

Pure functions over bytes and parsed values; ``people.middleware.CleanInput`` feeds them. Each raises ``Unclean``.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from django.utils.translation import gettext as _

MAX_DEPTH = 32
MAX_KEYS = 1000
# C0 controls but tab and line ends, and DEL: nobody types them, PostgreSQL refuses NUL, Excel refuses the rest.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNDECODED = re.compile(r"%[89A-F][0-9A-F]")
REPLACEMENT = "\ufffd"
BODY = "body"


@dataclass
class Unclean(Exception):
    """What cannot be taken: ``field`` as the sender named it, ``text`` says what to do, ``status`` 400 or 413."""

    field: str
    text: str
    status: int = 400


def check_text(field: str, text: str) -> None:
    """Refuses NUL and other control characters and lone surrogates in a value."""
    if _CONTROL.search(text):
        raise Unclean(field, _("含有看不见的控制字符，请删去后重新填写"))
    if _SURROGATE.search(text):
        raise Unclean(field, _("含有不完整的字符，请重新输入"))


def check_name(name: str) -> None:
    try:
        check_text(name, name)
    except Unclean as error:
        raise Unclean(printable(name), error.text) from None


def printable(name: str) -> str:
    """A field's name that can be shown and encoded whatever it contains."""
    return _SURROGATE.sub("?", _CONTROL.sub("?", name))[:100] or "?"


def decode(field: str, raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unclean(printable(field), _("不是 UTF-8 编码的文字，请改用 UTF-8 后重发")) from None


def check_path(path: str) -> None:
    """Django has decoded the path and left bytes that are no UTF-8 as ``%FF``."""
    field = _("网址")
    check_text(field, path)
    if _UNDECODED.search(path):
        raise Unclean(field, _("不是 UTF-8 编码的文字，请改用 UTF-8 后重发"))


def check_pairs(raw: bytes) -> None:
    """A query string or urlencoded form: every name and value strict UTF-8 and clean, at most 1000 of them."""
    pairs = [pair for pair in raw.split(b"&") if pair]
    if len(pairs) > MAX_KEYS:
        raise Unclean(BODY, _("项目超过 %(limit)d 个，请分次提交") % {"limit": MAX_KEYS})
    for pair in pairs:
        raw_name, _equals, raw_value = pair.replace(b"+", b" ").partition(b"=")
        name = decode(unquote_to_bytes(raw_name).decode("utf-8", "replace"), unquote_to_bytes(raw_name))
        check_name(name)
        check_text(name, decode(name, unquote_to_bytes(raw_value)))


def check_values(fields: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Fields Django has already decoded (multipart): undecodable bytes show as the replacement character."""
    for name, values in fields:
        check_name(name)
        for value in values:
            check_text(name, value)
            if REPLACEMENT in value or REPLACEMENT in name:
                raise Unclean(printable(name), _("不是 UTF-8 编码的文字，请改用 UTF-8 后重发"))


def check_json(raw: bytes) -> None:
    """A JSON body: strict UTF-8, no duplicate key, no NaN or infinity, depth <= 32, <= 1000 keys, clean strings."""
    text = decode(BODY, raw)
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_a_number, parse_float=_finite)
    except RecursionError:
        raise Unclean(BODY, _too_deep()) from None
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Unclean(BODY, _("不是正确的 JSON：第 %(line)d 行第 %(column)d 列") % place) from None
    except ValueError:
        raise Unclean(BODY, _("数字太长，请检查后重发")) from None
    _walk(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unclean(printable(name), _("同一项出现了两次，请只保留一个"))
        found[name] = value
    return found


def _not_a_number(word: str) -> NoReturn:
    raise Unclean(BODY, _("%(word)s 不是可用的数字") % {"word": word})


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        _not_a_number(digits[:20])
    return number


def _too_deep() -> str:
    return _("嵌套超过 %(limit)d 层，请减少层次") % {"limit": MAX_DEPTH}


def _walk(value: Any) -> None:
    """Breadth by stack, not by recursion. A field is named by its path: ``demands[2].text``."""
    keys = 0
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        path, item, depth = waiting.pop()
        if isinstance(item, str):
            check_text(path or BODY, item)
        elif isinstance(item, (dict, list)):
            if depth >= MAX_DEPTH:
                raise Unclean(printable(path.partition("[")[0].partition(".")[0] or BODY), _too_deep())
            keys += len(item) if isinstance(item, dict) else 0
            if keys > MAX_KEYS:
                raise Unclean(BODY, _("项目超过 %(limit)d 个，请分次提交") % {"limit": MAX_KEYS})
            waiting.extend(_inside(path, item, depth + 1))


def _inside(path: str, item: dict[str, Any] | list[Any], depth: int) -> Iterable[tuple[str, Any, int]]:
    if isinstance(item, list):
        return [(f"{path}[{index}]", inner, depth) for index, inner in enumerate(item)]
    for name in item:
        check_name(name)
    return [(f"{path}.{name}" if path else name, inner, depth) for name, inner in item.items()]
