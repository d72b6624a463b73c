"""Taking, listing and reading orders: the same door and the same visibility as the pages."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from complaints.models import Call, Order
from complaints.vocabulary import Disposition
from people.models import AuditEntry, User
from people.roles import Role
from tests.api.bodies import intake
from tests.api.conftest import Api
from tests.factories import MONDAY, Company, dept, person

ORDERS = "/api/v1/orders/"


def url(order: Order, rest: str = "") -> str:
    return f"{ORDERS}{order.number}/{rest}"


# --- intake ---------------------------------------------------------------------------------------------------------


def test_a_complaint_is_registered_dispatched_and_dated_in_one_request(company: Company, api: Api) -> None:
    """S4-R24, R28, R41: department, copies and limit come back at once, with number and query code."""
    answer = api(company.agent).post(ORDERS, intake())
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    order = Order.objects.get(number=told["number"])
    assert told["state"] == "classified" == order.state
    assert told["disposition"] == "order"
    assert told["lead_department"] == {"code": "production_tech_dept", "name": "生产技术部"}
    assert told["copies"] == [
        {"code": part.department.code, "name": part.department.name}
        for part in order.parts.filter(part="cc").select_related("department").order_by("pk")
    ]
    assert (told["limit_days"], told["due_on"]) == (10, "2026-09-20"), "Sunday 20 September is a make-up day"
    assert told["due_at"] == "2026-09-21T00:00:00+08:00"
    assert told["due_provisional"] is False
    assert told["query_code"] == order.query_code
    assert told["version"] == order.version


def test_an_interface_account_registers_without_the_questions_of_a_live_call(company: Company, api: Api) -> None:
    """``live`` is false for machines unless they say otherwise."""
    machine = person(Role.API_CLIENT)
    body = {name: value for name, value in intake().items() if name != "read_back"}
    assert api(machine).post(ORDERS, body).status_code == 201
    asked = api(machine).post(ORDERS, {**body, "live": True})
    assert (asked.status_code, list(asked.json()["errors"])) == (400, ["read_back"])
    person_asked = api(company.agent).post(ORDERS, body)
    assert (person_asked.status_code, list(person_asked.json()["errors"])) == (400, ["read_back"])


def test_a_running_order_is_proposed_and_a_call_can_join_it(company: Company, order: Order, api: Api) -> None:
    """B11, S1-R29: the answer names open orders of the same caller; ``link_to`` makes a call, not an order."""
    client = api(company.agent)
    told = client.post(ORDERS, intake()).json()
    assert [(one["kind"], one["ref"]) for one in told["proposals"]] == [("order", order.number)]
    before = Order.objects.count()
    joined = client.post(ORDERS, intake(link_to=order.number))
    assert joined.status_code == 201, joined.json()
    assert joined.json() | {"disposition": "linked_order", "number": order.number, "query_code": None} == joined.json()
    assert Order.objects.count() == before
    assert Call.objects.filter(order=order, disposition=Disposition.LINKED_ORDER).count() == 1


def test_proposals_and_links_stop_at_what_the_sender_may_see(company: Company, order: Order, api: Api) -> None:
    """Invariant 24: a machine sees its own orders only, so nobody else's number is proposed or joined."""
    client = api(person(Role.API_CLIENT))
    assert client.post(ORDERS, intake()).json()["proposals"] == []
    refused = client.post(ORDERS, intake(link_to=order.number))
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["link_to"])
    assert not Call.objects.filter(disposition=Disposition.LINKED_ORDER).exists()


def test_an_answer_on_the_call_closes_a_consultation_but_never_a_complaint(company: Company, api: Api) -> None:
    """B9, S0-R19."""
    client = api(company.agent)
    done = client.post(ORDERS, intake(kind="consultation", answer="已说明电价"))
    assert done.json()["state"] == "archived"
    refused = client.post(ORDERS, intake(answer="已说明"))
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")


@pytest.mark.parametrize("who", ["contact", "handler", "head", "outsider"])
def test_only_the_hotline_and_machines_register(company: Company, api: Api, who: str) -> None:
    answer = api(getattr(company, who)).post(ORDERS, {"nonsense": 1})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert not Order.objects.exists()
    assert AuditEntry.objects.filter(result="refused", actor=getattr(company, who)).exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MAIN_LEADER, Role.DEPUTY_LEADER, Role.STATION_HEAD])
