"""Steps by API: the page's forms, the one door, its refusals."""

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from complaints.forms import FORMS
from complaints.models import Order, OrderEvent
from complaints.services import perform, place_hold
from complaints.steps import STEPS
from people.models import AuditEntry
from people.roles import Role
from tests.api.bodies import AT, STORY, intake, version_of
from tests.api.conftest import Api
from tests.factories import MONDAY, Company, person

PROBLEM = {"code", "message", "errors", "changes"}


def act(client: APIClient, order: Order, name: str, **body: Any) -> Any:
    body.setdefault("version", version_of(order))
    return client.post(f"/api/v1/orders/{order.number}/actions/{name}/", body)


def test_an_order_goes_from_call_to_archive_by_api(company: Company, api: Api) -> None:
    """Issue 2: the whole life through the API alone; every answer is the order as it then is."""
    number = api(company.agent).post("/api/v1/orders/", intake()).json()["number"]
    order = Order.objects.get(number=number)
    for name, who, body in STORY:
        if name == "investigate":
            company.handler.refresh_from_db()
            order = perform(order, "assign_handler", by=company.contact, now=MONDAY, handler=company.handler)
        answer = act(api(getattr(company, who)), order, name, **body)
        assert answer.status_code == 200, (name, answer.json())
        order = Order.objects.get(pk=order.pk)
        assert (answer.json()["state"], answer.json()["version"]) == (order.state, order.version)
    told = answer.json()
    assert (told["state"], told["satisfaction"], told["archive_ground"]) == ("archived", "satisfied", "callback")
    assert told["investigations"][0]["evidence"] == [
        {"code": "meter", "note": ""},
        {"code": "site_survey", "note": ""},
    ]
    assert told["investigations"][0]["sections"]["site_visit"]["people"] == "张三、李四"
    assert [demand["answer"] for demand in told["demands"]] == ["已查明", "月底前整改"]
    assert [feedback["status"] for feedback in told["feedbacks"]] == ["accepted"]


def test_every_step_of_the_workflow_is_an_operation(company: Company, api: Api) -> None:
    assert set(FORMS) == set(STEPS)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MAIN_LEADER])
def test_readers_are_told_that_a_step_is_not_theirs(company: Company, order: Order, api: Api, role: Role) -> None:
    """In view but forbidden is 403, with one refused audit row and nothing written, whatever the body says."""
    reader = person(role, "leadership")
    client = api(reader)
    for name in FORMS:
        answer = act(client, order, name, nonsense=["x"])
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (name, answer.json())
        rows = AuditEntry.objects.filter(actor=reader, result="refused", subject_ref__contains=f"actions/{name}/")
        assert rows.count() == 1
    assert not OrderEvent.objects.filter(order=order, by=reader).exists()


def test_out_of_view_every_step_is_404_and_leaves_a_trace(company: Company, order: Order, api: Api) -> None:
    client = api(company.outsider)
    for done, name in enumerate(FORMS, start=1):
        answer = act(client, order, name)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert AuditEntry.objects.filter(actor=company.outsider, result="refused").count() >= done


def test_nobody_acts_without_signing_in(order: Order, api: Api) -> None:
    client = api(None)
    assert {act(client, order, name).status_code for name in FORMS} == {401}


def test_an_unknown_step_is_404_in_the_same_form(company: Company, order: Order, api: Api) -> None:
    answer = act(api(company.director), order, "delete")
    assert answer.status_code == 404
    assert set(answer.json()) == PROBLEM


def test_the_version_is_asked_for(company: Company, order: Order, api: Api) -> None:
    """F20: a program that does not say what it looked at cannot overwrite what came after."""
    for body in ({}, {"version": None}):
        answer = api(company.contact).post(f"/api/v1/orders/{order.number}/actions/accept/", body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["version"])
    for odd in ("2", 1.5, True, [1], {"n": 1}, -1, 0):
        answer = act(api(company.contact), order, "accept", version=odd)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["version"]), odd


