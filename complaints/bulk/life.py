"""Lives of orders: registered evenly over time, each gone as far as ``now`` lets it."""

import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any, Generic, NamedTuple, TypeVar

from complaints.bulk.cast import PEOPLE, Cast, Text, caller, search_pieces, texts
from complaints.bulk.lines import Lines
from complaints.models import Call, Contact, Demand, Feedback, Investigation, Order, OrderDepartment, OrderEvent
from complaints.services.numbers import ALPHABET, CODE_LENGTH
from complaints.vocabulary import (
    NO_LIMIT,
    ArchiveGround,
    CauseParty,
    ContactPurpose,
    ContactResult,
    Disposition,
    FeedbackStatus,
    Means,
    Part,
    Satisfaction,
    State,
)
from policy import rulebook
from policy.limits import SHANGHAI, Due, due, shanghai_day
from policy.routing import Route, route
from policy.vocabulary import Category, Channel, Kind, Priority

T = TypeVar("T")


class Shares(Generic[T]):
    """Values and how often they come, in any unit."""

    def __init__(self, shares: Mapping[T, float]) -> None:
        self.values, self.sums = list(shares), list(accumulate(shares.values()))


# How a year's contacts divide, in percent: public figures of a regulator's month for the first three, a guess below.
KINDS = Shares(
    {
        Kind.CONSULTATION: 81.6,
        Kind.COMPLAINT: 6.0,
        Kind.REPORT_MISCONDUCT: 0.7,
        Kind.FAULT_REPORT: 7.2,
        Kind.SERVICE_REQUEST: 2.6,
        Kind.OPINION: 0.7,
        Kind.SUGGESTION: 0.6,
        Kind.PRAISE: 0.6,
    }
)
CHANNELS = Shares({Channel.HOTLINE: 78, Channel.WECHAT: 8, Channel.APP: 6, Channel.PORTAL: 4, Channel.WALK_IN: 4})
PRIORITIES = Shares({Priority.NORMAL: 90, Priority.RAISED: 7, Priority.URGENT: 2.5, Priority.DANGER: 0.5})
# Nobody is dissatisfied: such an order would have gone back once (A32).
RATINGS = Shares(
    {Satisfaction.SATISFIED: 64, Satisfaction.VERY_SATISFIED: 24, Satisfaction.FAIR: 8, Satisfaction.NOT_RATED: 4}
)
ANSWERED_AT_ONCE = 0.7  # of the consultations
VERIFIED = 0.6
NO_STATION = 0.05  # callers without an account: a centre leads where a station would
SLOW, SLOWER = 0.015, (5, 30)  # a few orders take many times as long: the overdue ones
DAYS = {Kind.CONSULTATION: (0.2, 4.6), Kind.COMPLAINT: (3.0, 15.0), Kind.REPORT_MISCONDUCT: (4.0, 16.0)}
OTHER_DAYS = (0.1, 6.0)


class Stage(NamedTuple):
    """A step, when in an order's life it comes (share of the whole), and the states it leads from and to."""

    step: str
    share: float
    source: State
    target: State


LIFE = (
    Stage("accept", 0.05, State.CLASSIFIED, State.CLASSIFIED),
    Stage("contact_customer", 0.15, State.CLASSIFIED, State.CLASSIFIED),
    Stage("investigate", 0.4, State.CLASSIFIED, State.INVESTIGATED),
    Stage("resolve", 0.62, State.INVESTIGATED, State.RESOLVED),
    Stage("accept_feedback", 0.76, State.RESOLVED, State.CALLBACK),
    Stage("attempt_callback", 0.9, State.CALLBACK, State.CALLBACK),
    Stage("archive", 1.0, State.CALLBACK, State.ARCHIVED),
)
HOTLINE_STEPS = {"accept_feedback", "attempt_callback", "archive"}


class Bulk:
    """Makes the same orders for the same seed and time."""

    def __init__(self, cast: Cast, *, first: datetime, now: datetime, seed: int) -> None:
        self.cast, self.first, self.now = cast, first, now
        self.chance = random.Random(seed)  # noqa: S311 - test data
        self.book = rulebook.current()
        self.texts = texts()
        self.route = cache(self._route)
        self.due = cache(self._due)

    def _route(self, category: str, kind: str, station: int | None) -> Route:
        return route(category, kind, None, station, shanghai_day(self.now), book=self.book)

    def _due(self, kind: str, day: date) -> tuple[int, Due | None]:
        policy = self.book.policy_on(day)
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
        return policy.pk, due(kind, noon, policy, self.book.calendar)

    def pick(self, shares: Shares[T]) -> T:
        return self.chance.choices(shares.values, cum_weights=shares.sums)[0]

    def moments(self, many: int) -> Iterator[datetime]:
        """Registration moments, in order."""
        step = (self.now - self.first) / many
        for number in range(many):
            yield (self.first + step * (number + self.chance.random())).replace(microsecond=0)

    def write(self, out: Lines, pk: int, number: str, at: datetime) -> None:
        """One order with all its rows."""
        Life(self, out, pk, at).write(number)


