"""Words of arrears disconnection."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFTED = "drafted", _("待核查")
    CHECKED = "checked", _("待审批")
    APPROVED = "approved", _("待送达通知书")
    NOTIFIED = "notified", _("待停电")
    EXECUTED = "executed", _("已停电")
    PAID = "paid", _("待复电")
    RECONNECTED = "reconnected", _("已复电")
    SETTLED = "settled", _("停电前结清")
    CANCELLED = "cancelled", _("已撤回")


BEFORE_CUT = (State.DRAFTED, State.CHECKED, State.APPROVED, State.NOTIFIED)
OPEN = (*BEFORE_CUT, State.EXECUTED, State.PAID)
RAIL = (State.DRAFTED, State.CHECKED, State.APPROVED, State.NOTIFIED, State.EXECUTED, State.PAID)


class Risk(models.TextChoices):
    """What S1-R23 asks about before anybody is cut off."""

    SHARED_METER = "shared_meter", _("合表用电")
    COMMON_LIGHTING = "common_lighting", _("公共照明、电梯、水泵")
    MOVED = "moved", _("租户或业主已更换")
    PAID_TO_MANAGER = "paid_to_manager", _("电费已交物业或代收点")


class Delivery(models.TextChoices):
    """How the notice reached the customer."""

    IN_PERSON = "in_person", _("当面送达并签收")
    LEFT = "left", _("留置送达并拍照")
    REGISTERED_MAIL = "registered_mail", _("挂号信、快递签收")
    NOTARY = "notary", _("公证送达")


class Told(models.TextChoices):
    """How the second notice was given."""

    PHONE = "phone", _("电话录音")
    SMS = "sms", _("短信")
    ON_SITE = "on_site", _("现场告知")
