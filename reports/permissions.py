"""Who reads the report, whose lines, and who may click through to the orders (S4-R38, B19).

Figures are the company's: what is published says the same to everybody. The orders behind a figure are a list like
any other and stay within ``visible_to``."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import Standing
from policy.models import Policy

SEES_ALL_LINES = HOTLINE | LEADERS | {Role.MANAGER, Role.AUDITOR, Role.ADJUDICATOR}
READERS = SEES_ALL_LINES | DEPARTMENT_STAFF
CHECKERS = HEADS | {Role.TICKET_CONTACT}
PREPARERS = CHECKERS | LEADERS | {Role.HOTLINE_DIRECTOR, Role.MANAGER, Role.ADJUDICATOR, Role.AUDITOR}
"""Those who draw up, check, confirm, sign and audit a report: they see it before it is published (A21, B17)."""
WATCHERS = HOTLINE | HEADS | LEADERS | {Role.MANAGER}
KEEPERS = frozenset({Role.MANAGER, Role.HOTLINE_DIRECTOR})


def may_read(who: Standing) -> bool:
    return who.has(*READERS)


def may_analyse(who: Standing) -> bool:
    """Those who read every line whatever the numbers of the rules say."""
    return who.has(*SEES_ALL_LINES)


def may_file(who: Standing) -> bool:
    """Whoever works with orders fills in forms; auditor and adjudicator only read."""
    return who.has(*(READERS - {Role.AUDITOR, Role.ADJUDICATOR}))


def may_generate(who: Standing) -> bool:
    return who.has(*KEEPERS)


def may_prepare(who: Standing) -> bool:
    return who.has(*PREPARERS)


def own_departments(who: Standing) -> frozenset[int]:
    """Departments whose line is this person's own: posts, and below them for heads."""
    below = who.subtree_ids if who.has(*HEADS) else frozenset()
    return who.departments(*DEPARTMENT_STAFF) | below


def may_check(who: Standing, department: int) -> bool:
    """Contact or head of the department, or a head above it."""
    if who.has(*HEADS) and department in who.subtree_ids:
        return True
    return who.holds(department, *CHECKERS)


@dataclass(frozen=True)
class Reach:
    """Which lines a person reads, and which of them lead to their orders."""

    every_line: bool
    every_order: bool
    own: Collection[int]

    def reads(self, department: int | None) -> bool:
        return self.every_line or department in self.own

    def opens(self, department: int | None) -> bool:
        return self.every_order or department in self.own

    def before_publication(self, who: Standing) -> "Reach":
        """Until the report is published, departments' lines side by side are for those who work on it, and for posts
        that read every order anyway; everybody else has the own line."""
        return replace(self, every_line=self.every_line and (may_prepare(who) or may_analyse(who)))


def reach_of(who: Standing, policy: Policy) -> Reach:
    all_lines = who.has(*SEES_ALL_LINES)
    return Reach(
        every_line=all_lines or policy.report_shows_others,
        every_order=who.has(*(SEES_ALL_LINES - {Role.ADJUDICATOR})),
        own=own_departments(who),
    )
