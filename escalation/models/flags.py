"""Valued and malicious complaints: said of an order only after somebody else agreed (S0-R17, A25)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from escalation.models.approvals import Approval
from escalation.vocabulary import Flag


class OrderFlag(Approval):
    """The flag asked for; it holds once the case is approved. It never blocks intake, work or deadline (A25)."""

    flag = models.CharField(_("标记"), max_length=12, choices=Flag.choices)

    class Meta:
        verbose_name = _("诉求标记")

    def __str__(self) -> str:
        return f"{self.order_id} {self.flag}"
