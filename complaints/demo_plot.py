"""How a demo order goes on: for each ending the beats that lead there, who takes them, and when.

Times keep to working hours and to the order of things; a story too long for the time it has is pressed together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from complaints.models import Order
from complaints.vocabulary import ContactResult, Means, Satisfaction
from people.models import Department, User
from policy.workdays import Calendar, workdays_between

Story = dict[str, Any]
Details = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A moment of a story: the order as it stands and the cast's lookups a beat may need."""

    order: Order
    story: Story
    at: datetime
    handler: User
    unit: Department | None


class Beat(NamedTuple):
    """A step of the workflow, the seat that takes it, and the working minutes since the beat before."""

    step: str
    seat: str
    wait: int
    details: Callable[[Scene], Details] = lambda scene: {}


# --- what is written into the forms ---------------------------------------------------------------------------------


def _handler(scene: Scene) -> Details:
    return {"handler": scene.handler}


def _contact(scene: Scene) -> Details:
    note = "已电话联系，核实情况并约定处理时间"
    return {"at": scene.at, "means": Means.PHONE, "result": ContactResult.REACHED, "note": note}


def _findings(scene: Scene) -> Details:
    story = scene.story
    evidence = [{"code": "site_survey", "note": ""}, {"code": "interview", "note": ""}]
    names = ("plan", "findings", "verified", "cause_party", "cause")
    return {name: story[name] for name in names} | {"evidence": evidence}


def _feedback(scene: Scene) -> Details:
    demands = list(scene.order.demands.all())
    answers = {demand.pk: answer for demand, answer in zip(demands, scene.story["answers"], strict=True)}
    return {"measures": scene.story["measures"], "basis": scene.story["basis"], "answers": answers}


def _missing(scene: Scene) -> Details:
    return {"missing": scene.story["missing"]}


def _answered(scene: Scene, satisfaction: str, note: str) -> Details:
    told = {"at": scene.at, "means": Means.PHONE, "result": ContactResult.REACHED, "answered": True}
    return told | {"note": note, "satisfaction": satisfaction, "suggestion": scene.story.get("suggestion", "")}


def _callback(scene: Scene) -> Details:
    rating = scene.story.get("rating", Satisfaction.SATISFIED)
    return _answered(scene, rating, "已逐项答复处理结果，客户表示清楚")


def _hurt(scene: Scene) -> Details:
    return _answered(scene, Satisfaction.DISSATISFIED, f"已答复处理结果，客户不满意：{scene.story['hurt']}")


def _no_answer(scene: Scene) -> Details:
    return {"at": scene.at, "means": Means.PHONE, "result": ContactResult.NO_ANSWER, "note": "无人接听，稍后再拨"}


def _again(scene: Scene) -> Details:
    return {"reason": f"客户不满意：{scene.story['hurt']}。请按客户意见重新办理并联系客户"}


def _reason(name: str) -> Callable[[Scene], Details]:
    return lambda scene: {"reason": scene.story[name]}


def _elsewhere(name: str, reason: str = "按部门退单意见改派") -> Callable[[Scene], Details]:
    """Another department, named by its code in the story's field."""

    def details(scene: Scene) -> Details:
        lead = Department.objects.get(code=scene.story[name])
        return {"lead_department": lead, "reason": reason}

    return details


def _classified(scene: Scene) -> Details:
    order = scene.order
    return _elsewhere("to")(scene) | {"kind": order.kind, "category": order.category}


def _part(scene: Scene) -> Details:
    soon = timezone.localdate(scene.at) + timedelta(days=4)
    due_on = min(soon, scene.order.due_on) if scene.order.due_on else soon
    return {"department": scene.unit, "task": scene.story["task"], "due_on": due_on}


def _part_done(scene: Scene) -> Details:
    part = scene.order.sub_assignments.get(done_at__isnull=True)
    return {"sub": part, "result_text": scene.story["result"]}


def _master(scene: Scene) -> Details:
    same = Order.objects.open().filter(account_no=scene.order.account_no, kind=scene.order.kind)
    master = same.exclude(pk=scene.order.pk).order_by("registered_at").first()
    return {"master": master, "reason": "同一客户反映同一问题，并入先登记的工单一并办理"}


# --- the endings ----------------------------------------------------------------------------------------------------

