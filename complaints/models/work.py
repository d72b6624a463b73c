"""What is recorded while an order is worked on: demands, parts, findings, feedback, contacts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import (
    CauseParty,
    ContactPurpose,
    ContactResult,
    FeedbackStatus,
    Means,
    Part,
    Satisfaction,
)


class Demand(models.Model):
    """One thing the customer asks for; each is answered by the feedback (S3-R04, S4-R35)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="demands", db_index=False)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("诉求"), max_length=200)
    answer = models.TextField(_("答复"), blank=True)

    class Meta:
        ordering = ["order", "position"]
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="demand_position_once")]

    def __str__(self) -> str:
        return self.text


class OrderDepartment(models.Model):
    """A department beside the lead: does a part, or is copied (S4-R26, S4-R32)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="parts", db_index=False)
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    part = models.CharField(max_length=12, choices=Part.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "department"], name="department_takes_one_part")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.part} {self.department_id}"


class SubAssignment(models.Model):
    """A part handed to a production unit or another department; the lead stays responsible (S4-R33)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="sub_assignments")
    department = models.ForeignKey(
        "people.Department", verbose_name=_("承办单位"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    task = models.TextField(_("任务"))
    due_on = models.DateField(_("子任务期限"))
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    result = models.TextField(_("结果"), blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["department", "due_on"], condition=models.Q(done_at__isnull=True), name="sub_assignment_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.department_id}"


class Investigation(models.Model):
    """What was planned, looked at and found (S3-R09..R11, S0-R21); a second look adds a second row."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="investigations")
    plan = models.TextField(_("调查方案"))
    evidence = models.JSONField(_("证据清单"), default=list, help_text="[{code, note}] of the items looked at")
    findings = models.TextField(_("调查事实"))
    verified = models.BooleanField(_("是否属实"))
    cause_party = models.CharField(_("责任方"), max_length=16, choices=CauseParty.choices)
    cause = models.TextField(_("原因"))
    sections = models.JSONField(_("专项记录"), default=dict, help_text="{section: {field: value}}, see sections.py")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%F}"


class Feedback(models.Model):
    """The department's result returned to the hotline (S4-R35, S3-R14)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="feedbacks")
    measures = models.TextField(_("处理措施"))
    basis = models.TextField(_("依据"))
    answers = models.JSONField(_("逐项答复"), default=list, help_text="[{demand, answer}] as submitted")
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    on_time = models.BooleanField(null=True, help_text="null where the order has no limit")
    status = models.CharField(max_length=10, choices=FeedbackStatus.choices, default=FeedbackStatus.PENDING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    missing = models.TextField(_("缺少的内容"), blank=True)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(status=FeedbackStatus.PENDING), name="one_feedback_under_review"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.status}"


class Contact(models.Model):
    """One attempt to reach the customer: by the department before feedback, by the hotline at call-back."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="contacts")
    purpose = models.CharField(max_length=12, choices=ContactPurpose.choices)
    at = models.DateTimeField(_("联系时间"))
    means = models.CharField(_("方式"), max_length=8, choices=Means.choices)
    result = models.CharField(_("结果"), max_length=16, choices=ContactResult.choices)
    note = models.TextField(_("内容"), blank=True)
    answered = models.BooleanField(_("已向客户答复处理结果"), default=False)
    satisfaction = models.CharField(_("满意度"), max_length=16, choices=Satisfaction.choices, blank=True)
    suggestion = models.TextField(_("客户建议"), blank=True)
    round = models.PositiveSmallIntegerField(default=0, help_text="reopenings of the order at that time")
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["order", "at", "id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.purpose} {self.result}"
