"""The life of a planned outage up to its beginning, declared once (S2-R01). Once begun it is an outage like others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from complaints.fields import StateField
from outage.flow.step import Attempt, step
from outage.planning import guards
from outage.planning import permissions as may
from outage.planning.leads import owed_for
from outage.planning.vocabulary import State, Subject

if TYPE_CHECKING:
    from outage.planning.models import OutagePlan

PLANNERS = _("由计划部门、本所负责人或值班人员办理")
LEADERS = _("由公司领导办理，拟稿人除外")
ANNOUNCERS = _("由计划部门、本所负责人或热线办理")


class Workflow(models.Model):
    """State and transitions of ``OutagePlan``; abstract, so that the table lives with the model."""

    if TYPE_CHECKING:  # columns that the methods below set to more than one type
        approved_at: Any
        approved_by: Any
        begun_at: Any
        outage: Any

    state = StateField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFTED)

    class Meta:
        abstract = True

    @transition(
        field=state,
        source=State.DRAFTED,
        target=None,
        custom=step(_("修改计划"), _("修改计划"), may.planner, PLANNERS, icon="pencil"),
    )
    def edit(self: OutagePlan, attempt: Attempt, *, areas: Iterable[Any], **values: Any) -> None:
        """While nobody has been asked, everything may change."""
        apply(self, attempt, areas, values)

    @transition(
        field=state,
        source=State.DRAFTED,
        target=State.SUBMITTED,
        custom=step(
            _("提交审批"),
            _("提交审批"),
            may.planner,
            PLANNERS,
            guards.starts_ahead,
            guards.leads_can_be_kept,
            icon="send",
            main=(State.DRAFTED,),
        ),
    )
    def submit(self: OutagePlan, attempt: Attempt, *, text: str = "") -> None:
        attempt.text = text

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.APPROVED,
        custom=step(
            _("批准停电计划"),
            _("批准停电计划"),
            may.approver,
            LEADERS,
            guards.starts_ahead,
            guards.leads_can_be_kept,
            guards.conflicts_answered,
            icon="stamp",
            main=(State.SUBMITTED,),
        ),
    )
    def approve(self: OutagePlan, attempt: Attempt, *, conflict_note: str = "", text: str = "") -> None:
        """The lead times of every medium can still be kept, and conflicts are answered."""
        self.approved_at, self.approved_by = attempt.now, attempt.by
        self.conflict_note = conflict_note
        attempt.text = text

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.DRAFTED,
        custom=step(_("退回修改"), _("退回修改"), may.approver, LEADERS, icon="undo", grave=True),
    )
    def send_back(self: OutagePlan, attempt: Attempt, *, text: str) -> None:
        attempt.text = text

    @transition(
        field=state,
        source=[State.APPROVED, State.CHANGING, State.CANCELLED],
        target=None,
        custom=step(
            _("登记公告"),
            _("发布公告"),
            may.announcer,
            ANNOUNCERS,
            guards.medium_waits,
            icon="flag",
            main=(State.APPROVED,),
        ),
    )
    def announce(self: OutagePlan, attempt: Attempt, *, medium: str, posted_at: datetime, proof: str = "") -> None:
        """One medium of the current round; whether it was in time is kept with it."""
        owed = {one.medium: one for one in owed_for(self)}
        due_at = owed[medium].due_at if medium in owed else None  # type: ignore[index]
        row = apps.get_model("outage", "PlanAnnouncement")(
            plan=self,
            round=self.round,
            subject=self.subject,
            medium=medium,
            posted_at=posted_at,
            posted_by=attempt.by,
            proof=proof,
            text=self.announcement_text(),
            due_at=due_at,
        )
        attempt.rows.append(row)
        attempt.told = {"medium": medium, "round": self.round, "in_time": row.in_time}

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.CHANGING,
        custom=step(_("申请变更"), _("申请变更"), may.planner, PLANNERS, icon="swap"),
    )
    def propose_change(self: OutagePlan, attempt: Attempt, *, areas: Iterable[Any], text: str, **values: Any) -> None:
        """What was announced stays true until the change is approved."""
        self.proposal = {
            **{name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()},
            "areas": [area.pk for area in areas],
        }
        attempt.text = text

    @transition(
        field=state,
        source=State.CHANGING,
        target=State.APPROVED,
        custom=step(
            _("批准变更"),
            _("批准变更"),
            may.approver,
            LEADERS,
            guards.change_can_be_announced,
            guards.conflicts_answered,
            icon="stamp",
            main=(State.CHANGING,),
        ),
    )
    def approve_change(self: OutagePlan, attempt: Attempt, *, conflict_note: str = "", text: str = "") -> None:
        """The change becomes the plan and has to be announced again in every medium."""
        proposal = dict(self.proposal)
        areas = list(apps.get_model("customers", "TransformerArea").objects.filter(pk__in=proposal.pop("areas")))
        for name in ("starts_at", "ends_at"):
            attempt.told[name] = [getattr(self, name).isoformat(), proposal[name]]
            proposal[name] = datetime.fromisoformat(proposal[name])
        apply(self, attempt, areas, proposal)
        self.proposal = {}
        self.round, self.subject = self.round + 1, Subject.CHANGED
        self.approved_at, self.approved_by = attempt.now, attempt.by
        self.conflict_note = conflict_note
        attempt.text = text

    @transition(
        field=state,
        source=State.CHANGING,
        target=State.APPROVED,
        custom=step(_("不同意变更"), _("不同意变更"), may.approver, LEADERS, icon="undo", grave=True),
    )
    def refuse_change(self: OutagePlan, attempt: Attempt, *, text: str) -> None:
        self.proposal = {}
        attempt.text = text

    @transition(
        field=state,
        source=[State.DRAFTED, State.SUBMITTED, State.APPROVED, State.CHANGING],
        target=State.CANCELLED,
        custom=step(_("取消计划"), _("取消计划"), may.planner, PLANNERS, icon="x", grave=True),
    )
    def cancel(self: OutagePlan, attempt: Attempt, *, text: str) -> None:
        """A plan that had been announced has its cancellation announced, in the same media."""
        if self.announcements.exists():
            self.round, self.subject = self.round + 1, Subject.CANCELLED
        self.proposal = {}
        attempt.text = text

    @transition(
        field=state,
        source=State.APPROVED,
        target=State.BEGUN,
        custom=step(
            _("开始停电"),
            _("开始停电"),
            may.starter,
            _("由值班人员或本所负责人办理"),
            guards.everybody_told,
            icon="bolt",
            grave=True,
        ),
    )
    def begin(self: OutagePlan, attempt: Attempt, *, begun_at: datetime, outage: Any = None) -> None:
        """Supply is off: from here on it is an outage (``services.begin`` opens it in the same transaction)."""
        self.begun_at, self.outage = begun_at, outage
        attempt.told = {"outage": outage.number}


def apply(plan: OutagePlan, attempt: Attempt, areas: Iterable[Any], values: dict[str, Any]) -> None:
    """Sets columns and members; the households are those of the areas."""
    members = list(areas)
    for name, value in values.items():
        setattr(plan, name, value)
    plan.households = sum(area.households for area in members)
    attempt.sets["areas"] = members
