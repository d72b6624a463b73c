"""What must be true of extensions and money at any time (invariants 3, 4, 7-12, 16); ``manage.py audit`` and
``audit_ledger`` run them."""

from itertools import islice

from django.db import connection
from django.utils.translation import gettext_lazy as _

from complaints.invariants import MOST, Invariant, told
from escalation.models import PenaltyMonth
from escalation.services.compare import differences
from escalation.services.months import digest
from policy import rulebook

GUARDS = ("penalty_month_open", "escalation_penalty_no_change", "escalation_penaltymonth_no_change")


# 3: nothing is due beyond day 30; one request of a kind waits at a time.
EXTENDED = """
SELECT o.number, o.due_on::text FROM complaints_order o WHERE o.cap_on IS NOT NULL AND o.due_on > o.cap_on
UNION ALL
SELECT o.number, a.kind FROM escalation_approval a JOIN complaints_order o ON o.id = a.order_id
 WHERE a.status = 'pending' GROUP BY o.number, a.kind HAVING count(*) > 1
"""

# 4: a granted extension never moves the date backwards; a hand-over never moves it at all (A13).
NEVER_EARLIER = """
SELECT o.number, concat(e.data->>'from', ' → ', e.data->>'to') FROM escalation_approval a
  JOIN complaints_order o ON o.id = a.order_id
  JOIN complaints_orderevent e ON e.order_id = a.order_id AND e.name = 'reschedule' AND e.at = a.closed_at
 WHERE a.kind = 'extension' AND a.status = 'approved' AND (e.data->>'to')::date < (e.data->>'from')::date
UNION ALL
SELECT o.number, e.name FROM complaints_orderevent e JOIN complaints_order o ON o.id = e.order_id
 WHERE e.name IN ('transfer', 'reject_dispatch', 'rule_dispatch') AND e.data ? 'due_on'
"""

# 16: nobody decides what he asked for, or what was asked in his place; nobody two rungs of one case.
DECIDED_BY = """
SELECT o.number, concat(a.kind, ' #', s.position) FROM escalation_approvalstep s
  JOIN escalation_approval a ON a.id = s.approval_id JOIN complaints_order o ON o.id = a.order_id
 WHERE s.decided_by_id IS NOT NULL
   AND (s.decided_by_id IN (a.requested_by_id, a.acting_for_id) OR s.acting_for_id = a.requested_by_id
        OR EXISTS (SELECT FROM escalation_approvalstep t WHERE t.approval_id = s.approval_id AND t.id < s.id
                    AND t.decided_by_id = s.decided_by_id))
UNION ALL
SELECT o.number, concat(a.kind, ' ', a.status) FROM escalation_approval a JOIN complaints_order o ON o.id = a.order_id
 WHERE a.status = 'approved' AND EXISTS (SELECT FROM escalation_approvalstep s
                                          WHERE s.approval_id = a.id AND s.decision NOT IN ('approved', 'passed_up'))
"""


def as_expected() -> list[str]:
    """7: expected minus ledger and ledger minus expected are both empty."""
    return [str(one) for one in islice(differences(rulebook.current()), MOST + 1)]


# 8: a void row mirrors the row it takes back, and the guards of the table stand.
VOIDS = """
SELECT o.number, v.day::text FROM escalation_penalty v JOIN escalation_penalty p ON p.id = v.voids_id
  JOIN complaints_order o ON o.id = v.order_id
 WHERE (v.order_id, v.day, v.kind, v.department_id, v.generation) IS DISTINCT FROM
       (p.order_id, p.day, p.kind, p.department_id, p.generation)
    OR v.amount <> -p.amount OR p.voids_id IS NOT NULL
    OR (v.bars <> (v.cause IN ('waived', 'appealed')))
"""


def guarded() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled <> 'D'", [list(GUARDS)])
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in GUARDS if name not in found]


