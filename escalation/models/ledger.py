"""The penalty ledger: rows are only ever added (database trigger), and what a row is worth today is derived.

A charge is one row; taking it back is a second row that points to it (invariant 8). A month that was confirmed takes
no more rows: what comes later is booked in the first month still open (B8).
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from escalation.money import Cause, PenaltyKind, PersonsFrom


class Penalty(models.Model):
    """``rate`` x ``persons`` = ``amount`` in yuan, all three as of ``day``; ``policy`` and ``headcount`` are the dated
    rows they came from, None where nothing was recorded (F23). ``month`` is the first day of the month the row is
    booked in. ``generation`` counts the voids of the same key so far (B3).

    A void row repeats key and numbers with ``amount`` negative, names the ``cause``, and ``bars`` the key where the day
    shall not be charged again.
    """

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="penalties", db_index=False)
    day = models.DateField(_("日期"))
    kind = models.CharField(_("事由"), max_length=12, choices=PenaltyKind.choices)
    department = models.ForeignKey(
        "people.Department", verbose_name=_("承担部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    generation = models.PositiveSmallIntegerField(default=0)
    rate = models.DecimalField(_("标准（元/人）"), max_digits=10, decimal_places=2)
    persons = models.PositiveIntegerField(_("人数"))
    amount = models.DecimalField(_("金额（元）"), max_digits=14, decimal_places=2)
    month = models.DateField(_("入账月份"))
    policy = models.ForeignKey("policy.Policy", on_delete=models.PROTECT, related_name="+", db_index=False)
    persons_from = models.CharField(_("人数来源"), max_length=10, choices=PersonsFrom.choices)
    headcount = models.ForeignKey(
        "people.DepartmentHeadcount", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    calendar_version = models.PositiveIntegerField(help_text="by which the day was a working day")
    ruling = models.ForeignKey(
        "escalation.Ruling", null=True, on_delete=models.PROTECT, related_name="penalties", db_index=False
    )
    voids = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="void")
    cause = models.CharField(_("撤销原因"), max_length=16, choices=Cause.choices, blank=True)
    bars = models.BooleanField(default=False, help_text="the same key is not charged again")
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("记入时间"))

    class Meta:
        verbose_name = _("扣罚")
        ordering = ["day", "order", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "day", "kind", "department", "generation"],
                condition=Q(voids__isnull=True),
                name="penalty_charged_once",
            ),
            models.CheckConstraint(
                condition=Q(voids__isnull=True, amount=F("rate") * F("persons"))
                | Q(voids__isnull=False, amount=F("rate") * F("persons") * -1),
                name="penalty_amount_is_rate_times_persons",
            ),
            models.CheckConstraint(
                condition=Q(voids__isnull=True, cause="", bars=False) | (Q(voids__isnull=False) & ~Q(cause="")),
                name="penalty_void_names_its_cause",
            ),
            models.CheckConstraint(condition=Q(kind__in=PenaltyKind.values), name="penalty_kind_known"),
        ]
        indexes = [
            models.Index(fields=["month", "department", "day"], name="penalty_by_month"),
            models.Index(fields=["order", "day"], condition=Q(voids__isnull=False), name="penalty_voids_by_order"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.day:%F} {self.kind} {self.amount}"


class PenaltyMonth(models.Model):
    """A confirmed month: what it held, never to change (B8, invariant 12). ``sha256`` is over its rows."""

    month = models.DateField(_("月份"), primary_key=True)
    rows = models.PositiveIntegerField(_("条数"))
    total = models.DecimalField(_("合计（元）"), max_digits=16, decimal_places=2)
    sha256 = models.CharField(_("摘要"), max_length=64)
    confirmed_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField(_("确认时间"))

    class Meta:
        verbose_name = _("已确认月份")
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="penalty_month_begins_on_the_first")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Reattribution(models.Model):
    """The director gives one overdue day to the department whose part was late (A12); the newest row of a day holds."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("日期"))
    department = models.ForeignKey(
        "people.Department", verbose_name=_("改归部门"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("扣罚改归")
        indexes = [models.Index(fields=["order", "day", "-id"], name="reattribution_by_day")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.day:%F} → {self.department_id}"


class NamedPerson(models.Model):
    """A person answerable for an order, from a day on: what the rate is multiplied by in the other reading of A8."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey("people.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        "people.User", verbose_name=_("责任人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateField(_("起始日"))
    by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("指定责任人")
        constraints = [models.UniqueConstraint(fields=["order", "person"], name="named_person_once_per_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.person_id}"


class LedgerState(models.Model):
    """One row: how far the ledger has been written, and by which rules (B18: a held ledger stands still)."""

    settled_through = models.DateField(null=True, help_text="every day up to it was looked at")
    calendar_version = models.PositiveIntegerField(default=0, help_text="the past was last compared with")
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("扣罚进度")

    def __str__(self) -> str:
        return f"{self.settled_through}"


class Unsettled(models.Model):
    """An order that changed while the ledger was busy: the next sweep compares it again."""

    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("待核扣罚")

    def __str__(self) -> str:
        return f"{self.order_id}"


class MoneyHold(models.Model):
    """Why money stands still until a person confirms (B18, F13, F22). ``year`` is set where the calendar of that year
    is unknown: released means "count it from Monday to Friday"."""

    cause = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(_("情况"), max_length=200)
    placed_at = models.DateTimeField(_("暂停时间"))
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(_("确认说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("扣罚暂停")
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "year"],
                condition=Q(released_at__isnull=True),
                nulls_distinct=False,
                name="one_live_money_hold_per_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.placed_at:%F}"
