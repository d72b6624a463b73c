"""The words an order's record is written in; codes from the glossary, labels in Chinese."""

from datetime import UTC, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

NO_LIMIT = datetime(9999, 1, 1, tzinfo=UTC)  # sorts behind every due date


class State(models.TextChoices):
    """The six states of a work order and its two side ends (S3-R01)."""

    REGISTERED = "registered", _("登记")
    CLASSIFIED = "classified", _("分类")
    INVESTIGATED = "investigated", _("调查")
    RESOLVED = "resolved", _("处理")
    CALLBACK = "callback", _("回访")
    ARCHIVED = "archived", _("归档")
    MERGED = "merged", _("已合并")
    WITHDRAWN = "withdrawn", _("已撤销")


RAIL = (
    State.REGISTERED,
    State.CLASSIFIED,
    State.INVESTIGATED,
    State.RESOLVED,
    State.CALLBACK,
    State.ARCHIVED,
)
ENDS = frozenset({State.ARCHIVED, State.MERGED, State.WITHDRAWN})
OPEN = tuple(state for state in State if state not in ENDS)
BEFORE_CALLBACK = (State.REGISTERED, State.CLASSIFIED, State.INVESTIGATED)


class CauseParty(models.TextChoices):
    """Who caused the matter; decides the measures asked for (S3-R11)."""

    COMPANY = "company", _("供电企业")
    CUSTOMER = "customer", _("用户")
    THIRD_PARTY = "third_party", _("第三方")
    FORCE_MAJEURE = "force_majeure", _("不可抗力")


class Satisfaction(models.TextChoices):
    """The customer's own rating at call-back; never preset (S0-R22)."""

    VERY_SATISFIED = "very_satisfied", _("非常满意")
    SATISFIED = "satisfied", _("满意")
    FAIR = "fair", _("一般")
    DISSATISFIED = "dissatisfied", _("不满意")
    NOT_RATED = "not_rated", _("客户未评价")


class Means(models.TextChoices):
    PHONE = "phone", _("电话")
    SMS = "sms", _("短信")
    VISIT = "visit", _("上门")
    WECHAT = "wechat", _("微信")
    EMAIL = "email", _("邮件")
    LETTER = "letter", _("书面")


class ContactResult(models.TextChoices):
    REACHED = "reached", _("已联系上")
    NO_ANSWER = "no_answer", _("无人接听")
    BUSY = "busy", _("占线或挂断")
    WRONG_NUMBER = "wrong_number", _("号码有误")
    CALL_LATER = "call_later", _("约定再联系")


class ContactPurpose(models.TextChoices):
    DEPARTMENT = "department", _("部门联系客户")
    CALLBACK = "callback", _("热线回访")


class CallbackBy(models.TextChoices):
    PHONE = "phone", _("电话")
    SMS = "sms", _("短信")


class Disposition(models.TextChoices):
    """What became of a contact (S0-R19, S4-R19..R21)."""

    ORDER = "order", _("生成工单")
    LINKED_ORDER = "linked_order", _("并入在办工单")
    LINKED_OUTAGE = "linked_outage", _("挂接停电事件")
    NO_ORDER = "no_order", _("不生成工单")


class NoOrderReason(models.TextChoices):
    WRONG_NUMBER = "wrong_number", _("打错电话")
    HARASSMENT = "harassment", _("骚扰电话")


class HungUpBy(models.TextChoices):
    CALLER = "caller", _("客户先挂")
    AGENT = "agent", _("坐席先挂")


class Mood(models.TextChoices):
    """How the caller sounded; a flag beside the agent's note (S4-R22)."""

    CALM = "calm", _("平和")
    UPSET = "upset", _("激动")
    ANGRY = "angry", _("发泄怒气")
    GRIEVED = "grieved", _("委屈")


class Ownership(models.TextChoices):
    """Whose line or device failed, as far as the call tells (S4-R16)."""

    UTILITY = "utility", _("供电企业")
    UNKNOWN = "unknown", _("无法判断")
    CUSTOMER = "customer", _("客户")


class FaultScope(models.TextChoices):
    """Who else is without supply (S4-R15)."""

    ONLY_HERE = "only_here", _("仅自家")
    NEIGHBOURS = "neighbours", _("邻居也停")
    UNSURE = "unsure", _("不清楚")


class GuidanceResult(models.TextChoices):
    """What became of looking for the fault by telephone (S4-R17)."""

    RESTORED = "restored", _("已恢复")
    NOT_RESTORED = "not_restored", _("未恢复")
    DECLINED = "declined", _("客户不便操作")


class Part(models.TextChoices):
    """The part a department has in an order beside the lead."""

    COOPERATING = "cooperating", _("协办")
    CC = "cc", _("抄送")


class FeedbackStatus(models.TextChoices):
    PENDING = "pending", _("待审核")
    ACCEPTED = "accepted", _("已通过")
    RETURNED = "returned", _("已退回")


class ArchiveGround(models.TextChoices):
    """Why an order may be archived; the last three are the only ways round a call-back (B9)."""

    CALLBACK = "callback", _("已回访")
    ANSWERED_ON_CALL = "answered_on_call", _("通话中当场答复")
    ANONYMOUS = "anonymous", _("匿名举报，不回访")
    UNREACHABLE = "unreachable", _("多次联系不上")
