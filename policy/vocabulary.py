"""Words every app shares: what a matter is, what it is about, how it came in, how urgent it is.

Code names and Chinese labels are those of the glossary; nothing here knows a database row.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What the customer wants of us. Decides whether a time limit applies (S4-R40, R41, A7)."""

    CONSULTATION = "consultation", _("咨询")
    COMPLAINT = "complaint", _("投诉")
    REPORT_MISCONDUCT = "report_misconduct", _("举报")
    FAULT_REPORT = "fault_report", _("故障报修")
    SERVICE_REQUEST = "service_request", _("服务申请")
    OPINION = "opinion", _("意见")
    SUGGESTION = "suggestion", _("建议")
    PRAISE = "praise", _("表扬")


LIMITED: frozenset[str] = frozenset({Kind.CONSULTATION, Kind.COMPLAINT, Kind.REPORT_MISCONDUCT})
"""Kinds with a limit in working days (S4-R40, R41); all others are timed elsewhere or not at all (A7)."""

EXTENDABLE: frozenset[str] = frozenset({Kind.COMPLAINT, Kind.REPORT_MISCONDUCT})
"""Kinds a leader may extend, and which therefore carry a cap (S4-R43, R45, A6)."""


class Category(models.TextChoices):
    """What the matter is about. Decides the route (S4-R25 to R32)."""

    SERVICE_CONDUCT = "service_conduct", _("行风服务")
    THEFT_TARIFF = "theft_tariff", _("窃电电价")
    POWER_QUALITY = "power_quality", _("供电质量")
    FACILITY_SAFETY = "facility_safety", _("设施安全")
    FAULT_REPAIR = "fault_repair", _("故障抢修")
    CONNECTION_COMMITMENT = "connection_commitment", _("业扩承诺")
    OUTAGE_LIMIT = "outage_limit", _("停电限电")
    OTHER = "other", _("其他")


class Channel(models.TextChoices):
    """How the matter came in (S0-R12, S1-R11, S1-R30, S3-R02); one list, extended here."""

    HOTLINE = "hotline", _("热线")
    PORTAL = "portal", _("网站")
    APP = "app", _("APP")
    WECHAT = "wechat", _("微信")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮箱")
    CHAT = "chat", _("在线聊天")
    WALK_IN = "walk_in", _("营业厅")
    LETTER = "letter", _("信函")
    VISIT = "visit", _("走访")
    COMPLAINT_BOX = "complaint_box", _("意见箱")
    RECEPTION_DAY = "reception_day", _("接待日")
    PRESS = "press", _("媒体")
    RADIO_HOTLINE = "radio_hotline", _("电台热线")
    GOV_12345 = "gov_12345", _("12345")
    REGULATOR_12398 = "regulator_12398", _("12398")
    POLICE_110 = "police_110", _("110")


EXTERNAL: frozenset[str] = frozenset(
    {Channel.PRESS, Channel.RADIO_HOTLINE, Channel.GOV_12345, Channel.REGULATOR_12398, Channel.POLICE_110}
)
"""Channels of another body, which brings its own reference number (S1-R30)."""


class Urgency(models.TextChoices):
    """How fast somebody must move (S3-R05)."""

    NORMAL = "normal", _("一般")
    URGENT = "urgent", _("紧急")
    DANGER = "danger", _("危及人身")


class Priority(models.IntegerChoices):
    """Order of a queue, lowest number first, then by due time (S3-R07)."""

    DANGER = 1, _("危及人身安全")
    MASS_OUTAGE = 2, _("大面积停电")
    URGENT = 3, _("紧急")
    RAISED = 4, _("重点关注")
    NORMAL = 5, _("一般")


class Variant(models.TextChoices):
    """Marks subcategories that a category's route treats alike (S4-R31, B12)."""

    LOAD_LIMITING = "load_limiting", _("限电、有序用电")


class CalendarStatus(models.TextChoices):
    PROVISIONAL = "provisional", _("暂定")
    OFFICIAL = "official", _("正式")


class PenaltyDayUnit(models.TextChoices):
    """A1: what an overdue day is."""

    WORKING = "working", _("工作日")
    NATURAL = "natural", _("自然日")


class RepeatPenaltyMode(models.TextChoices):
    """A15: whether the charge for a repeat contact replaces the first one or is added to it."""

    REPLACE = "replace", _("替代")
    ADD = "add", _("叠加")


class PenaltyPersons(models.TextChoices):
    """A8: by whom 50 yuan per person is multiplied."""

    HEADCOUNT = "headcount", _("部门在册人数")
    NAMED_PERSONS = "named_persons", _("指定责任人")
