"""One shape for every refusal that happens outside a form: JSON problem for the API, page for people."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

API_PREFIX = "/api/"
TITLES = {
    400: _("提交的内容无法处理"),
    401: _("登录已过期"),
    403: _("没有权限"),
    409: _("没有重复提交"),
    413: _("提交的内容太大"),
    429: _("操作太频繁"),
}


# Refusals of one item of what was sent; others are about the request as a whole.
NAMED = frozenset({400, 413})


def wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


def refuse(request: HttpRequest, *, status: int, field: str, text: str) -> HttpResponse:
    """``{"errors": {field: [text]}}`` under /api/, else the error page (plain text where a page cannot be drawn)."""
    if wants_json(request):
        return JsonResponse({"errors": {field: [text]}}, status=status, json_dumps_params={"ensure_ascii": False})
    context = {
        "title": TITLES.get(status, _("这一步没有完成")),
        "reason": text,
        "field": field if status in NAMED else "",
    }
    try:
        return HttpResponse(render_to_string("error.html", context, request), status=status)
    except TemplateDoesNotExist:
        return HttpResponse(f"{field}: {text}", status=status, content_type="text/plain; charset=utf-8")
