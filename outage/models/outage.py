"""The outage: one interruption of supply with its areas, grid groups, times and restoration steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.permissions import visible_q
from outage.vocabulary import ENDS, RUNNING, UNFORESEEN, OutageCause, OutageKind, State
from outage.workflow import Workflow
from people.models import User
from people.standing import standing


class OutageQuerySet(models.QuerySet["Outage"]):
    def visible_to(self, user: User, *, now: datetime) -> OutageQuerySet:
        """The outages this user may see on that day: the only way to them for pages, files and counts."""
        return self.filter(visible_q(standing(user, now.astimezone().date())))

    def running(self) -> OutageQuerySet:
        return self.filter(state__in=RUNNING)


class Outage(Workflow):
    """``number`` is ours, or the one under which the source of an imported outage knows it.

    Four times, each of which may be corrected: ``detected_at`` starts the first clock (A17), ``occurred_at`` is when
    supply really failed, ``repair_started_at`` and ``restored_at`` start the second and the third. ``households`` is
    the stated number of customers without supply, by default the sum over the areas.
    """

    number = models.CharField(_("停电编号"), max_length=32, unique=True)
    version = models.PositiveIntegerField(default=1, help_text="transitions and edits; notes do not count")
    event_seq = models.PositiveIntegerField(default=0, help_text="sequence of the newest event")

    kind = models.CharField(_("类型"), max_length=12, choices=OutageKind.choices)
    cause = models.CharField(_("原因类别"), max_length=16, choices=OutageCause.choices, default=OutageCause.UNKNOWN)
    cause_text = models.CharField(_("原因"), max_length=200, blank=True, help_text=_("对客户说得清的话，不写术语"))
    title = models.CharField(_("名称"), max_length=80)
    place = models.CharField(_("停电范围"), max_length=200, help_text=_("对客户说的地名"))
    station = models.ForeignKey(
        "people.Department", verbose_name=_("供电所"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    households = models.PositiveIntegerField(_("停电户数"), default=0)

    detected_at = models.DateTimeField(_("获知时间"), null=True)
    occurred_at = models.DateTimeField(_("停电时间"), null=True)
    repair_started_at = models.DateTimeField(_("抢修开展"), null=True)
    expected_at = models.DateTimeField(_("预计送电"), null=True)
    restored_at = models.DateTimeField(_("送电时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, help_text="closed, merged or cancelled")

    progress_at = models.DateTimeField(_("最近通报进度"), null=True)
    progress_alarm_at = models.DateTimeField(null=True, help_text="reminded of the progress now due")
    answered_at = models.DateTimeField(_("答复客户"), null=True, help_text="linked orders answered in one step (B10)")

    registered_at = models.DateTimeField(_("登记时间"))
    registered_by = models.ForeignKey(
        "people.User", verbose_name=_("登记人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    policy = models.ForeignKey("policy.Policy", on_delete=models.PROTECT, related_name="+", db_index=False)
    master = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged_outages")
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    updated_at = models.DateTimeField()

    objects = OutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("停电")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="outage_state_known"),
            models.CheckConstraint(condition=Q(kind__in=OutageKind.values), name="outage_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.PLANNED, State.CANCELLED]) | Q(detected_at__isnull=False),
                name="outage_detected_once_dark",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.RESTORED, State.CLOSED]) | Q(restored_at__isnull=False),
                name="outage_restored_with_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) ^ Q(state__in=sorted(ENDS)), name="outage_ended_with_end_state"
            ),
        ]
        indexes = [
            models.Index(fields=["-detected_at", "-id"], name="outage_newest_first"),
            models.Index(
                fields=["station", "detected_at"], condition=Q(ended_at__isnull=True), name="outage_open_by_station"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Reloads this instance only; the state stays protected on every other one."""
        self.__dict__["_reloading"] = True
        try:
            super().refresh_from_db(using=using, fields=list(fields) if fields else None, from_queryset=from_queryset)
        finally:
            del self.__dict__["_reloading"]

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING

    @property
    def is_over(self) -> bool:
        return self.state in ENDS

    @property
    def owes_notices(self) -> bool:
        """Faults only (A17)."""
        return self.kind in UNFORESEEN

    @cached_property
    def station_ids(self) -> frozenset[int]:
        """Stations whose areas are dark; one query, kept on the instance."""
        return frozenset(OutageArea.objects.filter(outage=self).values_list("area__station_id", flat=True))


class OutageArea(models.Model):
    """A transformer area without supply, with the households it had then, until it has supply again."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="areas", db_index=False)
    area = models.ForeignKey("customers.TransformerArea", on_delete=models.PROTECT, related_name="outage_areas")
    households = models.PositiveIntegerField(_("户数"), default=0)
    added_at = models.DateTimeField()
    restored_at = models.DateTimeField(_("送电时间"), null=True)

    class Meta:
        verbose_name = _("停电台区")
        ordering = ["outage", "id"]
        constraints = [models.UniqueConstraint(fields=["outage", "area"], name="outage_area_once")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.area_id}"


class OutageGroup(models.Model):
    """A grid group to be told; each has its own three notices (A18)."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="groups", db_index=False)
    group = models.ForeignKey("customers.GridGroup", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(null=True, help_text="added later: its clocks start then; null: from the beginning")

    class Meta:
        verbose_name = _("通知网格群")
        ordering = ["outage", "id"]
        constraints = [models.UniqueConstraint(fields=["outage", "group"], name="outage_group_once")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.group_id}"


class RestorationStep(models.Model):
    """Customers who got supply back at a moment: partial steps and the final one (S2-R03, DL/T 836)."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="restoration_steps", db_index=False)
    at = models.DateTimeField(_("送电时间"))
    households = models.PositiveIntegerField(_("户数"))
    area_ids = models.JSONField(default=list, help_text="keys of the transformer areas that came back")
    is_final = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("送电步骤")
        ordering = ["outage", "at", "id"]
        indexes = [models.Index(fields=["outage", "at"], name="restoration_by_outage")]
        constraints = [
            models.UniqueConstraint(fields=["outage"], condition=Q(is_final=True), name="one_final_restoration_step")
        ]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.at:%F %T} {self.households}"
