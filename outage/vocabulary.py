"""The words an outage's record is written in; codes from the glossary, labels in Chinese."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutageKind(models.TextChoices):
    """Planned and temporary outages are announced beforehand; the three notices are owed for faults only (A17)."""

    PLANNED = "planned", _("计划停电")
    TEMPORARY = "temporary", _("临时停电")
    FAULT = "fault", _("故障停电")
    MASS = "mass", _("大面积停电")


UNFORESEEN: frozenset[str] = frozenset({OutageKind.FAULT, OutageKind.MASS})
"""Kinds that owe the three 15-minute notices (A17)."""


class OutageCause(models.TextChoices):
    """Whose line failed and why; decides the explanation and what must be published (S0-R31 to R33, R39)."""

    UNKNOWN = "unknown", _("待查明")
    OWN = "own", _("公司设备")
    CUSTOMER_OWNED = "customer_owned", _("客户产权线路")
    THIRD_PARTY = "third_party", _("外力破坏")
    FORCE_MAJEURE = "force_majeure", _("不可抗力")
    MAIN_GRID = "main_grid", _("主网")
    THEFT = "theft", _("盗窃或窃电")


PUBLISHED_CAUSES: frozenset[str] = frozenset({OutageCause.MAIN_GRID, OutageCause.FORCE_MAJEURE})
"""Causes that call for the hotline's recorded text and a public announcement where important users are hit (S0-R31)."""


class State(models.TextChoices):
    """The life of an outage and its two side ends."""

    PLANNED = "planned", _("计划中")
    INTERRUPTED = "interrupted", _("停电中")
    REPAIRING = "repairing", _("抢修中")
    RESTORED = "restored", _("已送电")
    CLOSED = "closed", _("已结案")
    MERGED = "merged", _("已并入")
    CANCELLED = "cancelled", _("已撤销")


RUNNING = (State.INTERRUPTED, State.REPAIRING)
ENDS: frozenset[str] = frozenset({State.CLOSED, State.MERGED, State.CANCELLED})


class Slot(models.IntegerChoices):
    """The three notices to the grid groups (S0-R02 to R04)."""

    INTERRUPTION = 1, _("停电告知")
    REPAIR = 2, _("抢修告知")
    RESTORATION = 3, _("送电告知")


class NoticeResult(models.TextChoices):
    """Derived from due and posting time (A17, A18); ``missed`` turns into ``late`` when it is posted after all."""

    PENDING = "pending", _("计时中")
    ON_TIME = "on_time", _("按时")
    LATE = "late", _("迟发")
    MISSED = "missed", _("漏发")


class Means(models.TextChoices):
    """How a notice reached its group: by the group's robot, or by a person's hand with proof."""

    ROBOT = "robot", _("机器人")
    HAND = "hand", _("人工")


class PhotoPurpose(models.TextChoices):
    SCENE = "scene", _("现场")
    PROOF = "proof", _("发布证明")
    ATTENDANCE = "attendance", _("到岗")


class DutyReason(models.TextChoices):
    """Why head and deputy must attend (S0-R06, A19)."""

    HOUSEHOLDS = "households", _("户数达到标准")
    TICKET = "ticket", _("有意见或投诉单")


class Presence(models.TextChoices):
    """On site while it lasts; a joint visit where the ticket came after restoration (B15)."""

    ON_SITE = "on_site", _("到岗")
    JOINT_VISIT = "joint_visit", _("联合走访")


class Crew(models.TextChoices):
    """The two groups of the duty staff, and those who lead (S0-R07)."""

    LEAD = "lead", _("带队")
    PHONES = "phones", _("电话与网格群")
    SITE = "site", _("现场广播与秩序")


class MeasureKind(models.TextChoices):
    """What is ticked or logged while an outage runs (S0-R07, R09, R33)."""

    BACKUP_POWER = "backup_power", _("应急电源")
    PHONES = "phones", _("电话与网格群答复")
    LOUDSPEAKER = "loudspeaker", _("现场小喇叭")
    COOPERATION = "cooperation", _("社区、物业协作")
    ORDER = "order", _("现场秩序")
    QUESTION = "question", _("现场答疑")
    OWNER_CONTACT = "owner_contact", _("联系产权人")
    DISPATCH_CONTACT = "dispatch_contact", _("联系调度与线路单位")


class ContactResult(models.TextChoices):
    """How the call on a sensitive user went (S0-R08)."""

    REACHED = "reached", _("已告知")
    NO_ANSWER = "no_answer", _("未接通")
    NEEDS_HELP = "needs_help", _("需要帮助")


class Medium(models.TextChoices):
    """Where a public text appears (S0-R31)."""

    IVR = "ivr", _("热线语音")
    PORTAL = "portal", _("公众页")


class SuggestionStatus(models.TextChoices):
    OPEN = "open", _("待处理")
    ACCEPTED = "accepted", _("已登记停电")
    DISMISSED = "dismissed", _("不是停电")


class ChainLevel(models.IntegerChoices):
    """Who is told, from the grid to the top (S0-R01)."""

    GRID_WORKER = 1, _("网格员")
    STATION_HEAD = 2, _("站所负责人")
    CENTRE_DEPARTMENT = 3, _("专业部室")
    DEPUTY_LEADER = 4, _("分管领导")
    MAIN_LEADER = 5, _("主要领导")
