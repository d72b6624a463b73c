"""What the sweeps leave of themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a sweep last went through: the sign that somebody is minding the clocks (F6, F25)."""

    job = models.CharField(_("任务"), max_length=32, primary_key=True)
    at = models.DateTimeField(_("最近完成"))
    marked = models.PositiveIntegerField(_("处理件数"), default=0)

    class Meta:
        verbose_name = _("巡检心跳")

    def __str__(self) -> str:
        return f"{self.job} {self.at:%F %T}"
