"""Who is to be reminded of what: rows only; another app reads them and sends one message per digest."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from escalation.vocabulary import Stage


class Digest(models.Model):
    """All reminders of one person at one moment: one message, not fifty. ``slot`` is when it may go out: within
    working time, or at once where something in it is urgent."""

    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    slot = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("提醒汇总")
        constraints = [models.UniqueConstraint(fields=["user", "slot"], name="one_digest_per_person_and_slot")]
        indexes = [models.Index(fields=["slot"], name="digest_by_slot")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.slot:%F %R}"


class Reminder(models.Model):
    """One deadline, one stage, one person: said once."""

    deadline = models.ForeignKey(
        "escalation.Deadline", on_delete=models.PROTECT, related_name="reminders", db_index=False
    )
    stage = models.CharField(max_length=12, choices=Stage.choices)
    user = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, related_name="reminders")
    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("提醒")
        constraints = [
            models.UniqueConstraint(fields=["deadline", "stage", "user"], name="reminded_once_per_stage_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.stage} {self.user_id}"
