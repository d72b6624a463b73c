"""Every limit an order is under, one row each, and what they rest on besides the order: promises, times of faults."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from escalation.vocabulary import PromiseKind


class Deadline(models.Model):
    """One limit of one order: ``rule`` is a code of ``escalation.rules``, ``ref`` the row it is about (0: the order),
    ``starts_at`` tells a second round from the first (a new department accepts anew).

    Late means ``due_at <= t`` (exclusive like the order's own). ``met_at`` is when it was kept, late or not;
    ``breached_at`` the instant it fell due unkept; ``dropped_at`` when it ceased to apply. ``calendar_version`` and the
    order's own policy are what it was computed with.
    """

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="deadlines", db_index=False)
    rule = models.CharField(max_length=20)
    ref = models.BigIntegerField(default=0)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    department = models.ForeignKey(
        "people.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    calendar_version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("时限")
        constraints = [
            models.UniqueConstraint(fields=["order", "rule", "ref", "starts_at"], name="deadline_once"),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True) | Q(breached_at=F("due_at")), name="deadline_breached_when_due"
            ),
        ]
        indexes = [
            # What the sweep asks: running, and due or to be warned of by now.
            models.Index(
                fields=["due_at"],
                condition=Q(met_at__isnull=True, dropped_at__isnull=True, breached_at__isnull=True),
                name="deadline_to_breach",
            ),
            models.Index(
                fields=["warn_at"],
                condition=Q(
                    met_at__isnull=True,
                    dropped_at__isnull=True,
                    breached_at__isnull=True,
                    warned_at__isnull=True,
                    warn_at__isnull=False,
                ),
                name="deadline_to_warn",
            ),
            models.Index(
                fields=["breached_at"],
                condition=Q(met_at__isnull=True, dropped_at__isnull=True, breached_at__isnull=False),
                name="deadline_lying_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.rule} {self.due_at:%F %R}"

    @property
    def is_running(self) -> bool:
        return self.met_at is None and self.dropped_at is None

    @property
    def was_late(self) -> bool:
        return self.breached_at is not None or (self.met_at is not None and self.met_at >= self.due_at)


class Promise(models.Model):
    """A time told to the customer: for a delay with its concrete reason (S1-R19), an appointment (S1-R16), a
    connection (S1-R25, A24; ``starts_on`` is its day 0, ``waited_days`` the customer's own waiting with its reason)."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(_("承诺"), max_length=12, choices=PromiseKind.choices)
    what = models.CharField(_("事项"), max_length=100)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    promised_at = models.DateTimeField(_("承诺时间"))
    starts_on = models.DateField(_("起算日"), null=True)
    waited_days = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    kept_at = models.DateTimeField(_("兑现时间"), null=True)
    kept_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    called_off_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("对客户的承诺")
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_at__isnull=True) | Q(called_off_at__isnull=True), name="promise_kept_or_called_off"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind} {self.promised_at:%F %R}"


class FaultTimes(models.Model):
    """When the crew was there and when the light came back (A7, B22)."""

    order = models.OneToOneField("complaints.Order", on_delete=models.PROTECT, related_name="fault_times")
    arrived_at = models.DateTimeField(_("到场时间"), null=True)
    restored_at = models.DateTimeField(_("复电时间"), null=True)
    recorded_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("抢修时间")
        constraints = [
            models.CheckConstraint(
                condition=Q(arrived_at__isnull=True)
                | Q(restored_at__isnull=True)
                | Q(restored_at__gte=F("arrived_at")),
                name="restored_after_arrival",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.arrived_at} {self.restored_at}"
