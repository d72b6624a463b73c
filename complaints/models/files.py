"""A file attached to an order: evidence, so its row is only ever added. The content lies outside the web root."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.file_types import IMAGES, FileType

KILOBYTE = 1024


class Attachment(models.Model):
    """Metadata of a stored file. ``name`` is for display only; on disk the file is called by ``uid`` alone.

    ``size`` (bytes) and ``sha256`` (hex) are of the content as stored: images are drawn anew before.
    """

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="files", db_index=False)
    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    event = models.OneToOneField("complaints.OrderEvent", on_delete=models.PROTECT, related_name="file")
    type = models.CharField(_("类型"), max_length=8, choices=FileType.choices)
    name = models.CharField(_("名称"), max_length=120)
    size = models.PositiveIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField(null=True)
    height = models.PositiveSmallIntegerField(null=True)
    uploaded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("附件")
        ordering = ["order", "id"]
        indexes = [models.Index(fields=["order", "id"], name="attachment_by_order")]
        constraints = [
            models.CheckConstraint(condition=models.Q(type__in=FileType.values), name="attachment_type_known"),
            models.CheckConstraint(condition=models.Q(size__gt=0), name="attachment_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.uid}"

    @property
    def is_image(self) -> bool:
        return self.type in IMAGES

    @property
    def size_text(self) -> str:
        """312 KB, 1.4 MB"""
        if self.size < KILOBYTE * KILOBYTE:
            return f"{max(1, round(self.size / KILOBYTE))} KB"
        return f"{self.size / KILOBYTE / KILOBYTE:.1f} MB"
