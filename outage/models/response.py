"""People: the reporting chain, who is on site, what was done, who was called."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.vocabulary import ChainLevel, ContactResult, Crew, DutyReason, MeasureKind, Presence


class ChainStep(models.Model):
    """One of the five levels (S0-R01): told, reminded, acknowledged and forwarded, or skipped (B14)."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="chain", db_index=False)
    level = models.PositiveSmallIntegerField(_("级别"), choices=ChainLevel.choices)
    sent_at = models.DateTimeField(_("送达"), null=True, help_text="null: waits for the level below")
    reminded_at = models.DateTimeField(_("提醒"), null=True)
    skipped_at = models.DateTimeField(_("跳过"), null=True)
    acknowledged_at = models.DateTimeField(_("知悉"), null=True)
    acknowledged_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("逐级上报")
        ordering = ["outage", "level"]
        constraints = [
            models.UniqueConstraint(fields=["outage", "level"], name="one_chain_step_per_level"),
            models.CheckConstraint(condition=Q(level__in=ChainLevel.values), name="chain_level_known"),
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                condition=Q(sent_at__isnull=False, acknowledged_at__isnull=True, skipped_at__isnull=True),
                name="chain_waiting_by_sent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.level}"


class Attendance(models.Model):
    """Somebody who must be there (S0-R06, R07; A19, B15), and when, where and with which picture they were."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="attendances", db_index=False)
    person = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    post = models.CharField(_("岗位"), max_length=40, help_text="role at the time, in words")
    crew = models.CharField(_("分组"), max_length=8, choices=Crew.choices)
    presence = models.CharField(_("方式"), max_length=12, choices=Presence.choices, default=Presence.ON_SITE)
    reason = models.CharField(_("缘由"), max_length=12, choices=DutyReason.choices, blank=True)
    required = models.BooleanField(_("必须"), default=True)
    asked_at = models.DateTimeField(_("通知时间"))
    called_at = models.DateTimeField(_("催促时间"), null=True)
    arrived_at = models.DateTimeField(_("到岗时间"), null=True)
    recorded_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    latitude = models.DecimalField(_("纬度"), max_digits=8, decimal_places=5, null=True)
    longitude = models.DecimalField(_("经度"), max_digits=8, decimal_places=5, null=True)
    photo = models.ForeignKey("outage.OutagePhoto", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("到岗")
        ordering = ["outage", "crew", "id"]
        constraints = [
            models.UniqueConstraint(fields=["outage", "person", "presence"], name="one_attendance_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.person_id}"


class Measure(models.Model):
    """Something done for the customers meanwhile, with time and person (S0-R07, R09, R33)."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField(_("事项"), max_length=20, choices=MeasureKind.choices)
    text = models.CharField(_("内容"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("保障措施")
        ordering = ["outage", "at", "id"]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.kind}"


class SensitiveContact(models.Model):
    """A call on one sensitive user of the dark areas and how it went (S0-R08). Restricted view."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="sensitive_contacts")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("联系时间"))
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    result = models.CharField(_("结果"), max_length=12, choices=ContactResult.choices)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("敏感用户联系")
        ordering = ["outage", "at", "id"]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.customer_id}"
