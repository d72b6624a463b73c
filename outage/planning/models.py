"""A plan, what was announced of it, how early each medium must know, the days to spare, and the links of the feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from outage.flow.models import FlowCase, FlowEvent, FlowQuerySet
from outage.planning import permissions
from outage.planning.conflicts import Conflict, conflicts_of
from outage.planning.vocabulary import AHEAD, DayKind, Medium, PlanKind, State, Subject
from outage.planning.workflow import Workflow
from people.models import User
from policy.workdays import Calendar

LONGEST_LEAD = 24 * 365


class PlanQuerySet(FlowQuerySet["OutagePlan"]):
    def visible_to(self, user: User, *, now: datetime) -> Self:
        """Plans hold no personal data: everybody at work sees them, the system administrator none."""
        return self if permissions.is_reader(user, now=now) else self.none()

    def within(self, begin: datetime, end: datetime) -> Self:
        """Plans that touch the span."""
        return self.filter(starts_at__lt=end, ends_at__gt=begin)

    def meeting(self, begin: datetime, end: datetime, area_ids: Iterable[int]) -> Self:
        """Plans still ahead for one of the areas that overlap the span."""
        rows = self.within(begin, end).filter(state__in=AHEAD, areas__in=list(area_ids))
        return rows.distinct().order_by("starts_at")


class OutagePlan(Workflow, FlowCase):
    """``public_text`` is what the public may read. ``round`` counts what has to be announced: 1 the plan, one more for
    every approved change and for a cancellation. ``proposal`` holds a change that waits for approval."""

    CODE = "plan"
    PREFIX = "JH"

    kind = models.CharField(_("类别"), max_length=12, choices=PlanKind.choices, default=PlanKind.PLANNED)
    title = models.CharField(_("停电范围"), max_length=80)
    work = models.CharField(_("工作内容"), max_length=200)
    public_text = models.TextField(_("公告内容"), max_length=1000)
    station = models.ForeignKey("people.Department", models.PROTECT, related_name="+", verbose_name=_("供电所"))
    areas: models.ManyToManyField[models.Model, models.Model] = models.ManyToManyField(
        "customers.TransformerArea", related_name="outage_plans", verbose_name=_("台区")
    )
    households = models.PositiveIntegerField(_("户数"), default=0)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("预计送电"))

    approved_at = models.DateTimeField(_("批准时间"), null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    conflict_note = models.CharField(_("避让说明"), max_length=300, blank=True)
    round = models.PositiveSmallIntegerField(_("公告轮次"), default=1)
    subject = models.CharField(max_length=10, choices=Subject.choices, default=Subject.NEW)
    proposal = models.JSONField(default=dict)
    alarm_round = models.PositiveSmallIntegerField(default=0, help_text="round whose missed deadline was told")
    begun_at = models.DateTimeField(_("实际开始"), null=True)
    outage = models.OneToOneField(
        "outage.Outage", models.PROTECT, null=True, related_name="plan", help_text="the outage it became"
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("停电计划")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="plan_state_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="plan_ends_after_start"),
            models.CheckConstraint(
                condition=~Q(state__in=[State.APPROVED, State.CHANGING, State.BEGUN]) | Q(approved_at__isnull=False),
                name="plan_approved_before_announced",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="plan_by_start")]

    def announcement_text(self) -> str:
        """What is posted: the plan's public text; for a cancellation that it does not take place."""
        if self.subject != Subject.CANCELLED:
            return self.public_text
        begin = timezone.localtime(self.starts_at)
        return _g("原定 %(m)d 月 %(d)d 日 %(at)s 的停电（%(title)s）取消，届时正常供电。") % {
            "m": begin.month,
            "d": begin.day,
            "at": f"{begin:%H:%M}",
            "title": self.title,
        }

    def lead_rows(self) -> models.QuerySet[NoticeLead]:
        return NoticeLead.objects.filter(kind=self.kind)

    def conflicts(
        self,
        calendar: Calendar,
        *,
        span: tuple[datetime, datetime] | None = None,
        area_ids: Iterable[int] | None = None,
    ) -> list[Conflict]:
        """What the plan meets in its own span and areas, or in those of a change."""
        begin, end = span or (self.starts_at, self.ends_at)
        areas = list(area_ids) if area_ids is not None else [area.pk for area in self.areas.all()]
        first, last = timezone.localdate(begin), timezone.localdate(end)
        days = SensitiveDay.objects.all().touching(first, last).filter(Q(station=None) | Q(station=self.station_id))
        plans = OutagePlan.objects.meeting(begin, end, areas).exclude(pk=self.pk)
        return conflicts_of(first, last, days=days, plans=plans, calendar=calendar)


class PlanEvent(FlowEvent):
    case = models.ForeignKey(OutagePlan, models.PROTECT, related_name="events", db_index=False)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="plan_event_sequence")]


class PlanAnnouncement(models.Model):
    """What was posted in one medium in one round. ``due_at`` is the last moment that was in time, None where no lead
    time is enforced (A22)."""

    plan = models.ForeignKey(OutagePlan, models.PROTECT, related_name="announcements", db_index=False)
    round = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=10, choices=Subject.choices)
    medium = models.CharField(_("渠道"), max_length=16, choices=Medium.choices)
    posted_at = models.DateTimeField(_("发布时间"))
    posted_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    proof = models.CharField(_("凭据"), max_length=200, blank=True)
    text = models.TextField(_("公告内容"))
    due_at = models.DateTimeField(_("最晚发布"), null=True)

    class Meta:
        verbose_name = _("停电公告")
        ordering = ["-round", "posted_at"]
        constraints = [models.UniqueConstraint(fields=["plan", "round", "medium"], name="one_announcement_per_round")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.round} {self.medium}"

    @property
    def in_time(self) -> bool:
        return self.due_at is None or self.posted_at <= self.due_at


class NoticeLead(models.Model):
    """How many hours before the start a medium must know, from a day on; empty is not enforced (S2-R01, A22)."""

    kind = models.CharField(_("类别"), max_length=12, choices=PlanKind.choices)
    medium = models.CharField(_("渠道"), max_length=16, choices=Medium.choices)
    hours = models.PositiveIntegerField(
        _("提前小时数"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_LEAD)],
        help_text=_("留空为不考核"),
    )
    effective_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=120, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("公告提前时间")
        ordering = ["kind", "medium", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["kind", "medium", "effective_from"], name="one_lead_per_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.medium} {self.effective_from}"


class SensitiveDayQuerySet(models.QuerySet["SensitiveDay"]):
    def touching(self, first: date, last: date) -> Self:
        return self.filter(removed_at__isnull=True, first_on__lte=last, last_on__gte=first)


class SensitiveDay(models.Model):
    """Days on which supply should not be cut: exams, festivals, events. Shown, never enforced. Removed rows stay."""

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("类别"), max_length=10, choices=DayKind.choices)
    first_on = models.DateField(_("第一天"))
    last_on = models.DateField(_("最后一天"))
    station = models.ForeignKey(
        "people.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("只涉及")
    )
    note = models.CharField(_("说明"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    recorded_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = SensitiveDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("避让日")
        ordering = ["first_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="sensitive_day_ends_after_start")
        ]
        indexes = [models.Index(fields=["first_on", "last_on"], name="sensitive_days_by_date")]

    def __str__(self) -> str:
        return self.name


class CalendarLink(models.Model):
    """A person's address of the feed. Only the token's hash is kept; revoking it ends the address at once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("日历链接")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at__isnull=True), name="one_live_calendar_link_per_user"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
