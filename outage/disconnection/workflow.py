"""The life of an arrears disconnection, declared once (S1-R22 to R24, A23)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from complaints.fields import StateField
from outage.disconnection import gates
from outage.disconnection import permissions as may
from outage.disconnection.vocabulary import BEFORE_CUT, State
from outage.flow.step import Attempt, step

if TYPE_CHECKING:
    from outage.disconnection.models import Disconnection

STATION = _("由本所人员办理")
HEADS = _("由站长、副站长或公司领导办理，提出人和核查人除外")
DESK = _("由站长、副站长或公司领导办理")


class Workflow(models.Model):
    """State and transitions of ``Disconnection``; abstract, so that the table lives with the model."""

    if TYPE_CHECKING:  # columns that the methods below set to more than one type
        checked_at: Any
        checked_by: Any
        approved_at: Any
        approved_by: Any
        execute_at: Any
        delivered_at: Any
        reported_at: Any
        second_notice_at: Any
        executed_at: Any
        paid_at: Any
        reconnect_due_at: Any
        reconnected_at: Any

    state = StateField(_("状态"), max_length=16, choices=State.choices, default=State.DRAFTED)

    class Meta:
        abstract = True

    @transition(
        field=state,
        source=State.DRAFTED,
        target=State.CHECKED,
        custom=step(
            _("核查交费情况"), _("核查交费情况"), may.station_staff, STATION, icon="lens", main=(State.DRAFTED,)
        ),
    )
    def precheck(self: Disconnection, attempt: Attempt, *, risks: list[str], risk_note: str, text: str = "") -> None:
        """Shared meter, common lighting, moved, paid to the property manager: asked before anything else (S1-R23)."""
        self.risks, self.risk_note = risks, risk_note
        self.checked_at, self.checked_by = attempt.now, attempt.by
        attempt.text, attempt.told = text, {"risks": risks}

    @transition(
        field=state,
        source=[State.DRAFTED, State.CHECKED, State.APPROVED, State.NOTIFIED],
        target=None,
        custom=step(_("定停电方案"), _("定停电方案"), may.desk, DESK, gates.is_sensitive, icon="note"),
    )
    def plan(self: Disconnection, attempt: Attempt, *, government: str, timing: str, soothing: str) -> None:
        """Three measures of a delicate case: government coordination, timing, soothing (S1-R24)."""
        self.plan_government, self.plan_timing, self.plan_soothing = government, timing, soothing

    @transition(
        field=state,
        source=State.CHECKED,
        target=State.APPROVED,
        custom=step(
            _("批准停电"),
            _("批准停电"),
            may.approver,
            HEADS,
            gates.risks_answered,
            gates.plan_made,
            icon="stamp",
            main=(State.CHECKED,),
        ),
    )
    def approve(self: Disconnection, attempt: Attempt, *, text: str = "") -> None:
        """By somebody else than who proposed or checked it."""
        self.approved_at, self.approved_by = attempt.now, attempt.by
        attempt.text = text

    @transition(
        field=state,
        source=State.CHECKED,
        target=State.DRAFTED,
        custom=step(_("退回核查"), _("退回核查"), may.approver, HEADS, icon="undo", grave=True),
    )
    def send_back(self: Disconnection, attempt: Attempt, *, text: str) -> None:
        self.checked_at = self.checked_by = None
        attempt.text = text

    @transition(
        field=state,
        source=[State.APPROVED, State.NOTIFIED],
        target=State.NOTIFIED,
        custom=step(
            _("登记送达通知书"),
            _("送达停电通知书"),
            may.station_staff,
            STATION,
            gates.delivery_in_window,
            icon="send",
            main=(State.APPROVED,),
        ),
    )
    def deliver(
        self: Disconnection,
        attempt: Attempt,
        *,
        execute_at: datetime,
        delivered_at: datetime,
        delivery: str,
        received_by: str,
    ) -> None:
        """The notice and the one time it names. Delivering again names a new time; the second notice starts anew."""
        self.execute_at, self.delivered_at = execute_at, delivered_at
        self.delivery, self.received_by = delivery, received_by
        self.second_notice_at, self.second_notice_by = None, ""
        attempt.told = {"execute_at": execute_at.isoformat(), "delivered_at": delivered_at.isoformat()}

    @transition(
        field=state,
        source=[State.CHECKED, State.APPROVED, State.NOTIFIED],
        target=None,
        custom=step(_("登记报送"), _("报送电力管理部门"), may.station_staff, STATION, gates.is_important, icon="flag"),
    )
    def report(self: Disconnection, attempt: Attempt, *, reported_at: datetime, report_ref: str) -> None:
        """Important users: the local power authority knows beforehand (S1-R22)."""
        self.reported_at, self.report_ref = reported_at, report_ref
        attempt.told = {"ref": report_ref}

    @transition(
        field=state,
        source=State.NOTIFIED,
        target=None,
        custom=step(
            _("登记二次通知"),
            _("停电前二次通知"),
            may.station_staff,
            STATION,
            gates.second_in_window,
            icon="phone",
        ),
    )
    def tell_again(self: Disconnection, attempt: Attempt, *, told_at: datetime, means: str, text: str = "") -> None:
        """30 to 60 minutes before (A23)."""
        self.second_notice_at, self.second_notice_by = told_at, means
        attempt.text = text

    @transition(
        field=state,
        source=State.NOTIFIED,
        target=State.EXECUTED,
        custom=step(
            _("执行停电"),
            _("执行停电"),
            may.station_staff,
            STATION,
            gates.all_open,
            gates.still_unpaid,
            icon="bolt",
            main=(State.NOTIFIED,),
            grave=True,
        ),
    )
    def execute(self: Disconnection, attempt: Attempt, *, unpaid: bool, text: str = "") -> None:
        """At the notified time only, with every gate open, the account looked at once more."""
        self.executed_at = attempt.now
        attempt.text, attempt.told = text, {"unpaid": unpaid}

    @transition(
        field=state,
        source=list(BEFORE_CUT),
        target=State.SETTLED,
        custom=step(_("登记交清"), _("停电前交清"), may.payment_taker, _("由本所人员或热线办理"), icon="check"),
    )
    def settle(self: Disconnection, attempt: Attempt, *, paid_at: datetime, text: str = "") -> None:
        """Paid in time: nothing is cut."""
        self.paid_at = paid_at
        attempt.text = text

    @transition(
        field=state,
        source=State.EXECUTED,
        target=State.PAID,
        custom=step(
            _("登记交清"),
            _("停电后交清，起算复电时限"),
            may.payment_taker,
            _("由本所人员或热线办理"),
            icon="check",
            main=(State.EXECUTED,),
        ),
    )
    def pay(self: Disconnection, attempt: Attempt, *, paid_at: datetime, text: str = "") -> None:
        """The reconnection clock starts with the payment (S1-R24; 24 h: outside fact 8)."""
        self.paid_at = paid_at
        self.reconnect_due_at = paid_at + timedelta(hours=attempt.policy.reconnect_hours)
        attempt.text, attempt.told = text, {"reconnect_due_at": self.reconnect_due_at.isoformat()}

    @transition(
        field=state,
        source=State.PAID,
        target=State.RECONNECTED,
        custom=step(
            _("恢复供电"),
            _("恢复供电"),
            may.station_staff,
            STATION,
            gates.not_before_cut,
            icon="bolt",
            main=(State.PAID,),
        ),
    )
    def reconnect(self: Disconnection, attempt: Attempt, *, reconnected_at: datetime, text: str = "") -> None:
        self.reconnected_at = reconnected_at
        attempt.text = text
        attempt.told = {"in_time": self.reconnect_due_at is None or reconnected_at <= self.reconnect_due_at}

    @transition(
        field=state,
        source=list(BEFORE_CUT),
        target=State.CANCELLED,
        custom=step(_("撤回停电"), _("撤回停电"), may.desk, DESK, icon="x", grave=True),
    )
    def cancel(self: Disconnection, attempt: Attempt, *, text: str) -> None:
        """Not to be cut after all; the reason stays."""
        attempt.text = text
