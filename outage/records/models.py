"""Four kinds of record. Each is written once; what comes later (returned, contacted) is added with name and time."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.records import permissions
from people.models import User


class RecordQuerySet(models.QuerySet["OutageRecord"]):
    def visible_to(self, user: User, *, now: datetime) -> Self:
        """Who works company-wide all, a station's people its own."""
        stations = permissions.stations_of(user, now=now)
        return self if stations is None else self.filter(unit_id__in=stations)


class Kind(models.TextChoices):
    ACCIDENT = "accident", _("事故、障碍记录")
    CUSTOMER_LINE = "customer_line", _("客户产权线路记录")
    MATERIAL = "material", _("材料短缺与借用")
    NOT_SOON = "not_soon", _("一时无法恢复的报告")


class OutageRecord(models.Model):
    """填报单位 and 填报日期 head every form (S0-R26); columns beyond that belong to one kind each.

    accident (S0-R26): ``grade, place, equipment, text`` course, ``cause, loss, measures``.
    customer_line (S0-R33): ``owner_name, owner_phone, told_crew_at, contacted_at, measures`` assistance, ``explained``.
    material (S0-R39): ``cause`` theft or defect, ``material, quantity, lender, returned_at, charge_note``.
    not_soon (S0-R32): ``text`` why, ``reported_to, dispatch_at, line_unit_at, expected_at``.
    """

    class Grade(models.TextChoices):
        ACCIDENT = "accident", _("事故")
        OBSTACLE = "obstacle", _("障碍")
        ABNORMAL = "abnormal", _("异常")

    class Cause(models.TextChoices):
        THEFT = "theft", _("盗窃、外力破坏")
        DEFECT = "defect", _("设备缺陷")
        OTHER = "other", _("其他")

    kind = models.CharField(_("记录"), max_length=16, choices=Kind.choices)
    unit = models.ForeignKey("people.Department", models.PROTECT, related_name="+", verbose_name=_("填报单位"))
    filled_on = models.DateField(_("填报日期"))
    outage = models.ForeignKey(
        "outage.Outage", models.PROTECT, null=True, blank=True, related_name="records", verbose_name=_("停电")
    )
    happened_at = models.DateTimeField(_("发生时间"))
    place = models.CharField(_("地点"), max_length=120, blank=True)
    text = models.TextField(_("经过"), blank=True)
    cause = models.CharField(_("原因"), max_length=300, blank=True)
    measures = models.TextField(_("措施"), blank=True)

    grade = models.CharField(_("性质"), max_length=10, choices=Grade.choices, blank=True)
    equipment = models.CharField(_("设备"), max_length=120, blank=True)
    loss = models.CharField(_("损失"), max_length=200, blank=True)

    owner_name = models.CharField(_("产权人"), max_length=60, blank=True)
    owner_phone = models.CharField(_("产权人电话"), max_length=20, blank=True)
    told_crew_at = models.DateTimeField(_("告知抢修人员"), null=True)
    contacted_at = models.DateTimeField(_("联系产权人"), null=True)
    explained = models.BooleanField(_("已向居民说明产权分界"), default=False)

    cause_kind = models.CharField(_("起因"), max_length=10, choices=Cause.choices, blank=True)
    material = models.CharField(_("材料"), max_length=120, blank=True)
    quantity = models.DecimalField(
        _("数量"), max_digits=10, decimal_places=2, null=True, validators=[MinValueValidator(0)]
    )
    measure_unit = models.CharField(_("单位"), max_length=12, blank=True)
    lender = models.CharField(_("借自"), max_length=80, blank=True)
    returned_at = models.DateTimeField(_("归还时间"), null=True)
    returned_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    charge_note = models.CharField(_("费用处理"), max_length=200, blank=True)

    reported_to = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("汇报对象")
    )
    dispatch_at = models.DateTimeField(_("联系调度"), null=True)
    line_unit_at = models.DateTimeField(_("联系线路单位"), null=True)
    expected_at = models.DateTimeField(_("预计送电"), null=True)

    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("填报人"))
    recorded_at = models.DateTimeField(_("填报时间"))

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("停电记录")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="outage_record_kind_known"),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | ~Q(lender=""), name="outage_record_returned_was_borrowed"
            ),
        ]
        indexes = [models.Index(fields=["kind", "-id"], name="outage_records_by_kind")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"JL-{self.pk:06d}"

    @property
    def waits_for_return(self) -> bool:
        return self.kind == Kind.MATERIAL and bool(self.lender) and self.returned_at is None