# 9: rate of the policy in force that day, times the persons recorded for it.
RATES = """
SELECT o.number, p.day || ' ' || p.rate FROM escalation_penalty p JOIN complaints_order o ON o.id = p.order_id
  JOIN LATERAL (SELECT * FROM policy_policy WHERE effective_from <= p.day
                 ORDER BY effective_from DESC LIMIT 1) r ON true
  LEFT JOIN people_departmentheadcount h ON h.id = p.headcount_id
 WHERE p.kind <> 'cap' AND (
       p.policy_id <> r.id
    OR p.rate <> CASE p.kind WHEN 'overdue' THEN r.overdue_rate_yuan WHEN 'repeat' THEN r.repeat_rate_yuan
                             ELSE r.unqualified_rate_yuan END
    OR abs(p.amount) <> p.rate * p.persons
    OR (p.persons_from = 'headcount' AND (h.id IS NULL OR h.department_id <> p.department_id OR h.valid_from > p.day
                                          OR h.count <> p.persons)))
"""

# 10: written after the day had ended, for a day after the due date, and never before the watermark reached it.
ENDED = """
SELECT o.number, p.day::text FROM escalation_penalty p JOIN complaints_order o ON o.id = p.order_id
 WHERE p.voids_id IS NULL AND p.kind = 'overdue'
   AND (p.day >= (p.at AT TIME ZONE 'Asia/Shanghai')::date
        OR p.day > (SELECT settled_through FROM escalation_ledgerstate)
        OR (p.day <= o.due_on AND NOT EXISTS (SELECT FROM escalation_penalty v WHERE v.voids_id = p.id)))
"""

# 11: at most one live charge of each ruling kind per order; replaced means replaced.
ONCE = """
SELECT o.number, string_agg(p.kind, ' ') FROM escalation_penalty p JOIN complaints_order o ON o.id = p.order_id
  JOIN policy_policy r ON r.id = p.policy_id
 WHERE p.voids_id IS NULL AND p.kind IN ('unqualified', 'repeat')
   AND NOT EXISTS (SELECT FROM escalation_penalty v WHERE v.voids_id = p.id)
 GROUP BY o.number
HAVING count(*) > count(DISTINCT p.kind)
    OR (count(*) > 1 AND bool_or(p.kind = 'repeat' AND r.repeat_penalty_mode = 'replace'))
"""


# B5: an unqualified ruling charges only an on-time feedback; a repeat only after a confirmed unqualified ruling.
GROUNDED = """
SELECT o.number, r.kind FROM escalation_ruling r JOIN complaints_order o ON o.id = r.order_id
 WHERE r.status = 'confirmed' AND r.charges
   AND ((r.kind = 'unqualified' AND (SELECT on_time FROM complaints_feedback f WHERE f.order_id = r.order_id
                                      AND f.status = 'accepted' ORDER BY f.id LIMIT 1) IS FALSE)
     OR (r.kind = 'repeat' AND NOT EXISTS (SELECT FROM escalation_ruling u WHERE u.order_id = r.order_id
                                            AND u.kind = 'unqualified' AND u.status = 'confirmed')))
"""


def months_unchanged() -> list[str]:
    """12: rows, total and hash of every confirmed month are what they were."""
    broken = []
    for month in PenaltyMonth.objects.order_by("month"):
        now = digest(month.month)
        if (now.rows, now.total, now.sha256) != (month.rows, month.total, month.sha256):
            broken.append(f"{month} {month.total} → {now.total}")
    return broken


INVARIANTS = (
    Invariant(3, _("到期日不超过第 30 个工作日，延期一次一件"), told(EXTENDED)),
    Invariant(4, _("延期只会推后到期日，改派不改到期日"), told(NEVER_EARLIER)),
    Invariant(7, _("每个逾期工作日恰有一条有效扣罚，与应有的一致"), as_expected),
    Invariant(8, _("扣罚只增不改，撤销与原条相抵"), told(VOIDS)),
    Invariant(8, _("扣罚表的数据库保护有效"), guarded),
    Invariant(9, _("金额等于当天标准乘当天人数"), told(RATES)),
    Invariant(10, _("未结束的日子、未到期的日子没有扣罚"), told(ENDED)),
    Invariant(11, _("裁定扣罚每单至多一次，替代的不叠加"), told(ONCE)),
    Invariant(11, _("裁定扣罚有其依据"), told(GROUNDED)),
    Invariant(12, _("已确认月份的合计和摘要不变"), months_unchanged),
    Invariant(16, _("申请人不审批自己的申请，每级只定一次"), told(DECIDED_BY)),
)
