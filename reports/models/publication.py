"""The monthly report on its way to publication, and what was published, for ever (S4-R39, A21, B8).

``Release`` and ``ReleaseOrder`` are append-only: a database trigger refuses changes (0002_guards). Number 0 is the
report as signed; 1, 2, … are supplements.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.months import Month
from reports.workflow import PublicationFlow, Stage


class Publication(PublicationFlow):
    """One month's report; its stage is written by ``reports.publishing`` only."""

    month = models.DateField(_("月份"), unique=True, help_text="its first day")
    version = models.PositiveIntegerField(default=1)
    check_by = models.DateField(_("核对期限"))
    publish_by = models.DateField(_("公布期限"))
    generated_at = models.DateTimeField(_("生成时间"))
    signed_at = models.DateTimeField(_("签发时间"), null=True)
    signed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("公布时间"), null=True)
    published_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    late = models.BooleanField(_("逾期公布"), default=False)

    class Meta:
        verbose_name = _("月报")
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="publication_stage_known"),
            models.CheckConstraint(
                condition=Q(stage=Stage.PUBLISHED) ^ Q(published_at__isnull=True), name="publication_published_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def month_value(self) -> Month:
        return Month.of(self.month)


class CheckResult(models.TextChoices):
    CONFIRMED = "confirmed", _("已确认")
    OBJECTED = "objected", _("有异议")


class DepartmentCheck(models.Model):
    """A department's word on its own line; an objection is answered before the report is signed."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="checks")
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+")
    result = models.CharField(_("核对结果"), max_length=10, choices=CheckResult)
    objection = models.TextField(_("异议"), blank=True)
    checked_at = models.DateTimeField(_("核对时间"))
    checked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    line_hash = models.CharField(max_length=64, help_text="of the figures as they stood when checked")
    answer = models.TextField(_("答复"), blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("部门核对")
        constraints = [
            models.UniqueConstraint(fields=["publication", "department"], name="department_checks_once"),
            models.CheckConstraint(
                condition=Q(result=CheckResult.CONFIRMED) | ~Q(objection=""), name="objection_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id} {self.department_id} {self.result}"

    @property
    def is_open(self) -> bool:
        return self.result == CheckResult.OBJECTED and self.answered_at is None


class Release(models.Model):
    """What was signed, word for word. ``hash`` is SHA-256 of ``frozen`` in canonical form."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveSmallIntegerField(_("补充号"), help_text="0: the report itself")
    frozen = models.JSONField()
    hash = models.CharField(max_length=64)
    reason = models.TextField(_("补充原因"), blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("月报版本")
        ordering = ["publication", "number"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "number"], name="release_number_once"),
            models.CheckConstraint(condition=Q(number=0) | ~Q(reason=""), name="supplement_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}#{self.number}"


class ReleaseOrder(models.Model):
    """An order as a release counted it: the click through a frozen figure leads to exactly these."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="orders")
    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey("people.Department", null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, blank=True)
    figures = ArrayField(models.CharField(max_length=32), help_text="keys of the figures that count it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "order"], name="release_counts_order_once")]

    def __str__(self) -> str:
        return f"{self.release_id} {self.order_id}"


EVENT_WORDS = {
    "generated": _("生成月报，请各部门核对"),
    "confirmed": _("部门确认无误"),
    "objected": _("部门提出异议"),
    "answered": _("答复异议"),
    "sign": _("签发月报"),
    "publish": _("公布月报"),
    "supplement": _("发布补充"),
    "check_due": _("提醒：核对即将到期"),
    "sign_due": _("提醒：核对期已过，请签发"),
    "publish_due": _("提醒：公布期限将到"),
    "publish_late": _("逾期未公布"),
}


class PublicationEvent(models.Model):
    """What happened to a report, and who must be reminded of what: append-only. ``key`` makes a reminder unique."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(_("时间"))
    name = models.CharField(max_length=32)
    key = models.CharField(max_length=64, null=True, help_text="given for what may exist once only")
    by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey("people.Department", null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["publication", "id"]
        constraints = [models.UniqueConstraint(fields=["publication", "key"], name="publication_event_once")]

    def __str__(self) -> str:
        return f"{self.publication_id} {self.name}"

    @property
    def words(self) -> str:
        return str(EVENT_WORDS.get(self.name, self.name))
