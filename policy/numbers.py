"""How the numbers are grouped on screen, what one row changed against the one before, and which are not enforced."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policy.models import Policy

GROUPS: tuple[tuple[Promise | str, tuple[str, ...]], ...] = (
    (gettext_lazy("单位"), ("company_name", "hotline_number")),
    (
        gettext_lazy("办理时限"),
        (
            "consultation_days",
            "complaint_days",
            "report_misconduct_days",
            "cap_days",
            "extension_deputy_after_days",
            "due_soon_days",
        ),
    ),
    (
        gettext_lazy("计时办法"),
        ("sla_count_start_day", "sla_due_time", "sla_after_hours_shift", "extension_pauses_clock"),
    ),
    (
        gettext_lazy("派单与办理"),
        (
            "ring_apology_over",
            "dispatch_target_minutes",
            "accept_alert_hours",
            "first_contact_hours",
            "reject_days",
            "refusals_before_referee",
        ),
    ),
    (
        gettext_lazy("重复与回访"),
        (
            "duplicate_days",
            "repeat_days",
            "reopen_days",
            "reopen_limit",
            "callback_attempts",
            "callback_attempt_days",
            "history_months",
        ),
    ),
    (
        gettext_lazy("考核"),
        (
            "overdue_rate_yuan",
            "unqualified_rate_yuan",
            "repeat_rate_yuan",
            "penalty_day_unit",
            "repeat_penalty_mode",
            "penalty_persons",
            "penalty_monthly_cap_per_person",
            "appeal_days",
            "compensation_two_step_yuan",
        ),
    ),
    (
        gettext_lazy("提醒、督办与预警"),
        (
            *("reminders_from", "reminders_until", "urge_notice_days", "criticism_days"),
            *("cluster_days", "cluster_orders"),
        ),
    ),
    (
        gettext_lazy("抢修与送电"),
        (
            *("arrival_urban_minutes", "arrival_rural_minutes", "arrival_remote_minutes"),
            *("connection_days", "connection_warning_days"),
        ),
    ),
    (
        gettext_lazy("月报与导出"),
        ("report_publish_day", "report_check_days", "report_shows_others", "export_approval_rows"),
    ),
    (
        gettext_lazy("停电服务"),
        (
            "notice_minutes",
            "notice_warning_1_minutes",
            "notice_warning_2_minutes",
            "notice_warning_3_minutes",
            "progress_minutes",
            "chain_remind_minutes",
            "chain_skip_minutes",
            "suggestion_calls",
            "suggestion_minutes",
            "attendance_households",
        ),
    ),
    (
        gettext_lazy("欠费停电"),
        (
            "disconnection_notice_max_hours",
            "disconnection_notice_min_hours",
            "second_notice_max_minutes",
            "second_notice_min_minutes",
            "disconnection_grace_minutes",
            "reconnect_hours",
        ),
    ),
    (
        gettext_lazy("未定指标（留空即不考核）"),
        (
            *("restoration_urban_hours", "restoration_rural_hours", "restoration_remote_hours"),
            "planned_notice_days",
            "voltage_survey_days",
            "invoice_days",
            "residential_connection_days",
            "response_minutes",
            "voltage_target_percent",
            "reliability_target_percent",
            "satisfaction_target_percent",
        ),
    ),
)
# What the administrator is told of while it is unset (A22): not enforced, or, with money, the stricter way.
UNSET_IS_TOLD: tuple[str, ...] = (*GROUPS[-1][1], "compensation_two_step_yuan")
FIELDS: tuple[str, ...] = tuple(name for _title, names in GROUPS for name in names)


class Figure(NamedTuple):
    """One number as shown: its label, its value in words, its help text."""

    name: str
    label: str
    value: str
    help_text: str


class Difference(NamedTuple):
    label: str
    before: str
    after: str


class DatedRow(NamedTuple):
    """A row of the list: what it changed, and whether it is past, in force or still to come."""

    policy: Policy
    changes: list[Difference]
    state: str


def shown(value: Any) -> str:
    """A value in words: 未设, 是, 否, 17:30, 50, or the choice's label as given."""
    if value is None or value == "":
        return _("未设")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return str(value)


def figure(policy: Policy, name: str) -> Figure:
    field = Policy._meta.get_field(name)
    display = getattr(policy, f"get_{name}_display", None)
    value = shown(display() if display else getattr(policy, name))
    return Figure(name, str(getattr(field, "verbose_name", name)), value, str(getattr(field, "help_text", "")))


def grouped(policy: Policy) -> list[tuple[str, list[Figure]]]:
    """All numbers of a row under their headings."""
    return [(str(title), [figure(policy, name) for name in names]) for title, names in GROUPS]


def differences(before: Policy, after: Policy) -> list[Difference]:
    """The numbers that differ between two rows."""
    pairs = ((figure(before, name), figure(after, name)) for name in FIELDS)
    return [Difference(new.label, old.value, new.value) for old, new in pairs if old.value != new.value]


def dated_rows(policies: Iterable[Policy], *, today: dt.date) -> list[DatedRow]:
    """Rows newest first, each with what it changed against the one before it."""
    newest_first = sorted(policies, key=lambda row: row.effective_from, reverse=True)
    in_force = next((row for row in newest_first if row.effective_from <= today), None)
    rows = []
    for row, older in zip(newest_first, [*newest_first[1:], None], strict=True):
        state = "coming" if row.effective_from > today else "in_force" if row is in_force else "past"
        rows.append(DatedRow(row, differences(older, row) if older else [], state))
    return rows


def unset(policy: Policy) -> list[Figure]:
    """The values that are left open and nobody has set (A22): shown to the administrator with what then holds."""
    return [figure(policy, name) for name in UNSET_IS_TOLD if getattr(policy, name) is None]