def test_a_stale_picture_is_told_what_changed(company: Company, order: Order, api: Api) -> None:
    """F20: 409 with one line per step since, and nothing written."""
    seen = version_of(order)
    perform(order, "accept", by=company.contact, now=MONDAY)
    answer = act(api(company.contact), order, "assign_handler", version=seen, handler=company.handler.username)
    told = answer.json()
    assert (answer.status_code, told["code"], set(told)) == (409, "stale", PROBLEM)
    assert len(told["changes"]) == 1
    assert company.contact.name in told["changes"][0]
    assert "接单" in told["changes"][0]
    order.refresh_from_db()
    assert order.handler is None


def test_the_second_of_two_reads_who_was_quicker(company: Company, order: Order, api: Api) -> None:
    """F19."""
    seen = version_of(order)
    client = api(company.contact)
    assert act(client, order, "accept", version=seen).status_code == 200
    again = act(client, order, "accept", version=seen).json()
    assert again["code"] in {"stale", "blocked"}
    over = act(client, order, "investigate", version=seen).json()
    assert over["code"] != "not_now"
    perform(order, "withdraw", by=company.agent, now=MONDAY, reason="客户撤回")
    gone = act(client, order, "accept", version=seen)
    assert (gone.status_code, gone.json()["code"]) == (409, "not_now")
    assert len(gone.json()["changes"]) == 2


def test_a_step_that_is_over_is_said_to_be_over_before_its_fields(company: Company, api: Api) -> None:
    order = company.taken_to("archived")
    answer = act(api(company.handler), order, "resolve", measures="")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_now")


def test_guards_and_holds_refuse_with_their_reason(company: Company, order: Order, api: Api) -> None:
    client = api(company.contact)
    answer = act(client, order, "investigate", **dict(STORY[1][2]))
    assert (answer.status_code, answer.json()["code"]) == (409, "blocked")
    assert answer.json()["message"] == "请先接单，再进行这一步。"
    place_hold(order, blocks="accept", reason="赔付待批", source="test", by=None, now=MONDAY)
    answer = act(client, order, "accept")
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (409, "held", "赔付待批")


def test_fields_are_judged_by_the_form_of_the_page(company: Company, api: Api) -> None:
    """S4-R35: each demand its answer; the text is the form's own."""
    order = company.taken_to("investigated")
    perform(order, "contact_customer", by=company.handler, now=MONDAY + timedelta(hours=4), at=MONDAY, means="phone",
            result="reached", note="说明")  # fmt: skip
    answer = act(api(company.handler), order, "resolve", measures="整改", basis="规则", answer_1="已查明")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["errors"]) == ["answer_2"]
    extra = act(
        api(company.handler),
        order,
        "resolve",
        measures="整改",
        basis="规则",
        answer_1="甲",
        answer_2="乙",
        answer_3="丙",
    )
    assert (extra.status_code, list(extra.json()["errors"])) == (400, ["answer_3"])
    assert not order.feedbacks.exists()


def test_a_section_of_another_category_is_an_unknown_field(company: Company, api: Api) -> None:
    order = company.taken_to("classified")
    body = dict(STORY[1][2]) | {"refund__amount": "12.50"}
    answer = act(api(company.handler), order, "investigate", **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["refund__amount"])


def test_a_future_contact_is_refused(company: Company, order: Order, api: Api) -> None:
    body = dict(STORY[2][2]) | {"at": "2026-09-08T19:00:00+08:00"}
    answer = act(api(company.contact), order, "contact_customer", **body)
    assert list(answer.json()["errors"]) == ["at"]


def test_a_second_order_out_of_view_cannot_be_named(company: Company, order: Order, api: Api) -> None:
    """Second ids: a master the sender may not see is an unknown number (GitLab's lesson)."""
    hidden = company.order(
        now=MONDAY - timedelta(days=1),
        kind="report_misconduct",
        category="service_conduct",
        reported_person=company.agent,
    )
    answer = act(api(company.agent), order, "merge", master=hidden.number, reason="同一件事")
    unknown = act(api(company.agent), order, "merge", master="20200101-0001", reason="同一件事")
    assert answer.status_code == unknown.status_code == 400
    assert list(answer.json()["errors"]) == list(unknown.json()["errors"]) == ["master"]


