"""``{% load policy_notices %}{% calendar_warning %}``: the loud line while a year we count in is unknown (F22)."""

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone

from policy.calendars import provisional_warning

register = template.Library()


@register.inclusion_tag("policy/_calendar_warning.html")
def calendar_warning(today: dt.date | None = None) -> dict[str, Any]:
    """The warning of the day, or nothing; one query."""
    return {"text": provisional_warning(today or timezone.localdate())}
