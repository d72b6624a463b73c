"""A case put before somebody for decision, and its steps: one shape for every kind of approval.

What a kind needs besides stands in a child table (``Extension``); what happens after the last step in
``escalation.approvals``. One case of a kind waits per order; a step is decided once.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.vocabulary import ApprovalStatus, Decision, Rung


class Approval(models.Model):
    """``kind`` is a key of ``escalation.approvals.KINDS``. ``text`` is the requester's reasoning, ``evidence`` files
    of the order; ``acting_for`` in whose place the requester stood. Status moves away from pending once, for good."""

    kind = models.CharField(_("审批类别"), max_length=24)
    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="approvals")
    status = models.CharField(max_length=12, choices=ApprovalStatus.choices, default=ApprovalStatus.PENDING)
    requested_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("提出时间"))
    acting_for = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department", verbose_name=_("提出部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField(_("理由"))
    evidence: "models.ManyToManyField[models.Model, models.Model]" = models.ManyToManyField(
        "complaints.Attachment", verbose_name=_("附件"), related_name="+"
    )
    closed_at = models.DateTimeField(null=True, help_text="when it stopped waiting, whatever became of it")

    class Meta:
        verbose_name = _("审批")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"],
                condition=Q(status=ApprovalStatus.PENDING),
                name="one_pending_approval_per_order_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(status=ApprovalStatus.PENDING, closed_at__isnull=True)
                | (~Q(status=ApprovalStatus.PENDING) & Q(closed_at__isnull=False)),
                name="approval_closed_with_its_status",
            ),
            models.CheckConstraint(condition=Q(status__in=ApprovalStatus.values), name="approval_status_known"),
        ]
        indexes = [
            models.Index(
                fields=["requested_at"], condition=Q(status=ApprovalStatus.PENDING), name="approval_pending_oldest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id} {self.status}"


class ApprovalStep(models.Model):
    """One rung of the chain, in order of ``position`` from 1; undecided while ``decision`` is empty."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    rung = models.CharField(max_length=16, choices=Rung.choices)
    decision = models.CharField(max_length=12, choices=Decision.choices, blank=True)
    opinion = models.TextField(_("审批意见"), blank=True)
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    acting_for = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("审批步骤")
        ordering = ["approval", "position"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "position"], name="approval_step_position_once"),
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | (Q(decision__in=Decision.values) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="approval_step_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.position} {self.rung} {self.decision}"