def test_a_sub_assignment_of_another_order_cannot_be_finished(company: Company, api: Api) -> None:
    """Second ids: ``sub`` belongs to the order in the address."""
    mine, other = company.taken_to("classified"), company.taken_to("classified")
    unit = mine.lead_department
    perform(other, "sub_assign", by=company.contact, now=MONDAY + timedelta(hours=2), department=unit, task="测量",
            due_on=MONDAY.date())  # fmt: skip
    sub = other.sub_assignments.get()
    answer = act(api(company.contact), mine, "finish_sub_assignment", sub=sub.pk, result_text="完成")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sub"])
    for odd in (10**30, -1, 0):
        assert act(api(company.contact), mine, "finish_sub_assignment", sub=odd, result_text="完成").status_code == 400
    told = act(api(company.contact), other, "finish_sub_assignment", sub=sub.pk, result_text="完成")
    assert told.status_code == 200
    assert told.json()["sub_assignments"][0]["done_at"] is not None


def test_whoever_sends_an_order_back_is_answered_and_sees_it_no_more(company: Company, order: Order, api: Api) -> None:
    client = api(company.contact)
    answer = act(client, order, "reject_dispatch", reason="应由配网专业部室承办")
    assert (answer.status_code, answer.json()["state"], answer.json()["actions"]) == (200, "registered", [])
    assert client.get(f"/api/v1/orders/{order.number}/").status_code == 404


def test_the_same_key_takes_a_step_once(company: Company, order: Order, api: Api) -> None:
    """Invariant 17; an error answer keeps nothing, so the corrected body may use the key."""
    client, url = api(company.contact), f"/api/v1/orders/{order.number}/actions/add_fact/"
    headers = {"Idempotency-Key": "fact-0001"}
    seen = version_of(order)
    wrong = client.post(url, {"version": seen, "text": ""}, headers=headers)
    assert wrong.status_code == 400
    first = client.post(url, {"version": seen, "text": "已到现场"}, headers=headers)
    again = client.post(url, {"version": seen, "text": "已到现场"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert order.events.filter(name="add_fact").count() == 1
    other = client.post(url, {"version": seen, "text": "别的"}, headers=headers)
    assert (other.status_code, set(other.json())) == (409, PROBLEM)
    bad = client.post(url, {"version": seen, "text": "别的"}, headers={"Idempotency-Key": "x y"})
    assert (bad.status_code, set(bad.json())) == (400, PROBLEM)


def test_a_session_of_the_page_works_too(company: Company, order: Order) -> None:
    """Session and token sign-in alike; a session needs the CSRF token, as on the pages."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(company.contact)
    assert client.get(f"/api/v1/orders/{order.number}/").status_code == 200
    answer = act(client, order, "accept")
    assert (answer.status_code, set(answer.json())) == (403, PROBLEM)
    order.refresh_from_db()
    assert order.accepted_at is None


def test_a_substitute_acts_in_the_others_name(company: Company, order: Order, api: Api) -> None:
    stand_in = person()
    from_post = company.contact.assignments.get()
    stand_in.assignments.create(
        role=from_post.role, department=from_post.department, valid_from=MONDAY.date(), substitute_for=from_post
    )
    assert act(api(stand_in), order, "accept").status_code == 200
    events = api(stand_in).get(f"/api/v1/orders/{order.number}/events/").json()["results"]
    assert events[-1]["by"]["username"] == stand_in.username
    assert events[-1]["acting_for"]["username"] == company.contact.username


def test_a_contact_in_the_past_is_kept_as_given(company: Company, api: Api) -> None:
    order = company.order()
    told = act(api(company.contact), order, "contact_customer", **dict(STORY[2][2])).json()
    assert told["contacts"][0]["at"] == AT
