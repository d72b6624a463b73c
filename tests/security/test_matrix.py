"""T10: roles × routes × methods × own and others' orders, against the table in ``expected``.

Every request runs in a savepoint that is rolled back, so no cell sees what another one did. A step that was let
through answers with its page, with the errors of an empty form, or with why it is too early; which of these is for
the tests of the workflow.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test.client import MULTIPART_CONTENT

from tests.security import expected_desk, expected_money
from tests.security.expected import (
    ACCEPTED,
    EARLY,
    ORDER_ROUTES,
    REVEAL,
    REVEALS,
    STEPS,
    members,
    pages,
    relations,
)
from tests.security.people_and_orders import ANONYMOUS, EVERYBODY, World
from tests.security.routes import order_address, page_addresses, url_names

pytestmark = pytest.mark.django_db

LETTERS = frozenset("vpldh")
NO_METHOD = frozenset({"login", "401", "403", "404", "405"})
OTHER_METHODS = ("PUT", "PATCH", "DELETE")
FEW = ("anonymous", "director", "contact", "manager", "admin")


class Cell(NamedTuple):
    route: str
    method: str
    who: str
    address: str
    wanted: frozenset[str]
    order: str = ""
    step: str = ""


def outcome(response: Any) -> str:
    """ "ok" for whoever was let in, else what kept him out."""
    status = response.status_code
    if status == 302:
        place = response["Location"].partition("?")[0]
        return {"/login/": "login", "/account/second-factor/": "second factor"}.get(place, "ok")
    return "ok" if status in {200, 201, 204, 400, 409, 422} else str(status)


def asked(world: World, cell: Cell) -> str:
    """The outcome of one request; nothing it wrote remains."""
    with transaction.atomic():
        client = world.client(cell.who)
        kind = "application/json" if "/api/" in cell.address else MULTIPART_CONTENT
        if cell.method == "GET":
            response = client.get(cell.address)
        elif cell.method == "POST":
            response = client.post(cell.address, {}, content_type=kind)
        else:
            response = client.generic(cell.method, cell.address, b"{}", content_type="application/json")
        transaction.set_rollback(True)
    return outcome(response)


def wrong(world: World, cells: Iterable[Cell]) -> list[str]:
    found = []
    for cell in cells:
        got = asked(world, cell)
        if got not in cell.wanted:
            place = " ".join(filter(None, (cell.route, cell.order, cell.step)))
            found.append(f"{cell.method} {place} as {cell.who}: {got}, should be {'/'.join(sorted(cell.wanted))}")
    if found:
        print("\n".join(found))  # noqa: T201 - all of them, where pytest shows the first
    return found


def refused(route: str, who: str, reason: str = "403") -> frozenset[str]:
    """What keeps this person out: not signed in comes before everything else."""
    if who in {ANONYMOUS, "disabled"}:
        return frozenset({"401" if route.startswith("api_") else "login"})
    return frozenset({reason})


# --- pages ------------------------------------------------------------------------------------------------------------


def page_cells(world: World, *, everybody: bool) -> Iterator[Cell]:
    addresses = page_addresses(world)
    for place, (route, row) in enumerate(pages().items()):
        for method in ("GET", "POST"):
            people: Iterable[str] = EVERYBODY if everybody or method in row else FEW
            people = people if everybody else sampled(people, place, members(row.get(method, "")))
            for who in people:
                yield Cell(route, method, who, addresses[route], page_wanted(route, method, who, row))
        for method in OTHER_METHODS:
            for who in EVERYBODY if everybody else FEW[1:3]:
                yield Cell(route, method, who, addresses[route], NO_METHOD)


def page_wanted(route: str, method: str, who: str, row: dict[str, str]) -> frozenset[str]:
    if method not in row:
        return NO_METHOD
    if who in members(row[method]):
        if route in GONE | expected_money.GONE:
            return frozenset({"ok", "404"})
        # The way in leads from one of its pages to the other.
        return frozenset({"ok", "login"} if route in {"login_code", "logout"} else {"ok"})
    if row["seen"] and who not in members(row["seen"]):
        return refused(route, who, "404")
    return refused(route, who)


# Rows that cannot be had in every installation (a file being imported): allowed people are told there is none.
GONE = {"customers_import_run", "customers_import_confirm", "customers_import_discard", *expected_desk.GONE}
# Whoever differs most from the others; the rest of the people is looked at in turn, and all of them in `make proof`.
ALWAYS = frozenset({ANONYMOUS, "agent", "director", "contact", "head", "manager", "auditor", "admin", "disabled"})
ONE_IN = 8
GONE |= {"outage_photo"}


def sampled(people: Iterable[str], turn: int, allowed: frozenset[str]) -> list[str]:
    few = allowed if len(allowed) < len(ALWAYS) else frozenset()
    return [who for n, who in enumerate(people) if who in ALWAYS or who in few or (n + turn) % ONE_IN == 0]


# --- orders -----------------------------------------------------------------------------------------------------------


def order_cells(world: World, routes: Iterable[str], orders: Iterable[str], *, everybody: bool) -> Iterator[Cell]:
    for name in orders:
        for place, route in enumerate(routes):
            several = {"order_act": STEPS, "order_money": expected_money.ACTS, "order_after": expected_money.AFTER}
            steps = several.get(route, [route.removeprefix("api_act_")])
            for turn, step in enumerate(steps):
                address = order_address(route, world.orders[name].number, step)
                for method, rule in ORDER_ROUTES[route].items():
                    for who in EVERYBODY if everybody else sampled(EVERYBODY, place + turn, frozenset()):
                        yield Cell(route, method, who, address, order_wanted(route, rule, who, name, step), name, step)


def order_wanted(route: str, rule: str, who: str, order: str, step: str) -> frozenset[str]:
    letter = relations().get(who, {}).get(order, ".")
    if who in {ANONYMOUS, "disabled"}:
        return refused(route, who)
    if letter == "." or rule == "nothing":
        return frozenset({"404"})
    if rule == "view":
        return frozenset({"ok"})
    if rule == "step":
        rule = STEPS[step] if order in ACCEPTED else EARLY.get(step, STEPS[step])
    elif rule == "money":
        rule = expected_money.ACTS[step]
    elif rule == "after":
        rule = expected_money.AFTER[step]
    elif rule == "reveal":
        rule = REVEALS.get(order, REVEAL)
    elif route == "order_files" and order == "ruling":
        rule = "hotline"
    words = set(rule.split())
    allowed = letter in words & LETTERS or who in members(" ".join(words - LETTERS))
    return frozenset({"ok"}) if allowed else refused(route, who)


VIEWS = [name for name, methods in ORDER_ROUTES.items() if set(methods.values()) == {"view"}]
ACTS = [name for name in ORDER_ROUTES if name.startswith("api_act_")]
REST = [name for name in ORDER_ROUTES if name not in {*VIEWS, *ACTS, "order_act"}]
ORDERS = list(relations()["agent"])


# --- the tests --------------------------------------------------------------------------------------------------------


def test_every_route_is_in_the_table() -> None:
    """An address nobody has decided about fails the build; so does a decision about an address that is gone."""
    listed = {*pages(), *ORDER_ROUTES}
    assert set(url_names()) == listed


def test_every_person_and_order_is_in_the_table(world: World) -> None:
    assert set(relations()) == set(EVERYBODY) - {ANONYMOUS, "disabled"}
    assert set(ORDERS) == set(world.orders)


def views_of_orders(world: World) -> Iterator[Cell]:
    yield from order_cells(world, ["api_order"], ORDERS, everybody=True)
    yield from order_cells(world, ["order"], ORDERS, everybody=False)


def what_hangs_on_orders(world: World) -> Iterator[Cell]:
    few = ["own", "about_lead", "hidden", "anonymous"]
    routes = [*REST, "api_order_events", "api_order_deadline", "order_presence"]
    return order_cells(world, routes, few, everybody=False)


def steps_of_orders(world: World) -> Iterator[Cell]:
    for name in ("own", "hidden"):
        for n, cell in enumerate(order_cells(world, ["order_act", *ACTS], [name], everybody=False)):
            if (name == "own" and (n % ONE_IN == 0 or cell.who in {"agent", "director"})) or (
                name == "hidden" and cell.method == "POST" and cell.who in {"contact", "auditor", "agent"}
            ):
                yield cell


def test_pages_open_to_whom_they_are_for_and_to_nobody_else(world: World) -> None:
    assert wrong(world, page_cells(world, everybody=False)) == []


def test_an_order_is_seen_by_whom_it_concerns_and_by_nobody_else(world: World) -> None:
    """Own, copied, cooperating, sub-assigned, another's, about me, about my department, anonymous, hidden: page and
    API. Out of view is 404."""
    assert wrong(world, views_of_orders(world)) == []


def test_what_hangs_on_an_order_follows_the_order(world: World) -> None:
    assert wrong(world, what_hangs_on_orders(world)) == []


def test_steps_are_taken_by_whose_step_it_is(world: World) -> None:
    assert wrong(world, steps_of_orders(world)) == []


def test_the_matrix_has_two_thousand_cells(world: World) -> None:
    """T10 asks for at least 2 000: so many cells have the tests above."""
    parts = (page_cells(world, everybody=False), views_of_orders(world), what_hangs_on_orders(world))
    cells = sum(1 for part in (*parts, steps_of_orders(world)) for _cell in part)
    print(f"\npermission matrix: {cells} cells")  # noqa: T201
    assert cells >= 2000


@pytest.mark.proof
@pytest.mark.full
def test_the_whole_matrix(world: World) -> None:
    everything = [
        *page_cells(world, everybody=True),
        *order_cells(world, ORDER_ROUTES, ORDERS, everybody=True),
    ]
    assert wrong(world, everything) == []
