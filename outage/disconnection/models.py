"""One intended disconnection of one customer, and its stream of events."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outage.disconnection import permissions
from outage.disconnection.vocabulary import OPEN, Delivery, Risk, State, Told
from outage.disconnection.workflow import Workflow
from outage.flow.models import FlowCase, FlowEvent, FlowQuerySet
from people.models import User


class DisconnectionQuerySet(FlowQuerySet["Disconnection"]):
    def visible_to(self, user: User, *, now: datetime) -> Self:
        """Hotline, leaders, manager and auditor all; a station's own people its customers (S2-R13)."""
        reach = permissions.reach(user, now=now)
        if reach.everywhere:
            return self
        return self.filter(customer__station_id__in=reach.station_ids) if reach.station_ids else self.none()

    def open(self) -> Self:
        return self.filter(state__in=OPEN)


class Disconnection(Workflow, FlowCase):
    """``important`` and ``sensitive`` are what the register said when the case was opened, refreshed at the pre-check:
    they decide which gates there are. ``execute_at`` is the one notified time (S1-R22)."""

    CODE = "disconnection"
    PREFIX = "QF"

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="disconnections")
    arrears_yuan = models.DecimalField(
        _("欠费金额"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], help_text=_("元")
    )
    arrears_months = models.CharField(_("欠费月份"), max_length=60)
    important = models.BooleanField(_("重要用户"), default=False)
    sensitive = models.BooleanField(_("敏感用户"), default=False)

    checked_at = models.DateTimeField(_("核查时间"), null=True)
    checked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    risks = ArrayField(models.CharField(max_length=20, choices=Risk.choices), default=list)
    risk_note = models.TextField(_("风险与措施"), blank=True)
    plan_government = models.TextField(_("政府协调"), blank=True)
    plan_timing = models.TextField(_("停电时机"), blank=True)
    plan_soothing = models.TextField(_("安抚措施"), blank=True)

    approved_at = models.DateTimeField(_("批准时间"), null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    execute_at = models.DateTimeField(_("通知的停电时间"), null=True)
    delivered_at = models.DateTimeField(_("通知书送达"), null=True)
    delivery = models.CharField(_("送达方式"), max_length=16, choices=Delivery.choices, blank=True)
    received_by = models.CharField(_("签收人"), max_length=60, blank=True)
    reported_at = models.DateTimeField(_("报送电力管理部门"), null=True)
    report_ref = models.CharField(_("报送文号或回执"), max_length=80, blank=True)
    second_notice_at = models.DateTimeField(_("二次通知"), null=True)
    second_notice_by = models.CharField(_("二次通知方式"), max_length=16, choices=Told.choices, blank=True)

    executed_at = models.DateTimeField(_("停电时间"), null=True)
    paid_at = models.DateTimeField(_("交清时间"), null=True)
    reconnect_due_at = models.DateTimeField(_("复电期限"), null=True)
    reconnected_at = models.DateTimeField(_("复电时间"), null=True)
    late_since = models.DateTimeField(_("复电逾期"), null=True, help_text="set once by the sweep")

    objects = DisconnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("欠费停电")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="disconnection_state_known"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state__in=sorted(OPEN)), name="one_open_disconnection_per_customer"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.EXECUTED, State.PAID, State.RECONNECTED])
                | Q(
                    executed_at__isnull=False,
                    delivered_at__isnull=False,
                    second_notice_at__isnull=False,
                    approved_at__isnull=False,
                ),
                name="no_disconnection_without_its_gates",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.EXECUTED, State.PAID, State.RECONNECTED], important=True)
                | Q(reported_at__isnull=False),
                name="important_user_reported_before_disconnection",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "execute_at"], name="disconnection_by_state"),
            models.Index(
                fields=["reconnect_due_at"],
                condition=Q(state=State.PAID, late_since__isnull=True),
                name="disconnection_to_mark_late",
            ),
        ]


class DisconnectionEvent(FlowEvent):
    case = models.ForeignKey(Disconnection, models.PROTECT, related_name="events", db_index=False)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="disconnection_event_sequence")]
