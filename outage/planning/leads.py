"""How early each medium must know of a planned outage, and until when that can still be kept (S2-R01, A22).

Outside fact 3: seven days for planned, 24 hours for temporary work. A medium without a number is not enforced.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import ImportantUser
from outage.planning.vocabulary import NAMED_BY_STANDARD, Medium, PlanKind, State, Subject
from policy.models import Policy
from policy.rulebook import policy_on

if TYPE_CHECKING:
    from outage.planning.models import NoticeLead, OutagePlan, PlanAnnouncement

HOURS_A_DAY = 24


@dataclass(frozen=True)
class Lead:
    """``hours`` None: not enforced. ``basis`` says where the number comes from."""

    medium: Medium
    hours: int | None
    basis: str


def leads_on(kind: str, on: date, rows: Iterable[NoticeLead], policy: Policy) -> dict[Medium, Lead]:
    """The lead time of every medium for plans approved on that day. Pure: ``rows`` are those of the kind.

    1. the newest row of the medium not after the day, if it has a number;
    2. else, for planned work in the media S2-R01 names, ``Policy.planned_notice_days``;
    3. else none.
    """
    newest: dict[str, NoticeLead] = {}
    for row in sorted(rows, key=lambda one: one.effective_from):
        if row.kind == kind and row.effective_from <= on:
            newest[row.medium] = row
    found = {}
    for medium in Medium:
        own = newest.get(medium)
        if own is not None and own.hours is not None:
            found[medium] = Lead(medium, own.hours, own.basis)
        elif kind == PlanKind.PLANNED and medium in NAMED_BY_STANDARD and policy.planned_notice_days:
            found[medium] = Lead(medium, policy.planned_notice_days * HOURS_A_DAY, _("规则数值：计划停电提前公告"))
        else:
            found[medium] = Lead(medium, None, "")
    return found


@dataclass(frozen=True)
class Owed:
    """One medium of a round: until when, and what was posted."""

    medium: Medium
    hours: int | None
    basis: str
    due_at: datetime | None
    posted: PlanAnnouncement | None

    def state(self, now: datetime) -> str:
        """``done``, ``late`` (posted too late), ``missed`` (past its time), ``waiting``, ``free`` (not enforced)."""
        if self.posted is not None:
            return "done" if self.posted.in_time else "late"
        if self.due_at is None:
            return "free"
        return "missed" if now > self.due_at else "waiting"


def owed_for(plan: OutagePlan, *, starts_at: datetime | None = None) -> list[Owed]:
    """Every medium of the plan's current round. A cancellation is owed, before the start, where the plan had been
    announced; important users are told where the areas hold some."""
    if plan.state == State.CANCELLED and plan.subject != Subject.CANCELLED:
        return []
    on = timezone.localdate(plan.approved_at or plan.updated_at)
    leads = leads_on(plan.kind, on, plan.lead_rows(), policy_on(on))
    begin = starts_at or plan.starts_at
    said = list(plan.announcements.all())
    posted = {row.medium: row for row in said if row.round == plan.round}
    before = {row.medium for row in said if row.round < plan.round}
    important = ImportantUser.objects.filter(customer__area__in=plan.areas.all()).exists()
    found = []
    for medium, lead in leads.items():
        hours = lead.hours
        if medium == Medium.IMPORTANT_USERS and not important:
            continue
        if plan.subject == Subject.CANCELLED:
            due = begin if medium in before else None
            if due is None:
                continue
        else:
            due = begin - timedelta(hours=hours) if hours is not None else None
        found.append(Owed(medium, hours, lead.basis, due, posted.get(medium)))
    return found


def unreachable(plan: OutagePlan, starts_at: datetime, now: datetime) -> list[Owed]:
    """The media whose lead time cannot be kept any more if the plan is approved now for that start."""
    return [one for one in owed_for(plan, starts_at=starts_at) if one.due_at is not None and now > one.due_at]


def unannounced(plan: OutagePlan) -> list[Owed]:
    """The media that must know and have not been told in this round."""
    return [one for one in owed_for(plan) if one.due_at is not None and one.posted is None]


def lead_text(hours: int) -> str:
    """7 天, or 24 小时 where it is no whole number of days or just one."""
    days, rest = divmod(hours, HOURS_A_DAY)
    return _("%(n)d 天") % {"n": days} if days > 1 and not rest else _("%(n)d 小时") % {"n": hours}
