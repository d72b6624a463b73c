"""T10, second half: whatever way a person looks for orders, he finds those of ``visible_to`` and no other; and what
belongs to a caller is shown to nobody without a logged reveal."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from complaints.lists import PAGE, queues_for
from complaints.models import Order
from complaints.permissions import may_register
from complaints.queries import CAPPED
from complaints.services import open_order
from complaints.services.opening import Matter
from people.models import AuditEntry, Department, User
from people.roles import DEPARTMENT_STAFF, HEADS, HOTLINE, LEADERS, Role
from people.standing import department_tree, standing
from policy.vocabulary import Category, Kind
from tests.factories import MONDAY, matter, person, post
from tests.security.expected import STEPS, members, relations
from tests.security.people_and_orders import (
    EVERYBODY,
    NOW,
    POSTS,
    TODAY,
    TOMORROW,
    YESTERDAY,
    World,
    says,
    secrets,
    sign_in,
)

pytestmark = pytest.mark.django_db

USERS, MANY, ORDERS = 16, 50, 150  # people in every run, people in `make proof`, orders
SEEN_ALL = HOTLINE | LEADERS | {Role.MANAGER, Role.AUDITOR}
# A call centre's administrator with a second factor is looked at in the matrix; here everybody signs in plainly.
DRAWN = [role for role in Role if role not in {Role.SYSTEM_ADMIN}]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Crowd:
    """Random people in random posts and random orders, the same ones each time."""

    def __init__(self, size: int) -> None:
        self.chance = Random(20260907)
        self.departments = list(Department.objects.order_by("pk"))
        self.users = [self._user(n) for n in range(size)]
        today = (user for user in self.users if may_register(standing(user, TODAY)))
        self.desks = [person(Role.HOTLINE_AGENT), *today]
        self.secrets = {}
        for n in range(ORDERS):
            order = self._order(n)
            self.secrets[order.number] = secrets(100 + n)
        self.cookies = {user.pk: sign_in(user) for user in self.users}

    def _user(self, n: int) -> User:
        user = person(None, username=f"r{n:02d}", agent_no=f"9{n:03d}")
        for _post in range(self.chance.choice((0, 1, 1, 1, 2, 3))):
            role = self.chance.choice(DRAWN)
            code = "hotline" if role in HOTLINE else self.chance.choice(self.departments).code
            dates: dict[str, Any] = self.chance.choice(
                (
                    {},
                    {},
                    {},
                    {"valid_to": TODAY},
                    {"valid_to": YESTERDAY},
                    {"valid_from": TOMORROW},
                    {"valid_from": TODAY},
                )
            )
            post(user, role, code, **dates)
        return user

    def _order(self, n: int) -> Order:
        chance, secret = self.chance, secrets(100 + n)
        report = chance.random() < 0.3
        anonymous = report and chance.random() < 0.3
        facts: Matter = matter(
            kind=Kind.CONSULTATION, category=chance.choice(list(Category)), content=f"{says(secret)} 词{n:03d}语"
        )
        facts = replace(
            facts,
            caller_name=secret.name,
            caller_phone=secret.phone,
            account_no=secret.account_no,
            address=secret.address,
        )
        if anonymous:
            facts = replace(facts, anonymous=True, caller_name="", caller_phone="", account_no="")
        if report:
            facts = replace(facts, kind=Kind.REPORT_MISCONDUCT)
        order = open_order(
            by=chance.choice(self.desks), now=MONDAY, matter=replace(facts, hide_caller=chance.random() < 0.3)
        )
        lead = chance.choice(self.departments)
        rest = chance.sample(self.departments, chance.choice((0, 1, 2)))
        fields: dict[str, Any] = {
            "lead_department": lead,
            "audience": sorted({lead.pk, *(row.pk for row in rest)}),
            "handler": chance.choice([*self.users, None, None]),
            "needs_ruling": chance.random() < 0.1,
        }
        if report:
            fields["reported_department"] = chance.choice([*self.departments, None])
            fields["reported_person"] = chance.choice([*self.users, None])
        Order.objects.filter(pk=order.pk).update(**fields)
        return order

    def client(self, user: User) -> Client:
        client = Client()
        client.cookies["sessionid"] = self.cookies[user.pk]
        return client


@pytest.fixture(scope="module")
def crowd(world: World, request: pytest.FixtureRequest) -> Crowd:
    return Crowd(getattr(request, "param", USERS))


@pytest.mark.proof
@pytest.mark.parametrize("crowd", [MANY], indirect=True)
def test_fifty_people_find_what_is_in_view_and_nothing_else(crowd: Crowd) -> None:
    """T10: fifty random people; list = search = detail = counts = ``visible_to``."""
    test_visible_to_is_what_the_architecture_says(crowd)
    test_lists_and_counts_hold_what_is_in_view_and_all_of_it(crowd)
    test_search_finds_what_is_in_view_and_nothing_else(crowd)
    test_detail_pages_open_for_what_is_in_view_and_for_nothing_else(crowd)


def sees(user: User) -> Callable[[Order], bool]:
    """ARCHITECTURE in plain words, one order at a time: the oracle for ``visible_to``."""
    nodes = department_tree().nodes
    posts = [row for row in user.assignments.all() if row.covers(TODAY)]
    roles = {Role(row.role) for row in posts}
    headed = {row.department_id for row in posts if row.role in HEADS}
    below = {pk for pk, node in nodes.items() if headed & set(node.path)}
    work = {row.department_id for row in posts if row.role in DEPARTMENT_STAFF | {Role.ADJUDICATOR}}
    own = work | below | {row.department_id for row in posts if row.role in HOTLINE}

    def shown(order: Order) -> bool:
        if not posts or order.reported_person_id == user.pk or order.reported_department_id in own:
            return False
        return bool(
            roles & SEEN_ALL
            or order.handler_id == user.pk
            or set(order.audience) & (work | below)
            or (Role.API_CLIENT in roles and order.registered_by_id == user.pk)
            or (Role.ADJUDICATOR in roles and order.needs_ruling)
        )

    return shown


def in_view(user: User) -> set[str]:
    user = User.objects.get(pk=user.pk)
    return set(Order.objects.visible_to(user, now=NOW).values_list("number", flat=True))


NUMBER = re.compile(r'data-row="([0-9-]+)"')


def listed(client: Client, address: str) -> set[str]:
    """Numbers on this page of the list and on all after it."""
    found: set[str] = set()
    while address:
        page = client.get(address, headers={"HX-Request": "true"}).content.decode()
        numbers = NUMBER.findall(page)
        assert len(numbers) <= PAGE
        assert not found & set(numbers), "a row came twice"
        found |= set(numbers)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = older[1].replace("&amp;", "&") if older else ""
    return found


def api_listed(client: Client) -> set[str]:
    found: set[str] = set()
    after = ""
    while True:
        told = client.get("/api/v1/orders/", {"page_size": 200} | ({"after": after} if after else {})).json()
        found |= {row["number"] for row in told["results"]}
        after = told["next"]
        if not after:
            return found


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_visible_to_is_what_the_architecture_says(crowd: Crowd) -> None:
    orders = list(Order.objects.all())
    for user in crowd.users:
        shown = sees(user)
        wanted = {order.number for order in orders if shown(order)}
        assert in_view(user) == wanted, (
            user.username,
            [(row.role, row.department.code) for row in user.assignments.all()],
        )


def test_lists_and_counts_hold_what_is_in_view_and_all_of_it(crowd: Crowd) -> None:
    """Every queue, page after page; the numbers on the tabs; the API's list."""
    looked = 0
    for user in crowd.users:
        seen, client = in_view(user), crowd.client(user)
        if client.get("/orders/").status_code == 403:
            assert not queues_for(standing(User.objects.get(pk=user.pk), TODAY))
            assert api_listed(client) == seen
            continue
        looked += 1
        page = client.get("/orders/").content.decode().split('class="views"')[1].split("</nav>")[0]
        counts = dict(re.findall(r'\?queue=(\w+)"[^>]*>[^<]*(?:<b>([^<]+)</b>)?', page))
        found: set[str] = set()
        for queue in queues_for(standing(User.objects.get(pk=user.pk), TODAY)):
            rows = listed(client, f"/orders/?queue={queue.name}")
            assert rows <= seen, (user.username, queue.name)
            if not queue.closed:
                shown = f"{CAPPED}+" if len(rows) > CAPPED else str(len(rows))
                assert counts[queue.name] == shown, (user.username, queue.name)
            found |= rows
        assert found == seen, (user.username, sorted(seen - found)[:5])
        assert api_listed(client) == seen
    assert looked > len(crowd.users) // 3


