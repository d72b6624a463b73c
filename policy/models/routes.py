"""Where orders go: subcategories, dated routing rules, and which station carries what (S4-R25 to R32, B12)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from policy.vocabulary import Category, Kind, Variant


class Subcategory(models.Model):
    """A finer heading below a category, with what the agent should ask (S4-R13)."""

    category = models.CharField(_("分类"), max_length=30, choices=Category)
    code = models.SlugField(_("代码"), max_length=40)
    name = models.CharField(_("名称"), max_length=30)
    initials = models.CharField(_("拼音首字母"), max_length=12, help_text=_("受理页按键查找用，小写"))
    prompts = models.JSONField(_("提问要点"), default=list, blank=True, help_text=_("受理时逐条提示坐席（S4-R13）"))
    variant = models.CharField(_("子类组"), max_length=20, choices=Variant, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("子类")
        verbose_name_plural = _("子类")
        ordering = ["category", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="policy_subcategory_code")]

    def __str__(self) -> str:
        return self.name


class RoutingRule(models.Model):
    """Where orders of a category go from a date on (S4-R25 to R32, B12).

    Among the rows of the same key (category, kind, subcategory, variant) the newest one not after the day holds; one
    that is not active ends the key from its date on. Among keys the most specific wins: subcategory, variant, kind.
    """

    category = models.CharField(_("分类"), max_length=30, choices=Category)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind, blank=True, help_text=_("留空为所有类型"))
    subcategory = models.ForeignKey(
        Subcategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("子类")
    )
    variant = models.CharField(_("子类组"), max_length=20, choices=Variant, blank=True)
    lead = models.ForeignKey(
        "people.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("牵头部门")
    )
    by_station = models.BooleanField(
        _("供电所优先"), default=False, help_text=_("工单所在供电所承担该类时由其牵头，否则由牵头部门（B12）")
    )
    cc = models.ManyToManyField("people.Department", blank=True, related_name="+", verbose_name=_("抄送"))
    cooperating = models.ManyToManyField("people.Department", blank=True, related_name="+", verbose_name=_("配合部门"))
    rule_id = models.CharField(_("规则编号"), max_length=20, blank=True)
    basis = models.CharField(_("依据"), max_length=200, help_text=_("条文原文，派单时显示"))
    effective_from = models.DateField(_("生效日期"))
    is_active = models.BooleanField(_("有效"), default=True, help_text=_("无效的行表示该路由自此日起停用"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = _("派单路由")
        verbose_name_plural = _("派单路由")
        ordering = ["category", "-effective_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "kind", "subcategory", "variant", "effective_from"],
                nulls_distinct=False,
                name="policy_route_key_date",
                violation_error_message=_("同一分类、类型、子类在这一天已有一行，请换一个生效日期"),
            ),
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(lead__isnull=False), name="policy_route_has_lead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.effective_from:%Y-%m-%d}"


class StationDuty(models.Model):
    """Whether a station carries a category itself, from a date on (S4-R29 to R31, B12)."""

    station = models.ForeignKey(
        "people.Department", models.PROTECT, related_name="station_duties", verbose_name=_("供电所")
    )
    category = models.CharField(_("分类"), max_length=30, choices=Category)
    effective_from = models.DateField(_("生效日期"))
    carries = models.BooleanField(_("承担"), default=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(_("录入时间"))

    class Meta:
        verbose_name = _("供电所职责")
        verbose_name_plural = _("供电所职责")
        ordering = ["category", "station", "-effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["station", "category", "effective_from"], name="policy_duty_date")
        ]

    def __str__(self) -> str:
        return f"{self.station_id} {self.category} {self.effective_from:%Y-%m-%d}"
