"""A list asked for as a file: who wants it, what is in it, who approved it, how far it is, how often it was fetched.

Rows are written by ``exports.services`` only and never deleted: when the file goes, the row stays and says so.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.models import User
from people.roles import Role
from people.standing import standing


class Status(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在生成")
    APPROVAL = "approval", _("待批准")
    READY = "ready", _("可下载")
    REFUSED = "refused", _("未获批准")
    FAILED = "failed", _("未能生成")
    CANCELLED = "cancelled", _("已取消")
    EXPIRED = "expired", _("已过期删除")


AT_WORK = (Status.QUEUED, Status.RUNNING)
STANDING_OPEN = (*AT_WORK, Status.APPROVAL)


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: User, *, now: datetime) -> "ExportQuerySet":
        """One's own; what waits for or got an approver's word is the approvers' too; the auditor reads all.
        Only the requester ever gets the file."""
        own = Q(requested_by=user)
        who = standing(user, now.astimezone().date())
        if who.has(Role.AUDITOR):
            return self
        if who.has(Role.MANAGER):
            own |= Q(status=Status.APPROVAL) | Q(decided_by__isnull=False)
        return self.filter(own)


class Export(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=40, help_text="name of an ExportKind")
    params = models.JSONField(default=dict, help_text="what the kind needs to find the rows again")
    title = models.CharField(_("名称"), max_length=120)
    told = models.CharField(_("筛选条件"), max_length=600, blank=True)
    requested_by = models.ForeignKey(
        "people.User", verbose_name=_("申请人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField(_("申请时间"))
    queued_at = models.DateTimeField(help_text="since when it waits for a worker")
    reason = models.CharField(_("用途"), max_length=200)
    status = models.CharField(_("状态"), max_length=12, choices=Status.choices, default=Status.QUEUED)
    policy = models.ForeignKey("policy.Policy", on_delete=models.PROTECT, related_name="+", db_index=False)

    total = models.PositiveIntegerField(_("行数"), null=True, help_text="counted when the work began")
    done = models.PositiveIntegerField(default=0, help_text="rows written so far")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, help_text="whose worker has not renewed it by then was killed")
    lease = models.UUIDField(null=True, help_text="of the worker at it; only its holder may write progress")
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    decided_by = models.ForeignKey(
        "people.User", verbose_name=_("审批人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    approved = models.BooleanField(null=True)
    opinion = models.CharField(_("审批意见"), max_length=200, blank=True)

    size = models.PositiveBigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("导出")
        indexes = [
            models.Index(fields=["requested_by", "-id"], name="export_by_requester"),
            models.Index(fields=["status", "id"], name="export_open", condition=Q(status__in=STANDING_OPEN)),
            models.Index(fields=["expires_at"], name="export_to_expire", condition=Q(status=Status.READY)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="export_status_known"),
            # B19, also where a program should err: nobody approves an own export.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="export_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.READY) | Q(sha256__gt="", size__isnull=False, expires_at__isnull=False),
                name="export_ready_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.uid.hex[:12]} {self.title}"

    @property
    def number(self) -> str:
        """The short name people and the audit trail call it by."""
        return self.uid.hex[:12]

    @property
    def is_open(self) -> bool:
        return self.status in STANDING_OPEN

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0

    @property
    def filename(self) -> str:
        return f"{self.title}-{self.requested_at.astimezone():%Y%m%d-%H%M}.xlsx"
