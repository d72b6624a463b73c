"""The ledger in SQL: the same set as ``escalation.penalties.expected_penalties``, for any number of orders at once.

``owed(scope)`` gives common table expressions ending in ``owed(order_id, day, policy_id, rate, named, department_id)``.
Parameters: arrays ``days, ends, policies, rates, named`` (one element per day that is charged, A1), ``first`` and
``last`` (days), ``first_end`` (instant), ``ids`` where the scope names orders, ``zone``.
"""

DAYS = """
days AS (
    SELECT * FROM unnest(%(days)s::date[], %(ends)s::timestamptz[], %(policies)s::bigint[], %(rates)s::numeric[],
                         %(named)s::boolean[]) AS d(day, ends_at, policy_id, rate, named)
)"""

# Where the department's clock stopped: at the accepted feedback, else with the order (A11); the started day counts.
STOPPED = "coalesce((coalesce(o.department_stopped_at, o.closed_at) AT TIME ZONE %(zone)s)::date, 'infinity'::date)"

NAMED_ORDERS = "o.id = ANY(%(ids)s)"
EVERY_ORDER = "true"
# Days nobody has looked at yet concern orders still open, and those that ended since the first of them began.
LIVE_ORDERS = """(o.closed_at IS NULL OR o.id IN (
    SELECT order_id FROM complaints_orderevent
     WHERE name IN ('archive', 'merge', 'withdraw', 'answer_on_call') AND at >= %(first_end)s - interval '1 day'))"""

CANDIDATE = """
candidate AS (
    SELECT o.id, o.due_on, o.lead_department_id, {stopped} AS stopped_on
      FROM complaints_order o
     WHERE o.due_on < %(last)s AND {scope}
)"""

# Who led at 24:00 (B3): a hand-over names the department it took the order from, so the first one after the day's end
# tells who led on that day; without one it is whoever leads now.
HANDED = """
handed AS (
    SELECT DISTINCT ON (e.order_id, d.day) e.order_id, d.day, e.from_department_id
      FROM complaints_orderevent e JOIN days d ON e.at >= d.ends_at
     WHERE e.name IN ('classify', 'reject_dispatch', 'rule_dispatch', 'transfer') AND e.at >= %(first_end)s
       AND e.data ? 'lead' AND {handed_scope}
     ORDER BY e.order_id, d.day, e.seq
)"""

GIVEN = """
given AS (
    SELECT DISTINCT ON (order_id, day) order_id, day, department_id
      FROM escalation_reattribution
     WHERE day BETWEEN %(first)s AND %(last)s
     ORDER BY order_id, day, id DESC
)"""

OWED = """
owed AS (
    SELECT x.* FROM (
        SELECT c.id AS order_id, d.day, d.policy_id, d.rate, d.named,
               CASE WHEN h.order_id IS NULL THEN c.lead_department_id ELSE h.from_department_id END AS led_by,
               coalesce(g.department_id,
                        CASE WHEN h.order_id IS NULL THEN c.lead_department_id ELSE h.from_department_id END
               ) AS department_id
          FROM candidate c
          JOIN days d ON d.day > c.due_on AND d.day <= c.stopped_on
          LEFT JOIN handed h ON h.order_id = c.id AND h.day = d.day
          LEFT JOIN given g ON g.order_id = c.id AND g.day = d.day
    ) x
     WHERE x.led_by IS NOT NULL
       AND NOT EXISTS (SELECT FROM escalation_penalty b
                        WHERE b.voids_id IS NOT NULL AND b.bars
                          AND b.kind = 'overdue' AND b.order_id = x.order_id AND b.day = x.day
                          AND b.department_id = x.department_id)
)"""

HEADS = """
heads AS (
    SELECT DISTINCT ON (d.day, hc.department_id) d.day, hc.department_id, hc.id, hc.count
      FROM people_departmentheadcount hc JOIN days d ON hc.valid_from <= d.day
     ORDER BY d.day, hc.department_id, hc.valid_from DESC
)"""

