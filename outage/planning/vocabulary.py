"""Words of planned outages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFTED = "drafted", _("草拟")
    SUBMITTED = "submitted", _("待审批")
    APPROVED = "approved", _("已批准")
    CHANGING = "changing", _("变更待批")
    BEGUN = "begun", _("已开始停电")
    CANCELLED = "cancelled", _("已取消")


RAIL = (State.DRAFTED, State.SUBMITTED, State.APPROVED, State.BEGUN)
PUBLIC = (State.APPROVED, State.CHANGING, State.BEGUN)
AHEAD = (State.DRAFTED, State.SUBMITTED, State.APPROVED, State.CHANGING)


class PlanKind(models.TextChoices):
    PLANNED = "planned", _("计划停电")
    TEMPORARY = "temporary", _("临时停电")


class Medium(models.TextChoices):
    """Where a planned outage is announced (S2-R01: 短信、网站、公众号; the others are the company's own)."""

    PORTAL = "portal", _("网站")
    SMS = "sms", _("短信")
    WECHAT = "wechat", _("公众号")
    GRID_GROUP = "grid_group", _("网格群")
    POSTER = "poster", _("小区张贴")
    PRESS = "press", _("报刊电台")
    IMPORTANT_USERS = "important_users", _("重要用户书面通知")


NAMED_BY_STANDARD = (Medium.PORTAL, Medium.SMS, Medium.WECHAT)
"""The media S2-R01 names: ``Policy.planned_notice_days`` is their lead time where no own row says otherwise."""


class Subject(models.TextChoices):
    NEW = "new", _("停电公告")
    CHANGED = "changed", _("变更公告")
    CANCELLED = "cancelled", _("取消公告")


class DayKind(models.TextChoices):
    EXAM = "exam", _("考试")
    FESTIVAL = "festival", _("节庆")
    EVENT = "event", _("重大活动")
