"""The table of limits, one sentence each: from when, how long, kept by what, whose duty.

Numbers come from the order's own ``Policy`` row; one that is not set is not enforced (A22). Pure: facts in, spans out.
Another part of the app adds rules of its own tables by appending a ``Rule`` to ``RULES``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise as Words
from django.utils.translation import gettext_lazy as _

from complaints.models import Order
from customers.vocabulary import AreaClass
from escalation.vocabulary import PromiseKind
from policy.limits import end_of, shanghai_day
from policy.models import Policy
from policy.vocabulary import LIMITED, Category, Kind
from policy.workdays import Calendar, add_workdays


@dataclass
class Facts:
    """What rules may look at, read for many orders at once (``services.deadlines``)."""

    order: Order
    calendar: Calendar
    area_class: str = AreaClass.URBAN
    subcategory: str = ""
    parts: list[Any] = field(default_factory=list)
    promises: list[Any] = field(default_factory=list)
    visited_at: datetime | None = None
    arrived_at: datetime | None = None
    restored_at: datetime | None = None
    extra: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        return self.order.policy


@dataclass(frozen=True)
class Span:
    """One limit of one order: due from ``due_at`` on (exclusive), kept at ``met_at``."""

    starts_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    ref: int = 0
    warn_at: datetime | None = None
    department_id: int | None = None


@dataclass(frozen=True)
class Rule:
    """``spans`` yields nothing where the rule does not apply or its number is not set. ``sticky``: once kept, it stays
    kept. ``urgent``: measured in minutes or hours around the clock, reminded of at once. ``duty``: whose it is,
    department or hotline. ``told``: its breach is an event of the order; ``reminds``: people are reminded of it."""

    code: str
    label: str | Words
    source: str
    spans: Callable[[Facts], Iterable[Span]]
    duty: str = "department"
    sticky: bool = True
    urgent: bool = False
    told: bool = True
    reminds: bool = True


Applies = Callable[[Facts], bool]
Moment = Callable[[Facts], datetime | None]
Limit = Callable[[Facts, datetime], datetime | None]


def one(*, when: Applies, since: Moment, within: Limit, kept: Moment) -> Callable[[Facts], Iterable[Span]]:
    """The sentence most rules are: when …, since …, within …, kept by …."""

    def spans(facts: Facts) -> Iterable[Span]:
        starts_at = since(facts) if when(facts) else None
        due_at = within(facts, starts_at) if starts_at else None
        if starts_at and due_at:
            yield Span(starts_at, due_at, kept(facts))

    return spans


# --- words of the sentences -----------------------------------------------------------------------------------------


def always(facts: Facts) -> bool:
    return True


def limited(facts: Facts) -> bool:
    return facts.order.due_at is not None


def contact_owed(facts: Facts) -> bool:
    """S4-R34; waived for anonymous reports (B9)."""
    return facts.order.kind in LIMITED and not facts.order.anonymous


def fault(facts: Facts) -> bool:
    return facts.order.kind == Kind.FAULT_REPORT


def voltage_complaint(facts: Facts) -> bool:
    return facts.order.kind == Kind.COMPLAINT and facts.order.category == Category.POWER_QUALITY


def invoice(facts: Facts) -> bool:
    return facts.subcategory == "invoice"


def reopened(facts: Facts) -> bool:
    return facts.order.internal_due_on is not None and facts.order.reopenings > 0


def at(name: str) -> Moment:
    """A moment of the order's own."""
    return lambda facts: getattr(facts.order, name)


def first_of(*names: str) -> Moment:
    def moment(facts: Facts) -> datetime | None:
        return min(filter(None, (getattr(facts.order, name) for name in names)), default=None)

    return moment


def of_facts(name: str) -> Moment:
    return lambda facts: getattr(facts, name)


def minutes(number: str) -> Limit:
    def limit(facts: Facts, start: datetime) -> datetime | None:
        length = getattr(facts.policy, number)
        return start + timedelta(minutes=length) if length else None

    return limit


def hours(number: str) -> Limit:
    def limit(facts: Facts, start: datetime) -> datetime | None:
        length = getattr(facts.policy, number)
        return start + timedelta(hours=length) if length else None

    return limit


def workdays(number: str) -> Limit:
    """End of the n-th working day after the start (A2)."""

    def limit(facts: Facts, start: datetime) -> datetime | None:
        length = getattr(facts.policy, number)
        return workday_end(facts, shanghai_day(start), length) if length else None

    return limit


def by_area(unit: Callable[[str], Limit], pattern: str) -> Limit:
    """A number per class of the caller's transformer area; urban where the area is not known (B22)."""
    return lambda facts, start: unit(pattern % facts.area_class)(facts, start)


def order_due(facts: Facts, start: datetime) -> datetime | None:
    return facts.order.due_at


def internal_due(facts: Facts, start: datetime) -> datetime | None:
    day: date | None = facts.order.internal_due_on
    return end_of(day, facts.policy) if day else None


