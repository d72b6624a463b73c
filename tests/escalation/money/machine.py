"""The life T1 lives: orders, extensions, rules and people, through the services the pages use, at a clock that jumps.

Every deed is a rule of the machine; how often each was drawn and done is counted. ``test_machine.py`` adds money.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from complaints.errors import Refused
from complaints.models import Order
from complaints.services import perform
from escalation.approvals import KINDS
from escalation.models import Approval
from escalation.services.cases import decide as decide_case
from escalation.services.extensions import request_extension
from escalation.vocabulary import Decision
from people.models import User
from people.roles import Role
from people.services.departments import set_headcount
from policy.calendars import import_year
from policy.services import add_policy
from tests.escalation.money.lived import heads
from tests.factories import MONDAY, Company, contact, dept, feedback, findings, person

LEADS = ("production_tech_dept", "safety_section", "marketing_dept", "party_admin_office")
MOST_ORDERS = 8
ASTRAY = 4  # one pick in so many takes any order at all: most of those are refused
COUNTED: Counter[str] = Counter()
DRAWN: Counter[str] = Counter()
NAMES: set[str] = set()

pick = st.integers(min_value=0, max_value=10_000)


def deed(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule of the machine whose draws are counted under its name."""

    def of(function: Callable[..., None]) -> Any:
        NAMES.add(function.__name__)

        @wraps(function)
        def drawn(self: Any, **given: Any) -> None:
            DRAWN[function.__name__] += 1
            function(self, **given)

        return rule(**strategies)(drawn)  # type: ignore[no-untyped-call]

    return of


