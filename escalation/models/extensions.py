"""More time for an order, as asked for and decided (S4-R43..R45)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from escalation.models.approvals import Approval
from escalation.vocabulary import Ground


class Extension(Approval):
    """``limit_days`` and ``from_days`` are total working days from registration (A5); ``from_on`` is the due date when
    it was asked for, ``to_on`` the one asked for, both by the calendar of ``calendar_version``."""

    ground = models.CharField(_("延期情形"), max_length=20, choices=Ground.choices)
    from_on = models.DateField(_("原到期日"))
    from_days = models.PositiveSmallIntegerField()
    to_on = models.DateField(_("申请延至"))
    limit_days = models.PositiveSmallIntegerField(_("合计工作日"))
    provisional = models.BooleanField(_("暂定"), default=False)
    calendar_version = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("延期申请")
        constraints = [
            models.CheckConstraint(condition=models.Q(limit_days__gt=models.F("from_days")), name="extension_adds_days")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.to_on}"
