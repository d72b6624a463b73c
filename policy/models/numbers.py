"""All numbers of the hotline rules as one dated row (S4-R52)."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from policy.vocabulary import PenaltyDayUnit, PenaltyPersons, RepeatPenaltyMode

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

AT_LEAST_ONE = MinValueValidator(1)
LONGEST = 3650
"""No limit in days, hours or minutes is longer: keeps every computed date inside the calendar's range."""
MANY = 10_000_000
PERCENT = (MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100)))


def _count(
    name: "_StrPromise", default: int, help_text: "_StrPromise", *, minimum: int = 1, maximum: int = LONGEST
) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(
        name,
        default=default,
        help_text=help_text,
        validators=[MinValueValidator(minimum), MaxValueValidator(maximum)],
    )


def _optional_count(
    name: "_StrPromise", help_text: "_StrPromise"
) -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(
        name, null=True, blank=True, help_text=help_text, validators=[AT_LEAST_ONE, MaxValueValidator(LONGEST)]
    )


def _yuan(name: "_StrPromise", default: str, help_text: "_StrPromise") -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(
        name,
        max_digits=10,
        decimal_places=2,
        default=Decimal(default),
        help_text=help_text,
        validators=[MinValueValidator(Decimal(0))],
    )


def _optional_percent(
    name: "_StrPromise", help_text: "_StrPromise"
) -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(
        name, max_digits=5, decimal_places=2, null=True, blank=True, help_text=help_text, validators=list(PERCENT)
    )


class PolicyQuerySet(models.QuerySet["Policy"]):
    def in_force(self, on: dt.date) -> "Policy":
        """The row that holds on that day: the newest ``effective_from`` not after it. Raises Policy.DoesNotExist."""
        row = self.filter(effective_from__lte=on).order_by("-effective_from").first()
        if row is None:
            raise Policy.DoesNotExist(f"no policy row is in force on {on:%Y-%m-%d}")
        return row


