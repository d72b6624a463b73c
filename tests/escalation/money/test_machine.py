"""T1: whatever happens in whatever order, the ledger is what it should be (invariants 7-12), on real PostgreSQL.

Every operation goes through the services the pages use, at a clock that jumps; refusals are part of life. After each
round of sweeps the ledger is compared with the pure core in both directions. Size: 2 000 operations in `make proof`,
10 000 with FULL=1; more of them where a deed came too seldom.
"""

import os
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, run_state_machine_as_test

from complaints.models import Order
from escalation.invariants import INVARIANTS
from escalation.ledger import live
from escalation.models import Appeal, Penalty, Ruling
from escalation.services import appeals, charges, ledger, rulings
from escalation.services.money import settle
from escalation.services.months import confirm_month
from escalation.services.sweep import settle_due
from tests.conftest import COMMITTED
from tests.escalation.money.machine import ASTRAY, COUNTED, DRAWN, LEADS, NAMES, Life, deed, pick
from tests.factories import MONDAY, dept

FULL = os.environ.get("FULL") == "1"
STEPS = 100
OPERATIONS = 10_000 if FULL else 2_000
DRAWN_AT_LEAST = 20
# What was never reached before, and has to be done, not only tried.
DONE_AT_LEAST = {"propose_ruling": 20, "decide_ruling": 20, "appeal_ruling": 5, "decide_appeal": 5}
MOST_ROUNDS = 40  # of more lives; each adds a quarter of the first


class Rollback(Exception):
    """What a kill leaves behind: nothing of the transaction."""


class Money(Life):
    """Rulings, appeals, waivers, months, sweeps and kills on top of it."""

    def ruled_to_begin_with(self) -> None:
        order = Order.objects.filter(feedbacks__status="accepted").order_by("pk")[0]
        ask: dict[str, Any] = {"ground": "inaccurate", "text": "不合格", "by": self.company.director, "now": self.now}
        answer: dict[str, Any] = {"confirm": True, "opinion": "已核", "by": self.adjudicator, "now": self.now}
        rulings.decide(rulings.propose(order, **ask), **answer)

    # --- money ------------------------------------------------------------------------------------------------------

    @deed(n=pick, ground=st.sampled_from(["incomplete", "inaccurate", "untrue", "dissatisfied"]))
    def propose_ruling(self, n: int, ground: str) -> None:
        rows = Order.objects.filter(feedbacks__status="accepted").exclude(rulings__status__in=["proposed", "confirmed"])
        ready = list(rows.distinct().order_by("pk")) if n % ASTRAY else []
        order = ready[n % len(ready)] if ready else self.an_order(n)
        if order is not None:
            ask: dict[str, Any] = {"ground": ground, "text": "不合格", "by": self.company.director}
            self.attempt("propose_ruling", lambda: rulings.propose(order, now=self.now, **ask))

    @deed(n=pick, confirm=st.sampled_from([True, True, False]))
    def decide_ruling(self, n: int, confirm: bool) -> None:
        rows = list(Ruling.objects.filter(status="proposed").order_by("pk"))
        if rows:
            row = rows[n % len(rows)]
            by = self.adjudicator if n % ASTRAY else self.deputy
            answer: dict[str, Any] = {"confirm": confirm, "opinion": "已核", "by": by}
            self.attempt("decide_ruling", lambda: rulings.decide(row, now=self.now, **answer))

    @deed(n=pick)
    def appeal_ruling(self, n: int) -> None:
        """Against the newest that nobody contested, mostly: the time for it is short."""
        rows = Ruling.objects.filter(status="confirmed").order_by("-decided_at")
        free = list(rows.filter(appeals__isnull=True)[:1]) if n % ASTRAY else list(rows)
        if free:
            ruling = free[n % len(free)]
            boss = self.bosses[ruling.department.code]
            self.attempt("appeal_ruling", lambda: appeals.appeal_ruling(ruling, text="不服", by=boss, now=self.now))

    @deed(n=pick)
    def appeal_lines(self, n: int) -> None:
        order = self.an_order(n)
        if order is None or order.lead_department is None:
            return
        boss = self.bosses.get(order.lead_department.code, self.company.head)
        self.attempt("appeal_lines", lambda: appeals.appeal_lines(order, text="不服", by=boss, now=self.now))

    @deed(n=pick)
    def ask_waiver(self, n: int) -> None:
        if order := self.an_order(n):
            lines = list(live(Penalty.objects.filter(order=order)).order_by("pk")[:1])
            ask: dict[str, Any] = {"text": "停产", "by": self.company.director}
            self.attempt("ask_waiver", lambda: appeals.ask_waiver(order, lines, now=self.now, **ask))

    @deed(n=pick, uphold=st.booleans())
    def decide_appeal(self, n: int, uphold: bool) -> None:
        rows = list(Appeal.objects.filter(status="pending").order_by("pk"))
        if rows:
            row = rows[n % len(rows)]
            fit = self.main if row.ruling_id else self.adjudicator  # B4: never the office that ruled
            by = fit if n % ASTRAY else self.deputy
            answer: dict[str, Any] = {"uphold": uphold, "opinion": "已核", "by": by}
            self.attempt("decide_appeal", lambda: appeals.decide(row, now=self.now, **answer))

    @deed(n=pick, part=st.sampled_from(LEADS))
    def reattribute(self, n: int, part: str) -> None:
        if order := self.an_order(n):
            days = list(live(Penalty.objects.filter(order=order, kind="overdue")).values_list("day", flat=True)[:2])
            give: dict[str, Any] = {"to": dept(part), "by": self.company.director, "reason": "子任务迟交"}
            self.attempt("reattribute", lambda: charges.reattribute(order, days, now=self.now, **give))

    @deed(n=pick)
    def correct(self, n: int) -> None:
        rows = list(live(Penalty.objects.all()).order_by("pk"))
        if rows:
            line = rows[n % len(rows)]
            self.attempt("correct", lambda: charges.correct(line, by=self.adjudicator, now=self.now, reason="核对"))

    @deed(back=st.integers(1, 3))
    def confirm_month(self, back: int) -> None:
        month = (self.now.date().replace(day=1) - timedelta(days=28 * back)).replace(day=1)
        self.attempt("confirm_month", lambda: confirm_month(month, by=self.adjudicator, now=self.now))

    # --- time and sweeps --------------------------------------------------------------------------------------------

    @deed(hours=st.integers(1, 30))
    def hours_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @deed(days=st.sampled_from([1, 1, 1, 2, 3, 7, 12, 40]))
    def days_pass(self, days: int) -> None:
        if self.now < MONDAY + timedelta(days=110):
            self.now += timedelta(days=days)

    @deed()
    def clock_goes_back(self) -> None:
        self.now -= timedelta(hours=1)
        COUNTED["clock back"] += 1

    @deed(times=st.integers(1, 3))
    def sweep(self, times: int) -> None:
        self.swept(times)

    def swept(self, times: int) -> None:
        for _again in range(times):
            settle_due(self.now)
            settle(self.now)
        COUNTED["sweep"] += times
        self.check()

    @deed(n=st.integers(1, 4))
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

    @deed(n=pick, accepted=st.booleans())
    def step_while_the_ledger_is_busy(self, n: int, accepted: bool) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "try_ledger", lambda: False)
            self.judge_feedback(n=n, accepted=accepted)
            self.answer_extension(n=n, granted=accepted)
            self.classify(n=n, kind="complaint")
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