VOIDED = """
voided AS (
    SELECT order_id, day, department_id, count(*) AS times
      FROM escalation_penalty
     WHERE voids_id IS NOT NULL AND kind = 'overdue' AND day BETWEEN %(first)s AND %(last)s
     GROUP BY order_id, day, department_id
)"""

COLUMNS = """(order_id, day, kind, department_id, generation, rate, persons, amount, month, policy_id, persons_from,
              headcount_id, calendar_version, ruling_id, voids_id, cause, bars, reason, at)"""

CHARGE = """
INSERT INTO escalation_penalty {columns}
SELECT w.order_id, w.day, 'overdue', w.department_id, coalesce(v.times, 0), w.rate, n.persons, w.rate * n.persons,
       greatest(date_trunc('month', w.day)::date, %(open_month)s), w.policy_id,
       CASE WHEN w.named AND n.persons > 0 THEN 'named' WHEN w.named OR h.id IS NULL THEN 'nothing'
            ELSE 'headcount' END,
       CASE WHEN w.named THEN NULL ELSE h.id END, %(calendar)s, NULL, NULL, '', false, '', %(now)s
  FROM owed w
  LEFT JOIN heads h ON h.day = w.day AND h.department_id = w.department_id
  LEFT JOIN voided v ON v.order_id = w.order_id AND v.day = w.day AND v.department_id = w.department_id
 CROSS JOIN LATERAL (
    SELECT CASE WHEN w.named THEN (
        SELECT count(*)::int FROM escalation_namedperson p
         WHERE p.order_id = w.order_id AND p.department_id = w.department_id AND p.since <= w.day
    ) ELSE coalesce(h.count, 0) END AS persons
 ) n
ON CONFLICT DO NOTHING
"""

# What stands and is owed no more is taken back by a second row (A4, B2, F21); who else owes the day is said.
VOID = """
INSERT INTO escalation_penalty {columns}
SELECT p.order_id, p.day, p.kind, p.department_id, p.generation, p.rate, p.persons, -p.amount,
       greatest(p.month, %(open_month)s), p.policy_id, p.persons_from, p.headcount_id, p.calendar_version, p.ruling_id,
       p.id,
       CASE WHEN EXISTS (SELECT FROM owed w WHERE w.order_id = p.order_id AND w.day = p.day)
            THEN 'reattributed' ELSE 'not_owed' END,
       false, '', %(now)s
  FROM escalation_penalty p
 WHERE p.voids_id IS NULL AND p.kind = 'overdue' AND p.day BETWEEN %(first)s AND %(last)s AND {line_scope}
   AND NOT EXISTS (SELECT FROM escalation_penalty v WHERE v.voids_id = p.id)
   AND NOT EXISTS (SELECT FROM owed w
                    WHERE w.order_id = p.order_id AND w.day = p.day AND w.department_id = p.department_id)
ON CONFLICT DO NOTHING
"""

# Rulings: once per order and kind, dated on the decision (A14); a repeat instead of the unqualified one (A15).
RULED = """
ruled AS (
    SELECT r.id AS ruling_id, r.order_id, r.decided_on AS day, r.kind, r.department_id, pol.id AS policy_id,
           CASE r.kind WHEN 'repeat' THEN pol.repeat_rate_yuan ELSE pol.unqualified_rate_yuan END AS rate,
           pol.penalty_persons = 'named_persons' AS named, hc.id AS headcount_id,
           CASE WHEN pol.penalty_persons = 'named_persons' THEN (
               SELECT count(*)::int FROM escalation_namedperson p
                WHERE p.order_id = r.order_id AND p.department_id = r.department_id AND p.since <= r.decided_on
           ) ELSE coalesce(hc.count, 0) END AS persons
      FROM escalation_ruling r
      JOIN LATERAL (SELECT * FROM policy_policy WHERE effective_from <= r.decided_on
                     ORDER BY effective_from DESC LIMIT 1) pol ON true
      LEFT JOIN LATERAL (SELECT id, count FROM people_departmentheadcount
                          WHERE department_id = r.department_id AND valid_from <= r.decided_on
                          ORDER BY valid_from DESC LIMIT 1) hc ON true
     WHERE r.order_id = ANY(%(ids)s) AND r.status = 'confirmed' AND r.charges
       AND NOT (r.kind = 'unqualified' AND EXISTS (
            SELECT FROM escalation_ruling again
              JOIN LATERAL (SELECT repeat_penalty_mode FROM policy_policy WHERE effective_from <= again.decided_on
                             ORDER BY effective_from DESC LIMIT 1) mode ON true
             WHERE again.order_id = r.order_id AND again.kind = 'repeat' AND again.status = 'confirmed'
               AND again.charges AND mode.repeat_penalty_mode = 'replace'))
       AND NOT EXISTS (SELECT FROM escalation_penalty b
                        WHERE b.voids_id IS NOT NULL AND b.bars
                          AND b.kind = r.kind AND b.order_id = r.order_id AND b.day = r.decided_on
                          AND b.department_id = r.department_id)
)"""

