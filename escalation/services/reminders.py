"""Who is reminded of which deadline, when: up the real chain, in working time unless urgent, one digest per person.

A deadline is in exactly one stage at any moment; a stage is told once to each person. Rows only: the messages are
another app's, which reads ``Digest`` rows whose slot has come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from escalation.models import Approval, Deadline, Digest, Reminder
from escalation.rules import RULES, rule
from escalation.services.authority import Authority
from escalation.services.cases import barred_from, open_step
from escalation.vocabulary import ApprovalStatus, Rung, Stage
from people.models import User
from people.roles import Role
from people.standing import contacts, holders
from policy import rulebook
from policy.limits import SHANGHAI, end_of, shanghai_day
from policy.models import Policy
from policy.rulebook import Rulebook
from policy.workdays import Calendar, add_workdays, next_workday, workdays_between

BATCH = 5000
HOUR = timedelta(hours=1)

# Whose duty → stage → who hears of it: handler, ticket contact, head, hotline director, deputy leader.
LADDER: dict[str, dict[Stage, tuple[str, ...]]] = {
    "department": {
        Stage.BEFORE: ("handler",),
        Stage.DUE: ("handler", "contact"),
        Stage.LATE_1: ("handler", "contact", "head"),
        Stage.LATE_2: ("head", "director"),
        Stage.LATE_3: ("director", "deputy"),
    },
    "hotline": {
        Stage.BEFORE: (),
        Stage.DUE: ("director",),
        Stage.LATE_1: ("director",),
        Stage.LATE_2: ("director",),
        Stage.LATE_3: ("deputy",),
    },
}
SECOND, THIRD = 2, 3


@dataclass(frozen=True)
class Window:
    """The deadlines of one stage: due after ``after`` and not later than ``until``; without ``after`` since ever."""

    stage: Stage
    until: datetime
    after: datetime | None


def windows(now: datetime, policy: Policy, calendar: Calendar) -> list[Window]:
    """The stages as ranges of due instants; they do not overlap, so a long sleep tells only the highest."""
    today = shanghai_day(now)
    soon = end_of(add_workdays(today, policy.due_soon_days, calendar).date, policy)
    third, second = (end_of(days_ago(today, n, calendar), policy) for n in (THIRD, SECOND))
    return [
        Window(Stage.LATE_3, third, None),
        Window(Stage.LATE_2, second, third),
        Window(Stage.LATE_1, now, second),
        Window(Stage.DUE, end_of(today, policy), now),
        Window(Stage.BEFORE, soon, end_of(today, policy)),
    ]


def days_ago(today: date, n: int, calendar: Calendar) -> date:
    """The last day since which at least n working days have begun, today included."""
    day = today
    while workdays_between(day, today, calendar) < n:
        day -= timedelta(days=1)
    return day


def slot_for(now: datetime, policy: Policy, calendar: Calendar) -> datetime:
    """When a reminder that is not urgent may go out: the next full hour within working time."""
    local = now.astimezone(SHANGHAI)
    hour = local.replace(minute=0, second=0, microsecond=0)
    hour = hour if hour == local else hour + HOUR
    if calendar.is_workday(local.date()) and hour.date() == local.date() and hour.time() <= policy.reminders_until:
        opening = datetime.combine(local.date(), policy.reminders_from, tzinfo=SHANGHAI)
        return max(hour, opening)
    day = next_workday(local.date() + timedelta(days=1), calendar)
    return datetime.combine(day, policy.reminders_from, tzinfo=SHANGHAI)


def settle_reminders(now: datetime, *, book: Rulebook | None = None) -> int:
    """Inserts the reminders that should exist by ``now`` and do not; returns how many deadlines were spoken of."""
    book = book or rulebook.current()
    policy = book.policy_on(shanghai_day(now))
    told = 0
    for window in windows(now, policy, book.calendar):
        while found := _remind(window, now=now, policy=policy, calendar=book.calendar):
            told += found
            if found < BATCH:
                break
    return told + _remind_deciders(now=now, policy=policy, calendar=book.calendar)


REMINDED_OF = [one.code for one in RULES if one.reminds]
URGENT = [one.code for one in RULES if one.urgent]


@transaction.atomic(savepoint=False)
def _remind(window: Window, *, now: datetime, policy: Policy, calendar: Calendar) -> int:
    rows = Deadline.objects.filter(
        ~Exists(Reminder.objects.filter(deadline=OuterRef("pk"), stage=window.stage)),
        met_at__isnull=True,
        dropped_at__isnull=True,
        due_at__lte=window.until,
        rule__in=REMINDED_OF,
    )
    if window.after is not None:
        rows = rows.filter(due_at__gt=window.after)
    if window.stage in {Stage.BEFORE, Stage.DUE}:
        rows = rows.exclude(rule__in=URGENT)
    found = list(rows.select_related("order").order_by("pk")[:BATCH])
    if not found:
        return 0
    chain = Chain(shanghai_day(now), found)
    wanted = [(row, user) for row in found for user in chain.of(row, window.stage)]
    usual, at_once = slot_for(now, policy, calendar), now.replace(second=0, microsecond=0)
    _insert(wanted, window.stage, now=now, slots={row.pk: _slot(row, usual, at_once) for row in found})
    return len(found) if wanted else 0


def _slot(row: Deadline, usual: datetime, at_once: datetime) -> datetime:
    known = rule(row.rule)
    return at_once if known is not None and known.urgent else usual


def _insert(wanted: list[tuple[Deadline, int]], stage: Stage, *, now: datetime, slots: dict[int, datetime]) -> None:
    pairs = {(user, slots[row.pk]) for row, user in wanted}
    Digest.objects.bulk_create(
        [Digest(user_id=user, slot=slot, created_at=now) for user, slot in sorted(pairs)], ignore_conflicts=True
    )
    rows = Digest.objects.filter(user_id__in={u for u, _s in pairs}, slot__in={s for _u, s in pairs})
    digests = {(row.user_id, row.slot): row.pk for row in rows}
    Reminder.objects.bulk_create(
        [
            Reminder(
                deadline=row, stage=stage, user_id=user, order_id=row.order_id, digest_id=digests[user, slots[row.pk]]
            )
            for row, user in wanted
        ],
        ignore_conflicts=True,
    )


class Chain:
    """The people of the chain for a batch of deadlines, read in a few statements."""

    def __init__(self, on: date, rows: Iterable[Deadline]) -> None:
        self.authority = Authority(on)
        departments = {row.department_id for row in rows if row.department_id}
        self.contacts = {pk: [user.pk for user in users] for pk, users in contacts(departments, on).items()}
        self.directors = [user.pk for user in holders(Role.HOTLINE_DIRECTOR, on=on)]

    def of(self, row: Deadline, stage: Stage) -> list[int]:
        known = rule(row.rule)
        posts = LADDER[known.duty if known else "department"][stage]
        found = [user for post in posts for user in self._post(post, row)]
        return [pk for pk in dict.fromkeys(found) if pk != row.order.reported_person_id]

    def _post(self, post: str, row: Deadline) -> Iterator[int]:
        order = row.order
        desk = self.contacts.get(row.department_id or 0, [])
        if post == "handler":
            own = order.handler_id if row.department_id == order.lead_department_id else None
            yield from [own] if own else desk[:1]
        elif post == "contact":
            yield from desk[:1]
        elif post == "head":
            yield from (seat.user_id for seat in self.authority.heads_over(order))
        elif post == "director":
            yield from self.directors
        else:
            yield from (seat.user_id for seat in self.authority.deciders(order, Rung.DEPUTY_LEADER, ()))


@transaction.atomic(savepoint=False)
def _remind_deciders(*, now: datetime, policy: Policy, calendar: Calendar) -> int:
    """Whoever has to decide about an order hears of it one working day before the order falls due (A4)."""
    today = shanghai_day(now)
    until = end_of(add_workdays(today, policy.due_soon_days, calendar).date, policy)
    cases = list(
        Approval.objects.filter(status=ApprovalStatus.PENDING, order__due_at__lte=until)
        .select_related("order")
        .prefetch_related("steps")
    )
    if not cases:
        return 0
    answers = {
        row.order_id: row
        for row in Deadline.objects.filter(Q(rule="answer"), order_id__in=[case.order_id for case in cases])
    }
    authority = Authority(today)
    wanted: dict[Deadline, set[int]] = defaultdict(set)
    for case in cases:
        steps = list(case.steps.all())
        turn, row = open_step(steps), answers.get(case.order_id)
        if turn is not None and row is not None:
            seats = authority.deciders(case.order, Rung(turn.rung), barred_from(case, steps))
            wanted[row].update(seat.user_id for seat in seats)
    known = set(Reminder.objects.filter(deadline__in=wanted, stage=Stage.BEFORE).values_list("deadline_id", "user_id"))
    new = [(row, user) for row, users in wanted.items() for user in sorted(users) if (row.pk, user) not in known]
    slot = slot_for(now, policy, calendar)
    _insert(new, Stage.BEFORE, now=now, slots={row.pk: slot for row, _user in new})
    return len(new)


def digest_of(user: User, *, now: datetime) -> list[Reminder]:
    """What one person was reminded of in the newest slot that has come."""
    newest = Digest.objects.filter(user=user, slot__lte=now).order_by("-slot").first()
    if newest is None:
        return []
    return list(newest.reminders.select_related("order", "deadline").order_by("deadline__due_at"))
