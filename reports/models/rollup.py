"""The figures of past months added up once, so that trends over years cost what their rows cost (P6).

One row per month, department, kind and category. Never the truth: ``rollup.refresh`` counts a month anew from the
orders and replaces its rows; a test compares them with the live figures.
"""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def _count(label: "_StrPromise") -> "models.IntegerField[int, int]":
    return models.IntegerField(label, default=0)


class MonthCell(models.Model):
    """Columns below ``category`` are the keys of ``reports.figures.FIGURES``; a test keeps the two lists equal."""

    month = models.DateField(_("月份"), help_text="its first day")
    department = models.ForeignKey(
        "people.Department", verbose_name=_("责任部门"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("类型"), max_length=20, blank=True)
    category = models.CharField(_("分类"), max_length=24, blank=True)
    carried_in = _count(_("上月结转"))
    received = _count(_("受理"))
    closed = _count(_("办结"))
    merged = _count(_("并入"))
    withdrawn = _count(_("撤销"))
    carried_out = _count(_("结转下月"))
    limited = _count(_("有时限办结"))
    on_time = _count(_("按期办结"))
    late = _count(_("超期办结"))
    on_time_customer = _count(_("按期答复客户"))
    overdue = _count(_("逾期"))
    overdue_days = _count(_("逾期天数"))
    handling_days = _count(_("办结用时"))
    dispatched = _count(_("派单"))
    accepted_in_time = _count(_("按时接单"))
    contacted_in_time = _count(_("及时联系"))
    transferred = _count(_("转派"))
    refused = _count(_("退单"))
    ping_pong = _count(_("多次退转"))
    returned = _count(_("反馈退回"))
    first_contact = _count(_("当场办结"))
    repeat = _count(_("再次反映"))
    called_back = _count(_("回访"))
    reached = _count(_("回访接通"))
    reopened = _count(_("重办"))
    rated = _count(_("已评价"))
    satisfied = _count(_("满意"))
    verified = _count(_("属实"))
    handled = _count(_("已着手"))
    extended = _count(_("延期"))
    unqualified = _count(_("不合格"))
    repeat_ruled = _count(_("再投诉"))

    class Meta:
        verbose_name = _("月度汇总")
        constraints = [
            models.UniqueConstraint(
                fields=["month", "department", "kind", "category"], name="one_cell_a_month", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.department_id} {self.kind} {self.category}"


class RolledMonth(models.Model):
    """A month whose cells are there, and what they were counted with."""

    month = models.DateField(primary_key=True)
    counted_at = models.DateTimeField(_("汇总时间"))
    calendar_version = models.PositiveIntegerField()
    stale = models.BooleanField(default=False, help_text="an order of it has moved since")

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class RollUpMark(models.Model):
    """``event_id``: every event up to it has been counted. ``next_id`` was the newest at ``next_at`` and becomes the
    mark once everything begun before it must have been committed. ``seen_count`` events from there to ``seen_id`` have
    been looked at as well."""

    event_id = models.BigIntegerField(default=0)
    next_id = models.BigIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    seen_id = models.BigIntegerField(default=0)
    seen_count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.event_id)
