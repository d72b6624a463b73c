"""Rulings on orders and what is put before somebody against them (S4-R49, R50, R52, A14-A16, B4, B5)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.money import AppealKind, AppealStatus, RulingGround, RulingKind, RulingStatus


class Ruling(models.Model):
    """Proposed by the hotline director, or by the system for a repeat contact (``proposed_by`` None); decided by the
    adjudicator, or the deputy leader where the Party & Admin Office is a party (B4). ``charges`` is settled at the
    decision: on-time feedback for an unqualified ruling, a confirmed unqualified ruling for a repeat (B5)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="rulings", db_index=False)
    kind = models.CharField(_("裁定"), max_length=12, choices=RulingKind.choices)
    ground = models.CharField(_("情形"), max_length=16, choices=RulingGround.choices)
    text = models.TextField(_("说明"), blank=True)
    repeat_order = models.ForeignKey(
        "complaints.Order", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        "people.Department", verbose_name=_("责任部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(max_length=12, choices=RulingStatus.choices, default=RulingStatus.PROPOSED)
    proposed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("裁定时间"), null=True)
    decided_on = models.DateField(null=True, help_text="Shanghai day of the decision: the day of its charge")
    opinion = models.TextField(_("裁定意见"), blank=True)
    charges = models.BooleanField(default=False)
    appeal_until = models.DateField(_("申诉截止"), null=True)

    class Meta:
        verbose_name = _("裁定")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(status__in=[RulingStatus.PROPOSED, RulingStatus.CONFIRMED]),
                name="one_live_ruling_per_order_and_kind",
            ),
            models.UniqueConstraint(
                fields=["order", "repeat_order"], condition=Q(kind=RulingKind.REPEAT), name="repeat_proposed_once"
            ),
            models.CheckConstraint(
                condition=Q(status=RulingStatus.PROPOSED, decided_at__isnull=True, decided_on__isnull=True)
                | (~Q(status=RulingStatus.PROPOSED) & Q(decided_at__isnull=False, decided_on__isnull=False)),
                name="ruling_decided_with_its_day",
            ),
            models.CheckConstraint(
                condition=(Q(kind=RulingKind.REPEAT) & Q(repeat_order__isnull=False))
                | (Q(kind=RulingKind.UNQUALIFIED) & Q(repeat_order__isnull=True)),
                name="ruling_repeat_names_the_order",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(status=RulingStatus.PROPOSED), name="ruling_to_decide"),
            models.Index(fields=["department", "-id"], name="ruling_by_department"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind} {self.status}"


class Appeal(models.Model):
    """Against a ruling, or against lines of the ledger, or about the rules themselves. Decided once, by somebody who
    neither filed it nor took the first decision (B4). Upheld: the lines are void, for good."""

    kind = models.CharField(_("类别"), max_length=8, choices=AppealKind.choices)
    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="appeals", db_index=False)
    ruling = models.ForeignKey(Ruling, null=True, on_delete=models.PROTECT, related_name="appeals")
    lines: "models.ManyToManyField[models.Model, models.Model]" = models.ManyToManyField(
        "escalation.Penalty", verbose_name=_("扣罚"), related_name="appeals"
    )
    department = models.ForeignKey(
        "people.Department", verbose_name=_("部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField(_("理由"))
    filed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("提出时间"))
    status = models.CharField(max_length=8, choices=AppealStatus.choices, default=AppealStatus.PENDING)
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("决定时间"), null=True)
    opinion = models.TextField(_("决定意见"), blank=True)

    class Meta:
        verbose_name = _("申诉")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=AppealStatus.PENDING, decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status=AppealStatus.PENDING) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="appeal_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["ruling"],
                condition=Q(status=AppealStatus.PENDING, ruling__isnull=False),
                name="one_pending_appeal_per_ruling",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(status=AppealStatus.PENDING), name="appeal_to_decide"),
            models.Index(fields=["order", "-id"], name="appeal_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id} {self.status}"
