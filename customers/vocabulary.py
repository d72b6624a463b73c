"""The words of the customer register: how people are fed and who needs care. Codes are stored, labels are shown."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Segment(models.TextChoices):
    """Customer segment (S1-R07)."""

    RESIDENTIAL = "residential", _("居民")
    COMMERCIAL = "commercial", _("商业")
    INDUSTRIAL = "industrial", _("工业")
    AGRICULTURAL = "agricultural", _("农业")
    OTHER = "other", _("其他")


class Supply(models.TextChoices):
    """Fed by a shared transformer or by one of its own (S1-R07)."""

    PUBLIC = "public", _("综合变")
    DEDICATED = "dedicated", _("专变")


class AreaClass(models.TextChoices):
    """Class of a transformer area; limits of arrival at the scene depend on it."""

    URBAN = "urban", _("城区")
    RURAL = "rural", _("农村")
    REMOTE = "remote", _("偏远")


class VulnerableKind(models.TextChoices):
    """Why a customer gets help at home first (S1-R08). Restricted view."""

    FIVE_GUARANTEES = "five_guarantees", _("五保户")
    MARTYR_FAMILY = "martyr_family", _("军烈属")
    DISABLED = "disabled", _("残疾人")
    LIVING_ALONE = "living_alone", _("独居老人")
    HOME_MEDICAL = "home_medical", _("家用医疗设备")
    LOW_INCOME = "low_income", _("低保户")


class LoadClass(models.TextChoices):
    """How grave a loss of supply is for an important user (S1-R31)."""

    FIRST = "first", _("一级负荷")
    SECOND = "second", _("二级负荷")
    THIRD = "third", _("三级负荷")


class RunStatus(models.TextChoices):
    """Life of an uploaded file: looked at, then applied, thrown away or too old."""

    PREVIEWED = "previewed", _("待确认")
    APPLIED = "applied", _("已导入")
    DISCARDED = "discarded", _("已放弃")
    EXPIRED = "expired", _("已过期")