ACCEPT = Beat("accept", "contact", 35, _handler)
LOOK = (Beat("contact_customer", "handler", 110, _contact), Beat("investigate", "handler", 420, _findings))
RESOLVE = Beat("resolve", "handler", 310, _feedback)
REPORTED = (ACCEPT, *LOOK, RESOLVE)
RETURN = Beat("return_feedback", "director", 190, _missing)
PASSED = Beat("accept_feedback", "director", 170, lambda scene: {"text": "事实清楚，逐项有答复，同意转回访"})
CALL = Beat("attempt_callback", "agent", 140, _callback)
HURT = Beat("attempt_callback", "agent", 160, _hurt)
MISSED = Beat("attempt_callback", "agent", 130, _no_answer)
MISSED_NEXT_DAY = Beat("attempt_callback", "agent", 470, _no_answer)
REOPEN = Beat("reopen", "agent", 12, _again)
DONE = Beat("archive", "agent", 9)
PART = Beat("sub_assign", "handler", 60, _part)
PART_DONE = Beat("finish_sub_assignment", "unit", 900, _part_done)
REJECT = Beat("reject_dispatch", "contact", 95, _reason("reason"))
REJECT_TOO = Beat("reject_dispatch", "contact", 80, _reason("reason2"))
CLASSIFY = Beat("classify", "agent", 50, _classified)
RULE = Beat("rule_dispatch", "referee", 200, _elsewhere("ruled", "按职责分工裁定，由该部门承办，不再退单"))
TRANSFER = Beat("transfer", "director", 240, _elsewhere("to", "经与原部门核实，改由职责部门承办"))

PLOTS: dict[str, tuple[Beat, ...]] = {
    "answered": (),
    "unclassified": (),
    "blocked": (),
    "waiting": (),
    "accepted": (ACCEPT,),
    "sub_open": (ACCEPT, PART),
    "investigated": (ACCEPT, *LOOK),
    "resolved": REPORTED,
    "returned": (*REPORTED, RETURN),
    "callback": (*REPORTED, PASSED),
    "callback_tried": (*REPORTED, PASSED, MISSED),
    "unreachable_now": (*REPORTED, PASSED, MISSED, MISSED),
    "unreachable": (*REPORTED, PASSED, MISSED, MISSED, MISSED_NEXT_DAY, DONE),
    "dissatisfied": (*REPORTED, PASSED, HURT),
    "reopened": (*REPORTED, PASSED, HURT, REOPEN),
    "archived": (*REPORTED, PASSED, CALL, DONE),
    "archived_sub": (ACCEPT, PART, PART_DONE, *LOOK, RESOLVE, PASSED, CALL, DONE),
    "archived_returned": (*REPORTED, RETURN, RESOLVE, PASSED, CALL, DONE),
    "archived_dissatisfied": (*REPORTED, PASSED, HURT, REOPEN, LOOK[1], RESOLVE, PASSED, HURT, DONE),
    "anonymous": (ACCEPT, LOOK[1], RESOLVE, PASSED, DONE),
    "rejected": (REJECT,),
    "redispatched": (REJECT, CLASSIFY, ACCEPT),
    "ruling": (REJECT, CLASSIFY, REJECT_TOO),
    "ruled": (REJECT, CLASSIFY, REJECT_TOO, RULE, ACCEPT),
    "transferred": (ACCEPT, TRANSFER),
    "merged": (Beat("merge", "agent", 25, _master),),
    "withdrawn": (Beat("withdraw", "agent", 200, _reason("why")),),
}


# --- when -----------------------------------------------------------------------------------------------------------

OPENING, CLOSING = time(8, 30), time(17, 30)
ROOM = timedelta(minutes=3)


def day_of(today: date, ago: int, calendar: Calendar) -> date:
    """The earliest day from which ``ago`` working days lead to today: what is due in ``ago`` days is due today."""
    day = today
    while workdays_between(day, today, calendar) < ago or not calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


def moments(
    start: datetime, waits: Sequence[int], *, now: datetime, calendar: Calendar, nonstop: bool
) -> list[datetime]:
    """When each beat happens: after its working minutes (round the clock when ``nonstop``), or evenly before now."""
    found, at = [], start
    for minutes in waits:
        at = at + timedelta(minutes=minutes) if nonstop else _later(at, timedelta(minutes=minutes), calendar)
        found.append(at)
    latest = now - ROOM
    if not found or found[-1] <= latest:
        return found
    pace = (latest - start) / len(found)
    return [start + pace * number for number in range(1, len(found) + 1)]


def _later(at: datetime, wait: timedelta, calendar: Calendar) -> datetime:
    """Adds working time: nothing happens at night, at weekends and on holidays."""
    local = timezone.localtime(at)
    while True:
        opens = local.replace(hour=OPENING.hour, minute=OPENING.minute, second=0)
        closes = local.replace(hour=CLOSING.hour, minute=CLOSING.minute, second=0)
        local = max(local, opens)
        if calendar.is_workday(local.date()) and local + wait <= closes:
            return local + wait
        if calendar.is_workday(local.date()) and local < closes:
            wait -= closes - local
        local = opens + timedelta(days=1)