class Life:
    """One order being written."""

    def __init__(self, bulk: Bulk, out: Lines, pk: int, at: datetime) -> None:
        chance = bulk.chance
        self.bulk, self.cast, self.out, self.pk, self.at, self.chance = bulk, bulk.cast, out, pk, at, chance
        self.kind = bulk.pick(KINDS)
        self.category = Category.FAULT_REPAIR if self.kind == Kind.FAULT_REPORT else chance.choice(list(bulk.texts))
        self.station = None if chance.random() < NO_STATION else chance.choice(self.cast.stations)
        self.channel = bulk.pick(CHANNELS)
        self.agent = chance.choice(self.cast.agents)
        self.rating = bulk.pick(RATINGS)
        self.route = bulk.route(str(self.category), str(self.kind), self.station)
        self.lead = self.route.lead_id or 0
        self.desk = self.cast.desks.get(self.lead, self.cast.director)
        self.handler = chance.choice(self.cast.handlers.get(self.lead) or [self.desk])
        self.policy, self.due = bulk.due(str(self.kind), shanghai_day(at))
        self.row: dict[str, Any] = {"event_seq": 0, "version": 0, "updated_at": at}

    def write(self, number: str) -> None:
        text = self.chance.choice(self.bulk.texts[str(self.category)])
        self._event("register", self.at, "", State.REGISTERED, self.agent)
        if self.kind == Kind.CONSULTATION and self.chance.random() < ANSWERED_AT_ONCE:
            self._answer_on_call()
        else:
            self._dispatch()
            self._live(text)
        self._order(number, text, caller(self.chance.randrange(PEOPLE)))

    # --- what happens -----------------------------------------------------------------------------------------------

    def _event(self, name: str, at: datetime, source: str, target: str, by: int | None, **more: Any) -> None:
        """A transition, or a mark of a sweep when nobody did it: notes change neither version nor state."""
        self.row["event_seq"] += 1
        department = None
        if by is not None:
            outside = by == self.agent or by == self.cast.director
            department = self.cast.hotline if outside else self.lead
            self.row |= {"version": self.row["version"] + 1, "updated_at": at, "state": target}
        self.out.add(
            OrderEvent,
            order_id=self.pk,
            seq=self.row["event_seq"],
            at=at,
            name=name,
            from_state=source,
            to_state=target,
            by_id=by,
            department_id=department,
            **more,
        )

    def _facts(self, **more: Any) -> dict[str, Any]:
        found = {"kind": self.kind, "category": self.category, **more}
        if self.due:
            found |= {"due_on": {"from": None, "to": str(self.due.due_on)}, "calendar": self.bulk.book.calendar.version}
        return found

    def _answer_on_call(self) -> None:
        self.lead = 0
        self.row |= {"answered_at": self.at, "closed_at": self.at, "satisfaction": self.rating}
        self.row["archive_ground"] = ArchiveGround.ANSWERED_ON_CALL
        told = {"text": "已当场说明并答复", "data": self._facts()}
        self._event("answer_on_call", self.at, State.REGISTERED, State.ARCHIVED, self.agent, **told)

    def _dispatch(self) -> None:
        parts = dict.fromkeys(self.route.cc_ids, Part.CC) | dict.fromkeys(self.route.cooperating_ids, Part.COOPERATING)
        for department, part in parts.items():
            self.out.add(OrderDepartment, order_id=self.pk, department_id=department, part=part)
        self.row |= {"dispatched_at": self.at, "audience": sorted({self.lead, *parts})}
        lead = {"from": None, "to": self.cast.names[self.lead]}
        told = {"text": self.route.basis, "data": self._facts(lead=lead)}
        self._event("classify", self.at, State.REGISTERED, State.CLASSIFIED, self.agent, **told)

    def _live(self, text: Text) -> None:
        days = self.chance.uniform(*DAYS.get(self.kind, OTHER_DAYS))
        if self.chance.random() < SLOW:
            days *= self.chance.uniform(*SLOWER)
        marks = self._marks()
        for step, share, source, target in LIFE:
            at = (self.at + timedelta(days=days * share)).replace(microsecond=0)
            self._mark(marks, until=min(at, self.bulk.now))
            if at > self.bulk.now:
                break
            getattr(self, f"_{step}")(at)
            by = {"accept": self.desk, "accept_feedback": self.cast.director}.get(step, self.handler)
            self._event(step, at, source, target, self.agent if step in HOTLINE_STEPS and by == self.handler else by)
        self._feedback(text)

    def _marks(self) -> list[tuple[datetime, str, str]]:
        """What sweeps would note: when, which column, which word."""
        if self.due is None:
            return []
        soon = max(self.at, self.due.due_at - timedelta(days=2))
        return [(soon, "due_soon_since", "due_soon"), (self.due.due_at, "overdue_since", "overdue")]

    def _mark(self, marks: list[tuple[datetime, str, str]], *, until: datetime) -> None:
        while marks and marks[0][0] <= until and "answered_at" not in self.row:
            at, column, word = marks.pop(0)
            self.row[column] = at
            self._event(word, at, "", "", None)

    def _accept(self, at: datetime) -> None:
        self.row |= {"accepted_at": at, "handler_id": self.handler}

    def _contact_customer(self, at: datetime) -> None:
        self.row["first_contact_at"] = at
        self._contact(at, purpose=ContactPurpose.DEPARTMENT, by_id=self.handler, department_id=self.lead)

    def _contact(self, at: datetime, **more: Any) -> None:
        told = {"means": Means.PHONE, "result": ContactResult.REACHED, "note": "已说明情况"}
        self.out.add(Contact, order_id=self.pk, at=at, **told, **more)

    def _investigate(self, at: datetime) -> None:
        verified = self.chance.random() < VERIFIED
        party = CauseParty.COMPANY if verified else CauseParty.CUSTOMER
        self.row |= {"verified": verified, "cause_party": party}
        told = {"plan": "核对记录并现场查看", "findings": "已现场核实", "cause": "见调查事实"}
        found = {"verified": verified, "cause_party": party, **told}
        self.out.add(Investigation, order_id=self.pk, at=at, by_id=self.handler, **found)

    def _resolve(self, at: datetime) -> None:
        self.row["feedback_at"] = at

    def _accept_feedback(self, at: datetime) -> None:
        self.row |= {"department_stopped_at": self.row["feedback_at"], "decided_at": at}

    def _attempt_callback(self, at: datetime) -> None:
        self.row |= {"answered_at": at, "satisfaction": self.rating}
        told = {"answered": True, "satisfaction": self.rating}
        self._contact(at, purpose=ContactPurpose.CALLBACK, by_id=self.agent, department_id=self.cast.hotline, **told)

    def _archive(self, at: datetime) -> None:
        self.row |= {"closed_at": at, "archive_ground": ArchiveGround.CALLBACK}

    def _feedback(self, text: Text) -> None:
        at, decided = self.row.get("feedback_at"), self.row.pop("decided_at", None)
        if at is None:
            return
        self.out.add(
            Feedback,
            {"answers": "[]"},
            order_id=self.pk,
            measures="已按规定处理",
            basis="供电营业规则",
            submitted_at=at,
            submitted_by_id=self.handler,
            department_id=self.lead,
            on_time=at < self.due.due_at if self.due else None,
            status=FeedbackStatus.ACCEPTED if decided else FeedbackStatus.PENDING,
            decided_at=decided,
            decided_by_id=self.cast.director if decided else None,
        )

    # --- the order itself -------------------------------------------------------------------------------------------

    def _order(self, number: str, text: Text, person: dict[str, str]) -> None:
        answer = "已按要求办结" if "feedback_at" in self.row else ""
        self.out.add(Demand, order_id=self.pk, position=1, text=text.title, answer=answer)
        self.out.add(
            Call,
            order_id=self.pk,
            received_at=self.at,
            channel=self.channel,
            phone=person["caller_phone"],
            ring_count=self.chance.randint(1, 4) if self.channel == Channel.HOTLINE else None,
            disposition=Disposition.ORDER,
            agent_id=self.agent,
        )
        limits = (
            {
                "limit_days": self.due.limit_days,
                "due_on": self.due.due_on,
                "due_at": self.due.due_at,
                "due_provisional": self.due.provisional,
                "cap_on": self.due.cap_on,
            }
            if self.due
            else {}
        )
        self.out.add(
            Order,
            id=self.pk,
            number=number,
            query_code="".join(self.chance.choices(ALPHABET, k=CODE_LENGTH)),
            kind=self.kind,
            category=self.category,
            channel=self.channel,
            station_id=self.station,
            title=text.title,
            content=text.content,
            priority=self.bulk.pick(PRIORITIES),
            callback_by="phone",
            bigrams=search_pieces(text, person),
            registered_at=self.at,
            registered_by_id=self.agent,
            policy_id=self.policy,
            calendar_version=self.bulk.book.calendar.version,
            due_sort=self.due.due_at if self.due else NO_LIMIT,
            route_rule_id=self.route.rule_pk if self.lead else None,
            route_basis=self.route.basis if self.lead else "",
            lead_department_id=self.lead or None,
            **limits,
            **person,
            **self.row,
        )
