"""What a low score leaves to be done: one row per survey or rating, with an owner and a day (S1-R10)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.records import Record


class FollowUp(models.Model):
    """Somebody goes back to the dissatisfied by a day, and writes what was done. Closed once, never opened again."""

    record = models.OneToOneField(Record, null=True, on_delete=models.PROTECT, related_name="follow_up")
    order = models.OneToOneField(
        "complaints.Order", null=True, on_delete=models.PROTECT, related_name="follow_up_of_rating"
    )
    department = models.ForeignKey(
        "people.Department", verbose_name=_("责任部门"), on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        "people.User", verbose_name=_("责任人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("缘由"), max_length=200, help_text="the score, never what a customer wrote")
    made_at = models.DateTimeField()
    due_on = models.DateField(_("期限"), help_text="last day in time")
    done = models.TextField(_("办理情况"), blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("跟进")
        indexes = [
            models.Index(fields=["due_on", "id"], condition=Q(closed_at__isnull=True), name="follow_up_open"),
            models.Index(fields=["-closed_at", "-id"], name="follow_up_newest_closed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(record__isnull=True, order__isnull=False) | Q(record__isnull=False, order__isnull=True),
                name="follow_up_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, done="")
                | Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(done=""),
                name="follow_up_closed_with_what_was_done",
            ),
        ]

    def __str__(self) -> str:
        return f"follow-up {self.pk} {self.due_on:%F}"
