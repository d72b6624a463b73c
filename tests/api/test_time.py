"""Time by API: extensions, approvals, urging, supervising, escalations, promises; the pages' forms and services."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from complaints.models import Order, OrderEvent
from complaints.services import perform
from escalation.models import Approval, Escalation, Promise, Supervision, Urge
from people.models import User
from people.roles import Role
from tests.api.bodies import version_of
from tests.api.conftest import Api
from tests.api.test_strict import NASTY, ODD, columns_not_asked, send
from tests.factories import MONDAY, Company, person

EXTENSION = {"limit_days": 20, "ground": "outside_evidence", "text": "须向表厂取证"}
DELAY = {"kind": "delay", "what": "答复赔偿方案", "promised_at": "2026-09-10T10:00+08:00", "reason": "等待检定报告"}
URGE = {"level": "urge", "text": "客户再次来电"}
# Where a form is posted, by whom, and the least it takes.
DOORS: dict[str, tuple[str, dict[str, Any]]] = {
    "extensions": ("handler", EXTENSION),
    "urges": ("agent", URGE),
    "supervisions": ("director", {"text": "每日报告"}),
    "escalations": ("head", {"act": "taken"}),
    "promises": ("handler", DELAY),
}


@pytest.fixture
def order(company: Company) -> Order:
    """Accepted and urged, so that it lies before the head."""
    return perform(company.order(), "accept", by=company.contact, now=MONDAY, handler=company.handler)


def post(api: Api, who: User | None, order: Order, place: str, **body: Any) -> Any:
    body.setdefault("version", version_of(order))
    return api(who).post(f"/api/v1/orders/{order.number}/{place}/", body)


def results(api: Api, who: User, order: Order, place: str) -> list[dict[str, Any]]:
    answer = api(who).get(f"/api/v1/orders/{order.number}/{place}/")
    assert answer.status_code == 200, answer.json()
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_an_extension_is_asked_for_taken_back_asked_again_and_granted(company: Company, order: Order, api: Api) -> None:
    """S4-R43: the whole of it without a page; every answer is the case as it then is."""
    first = post(api, company.handler, order, "extensions", **EXTENSION)
    assert (first.status_code, first.json()["status"]) == (201, "pending")
    assert post(api, company.handler, order, "extensions", **EXTENSION).json()["code"] == "blocked"
    back = api(company.handler).post(reverse("api_approval_take_back", args=[first.json()["id"]]))
    assert (back.status_code, back.json()["status"]) == (200, "taken_back")
    second = post(api, company.handler, order, "extensions", **EXTENSION).json()
    waiting = api(company.head).get("/api/v1/approvals/").json()["results"]
    assert [(case["id"], case["mine"]) for case in waiting] == [(second["id"], True)]
    word = {"decision": "approved", "position": 1, "opinion": ""}
    granted = api(company.head).post(reverse("api_approval_decision", args=[second["id"]]), word)
    assert (granted.status_code, granted.json()["status"]) == (200, "approved")
    again = api(company.head).post(reverse("api_approval_decision", args=[second["id"]]), word)
    assert (again.status_code, again.json()["code"]) == (409, "not_now")
    assert api(company.head).get("/api/v1/approvals/").json()["results"] == []
    told = api(company.agent).get(f"/api/v1/orders/{order.number}/deadline/").json()
    assert told["limit_days"] == 20


def test_urged_passed_up_instructed_and_taken(company: Company, order: Order, api: Api) -> None:
    """B23: what lies before whom, and which acts the reader has."""
    leader = person(Role.DEPUTY_LEADER, "leadership")
    assert post(api, company.head, order, "escalations", act="taken").status_code == 404, "nothing lies there yet"
    urged = post(api, company.agent, order, "urges", **URGE)
    assert (urged.status_code, urged.json()["department"]) == (201, company.lead)
    assert post(api, company.director, order, "urges", level="notice", text="书面").json()["code"] == "blocked"
    assert post(api, company.agent, order, "urges", level="notice", text="书面").status_code == 400
    assert [row["text"] for row in results(api, company.handler, order, "urges")] == [URGE["text"]]
    assert results(api, company.head, order, "escalations")[0]["acts"] == ["taken", "reassigned", "passed_up"]
    assert results(api, company.handler, order, "escalations")[0]["acts"] == []
    assert post(api, company.head, order, "escalations", act="passed_up").status_code == 400, "needs an opinion"
    up = post(api, company.head, order, "escalations", act="passed_up", opinion="需跨部门协调")
    assert (up.status_code, up.json()["rung"], up.json()["acts"]) == (200, "deputy_leader", [])
    assert post(api, company.head, order, "escalations", act="taken").status_code == 403
    down = post(api, leader, order, "escalations", act="instructed", opinion="三日内办结")
    assert (down.status_code, down.json()["rung"]) == (200, "head")
    named = post(api, company.head, order, "escalations", act="reassigned", handler=company.contact.username)
    assert named.status_code == 200
    assert [step["act"] for step in named.json()["steps"]] == ["passed_up", "instructed", "reassigned"]
    assert named.json()["closed_at"] is not None
    over = post(api, company.head, order, "escalations", act="taken")
    assert (over.status_code, over.json()["code"]) == (409, "not_now")
    assert Order.objects.get(pk=order.pk).handler == company.contact


def test_supervised_until_let_go(company: Company, order: Order, api: Api) -> None:
    leader = person(Role.DEPUTY_LEADER, "leadership")
    assert post(api, leader, order, "supervisions/end").json()["code"] == "not_now"
    assert post(api, leader, order, "supervisions", text="每日报告").status_code == 201
    assert post(api, company.director, order, "supervisions", text="再督办").json()["code"] == "blocked"
    ended = post(api, leader, order, "supervisions/end")
    assert (ended.status_code, ended.json()["ended_by"]["username"]) == (200, leader.username)
    assert [row["ended_at"] is None for row in results(api, company.handler, order, "supervisions")] == [False]


def test_a_promise_is_kept_or_called_off_once(company: Company, order: Order, api: Api) -> None:
    """S1-R16, R19, R25."""
    assert list(post(api, company.handler, order, "promises", **DELAY | {"reason": ""}).json()["errors"]) == ["reason"]
    made = post(api, company.handler, order, "promises", **DELAY)
    assert made.status_code == 201
    place = f"promises/{made.json()['id']}/outcome"
    assert list(post(api, company.handler, order, place, outcome="perhaps").json()["errors"]) == ["outcome"]
    kept = post(api, company.agent, order, place, outcome="kept")
    assert (kept.status_code, kept.json()["called_off_at"]) == (200, None)
    assert post(api, company.agent, order, place, outcome="off").json()["code"] == "not_now"
    other = company.order()
    foreign = f"promises/{made.json()['id']}/outcome"
    assert post(api, company.agent, other, foreign, outcome="off").status_code == 404, "of another order"
    assert results(api, company.handler, order, "promises")[0]["kept_at"] is not None


@pytest.mark.parametrize("place", DOORS)
def test_a_stale_picture_changes_nothing(company: Company, order: Order, api: Api, place: str) -> None:
    """F20: the version is asked for, and an older one is told what happened since."""
    post(api, company.agent, order, "urges", **URGE)
    who, body = DOORS[place]
    client = api(getattr(company, who))
    address = f"/api/v1/orders/{order.number}/{place}/"
    assert list(client.post(address, body).json()["errors"]) == ["version"]
    seen = version_of(order)
    perform(order, "assign_handler", by=company.contact, now=MONDAY + timedelta(hours=1), handler=company.contact)
    events = OrderEvent.objects.filter(order=order).count()
    answer = client.post(address, {**body, "version": seen})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale"), answer.json()
    assert company.contact.name in answer.json()["changes"][0]
    assert OrderEvent.objects.filter(order=order).count() == events


@pytest.mark.parametrize("place", DOORS)
def test_a_repeated_request_key_is_one_effect(company: Company, order: Order, api: Api, place: str) -> None:
    """Invariant 17: the second answer is the first one's, and nothing happens twice."""
    post(api, company.agent, order, "urges", **URGE)
    who, body = DOORS[place]
    client, address = api(getattr(company, who)), f"/api/v1/orders/{order.number}/{place}/"
    sent = {**body, "version": version_of(order)}
    counts = (Approval, Urge, Supervision, Promise, OrderEvent, Escalation)
    first = client.post(address, sent, headers={"Idempotency-Key": "kenn-0001"})
    after = [model.objects.count() for model in counts]
    second = client.post(address, sent, headers={"Idempotency-Key": "kenn-0001"})
    assert first.status_code in {200, 201}, first.json()
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert [model.objects.count() for model in counts] == after


