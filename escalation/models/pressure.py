"""Orders that do not move: urged, supervised, laid before a head (催办, 督办, B23). Each step is dated and stays."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.vocabulary import EscalationAct, EscalationCause, Rung, UrgeLevel


class Urge(models.Model):
    """The hotline presses the lead department: a call, then a written notice, then criticism before all."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="urges")
    level = models.CharField(_("催办方式"), max_length=12, choices=UrgeLevel.choices)
    text = models.TextField(_("催办内容"))
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("催办时间"))
    seq = models.PositiveIntegerField(help_text="of its event: what the department did later is its reply")

    class Meta:
        verbose_name = _("催办")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.level}"


class Supervision(models.Model):
    """A leader follows the order until he lets go of it; one at a time."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="supervisions")
    text = models.TextField(_("督办要求"))
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("督办时间"))
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("督办")
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(ended_at__isnull=True), name="one_live_supervision_per_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%F}"


class Escalation(models.Model):
    """An overdue, urged or supervised order lies before somebody (B23). ``rung`` is where it lies now; it ends when
    taken or reassigned, or with the department's feedback (``fed_back``, which a returned feedback undoes)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="escalations")
    cause = models.CharField(_("缘由"), max_length=12, choices=EscalationCause.choices)
    since = models.DateTimeField(help_text="when it fell due, was urged or supervised: raised once for each")
    raised_at = models.DateTimeField(_("上报时间"))
    rung = models.CharField(max_length=16, choices=Rung.choices, default=Rung.HEAD)
    rung_since = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    fed_back = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("逐级上报")
        constraints = [
            models.UniqueConstraint(fields=["order", "cause", "since"], name="escalation_raised_once"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(closed_at__isnull=True), name="one_open_escalation_per_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.cause}"


class EscalationStep(models.Model):
    """What somebody did with it, and when."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=12, choices=EscalationAct.choices)
    rung = models.CharField(max_length=16, choices=Rung.choices)
    opinion = models.TextField(_("意见"), blank=True)
    handler = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    acting_for = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("上报处理")
        ordering = ["escalation", "id"]

    def __str__(self) -> str:
        return f"{self.escalation_id} {self.act}"
