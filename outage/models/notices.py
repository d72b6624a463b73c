"""The three 15-minute notices, what was posted with which photos, and the public texts."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.vocabulary import Means, Medium, PhotoPurpose, Slot


class Notice(models.Model):
    """One clock: this outage owes this grid group this notice (invariant 19).

    Created in the transaction that set its trigger. ``posted_at`` is the earliest posting that counts: for the second
    notice only one with a photo (S0-R03). ``void_at``: no longer owed, its outage was merged or cancelled, or the
    restoration it tells of was withdrawn; restored again, the same clock starts anew.
    """

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="notices", db_index=False)
    group = models.ForeignKey("customers.GridGroup", on_delete=models.PROTECT, related_name="+")
    slot = models.PositiveSmallIntegerField(_("第几条"), choices=Slot.choices)
    triggered_at = models.DateTimeField(_("起算时间"))
    due_at = models.DateTimeField(_("应发时间"), help_text="inclusive: this very second is on time (A17)")
    warned = models.PositiveSmallIntegerField(default=0, help_text="warnings given so far")
    next_at = models.DateTimeField(null=True, help_text="when the sweep must look again: next warning, or the breach")
    breached_at = models.DateTimeField(_("超时记录"), null=True)
    posted_at = models.DateTimeField(_("发布时间"), null=True)
    void_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("停电通知")
        ordering = ["outage", "slot", "group"]
        constraints = [
            models.UniqueConstraint(fields=["outage", "group", "slot"], name="one_notice_per_group_and_slot"),
            models.CheckConstraint(condition=Q(slot__in=Slot.values), name="notice_slot_known"),
        ]
        indexes = [
            # What the sweep asks every second.
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False, posted_at__isnull=True, void_at__isnull=True),
                name="notice_by_next",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.group_id} {self.slot}"


class OutagePhoto(models.Model):
    """A picture from the phone, redrawn on arrival: no position, no EXIF (S0-R03).

    ``key`` is given by the phone before it sends: the same picture sent twice is one row, so a photo may be kept while
    there is no network and sent again later.
    """

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="photos")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="its name in the file store")
    key = models.UUIDField(help_text="given by the phone")
    purpose = models.CharField(max_length=12, choices=PhotoPurpose.choices)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    taken_at = models.DateTimeField(_("拍摄时间"), null=True, help_text="by the phone's clock")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("停电照片")
        ordering = ["outage", "id"]
        constraints = [models.UniqueConstraint(fields=["outage", "key"], name="one_photo_per_phone_key")]

    def __str__(self) -> str:
        return self.uid.hex


class Posting(models.Model):
    """One message for one group: its text and photos, by robot or by hand, and when it stood in the group.

    ``posted_at`` null: handed over, not yet confirmed. By hand it is set with the proof, by the robot through
    ``services.record_posted``.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="postings")
    text = models.TextField(_("正文"))
    means = models.CharField(max_length=8, choices=Means.choices)
    photos = models.ManyToManyField(OutagePhoto, related_name="postings")
    photo_count = models.PositiveSmallIntegerField(default=0, help_text="imports know the number only")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(_("发布时间"), null=True)
    posted_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    proof = models.CharField(_("发布证明"), max_length=200, blank=True, help_text="message id of the robot, or words")
    proof_photo = models.ForeignKey(OutagePhoto, null=True, on_delete=models.PROTECT, related_name="proves")
    failed_at = models.DateTimeField(null=True, help_text="the robot gave up: to be posted by hand")
    failure = models.CharField(max_length=200, blank=True)
    void_at = models.DateTimeField(null=True, help_text="told of a restoration that was withdrawn: counts no more")

    class Meta:
        verbose_name = _("通知发布")
        ordering = ["notice", "id"]
        constraints = [
            # Two people pressing "publish" at once: one message, not two.
            models.UniqueConstraint(
                fields=["notice"],
                condition=Q(posted_at__isnull=True, failed_at__isnull=True),
                name="one_open_posting_per_notice",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.means}"


class Announcement(models.Model):
    """A public text: the hotline's recorded message or the public page (S0-R31). Holds no personal data."""

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="announcements")
    medium = models.CharField(_("发布位置"), max_length=8, choices=Medium.choices)
    text = models.TextField(_("正文"))
    published_at = models.DateTimeField(_("发布时间"))
    published_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, help_text="replaced by a newer one, or supply is back")

    class Meta:
        verbose_name = _("公众公告")
        ordering = ["outage", "-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["outage", "medium"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_live_announcement_per_medium",
            )
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.medium}"
