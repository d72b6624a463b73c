"""The append-only stream of an outage; same shape as ``complaints.OrderEvent``."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from outage.vocabulary import State


class OutageEvent(models.Model):
    """One change or remark. Never updated, never deleted: a database trigger refuses both.

    ``seq`` counts gapless within its outage. ``clock_skew`` marks a time below its predecessor's.
    """

    outage = models.ForeignKey("outage.Outage", on_delete=models.PROTECT, related_name="events", db_index=False)
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
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    clock_skew = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("停电经过")
        ordering = ["outage", "seq"]
        constraints = [models.UniqueConstraint(fields=["outage", "seq"], name="outage_event_sequence_key")]
        indexes = [models.Index(fields=["name", "at"], name="outage_event_by_name_and_time")]

    def __str__(self) -> str:
        return f"{self.outage_id}#{self.seq} {self.name}"
