"""Who reads money and who decides about it: one function per right, all from dated posts (B4, S4-R49, R52)."""

from collections.abc import Collection

from complaints.models import Order
from complaints.permissions import PARTY_ADMIN_OFFICE, post_of
from people.roles import DEPARTMENT_STAFF, HEADS, LEADERS, Role
from people.standing import Post, Standing, department_tree

READS_ALL_MONEY = frozenset({*LEADERS, Role.MANAGER, Role.ADJUDICATOR, Role.HOTLINE_DIRECTOR, Role.AUDITOR})


def ledger_departments(who: Standing) -> frozenset[int] | None:
    """Departments whose lines this person reads; None for all of them."""
    if who.roles & READS_ALL_MONEY:
        return None
    return who.departments(*DEPARTMENT_STAFF) | (who.subtree_ids if who.has(*HEADS) else frozenset())


def may_read_money(who: Standing) -> bool:
    """Anybody but those with accounts and configuration only, and agents, who charge nobody."""
    seen = ledger_departments(who)
    return seen is None or bool(seen)


def may_confirm_months(who: Standing) -> bool:
    """B8: the Party & Admin Office confirms the ledger's month."""
    return who.has(Role.ADJUDICATOR)


def may_release_holds(who: Standing) -> bool:
    """B18: a person who answers for time and money."""
    return who.has(Role.MANAGER, Role.ADJUDICATOR)


def may_propose(who: Standing) -> Post | None:
    """A14: the hotline director proposes rulings, and gives overdue days to late parts (A12)."""
    return post_of(who, {Role.HOTLINE_DIRECTOR})


def office_id() -> int | None:
    found = department_tree().by_code.get(PARTY_ADMIN_OFFICE)
    return found.id if found else None


def decides_first(who: Standing, *, parties: Collection[int]) -> Post | None:
    """Who confirms: the adjudicator, or the deputy leader where the Party & Admin Office is a party (B4)."""
    role = Role.DEPUTY_LEADER if office_id() in parties else Role.ADJUDICATOR
    return post_of(who, {role})


def hears_appeals(who: Standing, *, parties: Collection[int], office_decided: bool) -> Post | None:
    """B4: where the office is a party or took the first decision, a leader hears the appeal; else the adjudicator."""
    if office_decided or office_id() in parties:
        return post_of(who, LEADERS)
    return post_of(who, {Role.ADJUDICATOR})


def speaks_for(who: Standing, department: int) -> Post | None:
    """Ticket contact or head of the department that pays."""
    return post_of(who, {Role.TICKET_CONTACT, *HEADS}, [department])


def parties_of(order: Order) -> set[int]:
    return {pk for pk in (order.lead_department_id, order.reported_department_id) if pk}
