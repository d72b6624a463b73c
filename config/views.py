"""Pages that belong to no single app: the way in, the index of the settings, the map of the keys, and what is said when
something broke."""

import logging
import sys
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.context import HANDLES_ORDERS, address
from people.models import User
from people.roles import HEADS, HOTLINE, LEADERS, Role
from people.standing import Standing, standing

log = logging.getLogger(__name__)
# Classes of PostgreSQL's codes that pass by themselves: connection lost, no room or connections left, a lock or a
# colleague in the way, the server going down or coming up. Without a code the connection was never made.
PASSING = ("08", "40", "53", "55P03", "57P", "58")
RETRY_AFTER = 5  # seconds; a restart of PostgreSQL takes less


@dataclass(frozen=True)
class Card:
    """One entry of the settings index and who may open it."""

    url_name: str
    label: str | Promise
    text: str | Promise
    roles: frozenset[Role]


IMPORTS = frozenset({Role.MANAGER, Role.HOTLINE_DIRECTOR})
RULES = IMPORTS | {Role.SYSTEM_ADMIN}
CARDS = (
    Card("policy-numbers", _("时限与金额"), _("工作日、扣罚、通知等数字，按生效日期保存"), RULES),
    Card("policy-routes", _("派单规则"), _("分类派往哪个部门、抄送谁、供电所承担哪些"), RULES),
    Card("policy-calendar", _("工作日历"), _("放假与调休，导入国务院每年的通知"), RULES),
    Card("policy-preview", _("派单与时限试算"), _("这样的工单会派给谁、哪天到期"), RULES),
    Card(
        "departments",
        _("部门"),
        _("部门、工单联系人、在册人数"),
        frozenset({Role.SYSTEM_ADMIN, Role.HOTLINE_DIRECTOR}) | HEADS,
    ),
    Card("people", _("用户与岗位"), _("账号、工号、岗位与代理"), frozenset({Role.SYSTEM_ADMIN})),
    Card("roster", _("值班表"), _("班次、值长与主管"), HOTLINE | {Role.SYSTEM_ADMIN}),
    Card("audit", _("审计记录"), _("谁在何时做了什么、看了什么"), frozenset({Role.AUDITOR, Role.SYSTEM_ADMIN})),
    Card(
        "message_trouble",
        _("消息发送"),
        _("没有送达的消息、投递记录、通道和模板"),
        frozenset({Role.SYSTEM_ADMIN, Role.HOTLINE_DIRECTOR, Role.AUDITOR}),
    ),
    Card(
        "message_calls",
        _("人工电话"),
        _("所有通道都没有送到的紧急消息，由当班人员打电话"),
        frozenset({Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR}),
    ),
    Card("customers_import", _("导入客户"), _("CSV 或 Excel，先预览再写入"), IMPORTS),
)


def _held(request: HttpRequest) -> Standing:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return standing(request.user, timezone.localdate())


def cards_for(who: Standing) -> list[dict[str, str]]:
    found = [(card, address(card.url_name)) for card in CARDS if card.roles & who.roles]
    return [{"label": str(card.label), "text": str(card.text), "url": url} for card, url in found if url]


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where one's work is: agents at the intake, everybody with orders at the list, others at the settings."""
    who = _held(request)
    if who.has(Role.HOTLINE_AGENT):
        return redirect("intake")
    if who.roles & (HANDLES_ORDERS | LEADERS):
        return redirect("orders")
    return redirect("settings" if cards_for(who) else "account")


@login_required
@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    cards = cards_for(_held(request))
    if not cards:
        raise PermissionDenied(_("您的岗位没有可以设置的内容。"))
    return render(request, "settings.html", {"cards": cards})


@login_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    return render(request, "keys.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: 503 and when to come back where only the database is away or full (F9, F18), else 500. Under /api/
    `config.problems` puts either into its form."""
    error = sys.exception()
    if not isinstance(error, OperationalError | InterfaceError) or not passes(error):
        return HttpResponse(render_to_string("500.html"), status=500)
    log.warning("%s %s: the database is away: %s", request.method, request.path, error)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)})


def passes(error: OperationalError | InterfaceError) -> bool:
    """Whether the same request may succeed in a moment."""
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(PASSING)
