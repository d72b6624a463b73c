"""S4-R53: calls are drawn at random, judged by somebody else, shown to their agent, summed up for the report."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import Call, CallScore
from complaints.models.quality import MARKS
from complaints.services.quality import SAMPLES, draw_calls, figures, score_call
from complaints.vocabulary import Disposition, NoOrderReason
from people.models import AuditEntry, User
from people.roles import Role
from policy.vocabulary import Channel
from tests.factories import MONDAY, Company, person

pytestmark = pytest.mark.django_db
NOW = MONDAY + timedelta(days=2)
GOOD = {"tone": 5, "pace": 4, "listening": 5, "no_interruption": 4}
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def at_work() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def calls(agent: User, many: int, **fields: Any) -> list[Call]:
    given: dict[str, Any] = {
        "channel": Channel.HOTLINE,
        "disposition": Disposition.NO_ORDER,
        "no_order_reason": NoOrderReason.values[0],
    }
    return [
        Call.objects.create(agent=agent, received_at=MONDAY + timedelta(minutes=n), **(given | fields))
        for n in range(many)
    ]


def test_each_agent_gets_so_many_calls_a_month_and_no_more() -> None:
    busy, idle = person(Role.HOTLINE_AGENT), person(Role.HOTLINE_AGENT)
    calls(busy, SAMPLES * 3)
    calls(idle, 2)
    calls(idle, 3, channel=Channel.LETTER)
    assert draw_calls(now=NOW) == SAMPLES + 2
    assert draw_calls(now=NOW) == 0, "twice draws nothing more"
    calls(idle, SAMPLES)
    assert draw_calls(now=NOW) == SAMPLES - 2, "later calls fill what is missing"
    assert CallScore.objects.filter(agent=busy).count() == CallScore.objects.filter(agent=idle).count() == SAMPLES


def test_a_month_begins_at_midnight_in_shanghai() -> None:
    calls(person(Role.HOTLINE_AGENT), 1)
    Call.objects.update(received_at="2026-08-31T16:00:00Z")  # 00:00 of 1 September
    draw_calls(now=NOW)
    assert CallScore.objects.get().month == SEPTEMBER


def test_calls_are_judged_by_somebody_else_once() -> None:
    leader, other = person(Role.SHIFT_LEADER), person(Role.SUPERVISOR)
    calls(leader, 1)
    draw_calls(now=NOW)
    score = CallScore.objects.get()
    with pytest.raises(NotAllowed):
        score_call(score, GOOD, "", by=leader, now=NOW)
    with pytest.raises(NotAllowed):
        score_call(score, GOOD, "", by=person(Role.HOTLINE_AGENT), now=NOW)
    with pytest.raises(Invalid) as error:
        score_call(score, GOOD | {"pace": 6}, "", by=other, now=NOW)
    assert error.value.field == "pace"
    score_call(score, GOOD, "耐心", by=other, now=NOW)
    with pytest.raises(NotNow):
        score_call(score, GOOD, "", by=other, now=NOW)
    assert AuditEntry.objects.filter(action="call.score").count() == 1


def test_the_database_knows_it_too() -> None:
    agent, leader = person(Role.HOTLINE_AGENT), person(Role.SHIFT_LEADER)
    calls(agent, 1)
    draw_calls(now=NOW)
    whole: dict[str, Any] = {"scored_by": leader, "scored_at": NOW, **GOOD}
    for wrong in ({"scored_by": agent}, {"scored_by": None}, {"tone": None}, {"pace": 0}, {"pace": 6}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CallScore.objects.update(**(whole | wrong))
    CallScore.objects.update(**whole)


def test_figures_are_means_over_what_was_judged() -> None:
    agent, leader = person(Role.HOTLINE_AGENT), person(Role.SHIFT_LEADER)
    calls(agent, 3)
    draw_calls(now=NOW)
    first, second, _third = CallScore.objects.order_by("place")
    score_call(first, GOOD, "", by=leader, now=NOW)
    score_call(second, dict.fromkeys(GOOD, 2), "", by=leader, now=NOW)
    (row,) = figures(SEPTEMBER, OCTOBER)
    assert (row.drawn, row.scored) == (3, 2)
    assert row.means == {"tone": 3.5, "pace": 3.0, "listening": 3.5, "no_interruption": 3.0}
    assert row.mean == 3.25
    assert figures(OCTOBER, NOVEMBER) == []


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_from_the_call_to_the_agents_page(at_work: None) -> None:
    company = Company()
    order = company.order()
    leader, other = person(Role.SHIFT_LEADER), person(Role.HOTLINE_AGENT)
    judge = signed_in(leader)
    assert judge.post("/quality/draw/").status_code == 302
    score = CallScore.objects.get(agent=company.agent)
    address = f"/quality/{score.pk}/"
    card = judge.get(address).content.decode()
    assert order.number in card
    assert "13800001234" not in card, "masked"
    agent = signed_in(company.agent)
    assert agent.get(address).status_code == 404, "not before it is judged"
    assert judge.post(address, {"tone": 5}).status_code == 400
    marks: dict[str, Any] = {name: 4 for name, *_rest in MARKS}
    assert judge.post(address, marks | {"remark": "再慢一点"}).status_code == 302
    assert "再慢一点" in agent.get(address).content.decode()
    assert "再慢一点" in agent.get("/quality/").content.decode()
    assert agent.post(address, marks).status_code == 403
    assert signed_in(other).get(address).status_code == 404
    assert "再慢一点" not in signed_in(other).get("/quality/").content.decode()
    assert signed_in(company.handler).get("/quality/").status_code == 403
    assert AuditEntry.objects.filter(action="call.listen").count() == 1


def test_a_report_about_the_judge_stays_hidden_on_the_card(at_work: None) -> None:
    """A27: whoever may not see the order does not read it by way of its call."""
    company = Company()
    order = company.order(kind="report_misconduct")
    leader = person(Role.SHIFT_LEADER)
    draw_calls(now=NOW)
    type(order).objects.filter(pk=order.pk).update(reported_person=leader)
    card = signed_in(leader).get(f"/quality/{CallScore.objects.get().pk}/").content.decode()
    assert order.number not in card
    assert "138****1234" not in card
