"""The complaint boxes: who opened which box when, with whom, and what became of each letter (S0-R12)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MOST_LETTERS = 200


class BoxOpening(models.Model):
    """A box of a hall was opened by two people, who counted the letters. Written once, never changed."""

    department = models.ForeignKey(
        "people.Department",
        verbose_name=_("意见箱所在单位"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    place = models.CharField(_("位置"), max_length=60)
    opened_at = models.DateTimeField(_("开箱时间"))
    opened_by = models.ForeignKey(
        "people.User", verbose_name=_("开箱人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    witness = models.ForeignKey(
        "people.User", verbose_name=_("共同开箱人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    letters = models.PositiveSmallIntegerField(_("信件数"))
    remark = models.CharField(_("备注"), max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("意见箱开箱记录")
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="box_opening_newest"),
            models.Index(fields=["department", "-opened_at"], name="box_opening_of_department"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(witness=F("opened_by")), name="box_opened_by_two"),
            models.CheckConstraint(condition=Q(letters__lte=MOST_LETTERS), name="box_letters_countable"),
            models.UniqueConstraint(fields=["department", "place", "opened_at"], name="box_opened_once_a_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.opened_at:%F %T}"


class BoxLetter(models.Model):
    """One letter found in a box. It ends as an order of the channel complaint box, or with the reason why not."""

    opening = models.ForeignKey(BoxOpening, on_delete=models.PROTECT, related_name="found")
    seq = models.PositiveSmallIntegerField(_("序号"))
    order = models.OneToOneField("complaints.Order", null=True, on_delete=models.PROTECT, related_name="box_letter")
    no_order_reason = models.CharField(_("不立单原因"), max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("意见箱信件")
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["opening", "seq"], name="box_letter_once"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, order__isnull=True, no_order_reason="")
                | Q(settled_at__isnull=False, settled_by__isnull=False, order__isnull=False, no_order_reason="")
                | Q(settled_at__isnull=False, settled_by__isnull=False, order__isnull=True) & ~Q(no_order_reason=""),
                name="box_letter_ends_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opening_id}/{self.seq}"