def test_search_finds_what_is_in_view_and_nothing_else(crowd: Crowd) -> None:
    """By number, by a word only one order has, by telephone, its tail and account: never an order out of view, never a
    concealed caller for anybody but the hotline (A27)."""
    orders = {order.number: order for order in Order.objects.all() if order.number in crowd.secrets}
    for user in crowd.users[::3]:
        who = standing(User.objects.get(pk=user.pk), TODAY)
        if not queues_for(who):
            continue
        seen, client = in_view(user), crowd.client(user)
        for number in crowd.chance.sample(sorted(orders), 4):
            order, secret = orders[number], crowd.secrets[number]
            mine = {number} & seen
            assert listed(client, f"/orders/?q={number}") == mine
            known = mine if who.has(*HOTLINE) or not order.conceals_caller else set()
            known = set() if order.anonymous else known
            assert listed(client, f"/orders/?q={secret.phone}") == known, (user.username, number)
            assert listed(client, f"/orders/?q={secret.account_no}") == known
            assert number in listed(client, f"/orders/?q={secret.phone[-4:]}") or not known
            assert not (listed(client, f"/orders/?q={secret.phone[-4:]}") - seen)
            told = client.get("/api/v1/orders/", {"q": secret.phone}).json()["results"]
            assert {row["number"] for row in told} == known
            for words in (secret.name, f"请打 {secret.phone} 联系"):
                assert number not in listed(client, f"/orders/?q={words}") - known, (user.username, number, words)


