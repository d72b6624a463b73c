"""Every scenario of ``tests/data/penalties.json`` lived through the door, with the sweep beside it: the ledger on
PostgreSQL holds exactly the lines of the file."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from complaints.errors import Refused
from complaints.models import Order
from complaints.services import open_order, perform
from escalation.approvals import KINDS
from escalation.ledger import live, with_status
from escalation.models import Penalty, Ruling
from escalation.services.cases import decide as decide_case
from escalation.services.charges import reattribute
from escalation.services.extensions import request_extension
from escalation.services.money import settle
from escalation.services.rulings import decide, propose
from escalation.vocabulary import Decision
from people.models import Department, DepartmentHeadcount, User
from people.roles import Role
from policy.limits import shanghai_day
from tests.escalation.money.lived import agrees
from tests.escalation.money.samples import SCENARIOS, at, expected
from tests.factories import contact, dept, feedback, findings, matter, person

pytestmark = pytest.mark.django_db
Act = Callable[[datetime], Any]
MINUTE = timedelta(minutes=1)


class Story:
    """One scenario's people and order; ``acts`` are what happens, in order of time."""

    def __init__(self, scenario: dict[str, Any]) -> None:
        self.told = scenario
        self.names = {"station": "jiangwan_station"}
        self.code = scenario["department"]["code"]
        for place in [scenario["department"], *scenario["cooperating"]]:
            self._count(self._dept(place["code"]), place["headcounts"])
        self.agent, self.director = person(Role.HOTLINE_AGENT), person(Role.HOTLINE_DIRECTOR)
        self.contact, self.head = person(Role.TICKET_CONTACT, self.code), person(Role.DEPARTMENT_HEAD, self.code)
        self.deputy = person(Role.DEPUTY_LEADER, "leadership")
        self.adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
        self.order = Order()
        self.ruling: Ruling | None = None

    def _dept(self, code: str) -> Department:
        return Department.objects.filter(kind="station").first() if code == "station" else dept(code)  # type: ignore[return-value]

    def _count(self, department: Department, rows: list[dict[str, Any]]) -> None:
        department.headcounts.all().delete()
        for row in rows:
            since = date.fromisoformat(row["valid_from"])
            DepartmentHeadcount.objects.create(
                department=department, valid_from=since, count=row["count"], recorded_at=at("2026-01-01T00:00:00+08:00")
            )

    def acts(self) -> list[tuple[datetime, Act]]:
        told = self.told
        found: list[tuple[datetime, Act]] = [(at(told["registered_at"]), self.register)]
        for one in told["extensions"]:
            found.append((at(one["requested_at"]), partial(self.ask, one)))
            if one["decided_at"]:
                found.append((at(one["decided_at"]), partial(self.answer, one)))
        for one in told["feedback"]:
            found.append((at(one["submitted_at"]), self.hand_in))
            name = "accept_feedback" if one["result"] == "accepted" else "return_feedback"
            details = {} if one["result"] == "accepted" else {"missing": "内容不全"}
            found.append((at(one["decided_at"]), partial(self.judge, name, details)))
        found.append((at(told["customer_answered_at"]), self.call_back))
        found.append((at(told["closed_at"]), lambda now: self.step("archive", self.agent, now)))
        for part in told["cooperating"]:
            found.append((at(told["registered_at"]) + 2 * MINUTE, partial(self.share, part)))
            found.append((at(part["subtask_done_at"]), partial(self.part_done, part)))
        for one in told["reattributions"]:
            found.append((at(one["decided_at"]) + MINUTE, partial(self.give, one)))
        self._rule(found)
        return sorted(found, key=lambda pair: pair[0])

    def _rule(self, found: list[tuple[datetime, Act]]) -> None:
        ruling, repeat = self.told["unqualified"], self.told["repeat_contact"]
        if ruling:
            ground = ruling["reason"]
            found.append((at(ruling["proposed_at"]), lambda now: self.propose(ground, now)))
            if ruling["confirmed_at"]:
                found.append((at(ruling["confirmed_at"]), lambda now: self.confirm("unqualified", now)))
        if repeat:
            found.append((at(repeat["contact_at"]), self.call_again))
            if repeat["confirmed_at"]:
                found.append((at(repeat["confirmed_at"]), lambda now: self.confirm("repeat", now)))

    # --- deeds ------------------------------------------------------------------------------------------------------

    def step(self, name: str, by: User, now: datetime, **details: Any) -> None:
        self.order = perform(self.order, name, by=by, now=now, **details)

    def judge(self, name: str, details: dict[str, Any], now: datetime) -> None:
        self.step(name, self.director, now, **details)

    def register(self, now: datetime) -> None:

        person(Role.TICKET_CONTACT, "production_tech_dept")
        self.order = open_order(
            by=self.agent, now=now, matter=matter(kind=self.told["kind"], account_no="330100004418")
        )
        if self.code != "production_tech_dept":
            self.step("transfer", self.director, now, lead_department=dept(self.code), reason="归口办理")
        self.step("accept", self.contact, now)

    def share(self, part: dict[str, Any], now: datetime) -> None:
        self.step(
            "sub_assign",
            self.contact,
            now,
            department=self._dept(part["code"]),
            task="现场核实",
            due_on=date.fromisoformat(part["subtask_due"]),
        )

    def part_done(self, part: dict[str, Any], now: datetime) -> None:
        department = self._dept(part["code"])
        taker = person(Role.TICKET_CONTACT, department.code)
        sub = self.order.sub_assignments.get(department=department)
        self.step("finish_sub_assignment", taker, now, sub=sub, result_text="已完成")

    def ask(self, one: dict[str, Any], now: datetime) -> None:
        def asked() -> Any:
            return request_extension(
                self.order,
                by=self.contact,
                now=now,
                limit_days=one["total_days"],
                ground=one["reason"],
                text="情况复杂",
            )

        if one["decision"] == "refused":
            with pytest.raises(Refused):
                asked()
        else:
            self.case = asked()

    def answer(self, one: dict[str, Any], now: datetime) -> None:
        decision = Decision.APPROVED if one["decision"] == "approved" else Decision.REJECTED
        for step in list(self.case.steps.order_by("position")):
            by = self.head if step.rung == "head" else self.deputy
            decide_case(
                self.case, KINDS["extension"], by=by, now=now, decision=decision, position=step.position, opinion="已阅"
            )

    def hand_in(self, now: datetime) -> None:
        if self.order.state == "classified":
            self.step("investigate", self.contact, now, **findings())
            self.step("contact_customer", self.contact, now, at=now, **contact())
        self.step("resolve", self.contact, now, **feedback(self.order))

    def call_back(self, now: datetime) -> None:
        self.step("attempt_callback", self.agent, now, at=now, **contact(answered=True, satisfaction="fair"))

    def give(self, one: dict[str, Any], now: datetime) -> None:
        days = [date.fromisoformat(day) for day in one["dates"]]
        reattribute(self.order, days, to=self._dept(one["to"]), by=self.director, now=now, reason="子任务迟交")

    def propose(self, ground: str, now: datetime) -> None:
        self.ruling = propose(self.order, ground=ground, text="答复与事实不符", by=self.director, now=now)

    def confirm(self, kind: str, now: datetime) -> None:
        decide(
            Ruling.objects.get(order=self.order, kind=kind), confirm=True, opinion="属实", by=self.adjudicator, now=now
        )

    def call_again(self, now: datetime) -> None:

        open_order(by=self.agent, now=now, matter=matter(kind=self.told["kind"], account_no="330100004418"))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one["id"])
def test_the_ledger_holds_every_line_of_the_scenario(scenario: dict[str, Any]) -> None:
    story = Story(scenario)
    for now, act in story.acts():
        settle(now)
        act(now)
    end = at(scenario["as_of"])
    settle(end)
    story.order = Order.objects.get(pk=story.order.pk)
    codes = {story._dept(code).code: code for code in ("station",)}
    rows: Any = (
        with_status(live(Penalty.objects.filter(order=story.order))).select_related("department").order_by("day")
    )
    told = [
        (
            str(row.day),
            row.kind,
            codes.get(row.department.code, row.department.code),
            row.rate,
            row.persons,
            row.amount,
            f"{row.month:%Y-%m}",
            row.status,
        )
        for row in rows
    ]
    assert told == expected(scenario)
    assert str(story.order.due_on) == scenario["expected"]["due_date"]
    assert story.order.answered_at is not None
    assert story.order.due_on is not None
    assert (shanghai_day(story.order.answered_at) > story.order.due_on) == scenario["expected"]["sla_breached"]
    assert agrees()
