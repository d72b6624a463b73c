"""The append-only stream of an order, and what holds a step of it back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import State


class OrderEvent(models.Model):
    """One change or remark (S3-R01). Never updated, never deleted: a database trigger refuses both.

    ``seq`` counts gapless within its order. ``clock_skew`` marks a time below its predecessor's.
    """

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(_("时间"))
    name = models.CharField(max_length=32, help_text="transition, or kind of note")
    from_state = models.CharField(max_length=16, choices=State.choices, blank=True)
    to_state = models.CharField(max_length=16, choices=State.choices, blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    acting_for = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    clock_skew = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("经过")
        ordering = ["order", "seq"]
        constraints = [models.UniqueConstraint(fields=["order", "seq"], name="event_sequence_gapless_key")]
        indexes = [models.Index(fields=["name", "at"], name="event_by_name_and_time")]

    def __str__(self) -> str:
        return f"{self.order_id}#{self.seq} {self.name}"


class Hold(models.Model):
    """A step another app keeps closed until it is released (rectification, compensation, extension)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="holds", db_index=False)
    blocks = models.CharField(max_length=32, help_text="name of the transition")
    reason = models.CharField(_("原因"), max_length=200)
    source = models.CharField(max_length=64, help_text="app and row that placed it")
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "blocks", "source"],
                condition=models.Q(released_at__isnull=True),
                name="one_live_hold_per_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.blocks}: {self.reason}"
