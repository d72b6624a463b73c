"""The work order: one customer matter from intake to archive.

Every column is written by ``complaints.services`` only. What other apps compute about an order lives with them;
what the lists, the rail and the clocks need lives here, indexed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from complaints.permissions import visible_q
from complaints.vocabulary import ENDS, NO_LIMIT, ArchiveGround, CallbackBy, CauseParty, Satisfaction, State
from complaints.workflow import Workflow
from people.models import User
from people.standing import standing
from policy.vocabulary import Category, Channel, Kind, Priority


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User, *, now: datetime, led_by: int | None = None) -> "OrderQuerySet":
        """The orders this user may see on that day: the only way to an order for pages, API, search and files.
        ``led_by`` narrows to those one of the user's departments leads."""
        return self.filter(visible_q(standing(user, now.astimezone().date()), led_by=led_by))

    def open(self) -> "OrderQuerySet":
        return self.filter(closed_at__isnull=True)

    def in_queue_order(self) -> "OrderQuerySet":
        """Priority, then due time, then age (S3-R07)."""
        return self.order_by("priority", "due_sort", "id")


class Order(Workflow):
    number = models.CharField(_("工单编号"), max_length=20, unique=True)
    query_code = models.CharField(_("查询码"), max_length=12)
    version = models.PositiveIntegerField(default=1, help_text="transitions and edits; notes do not count")
    event_seq = models.PositiveIntegerField(default=0, help_text="sequence of the newest event")

    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices, blank=True)
    category = models.CharField(_("分类"), max_length=24, choices=Category.choices, blank=True)
    subcategory = models.ForeignKey(
        "policy.Subcategory",
        verbose_name=_("细类"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    external_ref = models.CharField(_("来文编号"), max_length=64, blank=True)

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("客户"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    caller_name = models.CharField(_("来电人"), max_length=64, blank=True)
    caller_phone = models.CharField(_("联系电话"), max_length=24, blank=True)
    account_no = models.CharField(_("户号"), max_length=24, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    station = models.ForeignKey(
        "people.Department",
        verbose_name=_("供电所"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    anonymous = models.BooleanField(_("匿名"), default=False)
    hide_caller = models.BooleanField(_("对责任部门隐去来电人"), default=False)
    reported_department = models.ForeignKey(
        "people.Department",
        verbose_name=_("被举报部门"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    reported_person = models.ForeignKey(
        "people.User", verbose_name=_("被举报人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    title = models.CharField(_("标题"), max_length=80)
    content = models.TextField(_("反映内容"))
    occurred_on = models.DateField(_("发生日期"), null=True)
    priority = models.PositiveSmallIntegerField(_("优先级"), choices=Priority.choices, default=Priority.NORMAL)
    callback_by = models.CharField(_("回访方式"), max_length=8, choices=CallbackBy.choices, blank=True)
    callback_when = models.CharField(_("方便联系时间"), max_length=60, blank=True)
    bigrams = ArrayField(models.CharField(max_length=2), default=list, help_text="search words of title and content")

    registered_at = models.DateTimeField(_("登记时间"))
    registered_by = models.ForeignKey(
        "people.User", verbose_name=_("首问责任人"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    policy = models.ForeignKey("policy.Policy", on_delete=models.PROTECT, related_name="+", db_index=False)
    calendar_version = models.PositiveIntegerField(default=0)
    limit_days = models.PositiveSmallIntegerField(_("时限（工作日）"), null=True)
    due_on = models.DateField(_("到期日"), null=True)
    due_at = models.DateTimeField(_("到期时刻"), null=True, help_text="exclusive: in time means before it")
    due_provisional = models.BooleanField(_("暂定"), default=False)
    cap_on = models.DateField(_("最长可至"), null=True)
    due_sort = models.DateTimeField(default=NO_LIMIT, help_text="due_at, or far away where there is no limit")
    due_soon_since = models.DateTimeField(null=True)
    overdue_since = models.DateTimeField(_("逾期起"), null=True)
    accept_alarm_at = models.DateTimeField(null=True)

    route_rule = models.ForeignKey(
        "policy.RoutingRule", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    route_basis = models.CharField(_("派单依据"), max_length=120, blank=True)
    lead_department = models.ForeignKey(
        "people.Department",
        verbose_name=_("责任部门"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    audience = ArrayField(
        models.BigIntegerField(), default=list, help_text="departments that may see it: lead, cooperating, cc, sub"
    )
    handler = models.ForeignKey(
        "people.User", verbose_name=_("经办人"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    dispatched_at = models.DateTimeField(_("派单时间"), null=True)
    dispatch_blocked = models.CharField(_("未能派单的原因"), max_length=200, blank=True)
    accepted_at = models.DateTimeField(_("接单时间"), null=True)
    first_contact_at = models.DateTimeField(_("首次联系客户"), null=True)
    refusals = models.PositiveSmallIntegerField(_("退单次数"), default=0)
    refused_by = ArrayField(models.BigIntegerField(), default=list, help_text="departments that sent it back")
    needs_ruling = models.BooleanField(_("待派单裁定"), default=False)
    transfers = models.PositiveSmallIntegerField(_("转派次数"), default=0)
    ruled_at = models.DateTimeField(_("派单裁定时间"), null=True)
    reopenings = models.PositiveSmallIntegerField(_("重办次数"), default=0)
    internal_due_on = models.DateField(_("重办内部期限"), null=True)

    verified = models.BooleanField(_("是否属实"), null=True)
    cause_party = models.CharField(_("责任方"), max_length=16, choices=CauseParty.choices, blank=True)
    feedback_at = models.DateTimeField(_("反馈提交时间"), null=True, help_text="of the newest feedback not returned")
    department_stopped_at = models.DateTimeField(
        _("部门时钟停止"), null=True, help_text="submission time of the accepted feedback (A11)"
    )
    answered_at = models.DateTimeField(_("答复客户时间"), null=True)
    satisfaction = models.CharField(_("满意度"), max_length=16, choices=Satisfaction.choices, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True)
    archive_ground = models.CharField(_("归档依据"), max_length=24, choices=ArchiveGround.choices, blank=True)

    master = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged_orders", db_index=False
    )
    original = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="repeats", db_index=False)
    updated_at = models.DateTimeField()

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("工单")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="order_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.REGISTERED)
                | Q(lead_department__isnull=False)
                | Q(state__in=[State.ARCHIVED, State.MERGED, State.WITHDRAWN, State.CALLBACK]),
                name="order_has_lead_once_classified",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) ^ Q(state__in=sorted(ENDS)), name="order_closed_with_end_state"
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True, due_at__isnull=True) | Q(due_on__isnull=False, due_at__isnull=False),
                name="order_due_date_and_instant_together",
            ),
            models.CheckConstraint(
                condition=Q(anonymous=False) | Q(kind=Kind.REPORT_MISCONDUCT), name="order_anonymous_only_report"
            ),
        ]
        indexes = [
            # Each queue has the index it is read by: (who, priority, due, id) over open orders only.
            models.Index(
                fields=["lead_department", "priority", "due_sort", "id"],
                condition=Q(closed_at__isnull=True),
                name="order_open_department",
            ),
            models.Index(
                fields=["handler", "priority", "due_sort", "id"],
                condition=Q(closed_at__isnull=True, handler__isnull=False),
                name="order_open_handler",
            ),
            models.Index(
                fields=["state", "priority", "due_sort", "id"],
                condition=Q(closed_at__isnull=True),
                name="order_open_state",
            ),
            models.Index(
                fields=["priority", "due_sort", "id"], condition=Q(closed_at__isnull=True), name="order_open_all"
            ),
            # The overdue queue, and the sweep's question "what fell due and is not marked".
            models.Index(
                fields=["priority", "due_sort", "id"],
                condition=Q(closed_at__isnull=True, overdue_since__isnull=False),
                name="order_overdue_queue",
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(answered_at__isnull=True, overdue_since__isnull=True, closed_at__isnull=True),
                name="order_to_mark_overdue",
            ),
            models.Index(
                fields=["dispatched_at"],
                condition=Q(accepted_at__isnull=True, accept_alarm_at__isnull=True, closed_at__isnull=True),
                name="order_to_alarm_unaccepted",
            ),
            models.Index(fields=["needs_ruling"], condition=Q(needs_ruling=True), name="order_to_rule"),
            models.Index(fields=["lead_department", "-id"], name="order_by_department"),
            models.Index(fields=["caller_phone", "-id"], name="order_by_phone"),
            models.Index(OpClass(Reverse("caller_phone"), name="text_pattern_ops"), name="order_by_phone_tail"),
            models.Index(fields=["account_no", "-id"], name="order_by_account"),
            models.Index(fields=["external_ref"], condition=~Q(external_ref=""), name="order_by_reference"),
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            GinIndex(fields=["bigrams"], name="order_bigrams"),
            # Few orders are open: a department's share of them is a small bitmap. A new order is in this one only.
            GinIndex(fields=["audience"], condition=Q(closed_at__isnull=True), name="order_open_audience"),
            GinIndex(fields=["audience"], condition=Q(closed_at__isnull=False), name="order_closed_audience"),
            # Most orders have neither: an intake then pays for neither.
            models.Index(fields=["master"], condition=Q(master__isnull=False), name="order_by_master"),
            models.Index(fields=["original"], condition=Q(original__isnull=False), name="order_by_original"),
        ]

    def __str__(self) -> str:
        return self.number

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Reloads this instance only; the state stays protected on every other one, whatever happens here."""
        self.__dict__["_reloading"] = True
        try:
            super().refresh_from_db(using=using, fields=list(fields) if fields else None, from_queryset=from_queryset)
        finally:
            del self.__dict__["_reloading"]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def conceals_caller(self) -> bool:
        """Whether everybody but the hotline sees no caller (A27, hide_caller)."""
        return self.anonymous or self.hide_caller