def test_detail_pages_open_for_what_is_in_view_and_for_nothing_else(crowd: Crowd) -> None:
    numbers = sorted(crowd.secrets)
    for n, user in enumerate(crowd.users):
        seen, client = in_view(user), crowd.client(user)
        for number in crowd.chance.sample(numbers, 4 if n % 5 else 12):
            status = 200 if number in seen else 404
            assert client.get(f"/api/v1/orders/{number}/").status_code == status
            if n % 10 == 0:
                assert client.get(f"/orders/{number}/").status_code == status


def test_the_desk_proposes_no_order_out_of_view(world: World) -> None:
    """A conduct report about the hotline is not offered to the hotline's agent, not even as "probably the same"."""
    report, secret = world.orders["about_hotline"], world.secrets["about_hotline"]
    for field, value in (("caller_phone", secret.phone), ("account_no", secret.account_no)):
        page = world.client("agent").post("/intake/caller/", {field: value}).content.decode()
        assert report.number not in page
    shown = world.client("agent").post("/intake/caller/", {"caller_phone": world.secrets["own"].phone}).content.decode()
    assert world.orders["own"].number in shown


def test_two_orders_of_one_person_are_not_linked_where_one_is_concealed(world: World) -> None:
    """A27: "the same customer" beside a named order would name the concealed one."""
    with undone():
        hidden, named = world.orders["hidden"], world.orders["own"]
        Order.objects.filter(pk=hidden.pk).update(original=named, caller_phone=named.caller_phone)
        Order.objects.filter(pk=named.pk).update(original=hidden)
        for shown, other in ((hidden, named), (named, hidden)):
            page = world.client("contact").get(reverse("order", args=[shown.number])).content.decode()
            assert other.number not in page
            assert world.client("contact").get(f"/api/v1/orders/{shown.number}/").json()["original"] is None
            assert other.number in world.client("agent").get(reverse("order", args=[shown.number])).content.decode()


# --- what is shown ----------------------------------------------------------------------------------------------------


def readable(world: World, who: str) -> list[str]:
    return [name for name, letter in relations().get(who, {}).items() if letter != "."]


# Those whose steps differ; everybody else is told 403, which the matrix looks at.
WORKING_ON_IT = frozenset({"agent", "director", "contact", "handler", "coop", "unit", "agent_in_lead", "auditor"})


