"""T1: whatever happens in whatever order, the ledger is what it should be (invariants 7-12), on real PostgreSQL.

Every operation goes through the services the pages use, at a clock that jumps; refusals are part of life. After each
round of sweeps the ledger is compared with the pure core in both directions. Size: 2 000 operations in `make proof`,
10 000 with FULL=1.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from complaints.errors import Refused
from complaints.models import Order
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.invariants import INVARIANTS
from escalation.ledger import live
from escalation.models import Appeal, Approval, Penalty, Ruling
from escalation.services import appeals, charges, ledger, rulings
from escalation.services.cases import decide as decide_case
from escalation.services.extensions import request_extension
from escalation.services.money import settle
from escalation.services.months import confirm_month
from escalation.services.sweep import settle_due
from escalation.vocabulary import Decision
from people.models import User
from people.roles import Role
from people.services.departments import set_headcount
from policy.calendars import import_year
from policy.services import add_policy
from tests.conftest import COMMITTED
from tests.escalation.money.lived import heads
from tests.factories import MONDAY, Company, contact, dept, feedback, findings, person

FULL = os.environ.get("FULL") == "1"
STEPS = 100
OPERATIONS = 10_000 if FULL else 2_000
LEADS = ("production_tech_dept", "safety_section", "marketing_dept", "party_admin_office")
MOST_ORDERS = 8
COUNTED: Counter[str] = Counter()

pick = st.integers(min_value=0, max_value=10_000)


class Rollback(Exception):
    """What a kill leaves behind: nothing of the transaction."""


class Money(RuleBasedStateMachine):
    """One company for a few months; every example lives in a transaction of its own that is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = MONDAY

    def teardown(self) -> None:
        """Every life ends with a sweep, after which the ledger is looked at as a whole."""
        try:
            if hasattr(self, "company"):
                self.sweep(1)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        self.company = Company()
        for n, code in enumerate(LEADS):
            heads(code, 5 + n)
            if code != self.company.lead:
                person(Role.TICKET_CONTACT, code)
        self.desks = {code: self._desk(code) for code in LEADS}
        self.bosses = {code: person(Role.DEPARTMENT_HEAD, code) for code in LEADS}
        self.adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
        self.deputy, self.main = person(Role.DEPUTY_LEADER, "leadership"), person(Role.MAIN_LEADER, "leadership")
        self.manager, self.admin = person(Role.MANAGER, "company"), person(Role.SYSTEM_ADMIN, "company")
        self.notices = 0

    def _desk(self, code: str) -> User:
        return person(Role.TICKET_CONTACT, code)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def attempt(self, name: str, act: Callable[[], Any]) -> Any:
        """A refusal undoes what was begun, and nothing else."""
        self.now += timedelta(minutes=7)
        try:
            with transaction.atomic():
                found = act()
            COUNTED[name] += 1
        except (Refused, ValidationError):
            COUNTED[f"{name}, refused"] += 1
            found = None
        return found

    def an_order(self, n: int) -> Order | None:
        rows = list(Order.objects.order_by("pk").values_list("pk", flat=True))
        return Order.objects.get(pk=rows[n % len(rows)]) if rows else None

    def desk_of(self, order: Order) -> User:
        code = order.lead_department.code if order.lead_department else self.company.lead
        return self.desks.get(code, self.company.contact)

    def step(self, name: str, order: Order | None, by: User | None, **details: Any) -> None:
        if order is not None and by is not None:
            self.attempt(name, lambda: perform(order, name, by=by, now=self.now, **details))

    # --- orders -----------------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(["complaint", "consultation", "report_misconduct"]), account=st.integers(0, 2))
    def register(self, kind: str, account: int) -> None:
        if Order.objects.count() < MOST_ORDERS:
            fields: dict[str, Any] = {"kind": kind, "account_no": f"33010000440{account}"}
            self.attempt("register", lambda: self.company.order(self.now, **fields))

    @rule(n=pick)
    def accept(self, n: int) -> None:
        if order := self.an_order(n):
            self.step("accept", order, self.desk_of(order))

    @rule(n=pick, to=st.sampled_from(LEADS))
    def transfer(self, n: int, to: str) -> None:
        self.step("transfer", self.an_order(n), self.company.director, lead_department=dept(to), reason="改派")

    @rule(n=pick)
    def reject(self, n: int) -> None:
        if order := self.an_order(n):
            self.step("reject_dispatch", order, self.desk_of(order), reason="不属本部门")

    @rule(n=pick, kind=st.sampled_from(["complaint", "consultation", "report_misconduct"]))
    def classify(self, n: int, kind: str) -> None:
        self.step("classify", self.an_order(n), self.company.director, kind=kind, category="power_quality")

    @rule(n=pick, part=st.sampled_from(LEADS), days=st.integers(1, 12))
    def sub_assign(self, n: int, part: str, days: int) -> None:
        if order := self.an_order(n):
            due_on = min(self.now.date() + timedelta(days=days), order.due_on or date.max)
            self.step("sub_assign", order, self.desk_of(order), department=dept(part), task="核实", due_on=due_on)

    @rule(n=pick)
    def finish_part(self, n: int) -> None:
        if order := self.an_order(n):
            sub = order.sub_assignments.filter(done_at__isnull=True).first()
            if sub is not None:
                by = self.desks[sub.department.code]
                self.step("finish_sub_assignment", order, by, sub=sub, result_text="完成")

    @rule(n=pick)
    def hand_in(self, n: int) -> None:
        order = self.an_order(n)
        if order is None:
            return
        by = self.desk_of(order)
        self.step("investigate", order, by, **findings())
        self.step("contact_customer", Order.objects.get(pk=order.pk), by, at=self.now, **contact())
        order = Order.objects.get(pk=order.pk)
        self.step("resolve", order, by, **feedback(order))

    @rule(n=pick, accepted=st.booleans())
    def judge_feedback(self, n: int, accepted: bool) -> None:
        details: dict[str, Any] = {} if accepted else {"missing": "内容不全"}
        name = "accept_feedback" if accepted else "return_feedback"
        self.step(name, self.an_order(n), self.company.director, **details)

    @rule(n=pick, satisfaction=st.sampled_from(["fair", "dissatisfied"]))
    def call_back(self, n: int, satisfaction: str) -> None:
        order, by = self.an_order(n), self.company.agent
        self.step("attempt_callback", order, by, at=self.now, **contact(answered=True, satisfaction=satisfaction))
        self.step("archive", order, by)

    @rule(n=pick)
    def reopen(self, n: int) -> None:
        self.step("reopen", self.an_order(n), self.company.agent, reason="客户不满意")

    @rule(n=pick)
    def withdraw(self, n: int) -> None:
        if n % 4 == 0:
            self.step("withdraw", self.an_order(n), self.company.agent, reason="客户撤回")

    # --- extensions -------------------------------------------------------------------------------------------------

    @rule(n=pick, days=st.integers(11, 32))
    def ask_extension(self, n: int, days: int) -> None:
        if order := self.an_order(n):
            by = self.desk_of(order)
            ask: dict[str, Any] = {"by": by, "limit_days": days, "ground": "outside_evidence", "text": "取证"}
            self.attempt("ask_extension", lambda: request_extension(order, now=self.now, **ask))

    @rule(n=pick, granted=st.booleans())
    def answer_extension(self, n: int, granted: bool) -> None:
        cases = list(Approval.objects.filter(status="pending", kind="extension").order_by("pk"))
        if not cases:
            return
        case = cases[n % len(cases)].extension
        step = case.steps.filter(decision="").order_by("position")[0]
        code = case.order.lead_department.code if case.order.lead_department else LEADS[0]
        by = self.bosses[code] if step.rung == "head" else self.deputy
        decision = Decision.APPROVED if granted else Decision.REJECTED
        answer: dict[str, Any] = {"by": by, "decision": decision, "position": step.position, "opinion": "已阅"}
        self.attempt("answer_extension", lambda: decide_case(case, KINDS["extension"], now=self.now, **answer))

    # --- rules and people -------------------------------------------------------------------------------------------

    @rule(code=st.sampled_from(LEADS), count=st.integers(0, 30), ahead=st.integers(0, 10))
    def headcount(self, code: str, count: int, ahead: int) -> None:
        since = self.now.date() + timedelta(days=ahead)
        self.attempt(
            "headcount", lambda: set_headcount(dept(code), by=self.admin, now=self.now, valid_from=since, count=count)
        )

    @rule(rate=st.integers(10, 90), ahead=st.integers(1, 10), mode=st.sampled_from(["replace", "add"]))
    def rates(self, rate: int, ahead: int, mode: str) -> None:
        values = {"overdue_rate_yuan": Decimal(rate), "repeat_penalty_mode": mode}
        since = self.now.date() + timedelta(days=ahead)
        self.attempt("rates", lambda: add_policy(values, effective_from=since, by=self.manager, now=self.now))

    @rule(days=st.lists(st.dates(date(2026, 9, 1), date(2026, 12, 31)), min_size=1, max_size=6, unique=True))
    def calendar(self, days: list[date]) -> None:
        rows = [{"name": "变动", "date": str(day), "isOffDay": day.weekday() < 5} for day in days]
        notice = {"year": 2026, "papers": [], "days": rows}
        self.attempt("calendar", lambda: import_year(notice, by=self.manager, now=self.now, official=True))

    # --- money ------------------------------------------------------------------------------------------------------

    @rule(n=pick, ground=st.sampled_from(["incomplete", "inaccurate", "untrue", "dissatisfied"]))
    def propose_ruling(self, n: int, ground: str) -> None:
        if order := self.an_order(n):
            ask: dict[str, Any] = {"ground": ground, "text": "不合格", "by": self.company.director}
            self.attempt("propose_ruling", lambda: rulings.propose(order, now=self.now, **ask))

    @rule(n=pick, confirm=st.booleans(), by_leader=st.booleans())
    def decide_ruling(self, n: int, confirm: bool, by_leader: bool) -> None:
        rows = list(Ruling.objects.filter(status="proposed").order_by("pk"))
        if rows:
            by = self.deputy if by_leader else self.adjudicator
            row = rows[n % len(rows)]
            answer: dict[str, Any] = {"confirm": confirm, "opinion": "已核", "by": by}
            self.attempt("decide_ruling", lambda: rulings.decide(row, now=self.now, **answer))

    @rule(n=pick)
    def appeal(self, n: int) -> None:
        order = self.an_order(n)
        if order is None or order.lead_department is None:
            return
        boss = self.bosses.get(order.lead_department.code, self.company.head)
        self.attempt("appeal_lines", lambda: appeals.appeal_lines(order, text="不服", by=boss, now=self.now))
        ruling = Ruling.objects.filter(order=order, status="confirmed").first()
        if ruling is not None:
            boss = self.bosses[ruling.department.code]
            self.attempt("appeal_ruling", lambda: appeals.appeal_ruling(ruling, text="不服", by=boss, now=self.now))

    @rule(n=pick)
    def ask_waiver(self, n: int) -> None:
        if order := self.an_order(n):
            lines = list(live(Penalty.objects.filter(order=order)).order_by("pk")[:1])
            ask: dict[str, Any] = {"text": "停产", "by": self.company.director}
            self.attempt("ask_waiver", lambda: appeals.ask_waiver(order, lines, now=self.now, **ask))

    @rule(n=pick, uphold=st.booleans(), by_leader=st.booleans())
    def decide_appeal(self, n: int, uphold: bool, by_leader: bool) -> None:
        rows = list(Appeal.objects.filter(status="pending").order_by("pk"))
        if rows:
            by = self.main if by_leader else self.adjudicator
            row = rows[n % len(rows)]
            answer: dict[str, Any] = {"uphold": uphold, "opinion": "已核", "by": by}
            self.attempt("decide_appeal", lambda: appeals.decide(row, now=self.now, **answer))

    @rule(n=pick, part=st.sampled_from(LEADS))
    def reattribute(self, n: int, part: str) -> None:
        if order := self.an_order(n):
            days = list(live(Penalty.objects.filter(order=order, kind="overdue")).values_list("day", flat=True)[:2])
            give: dict[str, Any] = {"to": dept(part), "by": self.company.director, "reason": "子任务迟交"}
            self.attempt("reattribute", lambda: charges.reattribute(order, days, now=self.now, **give))

    @rule(n=pick)
    def correct(self, n: int) -> None:
        rows = list(live(Penalty.objects.all()).order_by("pk"))
        if rows:
            line = rows[n % len(rows)]
            self.attempt("correct", lambda: charges.correct(line, by=self.adjudicator, now=self.now, reason="核对"))

    @rule(back=st.integers(1, 3))
    def confirm_month(self, back: int) -> None:
        month = (self.now.date().replace(day=1) - timedelta(days=28 * back)).replace(day=1)
        self.attempt("confirm_month", lambda: confirm_month(month, by=self.adjudicator, now=self.now))

    # --- time and sweeps --------------------------------------------------------------------------------------------

    @rule(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(days=st.sampled_from([1, 1, 1, 2, 3, 7, 12, 40]))
    def days_pass(self, days: int) -> None:
        if self.now < MONDAY + timedelta(days=110):
            self.now += timedelta(days=days)

    @rule()
    def clock_goes_back(self) -> None:
        self.now -= timedelta(hours=1)
        COUNTED["clock back"] += 1

    @rule(times=st.integers(1, 3))
    def sweep(self, times: int) -> None:
        for _again in range(times):
            settle_due(self.now)
            settle(self.now)
        COUNTED["sweep"] += times
        self.check()

    @rule(n=st.integers(1, 4))
    def killed_sweep(self, n: int) -> None:
        """Killed after its n-th statement about money: nothing of that transaction is left."""
        seen = 0

        def dying(sql: str, params: dict[str, Any], run: Any = ledger._run) -> int:
            nonlocal seen
            seen += 1
            found: int = run(sql, params)
            if seen >= n:
                raise Rollback
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "_run", dying)
            try:
                with transaction.atomic():
                    settle(self.now)
            except Rollback:
                COUNTED["killed sweep"] += 1

    @rule(n=pick, accepted=st.booleans())
    def step_while_the_ledger_is_busy(self, n: int, accepted: bool) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "try_ledger", lambda: False)
            self.judge_feedback(n, accepted)
            self.answer_extension(n, accepted)
            self.classify(n, "complaint")
        COUNTED["busy"] += 1

    # --- what must hold ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        broken = {f"{one.number} {one.title}": found for one in INVARIANTS if (found := one.find())}
        assert broken == {}
        COUNTED["checked"] += 1

    @precondition(lambda self: hasattr(self, "company"))
    @invariant()
    def nothing_of_the_past_changes(self) -> None:
        """Invariants 8-12 hold between sweeps too; 7 after each sweep."""
        broken = {one.number: found for one in INVARIANTS if one.number in {8, 12} and (found := one.find())}
        assert broken == {}


def lived(operations: int) -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=operations // STEPS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@COMMITTED
@pytest.mark.proof
def test_the_ledger_is_right_whatever_happens() -> None:
    """T1."""
    COUNTED.clear()
    lived(OPERATIONS)
    print(f"\nT1: {sum(COUNTED.values())} deeds:", ", ".join(f"{k} {v}" for k, v in sorted(COUNTED.items())))  # noqa: T201
    assert COUNTED["checked"] >= OPERATIONS // STEPS


@COMMITTED
def test_a_short_life_of_the_ledger() -> None:
    """The same machine, briefly, in every run."""
    lived(STEPS * 2)
