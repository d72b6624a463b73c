"""One form for every refusal under /api/: ``{"code", "message", "errors", "changes"}``.

``problem`` turns exceptions of API views into it, ``ProblemForm`` whatever the middleware, the resolver or an older
view answered, ``document`` writes it into the schema of every operation.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

from complaints.errors import Refused
from people.refusals import wants_json

Errors = dict[str, list[str]]

CODES = {
    400: ("invalid", gettext_lazy("提交的内容有误，请按提示修改")),
    401: ("not_authenticated", gettext_lazy("请先登录")),
    403: ("not_allowed", gettext_lazy("没有权限")),
    404: ("not_found", gettext_lazy("没有这个地址或对象，或不在您的查看范围内")),
    405: ("method_not_allowed", gettext_lazy("这个地址不支持该方法")),
    406: ("not_acceptable", gettext_lazy("只提供 application/json")),
    409: ("conflict", gettext_lazy("与现状冲突，没有执行")),
    413: ("too_large", gettext_lazy("提交的内容太大")),
    415: ("unsupported_media_type", gettext_lazy("只接受 application/json")),
    422: ("invalid", gettext_lazy("提交的内容有误，请按提示修改")),
    429: ("throttled", gettext_lazy("操作太频繁，请稍候再试")),
    500: ("server_error", gettext_lazy("服务器出错，这一步没有完成，请稍后重试")),
    503: ("unavailable", gettext_lazy("服务暂不可用，请稍后重试")),
}
# What any operation may answer besides its own; 404, 409 only where the operation has an object or writes.
ALWAYS = (400, 401, 403, 405, 406, 429)
WITH_BODY = (413, 415)
COMPONENT = "Problem"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "errors", "changes"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "description": "stable word for programs"},
        "message": {"type": "string", "description": "Chinese, for people: what is wrong and what would help"},
        "errors": {
            "type": "object",
            "description": "field or parameter to its texts; `body` is the whole",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "changes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "409: what happened since the version sent, oldest first",
        },
    },
}


def form_of(
    status: int, *, code: str = "", message: str = "", errors: Errors | None = None, changes: list[str] | None = None
) -> dict[str, Any]:
    usual_code, usual_message = CODES.get(status) or CODES[500 if status >= 500 else 400]
    return {
        "code": code or usual_code,
        "message": message or str(usual_message),
        "errors": errors or {},
        "changes": changes or [],
    }


# --- exceptions of API views ----------------------------------------------------------------------------------------


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST_FRAMEWORK.EXCEPTION_HANDLER. None (a 500) for what nobody expected."""
    status, body = _understood(exc)
    if not status:
        return None
    set_rollback()
    return Response(body, status=status, headers=_headers(exc))


def _understood(exc: Exception) -> tuple[int, dict[str, Any]]:
    match exc:
        case Refused():
            errors = {exc.field: [exc.message]} if exc.field else {}
            return exc.status, form_of(
                exc.status, code=exc.code, message=exc.message, errors=errors, changes=exc.changes
            )
        case ValidationError():
            errors = _errors(exc.detail)
            return 400, form_of(400, message=_first(errors), errors=errors)
        case Http404() | PermissionDenied():
            status = 404 if isinstance(exc, Http404) else 403
            return status, form_of(status, message=str(exc) if _is_ours(exc) else "")
        case RequestDataTooBig():
            return 413, form_of(413)
        case SuspiciousOperation() | BadRequest():
            return 400, form_of(400)
        case APIException():
            return exc.status_code, form_of(exc.status_code, message=_own_words(exc))
    return 0, {}


def _is_ours(exc: Exception) -> bool:
    """The resolver's and get_object_or_404's texts are English and name models."""
    return bool(exc.args) and isinstance(exc.args[0], str) and not exc.args[0].isascii()


def _own_words(exc: APIException) -> str:
    text = exc.detail if isinstance(exc.detail, str) else ""
    return "" if text.isascii() else str(text)


def _headers(exc: Exception) -> dict[str, str]:
    found = {"WWW-Authenticate": getattr(exc, "auth_header", None)}
    wait = getattr(exc, "wait", None)
    if wait:
        found["Retry-After"] = str(int(wait) + 1)
    return {name: value for name, value in found.items() if value}


def _errors(detail: Any, path: str = "") -> Errors:
    """DRF's nested details as flat ``field: [text]``; inner fields by path."""
    if isinstance(detail, Mapping):
        found: Errors = {}
        for name, inner in detail.items():
            found |= _errors(inner, f"{path}.{name}" if path else str(name))
        return found
    texts = detail if isinstance(detail, list) else [detail]
    return {path or "body": [str(text) for text in texts]}


def _first(errors: Errors) -> str:
    """The text itself where there is one, else how many fields need a look."""
    texts = [text for found in errors.values() for text in found]
    if len(texts) == 1:
        return _("%(field)s：%(text)s") % {"field": next(iter(errors)), "text": texts[0]}
    return _("有 %(n)d 项需要改正：%(fields)s") % {"n": len(errors), "fields": "、".join(errors)}


# --- everything else that answers under /api/ -----------------------------------------------------------------------


class ProblemForm:
    """Outermost middleware: a refusal under /api/ that is not yet in the form (resolver, CSRF, clean input, session
    limits, idempotency, the 500 page) is put into it; status and headers stay."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not wants_json(request) or response.streaming:
            return response
        given = _parsed(response)
        if SCHEMA["required"][0] in given:
            return response
        errors = _errors(given["errors"]) if given.get("errors") else {}
        body = form_of(response.status_code, message=_first(errors) if errors else "", errors=errors)
        answer = JsonResponse(body, status=response.status_code, json_dumps_params={"ensure_ascii": False})
        for name, value in response.items():
            if name.lower() not in {"content-type", "content-length"}:
                answer[name] = value
        answer.cookies = response.cookies
        return answer


def _parsed(response: HttpResponse) -> dict[str, Any]:
    if not response.get("Content-Type", "").startswith("application/json"):
        return {}
    found = json.loads(response.content or b"{}")
    return found if isinstance(found, dict) else {}


# --- schema ---------------------------------------------------------------------------------------------------------


def document(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """drf-spectacular hook: the problem as answer of every operation; request bodies take no unknown fields."""
    schemas = result["components"].setdefault("schemas", {})
    schemas[COMPONENT] = SCHEMA
    for path, operations in result["paths"].items():
        for operation in operations.values():
            _document(path, operation, schemas)
    return result


def _document(path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    statuses = {*ALWAYS, *(int(code) for code in operation["responses"] if code.isdigit() and int(code) >= 400)}
    content = operation.get("requestBody", {}).get("content", {})
    if content:
        statuses |= {*WITH_BODY, 409}
        for media in content.values():
            name = media["schema"].get("$ref", "").rpartition("/")[2]
            if name in schemas:
                schemas[name]["additionalProperties"] = False
    if "{" in path:
        statuses.add(404)
    if operation.get("security") == [{}]:
        statuses.discard(401)
    for status in sorted(statuses):
        operation["responses"][str(status)] = {
            "description": str(CODES[status][1]),
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{COMPONENT}"}}},
        }
