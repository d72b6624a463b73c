"""What every whole page needs around its content: navigation by role, who is signed in, texts for the scripts.

``shell`` is lazy: fragments and API answers, which do not extend ``base.html``, ask it nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation.permissions import READS_ALL_MONEY
from people.models import User
from people.navigation import count_text
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Standing, standing

HANDLES_ORDERS = HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.ADJUDICATOR, Role.MANAGER, Role.AUDITOR}


@dataclass(frozen=True)
class Entry:
    """One page of the rail: its URL name, label, icon of the sprite, the roles that see it and its keys (DESIGN)."""

    url_name: str
    label: str | Promise
    icon: str
    roles: frozenset[Role]
    key: str = ""


RAIL = (
    Entry("intake", gettext_lazy("受理"), "phone", HOTLINE, "c"),
    Entry("orders", gettext_lazy("待办"), "tray", HANDLES_ORDERS, "g i"),
    Entry("approvals", gettext_lazy("审批"), "stamp", HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.ADJUDICATOR}, "g a"),
    Entry("escalations", gettext_lazy("督办"), "flag", HEADS | LEADERS | HOTLINE | {Role.MANAGER, Role.AUDITOR}, "g d"),
    Entry(
        "outages",
        gettext_lazy("停电"),
        "bolt",
        HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.MANAGER, Role.AUDITOR},
        "g t",
    ),
    Entry(
        "customers", gettext_lazy("客户"), "people", HOTLINE | DEPARTMENT_STAFF | LEADERS | {Role.MANAGER, Role.AUDITOR}
    ),
    Entry("reports", gettext_lazy("报表"), "chart", HANDLES_ORDERS),
    Entry("quality", gettext_lazy("质检"), "star", HOTLINE),
    Entry("wall", gettext_lazy("看板"), "screen", HOTLINE | HEADS | LEADERS | {Role.MANAGER}),
    Entry("money", gettext_lazy("考核"), "flag", DEPARTMENT_STAFF | READS_ALL_MONEY),
    Entry("exports", gettext_lazy("导出"), "download", frozenset({Role.MANAGER, Role.AUDITOR})),
    Entry("settings", gettext_lazy("设置"), "sliders", HOTLINE | HEADS | {Role.MANAGER, Role.SYSTEM_ADMIN}),
    Entry("audit", gettext_lazy("审计"), "shield", frozenset({Role.AUDITOR})),
)


SHELL_PAGES = (
    *("orders", "intake", "keys", "account", "login", "logout"),
    *("inbox", "inbox_bell", "inbox_wishes"),
)


@dataclass
class Link:
    """An entry as drawn: where it leads, whether we are there, what waits."""

    label: str | Promise
    icon: str
    url: str
    current: bool
    key: str
    name: str
    counts: Callable[[], str]

    @cached_property
    def count(self) -> str:
        """What waits there; asked for by the answer to the bell's polling, not by pages (P2)."""
        return self.counts()


def address(url_name: str) -> str:
    """The page's address, empty while no app serves it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


class Shell:
    """The frame of one request; every property is worked out once, when a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.now = timezone.now()

    @cached_property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def standing(self) -> Standing | None:
        return standing(self.user, timezone.localdate(self.now)) if self.user else None

    @cached_property
    def links(self) -> list[Link]:
        held = self.standing.roles if self.standing else frozenset()
        pages = [(entry, address(entry.url_name)) for entry in RAIL if entry.roles & held]
        return [
            Link(
                entry.label,
                entry.icon,
                url,
                self._is_here(url),
                entry.key,
                entry.url_name,
                partial(count_text, entry.url_name, self.user, self.now),
            )
            for entry, url in pages
            if url and self.user
        ]

    def _is_here(self, url: str) -> bool:
        return self.request.path.startswith(url)

    @cached_property
    def post_label(self) -> str:
        """Who is at the desk: "1207 号坐席", else department and role."""
        if not self.user or not self.standing or not self.standing.posts:
            return ""
        post = self.standing.posts[0]
        if self.user.agent_no and post.role in HOTLINE:
            return _("%(number)s 号%(role)s") % {"number": self.user.agent_no, "role": post.role.label}
        return f"{post.department} {post.role.label}"

    @property
    def theme(self) -> str:
        return self.user.theme if self.user else ""

    @property
    def single_keys(self) -> str:
        return "off" if self.user and not self.user.single_key_shortcuts else "on"

    @cached_property
    def urls(self) -> dict[str, str]:
        """Pages of the frame itself; the list and its search only for those who have orders."""
        found = {name: address(name) for name in SHELL_PAGES}
        held = self.standing.roles if self.standing else frozenset()
        return found if HANDLES_ORDERS & held else found | {"orders": "", "intake": ""}

    @property
    def texts(self) -> dict[str, str]:
        """What the scripts may say; the scripts themselves hold no text."""
        return {
            "saved": _("自动保存于 {time}"),
            "notSaved": _("草稿没有保存：网络中断。内容留在本页，恢复后自动重试"),
            "offline": _("网络中断，这一步没有完成。填写的内容还在，请稍后重试"),
            "timeout": _("服务器没有应答，这一步可能没有完成。填写的内容还在，请稍后重试"),
            "failed": _("服务器出错，这一步没有完成。填写的内容还在，请稍后重试"),
            "refused": _("这一步没有完成"),
            "signedOut": _("登录已过期，这一步没有完成。填写的内容还在，请在新窗口登录后重试"),
            "signIn": _("在新窗口登录"),
            "close": _("关闭"),
            "chars": _("{used} / {max} 字"),
            "noMatch": _("没有匹配的选项"),
        }


def shell(request: HttpRequest) -> dict[str, object]:
    """``shell`` for base.html; ``now`` and ``today`` for tags that need the moment of this request."""
    now = timezone.now()
    return {"shell": SimpleLazyObject(lambda: Shell(request)), "now": now, "today": timezone.localdate(now)}
