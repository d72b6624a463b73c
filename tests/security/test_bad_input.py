"""T9: what nobody should send, sent to every form, parameter, path and header. Never a 500, never half a write."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from complaints.forms import FORMS, IntakeForm
from complaints.forms.api import EventsForm, ListForm
from complaints.services import open_order, perform
from complaints.views.quality import ScoreForm
from complaints.views.saved import ViewForm
from customers import forms as customer_forms
from escalation.forms import cases as case_forms
from escalation.forms import pressure as pressure_forms
from exports.forms import DecisionForm
from notifications import forms as notification_forms
from notifications.api import MessagesForm
from people.cleaninput import Unclean, check_text
from people.forms import accounts, company
from policy import forms as policy_forms
from policy.api import RouteQuery, WorkdaysQuery
from reports import forms as report_forms
from reports.api import ReportQuery
from tests.factories import MONDAY, contact, feedback, findings, matter
from tests.security import expected_around
from tests.security.corpus import BYTES, NASTY, quoted
from tests.security.forms_of_pages import PostForm, post_forms
from tests.security.people_and_orders import NOW, World
from tests.security.routes import page_addresses

pytestmark = pytest.mark.django_db

FINE = frozenset({200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422, 429})
WROTE = frozenset({200, 201, 204, 302})
FORM = "application/x-www-form-urlencoded"
# Tables a refused request may add to: that it was refused, and that somebody was there.
TRACES = frozenset(
    {"people_auditentry", "django_session", "axes_accessattempt", "axes_accessfailurelog", "notifications_knock"}
)
EACH, ALONE = 1, 1  # strings per field together with the others, and alone among good ones
EACH_PROVEN = 12


def test_the_corpus_is_large_enough() -> None:
    assert len(NASTY) >= 300


# --- fields: every string, every kind of field ------------------------------------------------------------------------


def form_classes() -> Iterator[type[forms.BaseForm]]:
    yield from (form for form in FORMS.values() if isinstance(form, type))
    yield from (IntakeForm, ListForm, EventsForm, RouteQuery, WorkdaysQuery, DecisionForm, ViewForm)
    yield from (ScoreForm, ReportQuery)
    modules = (accounts, company, policy_forms, customer_forms, notification_forms, report_forms)
    for module in (*modules, case_forms, pressure_forms):
        yield from (f for f in vars(module).values() if isinstance(f, type) and issubclass(f, forms.BaseForm))


def kinds_of_fields() -> dict[str, forms.Field]:
    """One field of each class and set of validators."""
    found: dict[str, forms.Field] = {}
    for form in form_classes():
        for field in getattr(form, "base_fields", {}).values():
            rules = sorted(type(rule).__name__ for rule in field.validators)
            found.setdefault(f"{type(field).__name__} {' '.join(rules)}", field)
    return found


ODD: list[Any] = [*NASTY, None, [], ["x"], [["x"]], {}, 10**40, 1.5, float("nan"), True, b"\xff"]


def test_every_kind_of_field_takes_or_refuses_every_string() -> None:
    """Without the middleware in front, too: a field raises its ValidationError and nothing else."""
    fields = kinds_of_fields()
    assert len(fields) > 10
    broken = []
    for kind, field in fields.items():
        for value in ODD:
            try:
                check_text("x", value) if isinstance(value, str) else None
                with transaction.atomic():
                    field.clean(value)
            except (ValidationError, Unclean):
                continue
            except Exception as error:
                if isinstance(value, str):
                    broken.append(f"{kind} {value[:30]!r}: {type(error).__name__}")
    assert broken == []


# --- forms of pages ---------------------------------------------------------------------------------------------------


def orders_at_work(world: World) -> dict[str, str]:
    """step -> number of an order that waits for it."""
    users, now, found = world.users, MONDAY, {}
    order = open_order(by=users["agent"], now=now, matter=matter())
    waiting = order.number
    order = open_order(by=users["agent"], now=now, matter=matter(caller_phone="13800002222"))
    order = perform(order, "accept", by=users["contact"], now=now, handler=users["handler"])
    order = perform(order, "investigate", by=users["handler"], now=now, **findings())
    order = perform(order, "contact_customer", by=users["handler"], now=now, at=now, **contact())
    found["resolve"] = order.number
    order = open_order(by=users["agent"], now=now, matter=matter(caller_phone="13800003333"))
    order = perform(order, "accept", by=users["contact"], now=now, handler=users["handler"])
    order = perform(order, "investigate", by=users["handler"], now=now, **findings())
    order = perform(order, "contact_customer", by=users["handler"], now=now, at=now, **contact())
    order = perform(order, "resolve", by=users["handler"], now=now, **feedback(order))
    found |= dict.fromkeys(("return_feedback", "accept_feedback"), order.number)
    order = open_order(by=users["agent"], now=now, matter=matter(caller_phone="13800004444"))
    order = perform(order, "answer_by_outage", by=users["director"], now=now, answer="已恢复供电")
    found |= dict.fromkeys(("attempt_callback", "reopen", "archive"), order.number)
    unsorted = open_order(by=users["agent"], now=now, matter=matter(kind="", category="", caller_phone="13800005555"))
    found |= {"answer_on_call": unsorted.number, "rule_dispatch": world.orders["ruling"].number}
    found |= dict.fromkeys(("classify", "accept", "reject_dispatch", "answer_by_outage", "merge", "withdraw"), waiting)
    return dict.fromkeys(FORMS, world.orders["own"].number) | found


DOES = {"rule_dispatch": "adjudicator", "resolve": "handler", "investigate": "handler"}


def doer(step: str) -> str:
    desk = {"accept", "assign_handler", "reject_dispatch", "sub_assign", "finish_sub_assignment"}
    return DOES.get(step, "contact" if step in desk else "director")


def pages_with_forms(world: World) -> Iterator[tuple[str, str]]:
    """(who, address) of every page with a form that writes."""
    known = page_addresses(world)
    for step, number in orders_at_work(world).items():
        yield doer(step), reverse("order_act", args=[number, step])
    for who, names in {
        "shift_leader": ["quality", "quality_score", "box_opening_new", "box_opening"],
        "agent": ["intake", "account", "password", "second_factor", "inbox_wishes"],
        "admin": [
            *("user_new", "user", "department_new", "department", "assignment", "policy-calendar"),
            *("message_channel_add", "message_channel", "message_text", "message_trouble", "inbox"),
        ],
        "director": ["roster", "customers", "customers_import", "follow_up"],
        "manager": [
            *(
                "policy-numbers-add",
                "policy-routes-add",
                "policy-routes-close",
                "policy-duties",
                "policy-subcategories-add",
            ),
            *("policy-subcategories-edit", "customer", "customer_edit", "customer_marks", "policy-calendar", "export"),
        ],
        "head": ["approval"],
        "handler": ["orders", "export", "approval"],
        "anonymous": ["login", "rate"],
    }.items():
        yield from ((who, known[name]) for name in names)
    yield from (("station_head", known[name]) for name in ("outage", "outage_act", "outage_new"))
    yield "agent", reverse("order", args=[world.orders["own"].number])
    yield from expected_around.forms(world.users, world.ids)
    yield "contact", f"/orders/?queue=all&view={world.ids['view']}"
    asked = {"contact": "extension", "agent": "urge", "director": "supervise", "handler": "promise", "head": "solution"}
    for who, name in (asked | {"shift_leader": "flag"}).items():
        yield who, reverse(f"order_{name}", args=[world.orders["own"].number])


def every_form(world: World) -> list[tuple[str, PostForm]]:
    found: dict[tuple[str, str], tuple[str, PostForm]] = {}
    for who, address in pages_with_forms(world):
        answer = world.client(who).get(address)
        assert answer.status_code == 200, (who, address, answer.status_code)
        for form in post_forms(answer.content.decode(), address):
            found.setdefault((form.action, ",".join(sorted(form.fields))), (who, form))
    return [row for row in found.values() if row[1].action != "/logout/"]


def table_sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor) if t not in TRACES]
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
        return dict(cursor.fetchall())


class Prober:
    """Sends, looks at the answer, undoes what was done."""

    def __init__(self, world: World) -> None:
        self.world, self.found, self.sent = world, list[str](), 0
        self.sizes = table_sizes()

    def post(self, who: str, form: PostForm, changes: dict[str, str], *, alone: bool) -> None:
        self.send(who, "POST", form.action, form.body(**changes), told=", ".join(changes), form=alone)

    def send(
        self,
        who: str,
        method: str,
        address: str,
        body: str | bytes = b"",
        *,
        told: str,
        form: bool = False,
        headers: dict[str, str] | None = None,
        content_type: str = FORM,
    ) -> None:
        self.sent += 1
        raw = body.encode() if isinstance(body, str) else body
        given: dict[str, Any] = dict(headers or {})
        with transaction.atomic():
            client = self.world.client(who)
            answer = client.generic(method, address, raw, content_type=content_type, **given)
            place = f"{method} {address.split('?')[0][:60]} {told[:60]}"
            if answer.status_code not in FINE:
                self.found.append(f"{answer.status_code}: {place} {_why(answer)}")
            elif answer.status_code not in WROTE and table_sizes() != self.sizes:
                self.found.append(f"half a write: {place}")
            elif form and answer.status_code in {400, 422} and not names_a_field(answer):
                self.found.append(f"no field named: {place} {raw[:80]!r}")
            transaction.set_rollback(True)

    def done(self) -> None:
        print(f"\n{self.sent} requests")  # noqa: T201
        assert self.found == [], "\n".join(self.found)


def _why(answer: Any) -> str:
    error = getattr(answer, "exc_info", None)
    return f"{error[0].__name__}: {error[1]}"[:200] if error else ""


def names_a_field(answer: Any) -> bool:
    text = answer.content.decode()
    return bool(re.search(r'field__error|role="alert"|errors|aria-invalid|callout', text))


def strings(turn: int, how_many: int) -> list[str]:
    """The next ones in turn, so that all strings are used however few a field gets."""
    return [NASTY[(turn * 37 + n * 29) % len(NASTY)] for n in range(how_many)]


def probe_forms(world: World, *, each: int = EACH, everything: bool = False) -> Prober:
    prober = Prober(world)
    turn = 0
    for who, form in every_form(world):
        prober.sizes = table_sizes()
        names = list(form.fields)
        for n in range(len(NASTY) if everything else each):
            prober.post(
                who,
                form,
                {name: NASTY[(turn + n * 29 + k * 37) % len(NASTY)] for k, name in enumerate(names)},
                alone=False,
            )
        for name in names:
            turn += 1
            for value in NASTY if everything else strings(turn, ALONE):
                prober.post(who, form, {name: value}, alone=True)
        if names:
            raw = BYTES[turn % len(BYTES)]
            told = quoted(names[0])
            prober.send(who, "POST", form.action, f"{told}=".encode() + raw, told=f"bytes in {names[0]}")
            prober.send(who, "POST", form.action, "&".join(f"{told}=x" for _n in range(3)), told="said three times")
            prober.send(who, "POST", form.action, f"{told}[]=x&{told}[a]=y", told="arrays")
    return prober


def test_there_are_forms_to_probe(world: World) -> None:
    found = every_form(world)
    actions = {form.action for _who, form in found}
    assert sum("/do/" in action for action in actions) >= len(FORMS) - 2
    assert len(found) > 40


def test_no_form_breaks_on_bad_input(world: World) -> None:
    probe_forms(world).done()


@pytest.mark.proof
@pytest.mark.full
def test_no_form_breaks_on_more_bad_input(world: World) -> None:
    probe_forms(world, each=EACH_PROVEN).done()


@pytest.mark.proof
@pytest.mark.full
def test_no_form_breaks_on_any_of_the_corpus(world: World) -> None:
    probe_forms(world, everything=True).done()


# --- parameters, paths, headers ---------------------------------------------------------------------------------------

QUERIES: tuple[tuple[str, str, str], ...] = (
    ("agent", "/orders/", "queue q kind category station state lead channel priority since until after before unknown"),
    ("agent", "/orders/?queue=closed", "after before"),
    ("agent", "/orders/?queue=all", "view since until"),
    ("agent", "/quality/", "month unknown"),
    ("agent", "/intake/", "phone content demands kind subcategory station"),
    ("agent", "/intake/route/", "kind category subcategory station redraw caller_phone"),
    ("agent", "/customers/", "station after unknown"),
    ("admin", "/settings/people/", "q after"),
    ("agent", "/settings/people/roster/", "week"),
    ("auditor", "/settings/people/audit/", "actor action since until before"),
    ("manager", "/settings/policy/preview/", "kind category subcategory station registered_at"),
    ("manager", "/settings/policy/preview/?kind=complaint&category=other", "registered_at station subcategory"),
    ("manager", "/settings/policy/routes/add/", "from"),
    ("manager", "/settings/policy/", "effective_from pk from"),
    ("manager", "/settings/policy/calendar/", "year"),
    ("anonymous", "/login/", "next"),
    ("agent", "/login/", "next"),
    ("agent", "/inbox/", "show before unknown"),
    ("admin", "/settings/messages/log/", "state channel number before unknown"),
    ("admin", "/settings/messages/", "before"),
    ("agent", "/api/v1/orders/", " ".join(ListForm.base_fields)),
    ("agent", "/api/v1/messages/", " ".join(MessagesForm.base_fields)),
    ("agent", "/api/v1/messages/unread/", "unknown"),
    ("agent", "/api/v1/route/", " ".join(RouteQuery.base_fields)),
    ("agent", "/api/v1/workdays/", "from days"),
    ("agent", "/api/schema/", "format version lang"),
    *expected_around.QUERIES,
)


def probe_queries(world: World, *, everything: bool) -> Prober:
    prober, turn = Prober(world), 0
    for who, address, names in QUERIES:
        for name in names.split():
            turn += 1
            for value in NASTY if everything else strings(turn, EACH):
                if len(value) < 9_000:
                    join = "&" if "?" in address else "?"
                    prober.send(who, "GET", f"{address}{join}{name}={quoted(value)}", told=f"{name}={value!r}")
        raw = quoted_bytes(BYTES[turn % len(BYTES)])
        prober.send(who, "GET", f"{address.split('?')[0]}?{names.split()[0]}={raw}", told="bytes")
        prober.send(who, "GET", f"{address.split('?')[0]}?{raw}=x", told="bytes as a name")
    return prober


def quoted_bytes(raw: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in raw)


def test_no_query_parameter_breaks_a_page(world: World) -> None:
    probe_queries(world, everything=False).done()


@pytest.mark.proof
@pytest.mark.full
def test_no_query_parameter_breaks_on_any_of_the_corpus(world: World) -> None:
    probe_queries(world, everything=True).done()


def paths(world: World, value: str) -> list[tuple[str, str]]:
    number = world.orders["own"].number
    return [
        ("agent", f"/orders/{value}/"),
        ("agent", f"/orders/{number}/do/{value}/"),
        ("agent", f"/orders/{value}/do/accept/"),
        ("agent", f"/orders/{number}/files/{value}/"),
        ("agent", f"/customers/{value}/"),
        ("manager", f"/customers/{world.customer.account_no}/marks/{value}/"),
        ("admin", f"/settings/people/users/{value}/"),
        ("admin", f"/settings/people/departments/{value}/"),
        ("admin", f"/settings/people/posts/{value}/"),
        ("manager", f"/settings/policy/subcategories/{value}/"),
        ("director", f"/customers/import/{value}/"),
        ("anonymous", f"/r/{value}/"),
        ("admin", f"/settings/messages/texts/{value}/"),
        ("admin", f"/settings/messages/log/{value}/"),
        ("agent", f"/api/v1/orders/{value}/"),
        ("agent", f"/api/v1/orders/{value}/events/"),
        ("agent", f"/api/v1/messages/{value}/read/"),
        ("handler", f"/exports/{value}/"),
        ("agent", f"/{value}"),
        *expected_around.paths(value),
    ]


def test_no_path_breaks_the_way(world: World) -> None:
    prober = Prober(world)
    short = [value for value in NASTY if len(value) < 500]
    for turn, value in enumerate([*short[::12], "9" * 19, "9" * 30]):
        for n, (who, address) in enumerate(paths(world, quoted(value))):
            if (n + turn) % 3 == 0 or turn < 4:
                prober.send(who, "GET", address, told=f"{value!r}")
    for n, value in enumerate(short):
        if n % 4 == 0:
            prober.send("agent", "POST", f"/drafts/{quoted(value)}/", b"a=1", told=f"{value!r}")
    for raw in BYTES:
        for who, address in paths(world, quoted_bytes(raw))[:3]:
            prober.send(who, "GET", address, told="bytes")
    prober.done()


HEADERS = (
    *(
        "HTTP_ACCEPT_LANGUAGE",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_HOST",
        "HTTP_COOKIE",
        "HTTP_IDEMPOTENCY_KEY",
        "HTTP_USER_AGENT",
    ),
    *(
        "HTTP_REFERER",
        "HTTP_HX_REQUEST",
        "HTTP_HX_CURRENT_URL",
        "HTTP_ACCEPT",
        "HTTP_AUTHORIZATION",
        "HTTP_X_CSRFTOKEN",
    ),
    *(
        "HTTP_IF_NONE_MATCH",
        "HTTP_RANGE",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_BACKGROUND",
        "HTTP_ORIGIN",
        "HTTP_X_FORWARDED_PROTO",
    ),
)


def test_no_header_breaks_a_request(world: World) -> None:
    """WSGI hands headers over as Latin-1; what is sent as UTF-8 arrives as two or three odd letters."""
    prober = Prober(world)
    number = world.orders["own"].number
    for turn, name in enumerate(HEADERS):
        for value in [
            *strings(turn, EACH),
            "\xff",
            "zh-hans",
            "*",
            "a" * 8_000,
            ";".join(["a=b"] * 300),
            "unknown, 1.2.3.4",
            "::1",
        ]:
            sent = value.encode("utf-8", "surrogatepass").decode("latin-1")[:9_000]
            page = "/orders/" if turn % 4 == 0 else "/keys/"
            prober.send("agent", "GET", page, told=f"{name}: {value!r}", headers={name: sent})
            if turn % 3 == 0 or name == "HTTP_IDEMPOTENCY_KEY":
                address = reverse("order_act", args=[number, "add_fact"])
                prober.send("agent", "POST", address, b"text=x", told=f"{name}: {value!r}", headers={name: sent})
    for kind in (
        "",
        "text/html",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/json; charset=gb18030",
        "x/\xff",
        "application/x-www-form-urlencoded; charset=utf-7",
    ):
        for address in ("/login/", reverse("order_act", args=[number, "add_fact"]), "/api/v1/orders/"):
            prober.send("agent", "POST", address, b"--\x00\xff{", told=f"Content-Type: {kind}", content_type=kind)
    for length in ("-1", "x", "9" * 30, "0"):
        prober.send(
            "agent",
            "POST",
            "/login/",
            b"username=x",
            told=f"Content-Length: {length}",
            headers={"CONTENT_LENGTH": length},
        )
    prober.done()


# --- round trip -------------------------------------------------------------------------------------------------------


def test_what_is_accepted_comes_back_as_it_was(world: World) -> None:
    """Emoji, rare characters and markup survive; bidirectional and zero-width characters do not."""
    order = world.orders["own"]
    client: Client = world.client("handler")
    address = reverse("order_act", args=[order.number, "add_fact"])
    for text, kept in (
        ("𠮷野家 😀 é <b>{{ 7*7 }}</b> %s", "𠮷野家 😀 é <b>{{ 7*7 }}</b> %s"),
        ("甲\u202e乙\u200b丙", "甲乙丙"),
        ("e\u0301tage", "étage"),
    ):
        with transaction.atomic():
            answer = client.post(address, {"text": text})
            assert answer.status_code == 302
            assert order.events.order_by("-seq")[0].text == kept
            page = client.get(reverse("order", args=[order.number])).content.decode()
            assert "<b>{{" not in page
            assert "49" not in re.findall(r"<b>(.*?)</b> %s", page)
            transaction.set_rollback(True)
    assert NOW > MONDAY