class Life(RuleBasedStateMachine):
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
                self.swept(1)
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(ruled=st.booleans())
    def people(self, ruled: bool) -> None:
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
        self.orders_to_begin_with()
        if ruled:
            self.ruled_to_begin_with()

    def orders_to_begin_with(self) -> None:
        """Drawn steps alone seldom bring an order to an accepted feedback, without which nothing is ruled."""
        desk = self.desk_of
        for account, rows in ((0, 2), (1, 1)):
            for _row in range(rows):
                order = self.company.order(self.now, account_no=f"33010000440{account}")
                order = perform(order, "accept", by=desk(order), now=self.now)
                if account == 0:
                    order = perform(order, "investigate", by=desk(order), now=self.now, **findings())
                    order = perform(order, "contact_customer", by=desk(order), now=self.now, at=self.now, **contact())
                    order = perform(order, "resolve", by=desk(order), now=self.now, **feedback(order))
                    perform(order, "accept_feedback", by=self.company.director, now=self.now)

    def ruled_to_begin_with(self) -> None:
        """One ruling that was confirmed, so that there is something to appeal."""
        raise NotImplementedError

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

    def fit(self, n: int, *states: str) -> Order | None:
        """One of the orders in these states, mostly; now and then any order."""
        rows = list(Order.objects.filter(state__in=states).order_by("pk")) if n % ASTRAY else []
        return rows[n % len(rows)] if rows else self.an_order(n)

    def desk_of(self, order: Order) -> User:
        code = order.lead_department.code if order.lead_department else self.company.lead
        return self.desks.get(code, self.company.contact)

    def step(self, name: str, order: Order | None, by: User | None, **details: Any) -> None:
        if order is not None and by is not None:
            self.attempt(name, lambda: perform(order, name, by=by, now=self.now, **details))

    def swept(self, times: int) -> None:
        """Sweeps, and looks at everything."""
        raise NotImplementedError

    # --- orders -----------------------------------------------------------------------------------------------------

    @deed(kind=st.sampled_from(["complaint", "consultation", "report_misconduct"]), account=st.integers(0, 2))
    def register(self, kind: str, account: int) -> None:
        if Order.objects.count() < MOST_ORDERS:
            fields: dict[str, Any] = {"kind": kind, "account_no": f"33010000440{account}"}
            self.attempt("register", lambda: self.company.order(self.now, **fields))

    @deed(n=pick)
    def accept(self, n: int) -> None:
        if order := self.an_order(n):
            self.step("accept", order, self.desk_of(order))

    @deed(n=pick, to=st.sampled_from(LEADS))
    def transfer(self, n: int, to: str) -> None:
        self.step("transfer", self.an_order(n), self.company.director, lead_department=dept(to), reason="改派")

    @deed(n=pick)
    def reject(self, n: int) -> None:
        if order := self.an_order(n):
            self.step("reject_dispatch", order, self.desk_of(order), reason="不属本部门")

    @deed(n=pick, kind=st.sampled_from(["complaint", "consultation", "report_misconduct"]))
    def classify(self, n: int, kind: str) -> None:
        self.step("classify", self.an_order(n), self.company.director, kind=kind, category="power_quality")

    @deed(n=pick, part=st.sampled_from(LEADS), days=st.integers(1, 12))
    def sub_assign(self, n: int, part: str, days: int) -> None:
        if order := self.an_order(n):
            due_on = min(self.now.date() + timedelta(days=days), order.due_on or date.max)
            self.step("sub_assign", order, self.desk_of(order), department=dept(part), task="核实", due_on=due_on)

    @deed(n=pick)
    def finish_part(self, n: int) -> None:
        if order := self.an_order(n):
            sub = order.sub_assignments.filter(done_at__isnull=True).first()
            if sub is not None:
                by = self.desks[sub.department.code]
                self.step("finish_sub_assignment", order, by, sub=sub, result_text="完成")

    @deed(n=pick)
    def hand_in(self, n: int) -> None:
        order = self.fit(n, "classified", "investigated")
        if order is None:
            return
        by = self.desk_of(order)
        if order.accepted_at is None:
            self.step("accept", order, by)
            order = Order.objects.get(pk=order.pk)
        self.step("investigate", order, by, **findings())
        self.step("contact_customer", Order.objects.get(pk=order.pk), by, at=self.now, **contact())
        order = Order.objects.get(pk=order.pk)
        self.step("resolve", order, by, **feedback(order))

    @deed(n=pick, accepted=st.booleans())
    def judge_feedback(self, n: int, accepted: bool) -> None:
        details: dict[str, Any] = {} if accepted else {"missing": "内容不全"}
        name = "accept_feedback" if accepted else "return_feedback"
        self.step(name, self.fit(n, "resolved"), self.company.director, **details)

    @deed(n=pick, satisfaction=st.sampled_from(["fair", "dissatisfied"]))
    def call_back(self, n: int, satisfaction: str) -> None:
        order, by = self.fit(n, "callback"), self.company.agent
        self.step("attempt_callback", order, by, at=self.now, **contact(answered=True, satisfaction=satisfaction))
        self.step("archive", order, by)

    @deed(n=pick)
    def reopen(self, n: int) -> None:
        self.step("reopen", self.fit(n, "callback"), self.company.agent, reason="客户不满意")

    @deed(n=pick)
    def withdraw(self, n: int) -> None:
        if n % 4 == 0:
            self.step("withdraw", self.an_order(n), self.company.agent, reason="客户撤回")

    # --- extensions -------------------------------------------------------------------------------------------------

    @deed(n=pick, days=st.integers(11, 32))
    def ask_extension(self, n: int, days: int) -> None:
        if order := self.an_order(n):
            by = self.desk_of(order)
            ask: dict[str, Any] = {"by": by, "limit_days": days, "ground": "outside_evidence", "text": "取证"}
            self.attempt("ask_extension", lambda: request_extension(order, now=self.now, **ask))

    @deed(n=pick, granted=st.booleans())
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

    @deed(code=st.sampled_from(LEADS), count=st.integers(0, 30), ahead=st.integers(0, 10))
    def headcount(self, code: str, count: int, ahead: int) -> None:
        since = self.now.date() + timedelta(days=ahead)
        self.attempt(
            "headcount", lambda: set_headcount(dept(code), by=self.admin, now=self.now, valid_from=since, count=count)
        )

    @deed(rate=st.integers(10, 90), ahead=st.integers(1, 10), mode=st.sampled_from(["replace", "add"]))
    def rates(self, rate: int, ahead: int, mode: str) -> None:
        values = {"overdue_rate_yuan": Decimal(rate), "repeat_penalty_mode": mode}
        since = self.now.date() + timedelta(days=ahead)
        self.attempt("rates", lambda: add_policy(values, effective_from=since, by=self.manager, now=self.now))

    @deed(days=st.lists(st.dates(date(2026, 9, 1), date(2026, 12, 31)), min_size=1, max_size=6, unique=True))
    def calendar(self, days: list[date]) -> None:
        rows = [{"name": "变动", "date": str(day), "isOffDay": day.weekday() < 5} for day in days]
        notice = {"year": 2026, "papers": [], "days": rows}
        self.attempt("calendar", lambda: import_year(notice, by=self.manager, now=self.now, official=True))