def test_readers_do_not_register(company: Company, api: Api, role: Role) -> None:
    assert api(person(role, "leadership")).post(ORDERS, intake()).status_code == 403


def test_nobody_without_a_token_gets_an_answer(api: Api, order: Order) -> None:
    for path in (ORDERS, url(order), url(order, "events/"), url(order, "deadline/"), "/api/v1/workdays/"):
        answer = api(None).get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer["WWW-Authenticate"]
    assert api(None).post(ORDERS, intake()).status_code == 401


def test_the_same_key_registers_once(company: Company, api: Api) -> None:
    """Invariant 17: the second sending gets the first answer; the same key for other content is refused."""
    client = api(company.agent)
    first = client.post(ORDERS, intake(), headers={"Idempotency-Key": "call-0001-abc"})
    again = client.post(ORDERS, intake(), headers={"Idempotency-Key": "call-0001-abc"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Order.objects.count() == 1
    other = client.post(ORDERS, intake(content="另一件事情"), headers={"Idempotency-Key": "call-0001-abc"})
    assert other.status_code == 409
    assert set(other.json()) == {"code", "message", "errors", "changes"}
    assert Order.objects.count() == 1


# --- list -----------------------------------------------------------------------------------------------------------


def numbers(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(ORDERS, query)
    assert answer.status_code == 200, answer.json()
    return [row["number"] for row in answer.json()["results"]]


def test_the_list_is_what_the_pages_would_show(company: Company, order: Order, api: Api) -> None:
    """Invariant 24: list equals ``visible_to``, for every kind of reader."""
    other = company.order(category="facility_safety", caller_phone="13900005678")
    readers = [company.agent, company.director, company.contact, company.handler, company.head, company.outsider]
    readers += [person(Role.AUDITOR, "company"), person(Role.MAIN_LEADER, "leadership"), person(Role.API_CLIENT)]
    for reader in readers:
        seen = Order.objects.visible_to(reader, now=MONDAY).order_by("-pk").values_list("number", flat=True)
        assert numbers(api(reader)) == list(seen)
    assert order.number in numbers(api(company.contact))
    assert other.number not in numbers(api(company.contact))


def test_filters_narrow_the_list(company: Company, order: Order, api: Api) -> None:
    client = api(company.agent)
    other = company.order(kind="consultation", category="theft_tariff", station=dept("station_jiangwan"))
    late = company.order(now=MONDAY - timedelta(days=40), caller_phone="13900005678", content="井盖松动有人被绊倒")
    Order.objects.filter(pk=late.pk).update(overdue_since=MONDAY)
    assert numbers(client) == [late.number, other.number, order.number]
    assert numbers(client, kind="consultation") == [other.number]
    assert numbers(client, category="theft_tariff") == [other.number]
    assert numbers(client, station="station_jiangwan") == [other.number]
    assert numbers(client, lead_department="production_tech_dept") == [late.number, order.number]
    assert numbers(client, state="registered") == [other.number], "its department has no contact (S4-R03)"
    assert numbers(client, overdue="true") == [late.number]
    assert numbers(client, overdue="false") == [other.number, order.number]
    assert numbers(client, queue="overdue") == [late.number]
    assert numbers(client, registered_to="2026-09-06") == [late.number]
    assert numbers(client, registered_from="2026-09-07", registered_to="2026-09-07") == [other.number, order.number]
    assert numbers(client, q="井盖") == [late.number]
    assert numbers(client, q=order.number) == [order.number]
    assert numbers(client, q="13900005678") == [late.number]


def test_pages_follow_each_other_without_gap_or_repeat(company: Company, api: Api) -> None:
    for _ in range(7):
        company.order()
    client, everything = api(company.agent), Order.objects.order_by("-pk").values_list("number", flat=True)
    orderings: list[tuple[dict[str, str], list[str]]] = [
        ({}, list(everything)),
        ({"queue": "all"}, list(reversed(everything))),
    ]
    for queue, expected in orderings:
        found: list[str] = []
        answer = client.get(ORDERS, {"page_size": "3", **queue}).json()
        while True:
            found += [row["number"] for row in answer["results"]]
            if answer["next"] is None:
                break
            answer = client.get(ORDERS, {"page_size": "3", "after": answer["next"], **queue}).json()
        assert found == expected
        back = client.get(ORDERS, {"page_size": "3", "before": answer["previous"], **queue}).json()
        assert [row["number"] for row in back["results"]] == expected[3:6]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"foo": "1"}, "foo"),
        ({"lead_department__code": "x"}, "lead_department__code"),
        ({"ordering": "caller_phone"}, "ordering"),
        ({"kind": "abc"}, "kind"),
        ({"state": "open"}, "state"),
        ({"station": "production_tech_dept"}, "station"),
        ({"queue": "nobody"}, "queue"),
        ({"overdue": "maybe"}, "overdue"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "201"}, "page_size"),
        ({"page_size": "9" * 30}, "page_size"),
        ({"page_size": "NaN"}, "page_size"),
        ({"registered_from": "2026-02-30"}, "registered_from"),
        ({"registered_from": "0001-01-01"}, "registered_from"),
        ({"registered_to": "9999-12-31"}, "registered_to"),
        ({"registered_from": "2026-09-08", "registered_to": "2026-09-07"}, "registered_to"),
        ({"after": "x"}, "after"),
        ({"after": "9" * 19}, "after"),
        ({"after": "1_2_3"}, "after"),
        ({"queue": "all", "after": "12"}, "after"),
        ({"after": "5", "before": "5"}, "before"),
        ({"q": "长" * 61}, "q"),
        ({"kind": ["complaint", "praise"]}, "kind"),
        ({"format": "json"}, "format"),
    ],
)
def test_a_parameter_the_list_cannot_use_is_named(
    company: Company, api: Api, query: dict[str, Any], field: str
) -> None:
    answer = api(company.agent).get(ORDERS, query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_the_list_costs_the_same_whatever_its_length(company: Company, api: Api) -> None:
    """At most six statements, sign-in included."""
    head = api(company.head)
    for _ in range(2):
        company.order()
    head.get(ORDERS)
    with CaptureQueriesContext(connection) as few:
        assert len(head.get(ORDERS).json()["results"]) == 2
    for _ in range(10):
        company.order()
    with CaptureQueriesContext(connection) as many:
        assert len(head.get(ORDERS).json()["results"]) == 12
    assert len(many) == len(few) <= 6, [query["sql"] for query in many.captured_queries]


# --- one order ------------------------------------------------------------------------------------------------------


def test_detail_tells_everything_masked(company: Company, order: Order, api: Api) -> None:
    """S2-R13: nobody is told a full number; the steps are those of the reader's own post."""
    told = api(company.contact).get(url(order)).json()
    assert told["caller"]["phone"] == "138****1234"
    assert told["caller"]["name"] == "王××"
    assert [demand["text"] for demand in told["demands"]] == ["查明原因", "限期整改"]
    assert told["version"] == order.version
    steps = {act["name"]: act for act in told["actions"]}
    assert steps["accept"]["open"] is True
    assert steps["investigate"] == steps["investigate"] | {"open": False, "reason": "请先接单，再进行这一步。"}
    assert "classify" not in steps
    assert b"13800001234" not in api(company.director).get(url(order)).content


def test_numbers_in_free_text_are_masked_too(company: Company, api: Api) -> None:
    order = company.order(content="请打 13912345678 找李师傅，老地址门口")
    client = api(company.contact)
    for path in (url(order), url(order, "events/"), ORDERS):
        assert b"13912345678" not in client.get(path).content


def test_a_concealed_caller_is_told_to_the_hotline_only(company: Company, api: Api) -> None:
    """A27, ``hide_caller``: not even masked, and not findable by the caller's number."""
    order = company.order(hide_caller=True, external_ref="", address="江湾路 12 号")
    caller = api(company.contact).get(url(order)).json()["caller"]
    assert caller.pop("concealed") is True
    assert set(caller.values()) == {""}
    assert api(company.contact).get(ORDERS).json()["results"][0]["caller"]["name"] == ""
    assert numbers(api(company.contact), q="13800001234") == []
    assert api(company.agent).get(url(order)).json()["caller"]["name"] == "王××"
    assert numbers(api(company.agent), q="13800001234") == [order.number]


def test_a_report_does_not_exist_for_those_it_is_about(company: Company, api: Api) -> None:
    """A27: 404 in every reading route, not 403."""
    order = company.order(
        kind="report_misconduct", category="service_conduct", reported_person=company.agent, reported_department=None
    )
    for rest in ("", "events/", "deadline/"):
        assert api(company.agent).get(url(order, rest)).status_code == 404
        assert api(company.director).get(url(order, rest)).status_code == 200
    assert numbers(api(company.agent)) == []


@pytest.mark.parametrize("rest", ["", "events/", "deadline/"])
def test_out_of_view_is_404_and_leaves_a_trace(company: Company, order: Order, api: Api, rest: str) -> None:
    answer = api(company.outsider).get(url(order, rest))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    row = AuditEntry.objects.filter(actor=company.outsider, result="refused").latest("pk")
    assert order.number in row.subject_ref
    unknown = api(company.outsider).get(f"{ORDERS}20200101-0001/{rest}")
    assert unknown.json() == answer.json()


def test_the_system_administrator_reads_no_order(company: Company, order: Order, api: Api) -> None:
    admin = api(person(Role.SYSTEM_ADMIN, "company"))
    assert numbers(admin) == []
    assert admin.get(url(order)).status_code == 404


def test_detail_costs_at_most_fourteen_statements(company: Company, api: Api) -> None:
    order = company.taken_to("archived", hide_caller=True)
    again = company.order()
    Order.objects.filter(pk=again.pk).update(original=order)
    for reader in (company.head, company.director, person(Role.MAIN_LEADER, "leadership")):
        client = api(reader)
        for row in (order, again):
            client.get(url(row))
            with CaptureQueriesContext(connection) as spent:
                assert client.get(url(row)).status_code == 200
            assert len(spent) <= 14, [query["sql"][:90] for query in spent.captured_queries]


def test_linked_orders_are_named_only_within_view(company: Company, order: Order, api: Api) -> None:
    other = company.order(category="facility_safety")
    Order.objects.filter(pk=order.pk).update(original=other)
    assert api(company.agent).get(url(order)).json()["original"] == other.number
    assert api(company.contact).get(url(order)).json()["original"] is None


def test_history_comes_in_order_and_in_pages(company: Company, api: Api) -> None:
    order = company.taken_to("archived")
    client = api(company.contact)
    whole = client.get(url(order, "events/"), {"page_size": 200}).json()
    assert [event["seq"] for event in whole["results"]] == list(range(1, len(whole["results"]) + 1))
    assert whole["results"][0]["name"] == "register"
    assert whole["results"][-1]["to_state"] == "archived"
    first = client.get(url(order, "events/"), {"page_size": 2}).json()
    second = client.get(url(order, "events/"), {"page_size": 2, "after": first["next"]}).json()
    assert first["results"] + second["results"] == whole["results"][:4]
    assert client.get(url(order, "events/"), {"after": "-1"}).status_code == 400
    assert client.get(url(order, "events/"), {"page": "2"}).status_code == 400


def test_the_deadline_explains_itself_day_by_day(company: Company, api: Api) -> None:
    """A2, A3: day 0 is the registration; National Day and its make-up Saturday are named."""
    order = company.order(now=MONDAY + timedelta(days=14))
    told = api(company.contact).get(url(order, "deadline/")).json()
    assert told["started_on"] == "2026-09-21"
    assert told["limit_days"] == 10
    assert told["due_on"] == order.due_on.isoformat() if order.due_on else False
    assert told["days"][0]["mark"] == "start"
    assert [day["index"] for day in told["days"] if day["index"]] == list(range(1, 11))
    assert told["days"][-1]["date"] == told["due_on"]
    assert {"holiday", "weekend", "counted"} <= {day["mark"] for day in told["days"]}
    unlimited = company.order(kind="praise")
    told = api(company.agent).get(url(unlimited, "deadline/")).json()
    assert (told["due_on"], told["days"]) == (None, [])


def test_a_disabled_users_token_is_worth_nothing(company: Company, order: Order, api: Api) -> None:
    client = api(company.contact)
    assert client.get(url(order)).status_code == 200
    User.objects.filter(pk=company.contact.pk).update(is_active=False)
    assert client.get(url(order)).status_code == 401


def test_a_post_that_has_ended_shows_nothing(
    company: Company, order: Order, api: Api, clock: time_machine.Traveller
) -> None:
    client = api(company.contact)
    company.contact.assignments.update(valid_to=MONDAY.date())
    assert client.get(url(order)).status_code == 200
    clock.shift(timedelta(hours=8))
    assert client.get(url(order)).status_code == 404
