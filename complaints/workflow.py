"""The life of a work order, declared once.

Each ``@transition`` names its edge; ``custom`` adds the Chinese label, who may take it, its guards and the words the
timeline uses. Buttons, API actions, the diagram in the guide and the tests are read from here. The methods set
fields of the order and nothing else: ``complaints.services.door`` locks, checks, saves and writes history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from complaints import guards
from complaints import permissions as may
from complaints.fields import StateField
from complaints.guards import Attempt
from complaints.handover import due_as, hand_over, set_audience, set_due
from complaints.step import step
from complaints.vocabulary import BEFORE_CALLBACK, OPEN, ArchiveGround, ContactResult, State
from policy.limits import due
from policy.workdays import add_workdays

if TYPE_CHECKING:
    from complaints.models.order import Order

OPEN_STATES = list(OPEN)


class Workflow(models.Model):
    """State and transitions of ``Order``; abstract, so that the table lives with the model."""

    if TYPE_CHECKING:  # columns of Order that the methods below set to more than one type
        accepted_at: Any
        audience: Any
        answered_at: Any
        feedback_at: Any
        verified: Any

    state = StateField(_("状态"), max_length=16, choices=State.choices, default=State.REGISTERED)

    class Meta:
        abstract = True

    # --- dispatch ---------------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=[State.REGISTERED, State.CLASSIFIED, State.INVESTIGATED],
        target=State.CLASSIFIED,
        custom=step(
            _("分类派单"),
            _("分类并派单"),
            may.agent_then_director,
            guards.no_ruling_due,
            guards.complaint_stays,
            guards.anonymous_only_report,
            guards.lead_found,
            guards.lead_not_reported,
            guards.lead_has_contact,
            icon="send",
            main=(State.REGISTERED,),
        ),
    )
    def classify(self: Order, attempt: Attempt, *, kind: str, category: str, **details: Any) -> None:
        """Kind, category, route, deadline, dispatch (S4-R24); due counts from the first registration (A30)."""
        self.kind, self.category = kind, category
        self.subcategory = details.get("subcategory")
        self.station = details.get("station") or self.station
        route = attempt.route
        self.route_rule_id, self.route_basis = route.rule_pk, route.basis
        if attempt.lead_id != self.lead_department_id:
            hand_over(self, attempt.lead_id, attempt)
        parts = {*route.cc_ids, *route.cooperating_ids, *(d.pk for d in details.get("cooperating") or ())}
        set_audience(self, parts)
        set_due(self, due_as(self, kind, attempt.calendar), attempt.calendar.version)

    @transition(
        field=state,
        source=State.CLASSIFIED,
        target=None,
        custom=step(
            _("接单"),
            _("接单"),
            may.lead_department,
            guards.not_accepted_yet,
            icon="check",
            main=(State.CLASSIFIED,),
            key="a",
        ),
    )
    def accept(self: Order, attempt: Attempt, *, handler: Any = None, **details: Any) -> None:
        """The department takes the order over (S4-R46) and may name its handler at once."""
        self.accepted_at = attempt.now
        self.handler = handler or self.handler

    @transition(
        field=state,
        source=[State.CLASSIFIED, State.INVESTIGATED],
        target=None,
        custom=step(_("指派经办人"), _("指派经办人"), may.lead_desk, guards.accepted, icon="user", key="m"),
    )
    def assign_handler(self: Order, attempt: Attempt, *, handler: Any, **details: Any) -> None:
        """A named person beside the department (S0-R14, S2-R10)."""
        self.handler = handler

    @transition(
        field=state,
        source=State.CLASSIFIED,
        target=State.REGISTERED,
        custom=step(
            _("退单"),
            _("退单"),
            may.lead_desk,
            guards.not_accepted_yet,
            guards.may_still_refuse,
            icon="undo",
            grave=True,
        ),
    )
    def reject_dispatch(self: Order, attempt: Attempt, **details: Any) -> None:
        """A wrong dispatch goes back with its basis (A13); often enough, and a referee decides. Clocks run on."""
        assert self.lead_department_id is not None
        attempt.notes["from_department_id"] = self.lead_department_id
        self.refusals += 1
        self.refused_by = [*self.refused_by, self.lead_department_id]
        self.needs_ruling = self.refusals >= attempt.policy.refusals_before_referee
        self.lead_department, self.handler, self.dispatched_at = None, None, None
        self.audience = []

    @transition(
        field=state,
        source=State.REGISTERED,
        target=State.CLASSIFIED,
        custom=step(
            _("裁定责任部门"),
            _("裁定责任部门"),
            may.referee,
            guards.ruling_due,
            guards.lead_not_reported,
            guards.lead_has_contact,
            icon="stamp",
            main=(State.REGISTERED,),
        ),
    )
    def rule_dispatch(self: Order, attempt: Attempt, *, lead_department: Any, **details: Any) -> None:
        """After repeated refusals the referee names the department; final."""
        self.needs_ruling = False
        self.ruled_at = attempt.now
        hand_over(self, lead_department.pk, attempt)
        set_audience(self, {part.department_id for part in self.parts.all()})

    @transition(
        field=state,
        source=[State.CLASSIFIED, State.INVESTIGATED],
        target=State.CLASSIFIED,
        custom=step(
            _("转派"),
            _("转派"),
            may.hotline_director,
            guards.another_department,
            guards.lead_not_reported,
            guards.lead_has_contact,
            icon="send",
        ),
    )
    def transfer(self: Order, attempt: Attempt, *, lead_department: Any, **details: Any) -> None:
        """Another department leads; the customer's clock never restarts (A13, S4-R01)."""
        self.transfers += 1
        hand_over(self, lead_department.pk, attempt)
        set_audience(self, {part.department_id for part in self.parts.all()})

    # --- work -------------------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=[State.CLASSIFIED, State.INVESTIGATED],
        target=None,
        custom=step(_("分派子任务"), _("分派子任务"), may.lead_department, guards.accepted, icon="branch"),
    )
    def sub_assign(self: Order, attempt: Attempt, *, department: Any, **details: Any) -> None:
        """A part for a production unit, with its own due date; the lead stays responsible (S4-R33)."""
        self.audience = sorted({*self.audience, department.pk})

    @transition(
        field=state,
        source=[State.CLASSIFIED, State.INVESTIGATED],
        target=None,
        custom=step(_("回报子任务"), _("回报子任务"), may.part_taker, icon="check"),
    )
    def finish_sub_assignment(self: Order, attempt: Attempt, **details: Any) -> None:
        """The unit returns the result of its part to the lead (S4-R27, R28)."""

    @transition(
        field=state,
        source=OPEN_STATES,
        target=None,
        custom=step(_("联系客户"), _("联系客户"), may.lead_or_hotline, icon="phone"),
    )
    def contact_customer(self: Order, attempt: Attempt, *, at: Any, **details: Any) -> None:
        """A logged contact: time, means, result (S4-R34)."""
        self.first_contact_at = self.first_contact_at or at

    @transition(
        field=state,
        source=[*OPEN_STATES, State.ARCHIVED],
        target=None,
        custom=step(_("记进展"), _("记进展"), may.part_taker_or_hotline, icon="pencil", key="n"),
    )
    def add_fact(self: Order, attempt: Attempt, **details: Any) -> None:
        """A remark or a late fact; also after archiving, where nothing else changes (S3-R01)."""

    @transition(
        field=state,
        source=OPEN_STATES,
        target=None,
        custom=step(_("更正登记信息"), _("更正登记信息"), may.hotline, icon="pencil"),
    )
    def correct(self: Order, attempt: Attempt, **details: Any) -> None:
        """Caller's data put right; before and after stand in the event."""
        for name in ("caller_name", "caller_phone", "account_no", "address", "callback_when"):
            setattr(self, name, details[name])

    @transition(
        field=state,
        source=[State.CLASSIFIED, State.INVESTIGATED],
        target=State.INVESTIGATED,
        custom=step(
            _("填报调查结论"),
            _("填报调查结论"),
            may.handler,
            guards.accepted,
            icon="lens",
            main=(State.CLASSIFIED,),
            key="i",
        ),
    )
    def investigate(self: Order, attempt: Attempt, *, verified: bool, cause_party: str, **details: Any) -> None:
        """Plan, evidence, findings, verified or not, cause party (S3-R09..R11)."""
        self.verified, self.cause_party = verified, cause_party

    @transition(
        field=state,
        source=State.INVESTIGATED,
        target=State.RESOLVED,
        custom=step(
            _("填报处理结果"),
            _("填报处理结果"),
            may.handler,
            guards.sub_assignments_done,
            guards.customer_contacted,
            icon="check",
            main=(State.INVESTIGATED,),
            key="r",
        ),
    )
    def resolve(self: Order, attempt: Attempt, **details: Any) -> None:
        """Measures, answer to each demand, basis: the department's feedback (S4-R35)."""
        self.feedback_at = attempt.now

    # --- hotline ----------------------------------------------------------------------------------------------------

    @transition(
        field=state,
        source=State.RESOLVED,
        target=State.INVESTIGATED,
        custom=step(_("退回补充"), _("退回反馈"), may.hotline_director, guards.feedback_waits, icon="undo", grave=True),
    )
    def return_feedback(self: Order, attempt: Attempt, **details: Any) -> None:
        """What is missing goes back; the department's clock runs as if nothing had been submitted (A11)."""
        self.feedback_at = None

    @transition(
        field=state,
        source=State.RESOLVED,
        target=State.CALLBACK,
        custom=step(
            _("审核通过"),
            _("审核通过反馈"),
            may.hotline_director,
            guards.feedback_waits,
            icon="check",
            main=(State.RESOLVED,),
        ),
    )
    def accept_feedback(self: Order, attempt: Attempt, **details: Any) -> None:
        """The department's clock stopped when this feedback was submitted (A11) and stays so (B6); for an anonymous
        report the customer's clock stops here too (B9)."""
        self.department_stopped_at = self.department_stopped_at or self.feedback_at
        if self.anonymous:
            self.answered_at = attempt.now

    @transition(
        field=state,
        source=State.CALLBACK,
        target=None,
        custom=step(
            _("记录回访"), _("回访客户"), may.hotline, guards.needs_callback, icon="phone", main=(State.CALLBACK,)
        ),
    )
    def attempt_callback(
        self: Order, attempt: Attempt, *, at: Any, result: str, answered: bool = False, **details: Any
    ) -> None:
        """Being reached and answered stops the customer's clock (S4-R36, R42); ``records`` settles enough vain attempts
        (A11) after the row is written."""
        if result == ContactResult.REACHED and answered:
            self.answered_at = self.answered_at or at
            self.satisfaction = details.get("satisfaction", "")

    @transition(
        field=state,
        source=State.CALLBACK,
        target=State.INVESTIGATED,
        custom=step(
            _("退回重办"),
            _("退回重办"),
            may.hotline,
            guards.customer_dissatisfied,
            guards.may_reopen_again,
            icon="undo",
            grave=True,
        ),
    )
    def reopen(self: Order, attempt: Attempt, **details: Any) -> None:
        """Not satisfied: once more, with an internal limit within the cap and no daily penalty (A32, B6)."""
        reached = add_workdays(attempt.today, attempt.policy.reopen_days, attempt.calendar).date
        self.internal_due_on = min(reached, self.cap_on) if self.cap_on else reached
        self.reopenings += 1
        self.feedback_at = None
        self.satisfaction = ""

    @transition(
        field=state,
        source=State.CALLBACK,
        target=State.ARCHIVED,
        custom=step(
            _("归档"),
            _("归档"),
            may.hotline,
            guards.callback_recorded,
            guards.dissatisfaction_handled,
            icon="archive",
            main=(State.CALLBACK,),
        ),
    )
    def archive(self: Order, attempt: Attempt, **details: Any) -> None:
        """Result and contact stand in the record (S4-R37); the ground is kept (B9)."""
        self.archive_ground = guards.archive_ground(attempt)
        self.answered_at, self.closed_at = self.answered_at or attempt.now, attempt.now

    @transition(
        field=state,
        source=State.REGISTERED,
        target=State.ARCHIVED,
        custom=step(_("当场答复办结"), _("通话中当场答复办结"), may.hotline, guards.answerable_on_call, icon="check"),
    )
    def answer_on_call(self: Order, attempt: Attempt, *, kind: str, category: str, **details: Any) -> None:
        """Answered while the caller was on the line: the call is the call-back (S0-R19, B9)."""
        self.kind, self.category = kind, category
        self.subcategory = details.get("subcategory")
        self.needs_ruling = False
        set_due(self, due(kind, self.registered_at, self.policy, attempt.calendar), attempt.calendar.version)
        self.archive_ground = ArchiveGround.ANSWERED_ON_CALL
        self.answered_at, self.closed_at = attempt.now, attempt.now
        self.satisfaction = details.get("satisfaction", "")

    @transition(
        field=state,
        source=list(BEFORE_CALLBACK),
        target=State.CALLBACK,
        custom=step(_("来电已恢复，转回访"), _("停电恢复，转回访"), may.outage_duty, icon="bolt"),
    )
    def answer_by_outage(self: Order, attempt: Attempt, **details: Any) -> None:
        """Power is back: the outage's answer is the feedback; none is asked of the department (B10)."""
        self.department_stopped_at = self.department_stopped_at or attempt.now
        self.needs_ruling = False

    @transition(
        field=state,
        source=OPEN_STATES,
        target=State.MERGED,
        custom=step(_("并入主单"), _("并入主单"), may.hotline, guards.master_fits, icon="link"),
    )
    def merge(self: Order, attempt: Attempt, *, master: Any, **details: Any) -> None:
        """The same matter goes on in the older order; the clocks of this one stop."""
        self.master = master
        self.needs_ruling = False
        self.closed_at = attempt.now

    @transition(
        field=state,
        source=OPEN_STATES,
        target=State.WITHDRAWN,
        custom=step(_("撤销"), _("撤销"), may.hotline, icon="x", grave=True),
    )
    def withdraw(self: Order, attempt: Attempt, **details: Any) -> None:
        """The customer takes it back, or it was registered in error; the reason stays."""
        self.needs_ruling = False
        self.closed_at = attempt.now