CHARGE_RULED = """
INSERT INTO escalation_penalty {columns}
SELECT w.order_id, w.day, w.kind, w.department_id,
       (SELECT count(*) FROM escalation_penalty v
         WHERE v.voids_id IS NOT NULL AND v.order_id = w.order_id AND v.day = w.day AND v.kind = w.kind
           AND v.department_id = w.department_id),
       w.rate, w.persons, w.rate * w.persons, greatest(date_trunc('month', w.day)::date, %(open_month)s), w.policy_id,
       CASE WHEN w.named AND w.persons > 0 THEN 'named' WHEN w.named OR w.headcount_id IS NULL THEN 'nothing'
            ELSE 'headcount' END,
       CASE WHEN w.named THEN NULL ELSE w.headcount_id END, %(calendar)s, w.ruling_id, NULL, '', false, '', %(now)s
  FROM ruled w
ON CONFLICT DO NOTHING
"""

VOID_RULED = """
INSERT INTO escalation_penalty {columns}
SELECT p.order_id, p.day, p.kind, p.department_id, p.generation, p.rate, p.persons, -p.amount,
       greatest(p.month, %(open_month)s), p.policy_id, p.persons_from, p.headcount_id, p.calendar_version, p.ruling_id,
       p.id, 'not_owed', false, '', %(now)s
  FROM escalation_penalty p
 WHERE p.voids_id IS NULL AND p.kind IN ('unqualified', 'repeat') AND p.order_id = ANY(%(ids)s)
   AND NOT EXISTS (SELECT FROM escalation_penalty v WHERE v.voids_id = p.id)
   AND NOT EXISTS (SELECT FROM ruled w WHERE w.ruling_id = p.ruling_id AND w.day = p.day)
ON CONFLICT DO NOTHING
"""


def owed(scope: str) -> str:
    """``WITH`` up to and including ``owed``, for the orders of a scope."""
    candidate = CANDIDATE.format(stopped=STOPPED, scope=scope)
    handed_scope = "e.order_id = ANY(%(ids)s)" if scope == NAMED_ORDERS else "true"
    parts = (DAYS, candidate, HANDED.format(handed_scope=handed_scope), GIVEN, OWED)
    return "WITH " + ",".join(parts)


def charge(scope: str) -> str:
    """Inserts what is owed and does not stand."""
    return owed(scope) + "," + HEADS + "," + VOIDED + CHARGE.format(columns=COLUMNS)


def take_back(scope: str) -> str:
    """Voids what stands and is not owed."""
    line_scope = "p.order_id = ANY(%(ids)s)" if scope == NAMED_ORDERS else "true"
    return owed(scope) + VOID.format(columns=COLUMNS, line_scope=line_scope)


def charge_ruled() -> str:
    return "WITH " + RULED + CHARGE_RULED.format(columns=COLUMNS)


def take_back_ruled() -> str:
    return "WITH " + RULED + VOID_RULED.format(columns=COLUMNS)
