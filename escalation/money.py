"""The words of money: penalties, rulings, appeals and what follows a verified complaint."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PenaltyKind(models.TextChoices):
    """What a line is charged for; ``CAP`` takes off what passes the monthly ceiling (A10)."""

    OVERDUE = "overdue", _("逾期")
    UNQUALIFIED = "unqualified", _("不合格")
    REPEAT = "repeat", _("再次反映")
    CAP = "cap", _("封顶调减")


class PersonsFrom(models.TextChoices):
    """Where the number of persons came from (A8, B16); ``NOTHING`` is flagged (F23)."""

    HEADCOUNT = "headcount", _("部门当天在岗人数")
    NAMED = "named", _("指定责任人")
    NOTHING = "nothing", _("当天没有登记人数")


class Cause(models.TextChoices):
    """Why a line was taken back."""

    NOT_OWED = "not_owed", _("不再应扣")
    REATTRIBUTED = "reattributed", _("改归其他部门")
    CORRECTED = "corrected", _("更正后重计")
    WAIVED = "waived", _("减免")
    APPEALED = "appealed", _("申诉成立")


BARRING = frozenset({Cause.WAIVED, Cause.APPEALED})
"""Causes after which the same key is not charged again."""


class Status(models.TextChoices):
    """B1: derived, never stored."""

    PROVISIONAL = "provisional", _("暂记")
    PROPOSED = "proposed", _("拟扣")
    FINAL = "final", _("已确认")
    VOID = "void", _("已撤销")


class HoldCause(models.TextChoices):
    CLOCK = "clock", _("时钟异常")
    CALENDAR = "calendar", _("日历未公布")


class RulingKind(models.TextChoices):
    UNQUALIFIED = "unqualified", _("不合格工单")
    REPEAT = "repeat", _("再次反映")


class RulingGround(models.TextChoices):
    """S4-R49: the only grounds of an unqualified ruling; a repeat has its own (S4-R50)."""

    INCOMPLETE = "incomplete", _("未完全答复诉求")
    INACCURATE = "inaccurate", _("答复不准确")
    UNTRUE = "untrue", _("答复不属实")
    DISSATISFIED = "dissatisfied", _("客户不满意")
    REPEAT_CONTACT = "repeat_contact", _("引起再次咨询、举报投诉")


UNQUALIFIED_GROUNDS = (
    RulingGround.INCOMPLETE,
    RulingGround.INACCURATE,
    RulingGround.UNTRUE,
    RulingGround.DISSATISFIED,
)


class RulingStatus(models.TextChoices):
    PROPOSED = "proposed", _("待裁定")
    CONFIRMED = "confirmed", _("已裁定")
    DISMISSED = "dismissed", _("不予裁定")
    OVERTURNED = "overturned", _("申诉后撤销")


class AppealKind(models.TextChoices):
    """What is put before the Party & Admin Office against money: an appeal, a waiver, a question about the rules."""

    APPEAL = "appeal", _("申诉")
    WAIVER = "waiver", _("减免")
    DISPUTE = "dispute", _("规则异议")


class AppealStatus(models.TextChoices):
    PENDING = "pending", _("待决定")
    UPHELD = "upheld", _("成立")
    REFUSED = "refused", _("不成立")


class Measure(models.TextChoices):
    """What became of a person answerable (S1-R27, S2-R16)."""

    EDUCATION = "education", _("批评教育")
    CRITICISM = "criticism", _("通报批评")
    DEDUCTION = "deduction", _("扣发奖金")
    TRANSFER = "transfer", _("调离岗位")
    DISCIPLINE = "discipline", _("纪律处分")


class RecordKind(models.TextChoices):
    """S2-R16, S0-R17."""

    REWARD = "reward", _("表彰奖励")
    EDUCATION = "education", _("批评教育")
    DEADLINE = "deadline", _("限期整改")
    SERIOUS = "serious", _("严肃处理")
    SUGGESTION = "suggestion", _("采纳合理建议")


class CompensationKind(models.TextChoices):
    """S0-R37, S1-R13, S3-R12."""

    COMPENSATION = "compensation", _("赔偿")
    REFUND = "refund", _("退补电费")
    WAIVER = "waiver", _("费用减免")