def addresses(world: World, who: str) -> Iterator[str]:
    """Every address this person may read that could hold a caller, and some he may not."""
    yield from ("/orders/", "/orders/?queue=closed", "/api/v1/orders/?page_size=200", "/customers/", "/", "/account/")
    for name, order in world.orders.items():
        if name not in readable(world, who) and name not in {"own", "hidden"}:
            continue
        yield reverse("order", args=[order.number])
        yield reverse("order_slip", args=[order.number])
        yield from (f"/api/v1/orders/{order.number}/{part}" for part in ("", "events/", "deadline/"))
    for name in ("own", "hidden", "archived"):
        if name in readable(world, who) and who in WORKING_ON_IT:
            yield from (reverse("order_act", args=[world.orders[name].number, step]) for step in STEPS)
    yield reverse("customer", args=[world.customer.account_no])


def leaks(world: World, who: str, address: str) -> list[str]:
    body = world.client(who).get(address).content.decode()
    # Our own links to the customer's page carry the account number (MODELS: the natural key in the address).
    body = body.replace(f"/customers/{world.customer.account_no}/", "/customers/")
    own_words = address.endswith("/do/resolve/")
    body = re.sub(r"<textarea.*?</textarea>", "", body, flags=re.DOTALL) if own_words else body
    return [f"{who} {address}: {mark}" for secret in world.secrets.values() for mark in secret.marks if mark in body]


def test_nothing_shows_a_caller_in_full(world: World) -> None:
    """Lists, order, timeline, links, slip, step forms, API, error pages: masked (S2-R13). One person of each sort here,
    everybody in `make proof`."""
    nothing_is_shown(world, ["agent", "contact", "handler", "marketing", "station_head", "auditor", "api", "anonymous"])


@pytest.mark.proof
def test_nothing_shows_a_caller_in_full_to_anybody(world: World) -> None:
    nothing_is_shown(world, EVERYBODY)


def nothing_is_shown(world: World, people: Iterable[str]) -> None:
    found = []
    for who in people:
        if who in POSTS and not members("signed_in") & {who}:
            continue
        for address in addresses(world, who):
            if not address.endswith("/do/correct/"):
                found += leaks(world, who, address)
    assert found == []


def test_the_form_that_corrects_a_caller_is_a_recorded_reveal(world: World) -> None:
    """Only the hotline's, and each opening leaves its row (invariant 26)."""
    address = reverse("order_act", args=[world.orders["own"].number, "correct"])
    with undone():
        assert world.secrets["own"].phone in world.client("agent").get(address).content.decode()
        row = AuditEntry.objects.filter(action="order.reveal").order_by("-pk")[0]
        assert row.actor == world.users["agent"]
    for who in ("contact", "auditor", "manager", "deputy_leader"):
        assert world.client(who).get(address).status_code == 403


def test_a_concealed_caller_is_not_even_masked_for_others(world: World) -> None:
    """hide_caller: neither surname nor the number's ends, on no page and in no answer."""
    secret = world.secrets["hidden"]
    masked = (f"{secret.name[0]}××", f"{secret.phone[:3]}****{secret.phone[-4:]}", secret.address[:3])
    for who in ("contact", "handler", "head", "substitute", "manager", "auditor", "deputy_leader", "admin_in_lead"):
        number = world.orders["hidden"].number
        page = world.client(who).get(reverse("order", args=[number])).content.decode()
        told = world.client(who).get(f"/api/v1/orders/{number}/").json()
        facts = page.split('id="caller-facts"')[1].split("</section>")[0]
        assert not any(mark in facts for mark in masked)
        assert set(told["caller"].values()) == {True, ""}
    page = world.client("agent").get(reverse("order", args=[world.orders["hidden"].number])).content.decode()
    assert masked[1] in page


def test_a_reveal_shows_it_once_to_whom_it_is_allowed_and_is_recorded(world: World) -> None:
    secret, number = world.secrets["own"], world.orders["own"].number
    address = reverse("order_reveal", args=[number])
    for who, allowed in (("agent", True), ("handler", True), ("coop", False), ("auditor", False), ("manager", False)):
        with undone():
            before = AuditEntry.objects.filter(action="order.reveal").count()
            answer = world.client(who).post(address, {"reason": "回访客户"})
            assert answer.status_code == (200 if allowed else 403)
            assert (secret.phone in answer.content.decode()) is allowed
            assert AuditEntry.objects.filter(action="order.reveal").count() == before + allowed
            if allowed:
                assert "no-store" in answer["Cache-Control"]
                again = world.client(who).get(reverse("order", args=[number])).content.decode()
                assert secret.phone not in again
