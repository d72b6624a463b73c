"""What must be true of every order at any time; read only, each check returns the rows that break it.

Numbers are those of the reliability goals. ``manage.py audit`` runs every app's ``INVARIANTS``; apps above add theirs
with the same class. Most checks are one statement; none locks anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from complaints.models import Order
from complaints.steps import EDGES, STEPS
from complaints.vocabulary import State
from policy import rulebook
from policy.limits import due, limit_days
from policy.models import CalendarVersion, Policy
from policy.workdays import Calendar, SpecialDay

MOST = 20  # rows named per check; more are told as "more"


@dataclass(frozen=True)
class Invariant:
    """``find`` returns one short text per broken row, at most ``MOST`` + 1."""

    number: int
    title: str | Promise
    find: Callable[[], list[str]]


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def told(sql: str) -> Callable[[], list[str]]:
    """A check whose statement gives (order number, detail)."""

    def find() -> list[str]:
        return [f"{ref} {detail}".strip() for ref, detail in rows(f"{sql} LIMIT {MOST + 1}")]

    return find


# --- time -----------------------------------------------------------------------------------------------------------

# Orders whose due date was computed alike: same day (and side of closing time), kind, numbers and calendar.
DUE_GROUPS = """
SELECT kind, policy_id, calendar_version, limit_days, due_on, due_at, cap_on, due_provisional,
       min(registered_at), min(number), count(*), bool_or(moved)
  FROM (SELECT o.*, (registered_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               (registered_at AT TIME ZONE 'Asia/Shanghai')::time >= p.sla_after_hours_shift AS late,
               EXISTS (SELECT FROM complaints_orderevent e WHERE e.order_id = o.id AND e.name = 'reschedule') AS moved
          FROM complaints_order o JOIN policy_policy p ON p.id = o.policy_id
         WHERE kind <> '' AND calendar_version > 0) AS known
 GROUP BY kind, policy_id, calendar_version, limit_days, due_on, due_at, cap_on, due_provisional, day, late, moved
"""


def due_dates_follow_from_the_rules() -> list[str]:
    """1: due date, instant and cap are a pure function of registration, kind, numbers, calendar and extensions."""
    policies = {row.pk: row for row in Policy.objects.all()}
    calendar = cache(_calendar_of)
    found = []
    for kind, policy_id, version, days, *stored, registered_at, number, many, moved in rows(DUE_GROUPS):
        policy = policies[policy_id]
        total = days if moved else limit_days(kind, policy)
        right = due(kind, registered_at, policy, calendar(version), total)
        wanted = [right.due_on, right.due_at, right.cap_on, right.provisional] if right else [None, None, None, False]
        if stored != wanted or days != total:
            text = _g("等 %(many)d 件：到期日为 %(found)s，应为 %(wanted)s")
            found.append(f"{number} " + text % {"many": many, "found": stored[0], "wanted": wanted[0]})
    return found[: MOST + 1]


def _calendar_of(version: int) -> Calendar:
    """The calendar as it was when its newest version had this key."""
    book = rulebook.current()
    if version == book.calendar.version:
        return book.calendar
    known = CalendarVersion.objects.filter(pk__lte=version).order_by("year", "number").prefetch_related("days")
    newest = {row.year: row for row in known}
    years = {
        year: rulebook.YearDays(
            row.pk,
            row.number,
            row.status,
            {day.date: SpecialDay(day.is_workday, day.name) for day in row.days.all()},
        )
        for year, row in newest.items()
    }
    return rulebook.assemble(years)


DUE_CHAIN = """
SELECT number, concat('#', seq, ' ', was, ' → ', becomes) FROM (
  SELECT o.number, e.seq, o.due_on::text AS due_on,
         CASE WHEN e.name = 'reschedule' THEN e.data->>'from' ELSE e.data#>>'{due_on,from}' END AS was,
         CASE WHEN e.name = 'reschedule' THEN e.data->>'to' ELSE e.data#>>'{due_on,to}' END AS becomes,
         lag(CASE WHEN e.name = 'reschedule' THEN e.data->>'to' ELSE e.data#>>'{due_on,to}' END) OVER life AS before,
         lead(e.seq) OVER life AS next, e.data->>'calendar' AS calendar
    FROM complaints_orderevent e JOIN complaints_order o ON o.id = e.order_id
   WHERE e.name = 'reschedule' OR e.data ? 'due_on'
  WINDOW life AS (PARTITION BY e.order_id ORDER BY e.seq)) AS chain
 WHERE was IS DISTINCT FROM before OR calendar IS NULL OR (next IS NULL AND becomes IS DISTINCT FROM due_on)
UNION ALL
SELECT number, due_on::text FROM complaints_order o
 WHERE due_on IS NOT NULL AND NOT EXISTS (
   SELECT FROM complaints_orderevent e WHERE e.order_id = o.id AND (e.name = 'reschedule' OR e.data ? 'due_on'))
"""

SEQUENCE = """
SELECT o.number, concat(count(e.id), ' / ', max(e.seq), ' / ', o.event_seq)
  FROM complaints_order o LEFT JOIN complaints_orderevent e ON e.order_id = o.id
 GROUP BY o.id HAVING count(e.id) <> o.event_seq OR max(e.seq) IS DISTINCT FROM o.event_seq OR min(e.seq) <> 1
"""

SKEW = """
SELECT number, concat('#', seq) FROM (
  SELECT o.number, e.seq, e.at, e.clock_skew, lag(e.at) OVER (PARTITION BY e.order_id ORDER BY e.seq) AS before
    FROM complaints_orderevent e JOIN complaints_order o ON o.id = e.order_id) AS stream
 WHERE at < before AND NOT clock_skew
"""


# --- workflow -------------------------------------------------------------------------------------------------------


def _known_arrows() -> set[tuple[str, str, str]]:
    return {(edge.name, edge.source, edge.target) for edge in EDGES} | {("register", "", State.REGISTERED)}


def steps_are_edges() -> list[str]:
    """13, first half: every transition in the stream is an arrow of the declared graph, every note is none."""
    seen = rows("SELECT name, from_state, to_state, count(*) FROM complaints_orderevent GROUP BY 1, 2, 3")
    known, steps = _known_arrows(), {*STEPS, "register"}
    return [
        f"{name} {source} → {target} × {many}"
        for name, source, target, many in seen
        if ((name in steps) and (name, source, target) not in known) or (name not in steps and source != target)
    ]


STATES = """
SELECT number, concat('#', seq, ' ', from_state, ' → ', to_state, ' / ', state) FROM (
  SELECT o.number, o.state, e.seq, e.from_state, e.to_state,
         lag(e.to_state, 1, '') OVER life AS before, lead(e.seq) OVER life AS next
    FROM complaints_orderevent e JOIN complaints_order o ON o.id = e.order_id
   WHERE e.to_state <> ''
  WINDOW life AS (PARTITION BY e.order_id ORDER BY e.seq)) AS life
 WHERE from_state <> before OR (next IS NULL AND to_state <> state)
"""

ARCHIVED = """
SELECT o.number, o.archive_ground FROM complaints_order o
 WHERE o.state = 'archived' AND NOT CASE o.archive_ground
   WHEN 'answered_on_call' THEN o.kind NOT IN ('complaint', 'report_misconduct') AND o.kind <> '' AND o.category <> ''
   ELSE (EXISTS (SELECT FROM complaints_feedback f WHERE f.order_id = o.id AND f.status = 'accepted')
         OR EXISTS (SELECT FROM complaints_orderevent e WHERE e.order_id = o.id AND e.name = 'answer_by_outage'))
        AND CASE o.archive_ground
          WHEN 'anonymous' THEN o.anonymous
          WHEN 'callback' THEN EXISTS (SELECT FROM complaints_contact c WHERE c.order_id = o.id
            AND c.purpose = 'callback' AND c.round = o.reopenings AND c.result = 'reached' AND c.answered)
          WHEN 'unreachable' THEN NOT EXISTS (SELECT FROM complaints_contact c WHERE c.order_id = o.id
            AND c.purpose = 'callback' AND c.round = o.reopenings AND c.result = 'reached')
            AND EXISTS (SELECT FROM complaints_contact c WHERE c.order_id = o.id AND c.purpose = 'callback')
          ELSE false END
   END
"""

LEADS = """
SELECT o.number, o.state FROM complaints_order o
 WHERE o.lead_department_id IS NULL AND o.state IN ('classified', 'investigated', 'resolved')
    OR o.lead_department_id IS NULL AND o.state IN ('callback', 'archived') AND o.archive_ground <> 'answered_on_call'
       AND NOT EXISTS (SELECT FROM complaints_orderevent e WHERE e.order_id = o.id AND e.name = 'answer_by_outage')
    OR o.state = 'registered' AND o.lead_department_id IS NOT NULL
UNION ALL
SELECT o.number, concat('→ ', m.number) FROM complaints_order o LEFT JOIN complaints_order m ON m.id = o.master_id
 WHERE (o.state = 'merged') <> (o.master_id IS NOT NULL) OR m.id = o.id OR m.state = 'merged' OR m.kind <> o.kind
"""

# --- keys -----------------------------------------------------------------------------------------------------------


def _unique(table: str, *names: str) -> Callable[[], list[str]]:
    """No two rows share these columns, and a unique key still sees to it."""

    def find() -> list[str]:
        key = ", ".join(names)
        twice = rows(
            f"SELECT {key}, count(*) FROM {table} WHERE ({key}) IS NOT NULL"  # noqa: S608 - our own names
            f" GROUP BY {key} HAVING count(*) > 1 LIMIT {MOST + 1}"
        )
        found = [" ".join(map(str, row)) for row in twice]
        return found if _has_key(table, names) else [*found, _g("%(table)s 没有唯一约束") % {"table": table}]

    return find


def _has_key(table: str, names: tuple[str, ...]) -> bool:
    valid = rows(
        "SELECT array(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY(indkey))"
        "  FROM pg_index WHERE indrelid = %s::regclass AND indisunique AND indisvalid AND indpred IS NULL",
        [table],
    )
    return any(set(columns) == set(names) for (columns,) in valid)


def _both(*checks: Callable[[], list[str]]) -> Callable[[], list[str]]:
    return lambda: list(_all(checks))[: MOST + 1]


def _all(checks: tuple[Callable[[], list[str]], ...]) -> Iterator[str]:
    for check in checks:
        yield from check()


ORDERS = Order._meta.db_table
INVARIANTS: tuple[Invariant, ...] = (
    Invariant(1, _("到期日等于按规则重新计算的结果"), due_dates_follow_from_the_rules),
    Invariant(5, _("到期日的每次变动恰有一条经过"), told(DUE_CHAIN)),
    Invariant(6, _("经过序号连续，时间倒退有标记"), _both(told(SEQUENCE), told(SKEW))),
    Invariant(13, _("经过的每一步都是流程中的一步，末步即现状"), _both(steps_are_edges, told(STATES))),
    Invariant(14, _("归档的工单有已通过的反馈和回访结果"), told(ARCHIVED)),
    Invariant(15, _("派出的工单恰有一个责任部门，并单不成链"), told(LEADS)),
    Invariant(
        17,
        _("同一请求、同一导入行只生效一次"),
        _both(_unique("people_requestkey", "user_id", "key"), _unique("complaints_call", "source_key")),
    ),
    Invariant(18, _("工单编号不重复"), _unique(ORDERS, "number")),
)
