"""Forms kept in the house, targets of the appraisal, and who gets the report by mail."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Record(models.Model):
    """One filled form of ``reports.record_kinds.KINDS`` with its 填报单位 and 填报日期 (S0-R26). A correction is a new
    row that replaces the old one: what was filed stays readable."""

    kind = models.CharField(_("表单"), max_length=24)
    department = models.ForeignKey(
        "people.Department", verbose_name=_("填报单位"), on_delete=models.PROTECT, related_name="+"
    )
    filed_on = models.DateField(_("填报日期"))
    data = models.JSONField(default=dict, help_text="{blank: value}")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    answer_by = models.DateField(_("答复期限"), null=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("记录表")
        ordering = ["-filed_on", "-id"]
        indexes = [models.Index(fields=["kind", "-filed_on", "-id"], name="record_newest_of_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.filed_on:%F}"


class Target(models.Model):
    """Target and weight of one indicator of the appraisal from a day on; a row in force is never changed (S2-R15)."""

    indicator = models.CharField(_("指标"), max_length=32)
    effective_from = models.DateField(_("生效日期"))
    target = models.DecimalField(
        _("目标值"), max_digits=8, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    weight = models.DecimalField(
        _("权重"), max_digits=5, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("考核目标")
        ordering = ["indicator", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["indicator", "effective_from"], name="target_once_a_day")]

    def __str__(self) -> str:
        return f"{self.indicator} {self.effective_from:%F}"
