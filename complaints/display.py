"""What pages say about an order: its chip, its steps, its rail, its timeline. Values only, no markup."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.event_words import changes_of
from complaints.models import Order, OrderEvent
from complaints.services import attempt_for
from complaints.steps import STEPS, is_open_in
from complaints.vocabulary import RAIL, State
from people.models import User
from people.roles import HOTLINE
from people.standing import Standing
from policy.rulebook import Rulebook

Chip = tuple[str, str, str]


def chip_of(order: Order) -> Chip:
    """(word, glyph, style) of the state as a reader thinks of it (DESIGN, state labels)."""
    match order.state:
        case State.REGISTERED:
            return (_("待裁定"), "stamp", "wait") if order.needs_ruling else (_("待分类"), "tray", "")
        case State.CLASSIFIED:
            return (_("调查中"), "lens", "info") if order.accepted_at else (_("待接单"), "tray", "")
        case State.INVESTIGATED:
            return _("处理中"), "pencil", "info"
        case State.RESOLVED:
            return _("待审核"), "eye", ""
        case State.CALLBACK:
            return _("待回访"), "phone", ""
        case State.ARCHIVED:
            return _("已归档"), "check", ""
    return order.get_state_display(), "link" if order.state == State.MERGED else "x", ""


def conceals(order: Order, who: Standing) -> bool:
    """Whether this reader sees no caller at all (A27, hide_caller)."""
    return order.conceals_caller and not who.has(*HOTLINE)


# --- steps ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """A step this person's post allows; ``why`` is the reason it is closed just now, empty when open."""

    name: str
    label: str
    icon: str
    url: str
    key: str
    main: bool
    grave: bool
    why: str


def acts_for(
    order: Order,
    *,
    by: User,
    now: datetime,
    book: Rulebook,
    held: Iterable[Any] = (),
    only: Collection[str] = STEPS.keys(),
) -> list[Act]:
    """The steps of the order's state that are this person's, main ones first. ``held`` are its live holds."""
    reasons = {hold.blocks: hold.reason for hold in held if hold.released_at is None}
    found = []
    for name, step in STEPS.items():
        if name not in only or not is_open_in(name, order.state):
            continue
        attempt = attempt_for(order, step, by=by, now=now, book=book)
        if attempt.post is None or _is_idle(name, order):
            continue
        why = reasons.get(name) or next(filter(None, (guard(attempt) for guard in step.guards)), "")
        waited_for = order.state in step.main
        if why and not waited_for and name not in EXPLAINED:
            continue
        url = reverse("order_act", args=[order.number, name])
        found.append(
            Act(name, str(step.label), step.icon, url, step.key, waited_for and not why, step.grave, why or "")
        )
    # One primary button: of several open steps the later one of the declaration carries the order further.
    first = next((act for act in reversed(found) if act.main), None)
    found = [replace(act, main=act is first) for act in found]
    return sorted(found, key=lambda act: (not act.main, bool(act.why), act.grave, act.name in QUIET, _rank(act)))


def _is_idle(name: str, order: Order) -> bool:
    """Steps with nothing to do: a dispatch accepted long ago, no part waiting for its result."""
    if name == "accept":
        return order.accepted_at is not None
    if name == "finish_sub_assignment":
        return all(part.done_at is not None for part in order.sub_assignments.all())
    return False


def _rank(act: Act) -> int:
    """What people do most stands nearest."""
    return OFTEN.index(act.name) if act.name in OFTEN else len(OFTEN)


# Closed steps worth explaining although the state does not wait for them.
EXPLAINED = frozenset({"reject_dispatch", "reopen", "archive", "assign_handler", "classify"})
OFTEN = ("accept_feedback", "return_feedback", "archive", "add_fact", "contact_customer")
QUIET = frozenset({"correct", "merge", "withdraw", "answer_by_outage", "transfer"})


# --- rail -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    label: str
    note: str
    done: bool
    current: bool


def rail_of(order: Order, events: Iterable[OrderEvent]) -> list[Stop]:
    """The six stops: those behind with the day they were reached, the one being worked on, owners of those ahead."""
    reached: dict[str, datetime] = {State.REGISTERED: order.registered_at}
    since = order.registered_at
    for event in sorted(events, key=lambda e: e.seq):
        if event.to_state and event.to_state != event.from_state:
            reached.setdefault(event.to_state, event.at)  # what comes back to a stop had been there before
            since = event.at
    here = RAIL.index(WORKED_ON[State(order.state)]) if order.state in WORKED_ON else len(RAIL)
    stops = []
    for place, state in enumerate(RAIL):
        done = place < here and state in reached
        note = _short(reached[state]) if done else OWNERS.get(state, "")
        if place == here:
            note = _("%(at)s 起") % {"at": _short(since)}
        stops.append(Stop(str(state.label), str(note), done, place == here))
    return stops


