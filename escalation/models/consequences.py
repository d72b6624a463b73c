"""What follows a verified complaint: correction, self-inspection, accountability, money back, praise and blame."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.models.approvals import Approval
from escalation.money import CompensationKind, Measure, RecordKind


class Rectification(models.Model):
    """S4-R48: who puts what right by when, what proves it, who accepted it. Archive waits until it is issued."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="rectifications")
    department = models.ForeignKey(
        "people.Department", verbose_name=_("整改部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        "people.User", verbose_name=_("整改负责人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    measures = models.TextField(_("整改措施"))
    due_on = models.DateField(_("整改期限"))
    issued_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    issued_at = models.DateTimeField(_("下达时间"))
    proof = models.TextField(_("整改情况"), blank=True)
    submitted_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    submitted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(_("验收时间"), null=True)
    missing = models.TextField(_("退回原因"), blank=True)

    class Meta:
        verbose_name = _("整改通知")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(submitted_at__isnull=False),
                name="rectification_accepted_after_proof",
            )
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(accepted_at__isnull=True), name="rectification_open_by_due")
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.due_on:%F}"


class SelfInspection(models.Model):
    """S1-R28: other departments look whether they have the same fault."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="self_inspections")
    department = models.ForeignKey(
        "people.Department", verbose_name=_("自查部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    task = models.TextField(_("自查内容"))
    due_on = models.DateField(_("完成期限"))
    issued_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    issued_at = models.DateTimeField()
    result = models.TextField(_("自查结果"), blank=True)
    done_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("自查任务")
        indexes = [
            models.Index(
                fields=["department", "due_on"], condition=Q(done_at__isnull=True), name="self_inspection_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.department_id}"


class Accountability(models.Model):
    """S1-R27: one person held to account for an order: in which role, by which measure, for how much, by which notice.
    Several rows per order; rows are only ever added."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="accountabilities")
    person = models.ForeignKey(
        "people.User", verbose_name=_("责任人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    role = models.CharField(_("岗位"), max_length=40)
    measure = models.CharField(_("处理"), max_length=16, choices=Measure.choices)
    amount = models.DecimalField(_("金额（元）"), max_digits=10, decimal_places=2, null=True)
    notice = models.CharField(_("文号或说明"), max_length=120)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("责任追究")
        constraints = [models.CheckConstraint(condition=Q(amount__gte=0), name="accountability_amount_not_negative")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.measure}"


class ServiceRecord(models.Model):
    """S2-R16, S0-R17: praise, criticism, a deadline, serious handling, a suggestion taken up. Only ever added."""

    kind = models.CharField(_("类别"), max_length=12, choices=RecordKind.choices)
    order = models.ForeignKey("complaints.Order", null=True, on_delete=models.PROTECT, related_name="service_records")
    person = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField(_("事由"))
    amount = models.DecimalField(_("奖励（元）"), max_digits=10, decimal_places=2, null=True)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("奖惩记录")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F}"


class Compensation(Approval):
    """S0-R37, S1-R13, S3-R12: money to the customer, executed only after approval; archive waits for the decision."""

    form = models.CharField(_("方式"), max_length=16, choices=CompensationKind.choices)
    amount = models.DecimalField(_("金额（元）"), max_digits=12, decimal_places=2)
    charged = models.DecimalField(_("原收费（元）"), max_digits=12, decimal_places=2, null=True)
    correct = models.DecimalField(_("应收费（元）"), max_digits=12, decimal_places=2, null=True)
    visit_on = models.DateField(_("登门致歉日期"), null=True)

    class Meta:
        verbose_name = _("补偿退费")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="compensation_amount_positive")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.form} {self.amount}"
