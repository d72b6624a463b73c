"""The words of approvals and extensions; codes from the glossary, labels in Chinese."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApprovalStatus(models.TextChoices):
    """Where a case stands. Only ``PENDING`` waits for somebody; ``LAPSED`` means its order ended undecided."""

    PENDING = "pending", _("待批")
    APPROVED = "approved", _("已同意")
    REJECTED = "rejected", _("已驳回")
    TAKEN_BACK = "taken_back", _("已撤回")
    LAPSED = "lapsed", _("已失效")


class Decision(models.TextChoices):
    """What one approver said; ``PASSED_UP`` leaves the decision to the next rung."""

    APPROVED = "approved", _("同意")
    REJECTED = "rejected", _("驳回")
    PASSED_UP = "passed_up", _("转交上级")


class Rung(models.TextChoices):
    """Who decides a step (A29): the lead department's head, above it the deputy and the main leader; the hotline
    director and the adjudicator for kinds that are theirs."""

    HEAD = "head", _("站所或部门负责人")
    HOTLINE_DIRECTOR = "hotline_director", _("热线主任")
    ADJUDICATOR = "adjudicator", _("裁定人")
    DEPUTY_LEADER = "deputy_leader", _("分管领导")
    MAIN_LEADER = "main_leader", _("主要领导")


class Ground(models.TextChoices):
    """Why an order is "especially complex" (S4-R43)."""

    OUTSIDE_EVIDENCE = "outside_evidence", _("涉及系统外单位调查取证")
    ECONOMIC_PENALTY = "economic_penalty", _("涉及经济处罚")
    ACCOUNTABILITY = "accountability", _("涉及责任追究")
    OTHER = "other", _("其他特别复杂的情况")


class PromiseKind(models.TextChoices):
    """What was promised to the customer, with a time."""

    DELAY = "delay", _("延迟答复")
    APPOINTMENT = "appointment", _("上门预约")
    CONNECTION = "connection", _("接电")


class UrgeLevel(models.TextChoices):
    """How hard the hotline presses; each level needs the one before it to have brought nothing."""

    URGE = "urge", _("催办")
    NOTICE = "notice", _("书面催办")
    CRITICISM = "criticism", _("通报批评")


class EscalationCause(models.TextChoices):
    """Why an order lies before a head (B23)."""

    OVERDUE = "overdue", _("逾期")
    URGED = "urged", _("催办")
    SUPERVISED = "supervised", _("督办")


class EscalationAct(models.TextChoices):
    """What a head or leader does with it (B23)."""

    TAKEN = "taken", _("亲自承办")
    REASSIGNED = "reassigned", _("改派经办人")
    PASSED_UP = "passed_up", _("上报上级")
    INSTRUCTED = "instructed", _("批示退回")


class Stage(models.TextChoices):
    """When a deadline is spoken of: before it, on its day, and after it ever higher up."""

    BEFORE = "before", _("到期前")
    DUE = "due", _("到期日")
    LATE_1 = "late_1", _("逾期")
    LATE_2 = "late_2", _("逾期第 2 个工作日")
    LATE_3 = "late_3", _("逾期第 3 个工作日")


class Flag(models.TextChoices):
    """What may be said of a complaint, with approval only (S0-R17, A25)."""

    VALUED = "valued", _("合理诉求（奖励）")
    MALICIOUS = "malicious", _("恶意投诉")
