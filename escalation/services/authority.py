"""Who may decide on an order, on a day: the chain of A29 read from dated posts.

A rung is the first level that has somebody left: the head of the lead department, else of a department above it, else
the deputy leader, else the main leader. Nobody decides who asked, handles the order, stands in for either, or is the
one reported; substitutes decide on the days of their posts (B21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from complaints.models import Order
from escalation.vocabulary import Rung
from people.models import Assignment
from people.roles import Role
from people.standing import DepartmentTree, department_tree, valid_on

ROLES: dict[Rung, tuple[Role, ...]] = {
    Rung.HEAD: (Role.STATION_HEAD, Role.DEPARTMENT_HEAD),
    Rung.HOTLINE_DIRECTOR: (Role.HOTLINE_DIRECTOR,),
    Rung.ADJUDICATOR: (Role.ADJUDICATOR,),
    Rung.DEPUTY_LEADER: (Role.DEPUTY_LEADER,),
    Rung.MAIN_LEADER: (Role.MAIN_LEADER,),
}
ABOVE: dict[Rung, Rung] = {
    Rung.HEAD: Rung.DEPUTY_LEADER,
    Rung.HOTLINE_DIRECTOR: Rung.DEPUTY_LEADER,
    Rung.ADJUDICATOR: Rung.DEPUTY_LEADER,
    Rung.DEPUTY_LEADER: Rung.MAIN_LEADER,
}


@dataclass(frozen=True)
class Seat:
    """Somebody who may decide: in own right, or on the day as the substitute of ``acting_for_id``."""

    user_id: int
    name: str
    role: Role
    department_id: int
    department: str
    acting_for_id: int | None

    def is_one_of(self, people: Collection[int]) -> bool:
        return self.user_id in people or self.acting_for_id in people


class Authority:
    """The deciding posts of one day: two queries, then any number of questions."""

    def __init__(self, on: date, tree: DepartmentTree | None = None) -> None:
        self.on = on
        self.tree = tree or department_tree()
        self._seats: dict[Role, list[Seat]] = defaultdict(list)
        wanted = {role for roles in ROLES.values() for role in roles}
        rows = (
            Assignment.objects.filter(valid_on(on), role__in=wanted, user__is_active=True)
            .order_by("id")
            .values_list(
                "user_id", "user__name", "role", "department_id", "department__name", "substitute_for__user_id"
            )
        )
        for user_id, name, role, department_id, department, acting_for_id in rows:
            seat = Seat(user_id, name, Role(role), department_id, department, acting_for_id)
            self._seats[seat.role].append(seat)

    def deciders(self, order: Order, rung: Rung, barred: Collection[int]) -> list[Seat]:
        """Everybody who may decide this rung for the order; empty when the whole chain above is barred or vacant."""
        found = self._heads(order, barred) if rung == Rung.HEAD else self._free(order, rung, barred)
        if found or rung not in ABOVE:
            return found
        return self.deciders(order, ABOVE[rung], barred)

    def seat_of(self, user_id: int, order: Order, rung: Rung, barred: Collection[int]) -> Seat | None:
        """The seat this person decides from, own posts before substitute posts; None when it is not theirs."""
        seats = [seat for seat in self.deciders(order, rung, barred) if seat.user_id == user_id]
        return min(seats, key=lambda seat: seat.acting_for_id is not None) if seats else None

    def heads_over(self, order: Order, barred: Collection[int] = ()) -> list[Seat]:
        """The heads of the lead department or of the nearest one above that has any; may be empty."""
        return self._heads(order, barred)

    def _heads(self, order: Order, barred: Collection[int]) -> list[Seat]:
        node = self.tree.nodes.get(order.lead_department_id or 0)
        for department_id in reversed(node.path if node else ()):
            found = [seat for seat in self._free(order, Rung.HEAD, barred) if seat.department_id == department_id]
            if found:
                return found
        return []

    def _free(self, order: Order, rung: Rung, barred: Collection[int]) -> list[Seat]:
        seats: Iterable[Seat] = (seat for role in ROLES[rung] for seat in self._seats[role])
        return [seat for seat in seats if not seat.is_one_of(barred) and not self._is_reported(seat, order)]

    def _is_reported(self, seat: Seat, order: Order) -> bool:
        """A27: a report never comes before the reported person or the head of the reported department."""
        if seat.user_id == order.reported_person_id:
            return True
        reported = order.reported_department_id
        heads = {Role.STATION_HEAD, Role.DEPARTMENT_HEAD}
        return reported is not None and seat.role in heads and reported in self.tree.below([seat.department_id])