class Policy(models.Model):
    """All numbers of the hotline rules, one complete row per date from which it holds (S4-R52)."""

    effective_from = models.DateField(_("生效日期"), unique=True, help_text=_("从这一天零时起适用，直到下一行生效"))
    note = models.CharField(_("修改说明"), max_length=200, blank=True, help_text=_("依据的文件或会议，供以后查考"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("录入人")
    )
    recorded_at = models.DateTimeField(_("录入时间"))

    company_name = models.CharField(
        _("单位名称"), max_length=60, default="供电公司", help_text=_("问候语、回执和短信中的名称")
    )
    hotline_number = models.CharField(
        _("热线号码"), max_length=20, default="86865598", help_text=_("对外公布的电力热线（S4-R04）")
    )

    consultation_days = _count(_("咨询时限"), 3, _("工作日（S4-R40）"))
    complaint_days = _count(_("投诉时限"), 10, _("工作日（S4-R41）"))
    report_misconduct_days = _count(_("举报时限"), 10, _("工作日（S4-R41）"))
    cap_days = _count(_("延期后最长"), 30, _("工作日，自登记起合计（S4-R45，A5）"))
    extension_deputy_after_days = _count(
        _("分管领导审批起点"), 20, _("延期后超过这么多个工作日，还须分管领导批准（A29）")
    )
    sla_count_start_day = models.BooleanField(
        _("登记当天计为第 1 天"), default=False, help_text=_("默认次一工作日为第 1 天（A2）")
    )
    sla_due_time = models.TimeField(
        _("到期时刻"), null=True, blank=True, help_text=_("留空为到期日 24:00；填下班时间则到该时刻为止（A2）")
    )
    sla_after_hours_shift = models.TimeField(
        _("下班后顺延起点"),
        null=True,
        blank=True,
        help_text=_("留空为不顺延；填时间则该时刻以后及休息日登记的，视同下一工作日登记（A3）"),
    )
    extension_pauses_clock = models.BooleanField(_("延期待批时停表"), default=False, help_text=_("默认不停（A4）"))

    ring_apology_over = _count(_("应致歉的振铃声数"), 4, _("超过这么多声接听须致歉（S4-R07）"))
    dispatch_target_minutes = _count(_("派单目标"), 20, _("分钟，自登记起（S4-R24）"))
    accept_alert_hours = _count(_("未接单提醒"), 2, _("小时，超过则提醒部门负责人（S4-R46）"))
    first_contact_hours = _count(_("首次联系客户"), 24, _("小时，自派单起（S4-R34）"))
    reject_days = _count(_("退单期限"), 1, _("工作日，自收到工单起（A13）"))
    refusals_before_referee = _count(_("裁决前的退单次数"), 2, _("第几次退单起由党政办裁决"))
    duplicate_days = _count(_("疑似重复的期限"), 30, _("自然日，受理时提示同户号或同电话的未结工单（B11）"))
    repeat_days = _count(_("再次反映的期限"), 90, _("自然日，自归档起（A16）"))
    reopen_days = _count(_("重办期限"), 5, _("工作日，客户不满意退回后（A32）"))
    reopen_limit = _count(_("重办次数"), 1, _("每张工单最多退回重办几次（A32）"), minimum=0)
    callback_attempts = _count(_("回访次数"), 3, _("联系不上时至少拨打几次（A11）"))
    callback_attempt_days = _count(_("回访分布天数"), 2, _("上述拨打至少分布在几天（A11）"))
    due_soon_days = _count(_("临期提醒"), 1, _("工作日，到期前多久提醒"))
    history_months = _count(_("历史工单范围"), 12, _("月，受理页显示多久以内的往来"))
    export_approval_rows = _count(_("导出审批行数"), 5000, _("超过须第二人批准（B19）"), maximum=MANY)

    overdue_rate_yuan = _yuan(_("超期扣罚"), "50", _("元/人·天（S4-R47）"))
    unqualified_rate_yuan = _yuan(_("不合格扣罚"), "50", _("元/人（S4-R49）"))
    repeat_rate_yuan = _yuan(_("再次反映扣罚"), "100", _("元/人（S4-R50）"))
    penalty_day_unit = models.CharField(
        _("超期天数单位"),
        max_length=10,
        choices=PenaltyDayUnit,
        default=PenaltyDayUnit.WORKING,
        help_text=_("与时限同单位（A1）"),
    )
    repeat_penalty_mode = models.CharField(
        _("再次反映与不合格"),
        max_length=10,
        choices=RepeatPenaltyMode,
        default=RepeatPenaltyMode.REPLACE,
        help_text=_("替代：合计 100；叠加：50 加 100（A15）"),
    )
    penalty_persons = models.CharField(
        _("按谁计人数"),
        max_length=15,
        choices=PenaltyPersons,
        default=PenaltyPersons.HEADCOUNT,
        help_text=_("当天在册人数，或指定的责任人（A8）"),
    )
    penalty_monthly_cap_per_person = models.DecimalField(
        _("每人每月扣罚上限"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("元，留空为不设上限（A10）"),
        validators=[MinValueValidator(Decimal(0))],
    )
    compensation_two_step_yuan = models.DecimalField(
        _("补偿退费两级审批起点"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("元，达到此金额的还须分管领导审批；留空为一律两级审批（S3-R12）"),
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    appeal_days = _count(_("申诉期限"), 3, _("工作日，自裁定送达起（A14）"))
    report_publish_day = models.PositiveSmallIntegerField(
        _("月报公布日"),
        default=15,
        help_text=_("次月几日前公布，遇节假日顺延（S4-R39，A21）"),
        validators=[AT_LEAST_ONE, MaxValueValidator(28)],
    )

    report_check_days = _count(_("月报核对期限"), 5, _("工作日，自生成起，部门在此期间核对和提出异议"))
    report_shows_others = models.BooleanField(
        _("部门可看其他部门的汇总"), default=True, help_text=_("否：部门只看本部门各行与全公司合计")
    )

    notice_minutes = _count(_("停电信息发布"), 15, _("分钟，三个 15 分钟（S0-R02 至 R04）"))
    notice_warning_1_minutes = _count(_("停电信息一次提醒"), 5, _("分钟，自起算（S0-R05）"))
    notice_warning_2_minutes = _count(_("停电信息二次提醒"), 10, _("分钟，自起算（S0-R05）"))
    notice_warning_3_minutes = _count(_("停电信息末次提醒"), 14, _("分钟，自起算（S0-R05）"))
    progress_minutes = _count(_("抢修进度通报"), 60, _("分钟，自上次通报（S2-R02）"))
    chain_remind_minutes = _count(_("逐级上报提醒"), 15, _("分钟，未知悉则提醒（S0-R01，B14）"))
    chain_skip_minutes = _count(_("逐级上报跳过"), 30, _("分钟，仍未知悉则记跳过并报上一级（B14）"))
    suggestion_calls = _count(_("疑似停电来电数"), 3, _("同一台区在下述时间内来电达到这么多个（S0-R30）"))
    suggestion_minutes = _count(_("疑似停电统计时段"), 30, _("分钟（S0-R30）"))
    attendance_households = _count(
        _("到岗户数"), 1000, _("达到这么多户，站长及副站长到岗（S0-R06，A19）"), maximum=MANY
    )

    disconnection_notice_max_hours = _count(_("停电通知书最早送达"), 168, _("小时，欠费停电前不早于（S1-R22，A23）"))
    disconnection_notice_min_hours = _count(_("停电通知书最晚送达"), 72, _("小时，欠费停电前不晚于（S1-R22，A23）"))
    second_notice_max_minutes = _count(_("二次通知最早"), 60, _("分钟，欠费停电前（A23）"))
    second_notice_min_minutes = _count(_("二次通知最晚"), 30, _("分钟，欠费停电前（S1-R22，A23）"))
    disconnection_grace_minutes = _count(
        _("停电执行宽限"), 30, _("分钟，到通知的停电时间后多久内可以动手；过后须重新送达（S1-R22）"), minimum=0
    )
    reconnect_hours = _count(_("交清后复电"), 24, _("小时，自交清起（S1-R24）"))
    connection_days = _count(_("送电承诺"), 5, _("工作日，非居民自受理并签合同起（S1-R25，A24）"))
    connection_warning_days = _count(_("送电预警"), 3, _("第几个工作日预警（S1-R25）"))
    arrival_urban_minutes = _count(_("城区到场"), 45, _("分钟，自派单起（A7，B22）"))
    arrival_rural_minutes = _count(_("农村到场"), 90, _("分钟，自派单起（A7，B22）"))
    arrival_remote_minutes = _count(_("偏远到场"), 120, _("分钟，自派单起（A7，B22）"))
    urge_notice_days = _count(_("书面催办起点"), 1, _("工作日，催办后仍无回应可发书面通知"))
    criticism_days = _count(_("通报批评起点"), 5, _("工作日，书面催办后仍无回应可通报批评"))
    reminders_from = models.TimeField(_("提醒起"), default=dt.time(8, 30), help_text=_("工作时间内发提醒，紧急的除外"))
    reminders_until = models.TimeField(_("提醒止"), default=dt.time(17, 30), help_text=_("此后到次日的提醒并入次日"))
    cluster_days = _count(_("苗头统计天数"), 30, _("自然日，预警看板统计多久以内（S0-R40）"))
    cluster_orders = _count(_("聚集件数"), 3, _("同一台区、人员达到这么多件即列入预警（S0-R40）"))

    restoration_urban_hours = _optional_count(_("城区复电"), _("小时，建议 3（B22）"))
    restoration_rural_hours = _optional_count(_("农村复电"), _("小时，建议 4（B22）"))
    restoration_remote_hours = _optional_count(_("偏远复电"), _("小时，建议 5（B22）"))
    planned_notice_days = _optional_count(_("计划停电提前公告"), _("自然日，建议 7（S2-R01）"))
    voltage_survey_days = _optional_count(_("电压投诉现场勘查"), _("工作日，建议 3（S2-R04）"))
    invoice_days = _optional_count(_("发票答复"), _("工作日，建议 3（S2-R05）"))
    residential_connection_days = _optional_count(_("低压居民装表接电"), _("工作日，建议 5（S2-R06，A24）"))
    response_minutes = _optional_count(_("响应时间"), _("分钟，建议 15（S2-R09）"))
    voltage_target_percent = _optional_percent(_("电压合格率目标"), _("%，城市建议 98.5（S2-R03）"))
    reliability_target_percent = _optional_percent(_("供电可靠率目标"), _("%，城市建议 99.9（S2-R03）"))
    satisfaction_target_percent = _optional_percent(_("满意度目标"), _("%，建议 95（S2-R11）"))

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("规则数值")
        verbose_name_plural = _("规则数值")
        ordering = ["-effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cap_days__gte=models.F("complaint_days"))
                & models.Q(cap_days__gte=models.F("report_misconduct_days")),
                name="policy_cap_covers_limits",
                violation_error_message=_("延期后最长不能短于投诉、举报的时限"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.effective_from:%Y-%m-%d}"
