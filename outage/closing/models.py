"""What must stand before an outage is closed: the ledger, what customers said, the review, its gaps and actions."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class FeedbackSource(models.TextChoices):
    CALL = "call", _("来电")
    GROUP = "group", _("网格群")
    VISIT = "visit", _("走访")
    COMPLAINT = "complaint", _("投诉、意见")
    MEDIA = "media", _("媒体网络")


class Ledger(models.Model):
    """台账: one per outage, corrected until it is closed; what it said before stands in the stream."""

    outage = models.OneToOneField("outage.Outage", models.PROTECT, related_name="ledger")
    course = models.TextField(_("经过"))
    cause = models.CharField(_("查明的原因"), max_length=300)
    impact = models.CharField(_("影响"), max_length=300)
    measures = models.TextField(_("处置措施"))
    no_feedback_reason = models.CharField(
        _("没有客户意见的说明"), max_length=200, blank=True, help_text=_("确实没有客户意见时写明怎样核实的")
    )
    version = models.PositiveIntegerField(default=1)
    kept_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("停电台账")

    def __str__(self) -> str:
        return str(self.outage_id)


class CustomerFeedback(models.Model):
    """What customers said about the outage, and what they were answered."""

    outage = models.ForeignKey("outage.Outage", models.PROTECT, related_name="feedback")
    source = models.CharField(_("来源"), max_length=12, choices=FeedbackSource.choices)
    text = models.CharField(_("意见"), max_length=500)
    answer = models.CharField(_("答复或处理"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("客户意见")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.source}"


class Review(models.Model):
    """复盘: when it was held, by whom, to which conclusion."""

    outage = models.OneToOneField("outage.Outage", models.PROTECT, related_name="review")
    held_on = models.DateField(_("复盘日期"))
    attended = models.CharField(_("参加人"), max_length=200)
    conclusion = models.TextField(_("结论"))
    version = models.PositiveIntegerField(default=1)
    kept_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    kept_at = models.DateTimeField()

    class Meta:
        verbose_name = _("停电复盘")

    def __str__(self) -> str:
        return str(self.outage_id)


class GapExplanation(models.Model):
    """Why a gap the system found came about; ``key`` names the gap, the newest explanation counts."""

    outage = models.ForeignKey("outage.Outage", models.PROTECT, related_name="gap_explanations")
    key = models.CharField(max_length=80)
    text = models.CharField(_("说明"), max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["outage", "id"]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.key}"


class ReviewAction(models.Model):
    """What is to be done better, by whom and until when; goes on after the outage is closed."""

    outage = models.ForeignKey("outage.Outage", models.PROTECT, related_name="review_actions")
    what = models.CharField(_("改进措施"), max_length=300)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("责任人"))
    due_on = models.DateField(_("完成期限"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    result = models.CharField(_("完成情况"), max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("复盘改进措施")
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(done_at__gte=F("created_at")), name="review_action_done_after_set"
            )
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at__isnull=True), name="review_actions_open")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.pk}"