def lived(operations: int, machine: type[Life] = Money) -> None:
    run_state_machine_as_test(
        machine,
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


def too_seldom() -> dict[str, int]:
    """Deeds not drawn, or of the named ones not done, often enough so far."""
    found = {name: DRAWN[name] for name in sorted(NAMES) if DRAWN[name] < DRAWN_AT_LEAST}
    return found | {f"{name} done": COUNTED[name] for name, least in DONE_AT_LEAST.items() if COUNTED[name] < least}


@COMMITTED
@pytest.mark.proof
def test_the_ledger_is_right_whatever_happens() -> None:
    """T1. Lives are added, each from a seed of its own, until every deed came often enough: no run is left to luck."""
    COUNTED.clear()
    DRAWN.clear()
    lived(OPERATIONS)
    rounds = 0
    while too_seldom() and rounds < MOST_ROUNDS:
        rounds += 1
        lived(OPERATIONS // 4, seed(rounds)(Money))
    print(f"\nT1: {OPERATIONS} operations and {rounds} rounds more;", ", ".join(told(COUNTED)))  # noqa: T201
    print("drawn:", ", ".join(told(DRAWN)))  # noqa: T201
    assert too_seldom() == {}
    assert COUNTED["checked"] >= OPERATIONS // STEPS


def told(counts: Any) -> list[str]:
    return [f"{name} {count}" for name, count in sorted(counts.items())]


@COMMITTED
def test_a_short_life_of_the_ledger() -> None:
    """The same machine, briefly, in every run."""
    lived(STEPS * 2)