# A state is reached when its work is done: a classified order is being investigated. Ends have no work left.
WORKED_ON = {
    State.REGISTERED: State.CLASSIFIED,
    State.CLASSIFIED: State.INVESTIGATED,
    State.INVESTIGATED: State.RESOLVED,
    State.RESOLVED: State.RESOLVED,
    State.CALLBACK: State.CALLBACK,
}
OWNERS = {State.CALLBACK: _l("热线"), State.ARCHIVED: _l("热线")}


def _short(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}/{local.day} {local:%H:%M}"


# --- timeline -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    at: datetime
    who: str
    acting_for: str
    what: str
    text: str
    mark: str
    lines: list[str] = field(default_factory=list)


NOTES = {
    "register": _l("登记工单"),
    "dispatch_blocked": _l("未能派单"),
    "urge": _l("催办"),
    "overdue": _l("工单逾期"),
    "due_soon": _l("即将到期"),
    "accept_overdue": _l("超时未接单"),
    "reschedule": _l("到期日变更"),
    "merged_in": _l("合并"),
    "hold": _l("暂缓办理"),
    "release": _l("解除暂缓"),
    "undo": _l("撤销"),
    "file": _l("添加附件"),
    "hand_up": _l("转值长、主管"),
    "hand_up_accepted": _l("接手"),
    "hand_up_withdrawn": _l("收回转接"),
    "reveal": _l("查看完整号码"),
    "urge_notice": _l("发书面催办通知"),
    "urge_criticism": _l("通报批评"),
    "supervise": _l("列入督办"),
    "supervise_end": _l("解除督办"),
    "escalated": _l("报部门负责人"),
    "escalation_act": _l("处理上报"),
    "deadline_late": _l("超过时限"),
    "deadline_warning": _l("时限预警"),
    "promise": _l("向客户承诺"),
    "promise_kept": _l("兑现承诺"),
    "promise_called_off": _l("取消承诺"),
    "fault_times": _l("登记抢修时间"),
    "approval_request": _l("提请审批"),
    "approval_step": _l("审批同意，转下一级"),
    "approval_passed_up": _l("审批转交上级"),
    "approval_granted": _l("审批同意"),
    "approval_refused": _l("审批驳回"),
    "approval_taken_back": _l("撤回审批申请"),
    "penalty_void": _l("更正扣罚"),
    "penalty_reattribute": _l("扣罚改归"),
    "named_person": _l("指定责任人"),
    "ruling_propose": _l("提请不合格裁定"),
    "repeat_propose": _l("再次反映，提请认定"),
    "ruling_confirm": _l("作出裁定"),
    "ruling_dismiss": _l("不予裁定"),
    "appeal_file": _l("提出申诉"),
    "appeal_upheld": _l("申诉成立"),
    "appeal_refused": _l("申诉不成立"),
    "rectify_issue": _l("下达整改通知"),
    "rectify_submit": _l("提交整改情况"),
    "rectify_accept": _l("整改验收通过"),
    "rectify_return": _l("整改退回"),
    "self_inspect": _l("布置自查"),
    "self_inspect_done": _l("填报自查结果"),
    "accountability": _l("责任追究"),
    "service_record": _l("奖惩记录"),
}
RESULTS = frozenset({"investigate", "resolve", "contact_customer", "attempt_callback", "accept_feedback", "archive"})
ALARMS = {"overdue", "due_soon", "accept_overdue", "dispatch_blocked"}
WARNINGS = frozenset(
    {
        "reject_dispatch",
        "return_feedback",
        "reopen",
        "urge",
        "approval_request",
        "urge_notice",
        "urge_criticism",
        "supervise",
        "escalated",
        "deadline_late",
    }
    | ALARMS
)


def timeline_of(events: Iterable[OrderEvent], *, concealed: bool) -> list[Line]:
    """Newest first. ``concealed`` readers see no words of or about the caller in corrections."""
    found = []
    for event in events:
        step = STEPS.get(event.name)
        hidden = concealed and event.name == "correct"
        found.append(
            Line(
                at=event.at,
                who=_who(event),
                acting_for=event.acting_for.name if event.acting_for else "",
                what=str(step.past if step else NOTES.get(event.name, event.name)),
                text="" if hidden else event.text,
                mark="warn" if event.name in WARNINGS else "key" if event.name in RESULTS else "",
                lines=[] if hidden else changes_of(event),
            )
        )
    return found


def _who(event: OrderEvent) -> str:
    if event.by is None:
        return str(_("系统"))
    if event.by.agent_no and event.name in {"register", "classify", "answer_on_call"} and event.by.agent_no.isdigit():
        return _("%(no)s 号 %(name)s") % {"no": event.by.agent_no, "name": event.by.name}
    return event.by.name
