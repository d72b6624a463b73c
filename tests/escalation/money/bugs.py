"""Bugs to be planted in the time-and-money code, each with the story that meets it and what must find it (T2).

``by`` names the invariant, "lines" (worked out by hand), "database" (a constraint or trigger refused the row), or the
rule a refusal of which did not come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from complaints.services import records
from escalation import facts, penalties, statements
from escalation.services import appeals, cases, charges, extensions, ledger, months, rulings
from tests.escalation.money import planting as wrong
from tests.escalation.money import stories
from tests.escalation.money.planting import Plant, both, put, run, sql, wrap


@dataclass(frozen=True)
class Bug:
    name: str
    story: Callable[[], None]
    plant: Plant
    by: str
    always: bool = False
    """Planted in every run; the others in ``make proof``."""

    @property
    def id(self) -> str:
        return self.name.replace(" ", "-")


DUE_DAY = both(
    sql("OWED", "d.day > c.due_on", "d.day >= c.due_on"),
    sql("CANDIDATE", "o.due_on < %(last)s", "o.due_on <= %(last)s"),
)

SQL_BUGS = [
    Bug("the due day itself is charged", stories.late, DUE_DAY, "7", True),
    Bug(
        "the day of the feedback is free",
        stories.reviewed,
        sql("OWED", "d.day <= c.stopped_on", "d.day < c.stopped_on"),
        "7",
    ),
    Bug("the clock never stops", stories.reviewed, sql("OWED", "AND d.day <= c.stopped_on", ""), "7"),
    Bug("a day ends in Greenwich", stories.reviewed, sql("STOPPED", "%(zone)s", "'UTC'"), "7"),
    Bug(
        "who leads at 00:00 pays the day before",
        stories.handed_over,
        sql("HANDED", "e.at >= d.ends", "e.at > d.ends"),
        "7",
    ),
    Bug("who leads now pays every day", stories.handed_over, sql("OWED", "h.order_id IS NULL", "true"), "7"),
    Bug(
        "the last hand-over counts, not the next",
        stories.handed_over,
        sql("HANDED", "d.day, e.seq", "d.day, e.seq DESC"),
        "7",
    ),
    Bug("nobody's day is charged", stories.nobodys, sql("OWED", "x.led_by IS NOT NULL", "true"), "database"),
    Bug("the first gift of a day holds", stories.given_to_a_part, sql("GIVEN", "id DESC", "id"), "7"),
    Bug(
        "gifts of days are ignored",
        stories.given_to_a_part,
        sql("OWED", "coalesce(g.department_id,", "coalesce(NULL,"),
        "7",
    ),
    Bug("what was appealed away comes back", stories.appealed, sql("OWED", "AND b.bars", "AND false"), "7", True),
    Bug("the oldest headcount counts", stories.late, sql("HEADS", "hc.valid_from DESC", "hc.valid_from"), "7"),
    Bug(
        "a headcount counts from the next day",
        stories.late,
        sql("HEADS", "valid_from <= d.day", "valid_from < d.day"),
        "7",
    ),
    Bug(
        "the second charge of a day is lost", stories.moved_twice, sql("CHARGE", "coalesce(v.times, 0)", "0"), "7", True
    ),
    Bug("a void has the sign of its line", stories.extended, sql("VOID", "-p.amount", "p.amount"), "database"),
    Bug("a day owed again is not charged again", stories.moved_twice, put(ledger, "reconcile", wrong.only_voids), "7"),
    Bug(
        "a void goes into a confirmed month",
        stories.month_locked,
        put(charges, "open_month", lambda: date.min),
        "database",
    ),
    Bug(
        "money is a float",
        stories.late,
        sql("CHARGE", "w.rate * n.persons,", "(w.rate::float8 * n.persons + 1e-3)::numeric(14, 2) + 0.01,"),
        "database",
    ),
    Bug("a repeat is charged beside the ruling", stories.ruled, sql("RULED", "= 'replace'", "= 'never'"), "11"),
    Bug("a ruling without charge is charged", stories.ruled_late, sql("RULED", "AND r.charges", ""), "7"),
    Bug(
        "an overturned ruling stays",
        stories.ruled,
        sql("RULED", "r.status = 'confirmed'", "r.decided_on IS NOT NULL"),
        "7",
    ),
    Bug(
        "a repeat costs fifty",
        stories.ruled,
        sql("RULED", "THEN pol.repeat_rate_yuan", "THEN pol.unqualified_rate_yuan"),
        "9",
    ),
    Bug("a replaced ruling is not taken back", stories.ruled, sql("VOID_RULED", "p.voids_id IS NULL", "false"), "11"),
    Bug(
        "orders that ended are forgotten",
        stories.ended,
        put(statements, "LIVE_ORDERS", "o.closed_at IS NULL"),
        "7",
        True,
    ),
    Bug(
        "a named person counts from the next day",
        stories.named,
        sql("CHARGE", "p.since <= w.day", "p.since < w.day"),
        "7",
    ),
    Bug("no void names its line", stories.extended, sql("VOID", "p.id,\n", "NULL,\n"), "database"),
]

LEDGER_BUGS = [
    Bug("the running day is charged", stories.late, put(ledger, "last_countable", wrong.including_today), "10", True),
    Bug("the first day after the watermark is lost", stories.late, wrap(ledger, "write", wrong.first_day_lost), "7"),
    Bug("every day has today's rate", stories.late, wrap(ledger, "_params", wrong.todays_rate), "9"),
    Bug("the watermark runs a day ahead", stories.late, wrap(ledger, "_next_days", wrong.a_day_ahead), "7"),
    Bug(
        "a new calendar is not followed",
        stories.new_calendar,
        put(ledger, "_follow_calendar", wrong.ignores_calendar),
        "7",
    ),
    Bug(
        "a new calendar only takes back",
        stories.new_calendar,
        put(ledger, "_follow_calendar", wrong.only_takes_back),
        "7",
    ),
    Bug("no order is followed", stories.extended, put(ledger, "changed", lambda ids, *, now: None), "7", True),
    Bug(
        "a step is forgotten while a sweep runs",
        stories.while_busy,
        wrap(ledger, "changed", wrong.forgets_while_busy),
        "7",
    ),
    Bug("what waited is dropped", stories.while_busy, put(ledger, "_next_unsettled", wrong.drops_the_busy), "7"),
    Bug("a clock in doubt holds nothing", stories.in_doubt, put(ledger, "held_by_clock", lambda: False), "lines"),
    Bug("an unknown year is charged", stories.in_doubt, put(ledger, "last_countable", wrong.yesterday), "F22"),
    Bug(
        "weekends are never charged", stories.every_day, put(ledger, "is_charged", lambda d, c, r: c.is_workday(d)), "7"
    ),
    Bug(
        "a line is dated by a clock set back",
        stories.moved_twice,
        put(ledger, "not_before_the_last", lambda now: now),
        "10",
    ),
    Bug(
        "the guard of closed months is off",
        stories.month_locked,
        run("ALTER TABLE escalation_penalty DISABLE TRIGGER penalty_month_open"),
        "8",
    ),
    Bug(
        "a closed month takes rows",
        stories.month_locked,
        both(
            put(charges, "open_month", lambda: date.min),
            run("ALTER TABLE escalation_penalty DISABLE TRIGGER penalty_month_open"),
        ),
        "12",
    ),
    Bug(
        "no unique key, and every sweep begins anew",
        stories.late,
        both(
            run(
                "ALTER TABLE escalation_penalty DROP CONSTRAINT IF EXISTS penalty_charged_once",
                "DROP INDEX IF EXISTS penalty_charged_once",
            ),
            wrap(ledger, "write", lambda original, first, *rest: original(date(2026, 9, 21), *rest)),
        ),
        "lines",
    ),
]

CORE_BUGS = [
    Bug("the core charges the due day", stories.late, wrap(penalties, "overdue_days", wrong.from_the_due_day), "7"),
    Bug(
        "the core forgets the day of the feedback",
        stories.reviewed,
        wrap(penalties, "overdue_days", wrong.not_the_last_day),
        "7",
    ),
    Bug("the core has one rate for ever", stories.late, put(penalties, "rates_on", wrong.earliest_rate), "7"),
    Bug("the core has one headcount for ever", stories.late, put(penalties, "persons_on", wrong.first_heads), "7"),
    Bug("the core charges holidays", stories.late, put(penalties, "is_charged", lambda d, c, r: True), "7"),
    Bug(
        "the core hands over a day early",
        stories.handed_over,
        put(penalties, "lead_at_end_of", wrong.at_midnight_already),
        "7",
    ),
    Bug("the core rounds the rate", stories.late, put(penalties.Line, "amount", property(wrong.rounded)), "7"),
    Bug("the core charges each ruling twice", stories.ruled, put(penalties, "REPEAT", "again"), "7"),
    Bug("the audit sees no hand-over", stories.handed_over, put(facts, "HANDOVERS", ()), "7"),
    Bug(
        "core and ledger charge the due day",
        stories.late,
        both(wrap(penalties, "overdue_days", wrong.from_the_due_day), DUE_DAY),
        "10",
    ),
    Bug(
        "core and ledger charge holidays",
        stories.late,
        both(put(penalties, "is_charged", lambda d, c, r: True), put(ledger, "is_charged", lambda d, c, r: True)),
        "lines",
        True,
    ),
]

LATER = wrap(extensions, "reschedule", wrong.a_day_beyond)

PEOPLE_BUGS = [
    Bug("an appeal does not bar", stories.appealed, put(charges, "BARRING", frozenset()), "8"),
    Bug(
        "a repeat outlives the ruling it rests on", stories.ruled, put(rulings, "overturn", wrong.one_ruling_only), "11"
    ),
    Bug("a late feedback is charged again", stories.ruled_late, put(rulings, "is_charged", lambda ruling: True), "11"),
    Bug(
        "a month is confirmed with what waits",
        stories.month_locked,
        put(months, "why_not", wrong.never_confirmed_too_early),
        "B8",
    ),
    Bug("wrong.anybody confirms a month", stories.month_locked, put(months, "may_confirm_months", wrong.anybody), "B8"),
    Bug("no ceiling", stories.capped, put(months, "reductions", lambda lines, ceiling: []), "A10"),
    Bug("days go to whom you like", stories.given_to_a_part, put(charges, "part_was_late", wrong.anybody), "A12"),
    Bug(
        "who asks decides", stories.asked_by_the_head, put(cases, "barred_from", lambda case, steps: set()), "16", True
    ),
    Bug(
        "an extension backwards",
        stories.asked_by_the_head,
        put(extensions, "target", wrong.without_limit),
        "database",
    ),
    Bug("wrong.anybody approves", stories.extended, put(cases, "_expect_seat", wrong.any_seat), "A29"),
    Bug("an appeal is heard by who ruled", stories.ruled, put(appeals, "why_may_not_decide", lambda *args: ""), "B4"),
    Bug(
        "an appeal is never too late", stories.ruled, put(appeals, "_expect_in_time", lambda until, *, now: None), "A14"
    ),
    Bug(
        "who proposes a ruling confirms it",
        stories.ruled_late,
        put(rulings, "_expect_decider", lambda *a, **m: None),
        "B4",
    ),
    Bug("a grant goes beyond the last day", stories.extended_to_the_end, LATER, "3"),
    Bug("a grant moves the date backwards", stories.extended, wrap(extensions, "reschedule", wrong.a_day_before), "4"),
    Bug("a hand-over moves the date", stories.handed_over, wrap(records, "write", wrong.restarts_the_clock), "4"),
    Bug("a due date moves without an event", stories.extended, put(extensions, "reschedule", wrong.unlogged_move), "5"),
]

BUGS = [*SQL_BUGS, *LEDGER_BUGS, *CORE_BUGS, *PEOPLE_BUGS]
