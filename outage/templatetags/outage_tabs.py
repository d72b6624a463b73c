"""The tabs that lead from the running outages to the work around them: ``{% outage_tabs "disconnections" %}``."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from people.models import User
from people.roles import DEPARTMENT_STAFF, HOTLINE, LEADERS, Role
from people.standing import standing

register = template.Library()

EVERYBODY_AT_WORK = frozenset({*HOTLINE, *DEPARTMENT_STAFF, *LEADERS, Role.MANAGER, Role.AUDITOR})
TABS = (
    ("outages", _("停电"), EVERYBODY_AT_WORK),
    ("plans", _("计划停电"), EVERYBODY_AT_WORK),
    ("disconnections", _("欠费停电"), EVERYBODY_AT_WORK),
    ("outage_records", _("记录"), EVERYBODY_AT_WORK),
    ("reliability", _("可靠性"), EVERYBODY_AT_WORK),
)


@register.inclusion_tag("outage/_tabs.html", takes_context=True)
def outage_tabs(context: dict[str, Any], here: str) -> dict[str, Any]:
    """Only pages this person may open."""
    user, today = context["request"].user, context["today"]
    roles = standing(user, today).roles if isinstance(user, User) else frozenset()
    return {
        "tabs": [(_address(name), label, name == here) for name, label, who in TABS if who & roles and _address(name)]
    }


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
