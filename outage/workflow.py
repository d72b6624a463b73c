"""The life of an outage, declared once.

Each ``@transition`` names its edge; ``custom`` adds the Chinese label, who may take it, its guards and the words the
timeline uses. The methods set fields of the outage and nothing else: ``outage.services.door`` locks, checks, saves and
writes history, ``services.records`` writes the rows that belong to a step (areas, notices, restoration steps).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, transition

from complaints.fields import StateField
from outage import guards
from outage import permissions as may
from outage.closing import guards as closing
from outage.step import Attempt, step
from outage.vocabulary import RUNNING, State

if TYPE_CHECKING:
    from outage.models import Outage

DARK = list(RUNNING)
TIMED = [*RUNNING, State.RESTORED]


class Workflow(models.Model):
    """State and transitions of ``Outage``; abstract, so that the table lives with the model."""

    if TYPE_CHECKING:  # columns of Outage that the methods below set to more than one type
        occurred_at: Any
        detected_at: Any
        expected_at: Any
        restored_at: Any
        ended_at: Any
        master: Any
        repair_started_at: Any
        progress_at: Any
        answered_at: Any

    state = StateField(_("状态"), max_length=16, choices=State.choices, default=State.INTERRUPTED)

    class Meta:
        abstract = True

    @transition(
        field=state,
        source=State.PLANNED,
        target=State.INTERRUPTED,
        custom=step(_("开始停电"), _("开始停电"), may.desk, icon="bolt", grave=True),
    )
    def begin(self: Outage, attempt: Attempt, *, at: datetime, **details: Any) -> None:
        """The planned work has begun and supply is off."""
        self.occurred_at = self.detected_at = at

    @transition(
        field=state,
        source=State.INTERRUPTED,
        target=State.REPAIRING,
        custom=step(_("抢修开展"), _("开展抢修"), may.crew, icon="flag"),
    )
    def start_repair(self: Outage, attempt: Attempt, *, at: datetime, **details: Any) -> None:
        """The crew has begun: the second clock starts (S0-R03)."""
        self.repair_started_at = at

    @transition(
        field=state,
        source=DARK,
        target=None,
        custom=step(_("报进度"), _("报告进度"), may.crew, icon="pencil"),
    )
    def report_progress(self: Outage, attempt: Attempt, **details: Any) -> None:
        """What is known now; starts the next period of ``Policy.progress_minutes`` (S2-R02), with or without a new
        expected time (S0-R32)."""
        self.progress_at = attempt.now
        self.progress_alarm_at = None
        if details.get("expected_at"):
            self.expected_at = details["expected_at"]
        if details.get("cause"):
            self.cause = details["cause"]
        if details.get("cause_text"):
            self.cause_text = details["cause_text"]

    @transition(
        field=state,
        source=TIMED,
        target=None,
        custom=step(_("更正时间"), _("更正时间"), may.desk, icon="clock"),
    )
    def correct_times(self: Outage, attempt: Attempt, *, reason: str, **details: Any) -> None:
        """Any of the four times put right, with a reason; before and after stand in the event, clocks follow."""
        for name in ("detected_at", "occurred_at", "repair_started_at", "restored_at"):
            if details.get(name) is not None:
                setattr(self, name, details[name])

    @transition(
        field=state,
        source=DARK,
        target=None,
        custom=step(_("调整范围"), _("调整停电范围"), may.desk, icon="house"),
    )
    def change_area(self: Outage, attempt: Attempt, **details: Any) -> None:
        """Areas and groups that turned out to be affected too; their clocks start when that is known."""
        self.households = details["households"]

    @transition(
        field=state,
        source=DARK,
        target=None,
        custom=step(_("部分送电"), _("部分送电"), may.crew, guards.some_areas_stay, icon="bolt"),
    )
    def restore_part(self: Outage, attempt: Attempt, **details: Any) -> None:
        """Some areas have supply again; a restoration step is kept for the reliability figures."""

    @transition(
        field=state,
        source=DARK,
        target=State.RESTORED,
        custom=step(_("送电"), _("全部送电"), may.crew, icon="bolt", grave=True),
    )
    def restore(self: Outage, attempt: Attempt, *, at: datetime, **details: Any) -> None:
        """Everybody has supply again: the third clock starts (S0-R04)."""
        self.restored_at = at

    @transition(
        field=state,
        source=State.RESTORED,
        target=RETURN_VALUE(*DARK),
        custom=step(_("撤回送电"), _("撤回送电"), may.desk, icon="undo", grave=True),
    )
    def withdraw_restoration(self: Outage, attempt: Attempt, *, reason: str, **details: Any) -> str:
        """Supply was not back after all: the outage goes on as it stood before, without a second beginning. What was
        said of the restoration stays in the stream and counts no more (``services.withdrawal``)."""
        self.restored_at = self.answered_at = self.progress_alarm_at = None
        return State.REPAIRING if self.repair_started_at else State.INTERRUPTED

    @transition(
        field=state,
        source=DARK,
        target=None,
        custom=step(_("拆分"), _("拆出一部分台区"), may.desk, guards.some_areas_stay, icon="branch"),
    )
    def split(self: Outage, attempt: Attempt, **details: Any) -> None:
        """Some areas go on as an outage of their own, with the same times and their clocks as they stand."""
        self.households = details["households_left"]

    @transition(
        field=state,
        source=DARK,
        target=State.MERGED,
        custom=step(_("并入"), _("并入另一起停电"), may.desk, guards.master_fits, icon="link", grave=True),
    )
    def merge(self: Outage, attempt: Attempt, *, master: Outage, **details: Any) -> None:
        """The same interruption goes on in the master: areas, groups, callers and orders move there."""
        self.master = master
        self.ended_at = attempt.now

    @transition(
        field=state,
        source=[State.PLANNED, *DARK],
        target=State.CANCELLED,
        custom=step(_("撤销"), _("撤销"), may.desk, icon="x", grave=True),
    )
    def cancel(self: Outage, attempt: Attempt, *, reason: str, **details: Any) -> None:
        """A false alarm, or a plan given up; the reason stays."""
        self.ended_at = attempt.now

    @transition(
        field=state,
        source=State.RESTORED,
        target=State.CLOSED,
        custom=step(_("结案"), _("结案"), may.desk, closing.complete, icon="archive"),
    )
    def close(self: Outage, attempt: Attempt, **details: Any) -> None:
        """Ledger and review stand (S0-R10); nothing changes afterwards."""
        self.ended_at = attempt.now
