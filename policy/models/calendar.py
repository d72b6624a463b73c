"""What is known about working days, version by version, and the stamp that caches compare."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from policy.vocabulary import CalendarStatus


class CalendarVersion(models.Model):
    """One state of knowledge about one year; never changed, only followed by a higher number (F21)."""

    year = models.PositiveSmallIntegerField(_("年份"))
    number = models.PositiveSmallIntegerField(_("版本"))
    status = models.CharField(_("状态"), max_length=12, choices=CalendarStatus)
    source = models.CharField(_("来源"), max_length=300, blank=True)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    imported_at = models.DateTimeField(_("导入时间"))

    class Meta:
        verbose_name = _("日历版本")
        verbose_name_plural = _("日历版本")
        ordering = ["-year", "-number"]
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="policy_calendar_year_number")]

    def __str__(self) -> str:
        return f"{self.year} v{self.number}"


class CalendarDay(models.Model):
    """An exceptional day of a version: a day off (also on a weekend, for its name) or a make-up workday."""

    version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="days", verbose_name=_("日历版本"))
    date = models.DateField(_("日期"))
    is_workday = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        verbose_name = _("特殊日期")
        verbose_name_plural = _("特殊日期")
        ordering = ["date"]
        constraints = [models.UniqueConstraint(fields=["version", "date"], name="policy_calendar_day")]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class Stamp(models.Model):
    """One row whose number changes with every write to the tables above: what caches compare (policy.version)."""

    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("规则版本戳")
        verbose_name_plural = _("规则版本戳")

    def __str__(self) -> str:
        return str(self.number)