@pytest.mark.parametrize("place", DOORS)
def test_what_a_form_does_not_take_is_named(company: Company, order: Order, api: Api, place: str) -> None:
    """T11 and RELIABILITY 3: unknown fields, wrong types, text no column can hold; nothing is written."""
    post(api, company.agent, order, "urges", **URGE)
    who, body = DOORS[place]
    client, address = api(getattr(company, who)), f"/api/v1/orders/{order.number}/{place}/"
    events = OrderEvent.objects.filter(order=order).count()
    extra = columns_not_asked([*body, "version", "handler", "opinion", "evidence", "kind", "reason"])
    answer = send(client, address, {**body, "version": 1, **extra})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, set(extra))
    fields = set(body)
    for value in ODD:
        assert send(client, address, dict.fromkeys([*fields, "version"], value)).status_code == 400, value
    for value in NASTY:
        wrong = send(client, address, dict.fromkeys(fields, value) | {"version": value})
        assert wrong.status_code == 400, (value, wrong.content)
    assert OrderEvent.objects.filter(order=order).count() == events


def test_readers_are_refused_and_strangers_find_nothing(company: Company, order: Order, api: Api) -> None:
    """In view but not theirs is 403, out of view 404, without a token 401, whatever the body says."""
    auditor = person(Role.AUDITOR, "leadership")
    post(api, company.agent, order, "urges", **URGE)
    for place in (*DOORS, "supervisions/end"):
        for who, status in ((auditor, 403), (company.outsider, 404), (None, 401)):
            assert post(api, who, order, place, nonsense=["x"]).status_code == status, (place, who)
        if place != "supervisions/end":
            assert api(company.outsider).get(f"/api/v1/orders/{order.number}/{place}/").status_code == 404
            assert api(auditor).get(f"/api/v1/orders/{order.number}/{place}/").status_code == 200
