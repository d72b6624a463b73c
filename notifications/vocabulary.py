"""The words messages are kept in; codes in English, labels in Chinese."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stream(models.TextChoices):
    """Where what is told happened."""

    ORDER = "order", _("工单")
    OUTAGE = "outage", _("停电")
    PLAN = "plan", _("计划停电")
    CUT = "cut", _("欠费停电")
    CALL = "call", _("来电")
    SYSTEM = "system", _("系统")


class Topic(models.TextChoices):
    """What people choose by: each topic has its own channels in the preferences."""

    DISPATCH = "dispatch", _("派单与交接")
    TIME = "time", _("时限与催督办")
    RESULT = "result", _("反馈、回访与归档")
    APPROVAL = "approval", _("审批与考核")
    OUTAGE = "outage", _("停电服务")
    CUSTOMER = "customer", _("客户短信")
    SYSTEM = "system", _("系统运行")


class ToKind(models.TextChoices):
    PERSON = "person", _("个人")
    GROUP = "group", _("群或系统")
    CUSTOMER = "customer", _("客户")


class DeliveryState(models.TextChoices):
    """The life of one delivery. ``unsent``: no such channel is set up, and nothing was sent."""

    PENDING = "pending", _("待发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已送出")
    CARRIED = "carried", _("并入汇总")
    UNSENT = "unsent", _("未发出（通道未配置）")
    HELD = "held", _("已过时，待人工决定")
    DEAD = "dead", _("未送达")
    WAITING = "waiting", _("待人工电话")
    DONE = "done", _("已人工办理")
    CANCELLED = "cancelled", _("已取消")


class Outcome(models.TextChoices):
    """How one attempt ended; empty while it runs, ``lost`` when its process died."""

    OK = "ok", _("已交付")
    TEMPORARY = "temporary", _("暂时失败")
    PERMANENT = "permanent", _("不可重试")
    LOST = "lost", _("结果未知")


def moved(to: DeliveryState, **also: object) -> dict[str, object]:
    """Columns of deliveries that move to a state, for set-based updates; leases end with it."""
    lease = {} if to == DeliveryState.SENDING else {"lease_until": None, "claimed_by": ""}
    return {"state": to, **lease, **also}


# States somebody should look at.
TROUBLE = (DeliveryState.DEAD, DeliveryState.HELD, DeliveryState.UNSENT)
# Told to the preferences page: what a person may choose besides the inbox, in the order of falling back.
PERSON_CHANNELS = ("wecom_app", "sms", "smtp")
INBOX, CALL = "inbox", "call"
TEST = "test"  # the note of a message an operator sent to try a channel
