"""Reasons why a step of an outage cannot be taken now. A guard returns the reason in Chinese, or nothing."""

from __future__ import annotations

from django.utils.translation import gettext as _

from outage.step import Attempt
from outage.vocabulary import State


def master_fits(attempt: Attempt) -> str | None:
    """Into a running outage of the same station, not into itself."""
    details = attempt.details
    if details is None:
        return None
    master, outage = details["master"], attempt.outage
    if master.pk == outage.pk:
        return _("不能并入自己，请选择另一起停电。")
    if master.is_over or master.state == State.PLANNED:
        return _("要并入的停电 %(number)s 现为“%(state)s”，不能再并入。") % {
            "number": master.number,
            "state": master.get_state_display(),
        }
    if master.restored_at is not None:
        return _("要并入的停电 %(number)s 已经送电，不能再并入。") % {"number": master.number}
    return None


def some_areas_stay(attempt: Attempt) -> str | None:
    """Partial restoration and splitting leave something behind; else it is a full restoration or no split at all."""
    details = attempt.details
    if details is None:
        return None
    wanted = {area.pk for area in details["areas"]}
    dark = set(attempt.outage.areas.filter(restored_at__isnull=True).values_list("area_id", flat=True))
    if not wanted or not wanted <= dark:
        return _("请选择这起停电中尚未送电的台区。")
    if wanted == dark:
        return _("所选台区是全部未送电的台区：全部恢复请用“送电”，不能再拆分。")
    return None