def workday_end(facts: Facts, start: date, days: int) -> datetime:
    return end_of(add_workdays(start, days, facts.calendar).date, facts.policy)


def reopened_at(facts: Facts) -> datetime | None:
    """A reopening starts anew when the feedback before it had been accepted."""
    return facts.order.department_stopped_at


def redone_at(facts: Facts) -> datetime | None:
    """The second feedback; the first one was cleared when the order was reopened (A32)."""
    return facts.order.feedback_at


# --- rules over rows beside the order -------------------------------------------------------------------------------


def parts(facts: Facts) -> Iterable[Span]:
    """S4-R33: each part has its own due date."""
    for part in facts.parts:
        due_at = end_of(part.due_on, facts.policy)
        yield Span(part.assigned_at, due_at, part.done_at, part.pk, department_id=part.department_id)


def promised(kind: PromiseKind) -> Callable[[Facts], Iterable[Span]]:
    """A time told to the customer; a connection warns on its third day (S1-R25)."""

    def spans(facts: Facts) -> Iterable[Span]:
        for row in facts.promises:
            if row.kind == kind and row.called_off_at is None:
                yield Span(row.made_at, row.promised_at, row.kept_at, row.pk, warning_of(facts, row))

    return spans


def warning_of(facts: Facts, promise: Any) -> datetime | None:
    if promise.kind != PromiseKind.CONNECTION or promise.starts_on is None:
        return None
    ahead = facts.policy.connection_warning_days + promise.waited_days - 1
    day = add_workdays(promise.starts_on, max(ahead, 0), facts.calendar).date
    return end_of(day, facts.policy)  # the warning day begins


RULES: list[Rule] = [
    Rule(
        "dispatch",
        _("派单"),
        "S4-R24",
        one(
            when=always, since=at("registered_at"), within=minutes("dispatch_target_minutes"), kept=at("dispatched_at")
        ),
        duty="hotline",
        urgent=True,
    ),
    Rule(
        "response",
        _("响应"),
        "S2-R09",
        one(
            when=always,
            since=at("registered_at"),
            within=minutes("response_minutes"),
            kept=first_of("accepted_at", "first_contact_at", "answered_at"),
        ),
        urgent=True,
    ),
    Rule(
        "accept",
        _("接单"),
        "S4-R46",
        one(when=always, since=at("dispatched_at"), within=hours("accept_alert_hours"), kept=at("accepted_at")),
        urgent=True,
        told=False,  # the order tells it itself: accept_overdue
    ),
    Rule(
        "contact",
        _("首次联系客户"),
        "S4-R34",
        one(
            when=contact_owed,
            since=at("dispatched_at"),
            within=hours("first_contact_hours"),
            kept=at("first_contact_at"),
        ),
    ),
    Rule(
        "answer",
        _("答复客户"),
        "S4-R40..R42",
        one(when=limited, since=at("registered_at"), within=order_due, kept=at("answered_at")),
        told=False,  # the order tells it itself: due_soon, overdue
    ),
    Rule(
        "feedback",
        _("部门反馈"),
        "S4-R35",
        one(
            when=limited,
            since=at("registered_at"),
            within=order_due,
            kept=first_of("department_stopped_at", "feedback_at"),
        ),
        sticky=False,  # a returned feedback was none (A11)
        told=False,
        reminds=False,  # the answer's reminders say it
    ),
    Rule(
        "rework",
        _("重办"),
        "A32",
        one(when=reopened, since=reopened_at, within=internal_due, kept=redone_at),
        sticky=False,
    ),
    Rule("part", _("子任务"), "S4-R33", parts),
    Rule(
        "survey",
        _("电压现场勘查"),
        "S2-R04",
        one(
            when=voltage_complaint,
            since=at("registered_at"),
            within=workdays("voltage_survey_days"),
            kept=of_facts("visited_at"),
        ),
    ),
    Rule(
        "invoice",
        _("发票答复"),
        "S2-R05",
        one(when=invoice, since=at("registered_at"), within=workdays("invoice_days"), kept=at("answered_at")),
    ),
    Rule(
        "arrival",
        _("抢修到场"),
        "A7",
        one(
            when=fault,
            since=at("dispatched_at"),
            within=by_area(minutes, "arrival_%s_minutes"),
            kept=of_facts("arrived_at"),
        ),
        urgent=True,
    ),
    Rule(
        "restoration",
        _("恢复供电"),
        "B22",
        one(
            when=fault,
            since=at("registered_at"),
            within=by_area(hours, "restoration_%s_hours"),
            kept=of_facts("restored_at"),
        ),
        urgent=True,
    ),
    Rule("delay", _("延迟答复的承诺"), "S1-R19", promised(PromiseKind.DELAY), duty="hotline"),
    Rule("appointment", _("上门预约"), "S1-R16", promised(PromiseKind.APPOINTMENT)),
    Rule("connection", _("接电承诺"), "S1-R25", promised(PromiseKind.CONNECTION)),
]


def rule(code: str) -> Rule | None:
    return next((one for one in RULES if one.code == code), None)
