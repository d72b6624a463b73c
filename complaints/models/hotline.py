"""What the desk keeps beside the order: the fault form, consent to a paid repair, calls handed up, reports of harassing
calls, and who is looking at an order just now."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import FaultScope, GuidanceResult, Ownership


class PaidConsent(models.Model):
    """The caller was told that the repair is charged, and agreed: who said which words when (S4-R18)."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("同意时间"))
    agent = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    phone = models.CharField(_("来电号码"), max_length=24, blank=True)
    text_version = models.CharField(_("告知版本"), max_length=20)
    text = models.TextField(_("告知内容"))

    class Meta:
        verbose_name = _("有偿服务同意记录")

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.text_version}"


class FaultReport(models.Model):
    """What the caller said about the fault (S4-R15..R18). A paid repair carries the consent that came before it."""

    order = models.OneToOneField("complaints.Order", on_delete=models.PROTECT, related_name="fault", primary_key=True)
    symptom = models.CharField(_("故障现象"), max_length=200, blank=True)
    began_at = models.DateTimeField(_("开始时间"), null=True)
    scope = models.CharField(_("影响范围"), max_length=12, choices=FaultScope.choices, blank=True)
    meter_no = models.CharField(_("表号"), max_length=24, blank=True)
    danger = models.BooleanField(_("危及人身"), default=False)
    ownership = models.CharField(_("产权"), max_length=12, choices=Ownership.choices)
    guidance = models.JSONField(_("电话引导步骤"), default=list, help_text="texts of the steps, in order")
    guidance_result = models.CharField(_("引导结果"), max_length=12, choices=GuidanceResult.choices, blank=True)
    paid = models.BooleanField(_("有偿服务"), default=False)
    consent = models.OneToOneField(PaidConsent, null=True, on_delete=models.PROTECT, related_name="fault")

    class Meta:
        verbose_name = _("故障报修记录")
        constraints = [
            models.CheckConstraint(condition=Q(paid=False) | Q(consent__isnull=False), name="paid_repair_has_consent"),
            models.CheckConstraint(
                condition=Q(paid=False) | Q(ownership=Ownership.CUSTOMER), name="paid_repair_on_customer_assets"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.ownership}"


class DeskHandover(models.Model):
    """A call or an order passed to the shift leader or supervisor, and who took it over when (S4-R23)."""

    order = models.ForeignKey("complaints.Order", null=True, on_delete=models.PROTECT, related_name="desk_handovers")
    call_id = models.CharField(max_length=64, blank=True)
    phone = models.CharField(_("来电号码"), max_length=24, blank=True)
    form = models.JSONField(default=dict, help_text="what had been typed: field name to values; {} for an order")
    to_role = models.CharField(_("转给"), max_length=24)
    reason = models.CharField(_("原因"), max_length=200)
    asked_at = models.DateTimeField(_("转接时间"))
    asked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    accepted_at = models.DateTimeField(_("接手时间"), null=True)
    accepted_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True)

    class Meta:
        verbose_name = _("转接记录")
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="desk_handover_waiting",
            ),
            models.Index(fields=["asked_by", "-asked_at"], name="desk_handover_asked"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True), name="desk_handover_ends_once"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="desk_handover_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%F %T} → {self.to_role}"


class HarassmentReport(models.Model):
    """The task of shift leader or supervisor that a harassing call leaves: to take note of it (S4-R21)."""

    call = models.OneToOneField(
        "complaints.Call", on_delete=models.PROTECT, related_name="harassment_report", primary_key=True
    )
    reported_at = models.DateTimeField(_("汇报时间"))
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True)
    acknowledged_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opinion = models.CharField(_("处理意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("骚扰电话报告")
        indexes = [
            models.Index(
                fields=["reported_at"], condition=Q(acknowledged_at__isnull=True), name="harassment_unacknowledged"
            )
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.reported_at:%F %T}"


class Presence(models.Model):
    """Somebody has the page of an order, or the form of one of its steps, open: a hint, never a lock (PEERS 15)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.CASCADE, related_name="presences", db_index=False)
    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    doing = models.CharField(max_length=40, blank=True, help_text="name of the step being filled in; '' is looking")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "user", "doing"], name="presence_once")]
        indexes = [models.Index(fields=["user", "seen_at"], name="presence_by_user")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.user_id} {self.doing}"
