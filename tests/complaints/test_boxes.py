"""The complaint boxes: opened by two, every letter ends as an order or with a reason (S0-R12)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from complaints.errors import Invalid, NotAllowed, NotNow
from complaints.models import BoxLetter, BoxOpening
from complaints.services.boxes import record_opening, settle_letter
from people.models import AuditEntry, User
from people.roles import Role
from policy.vocabulary import Category, Channel
from tests.conftest import COMMITTED
from tests.factories import MONDAY, Company, dept, person

db = pytest.mark.django_db
HOUR = timedelta(hours=1)
Run = Callable[..., list[Any]]
ROUNDS = [pytest.param(3, id="few"), pytest.param(200, id="proof", marks=pytest.mark.proof)]


def opened(company: Company, letters: int = 2, **changes: Any) -> BoxOpening:
    given: dict[str, Any] = {
        "department": dept("station_jiangwan"),
        "place": "营业厅门口",
        "opened_at": MONDAY,
        "witness": company.director,
        "letters": letters,
        "by": company.agent,
        "now": MONDAY,
    }
    return record_opening(**given | changes)


def form(company: Company, **changes: Any) -> dict[str, Any]:
    given = {"department": dept("station_jiangwan").pk, "place": "营业厅门口", "opened_at": "2026-09-07 09:00"}
    return given | {"witness": company.director.pk, "letters": "2", "remark": ""} | changes


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@db
def test_a_box_is_opened_by_two_and_each_letter_becomes_an_order_or_a_reason() -> None:
    company = Company()
    with time_machine.travel(MONDAY, tick=False):
        client = client_of(company.agent)
        where = client.post("/boxes/new/", form(company))["Location"]
        row = BoxOpening.objects.get()
        assert (row.opened_by, row.witness, row.found.count()) == (company.agent, company.director, 2)
        assert [one.waiting for one in client.get("/boxes/").context["rows"]] == [2]
        order = company.order(channel=Channel.COMPLAINT_BOX, category=Category.POWER_QUALITY)
        assert client.post(f"{where}letters/1/", {"number": order.number}).status_code == 302
        assert client.post(f"{where}letters/2/", {"reason": "空白信纸"}).status_code == 302
        assert order.number in client.get(where).content.decode()
        assert [one.waiting for one in client.get("/boxes/").context["rows"]] == [0]
        assert client.post(f"{where}letters/2/", {"reason": "再写"}).status_code == 409
        assert client.post(f"{where}letters/9/", {"reason": "没有"}).status_code == 404
    assert AuditEntry.objects.filter(action__in=("box.open", "box.letter"), actor=company.agent).count() == 3


@db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"witness": ""}, "共同开箱人"),
        ({"letters": "-1"}, "0"),
        ({"letters": "201"}, "200"),
        ({"opened_at": "2026-09-07 10:30"}, "不能晚于现在"),
        ({"opened_at": "昨天"}, "时间写作"),
        ({"place": ""}, "请填写“位置”"),
        ({"department": "987654"}, "alert"),
    ],
)
def test_an_opening_says_what_is_wrong(changes: dict[str, str], words: str) -> None:
    company = Company()
    with time_machine.travel(MONDAY, tick=False):
        answer = client_of(company.agent).post("/boxes/new/", form(company, **changes))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not BoxOpening.objects.exists()


@db
def test_the_second_person_is_another_colleague_and_the_opening_is_written_once() -> None:
    company = Company()
    for witness in (company.agent, person(Role.SYSTEM_ADMIN, "company"), person(None)):
        with pytest.raises(Invalid):
            opened(company, witness=witness)
    with pytest.raises(Invalid):
        opened(company, opened_at=MONDAY + HOUR)
    opened(company)
    with pytest.raises(NotNow):
        opened(company)
    with pytest.raises(IntegrityError), transaction.atomic():
        BoxOpening.objects.update(witness_id=company.agent.pk)


@db
def test_a_letter_is_linked_only_to_an_order_of_the_box_after_its_opening() -> None:
    company = Company()
    first, second = opened(company, opened_at=MONDAY).found.all()
    early = company.order(MONDAY - HOUR, channel=Channel.COMPLAINT_BOX)
    rung = company.order()
    right = company.order(channel=Channel.COMPLAINT_BOX)
    for number in (early.number, rung.number, "000000000"):
        with pytest.raises(Invalid):
            settle_letter(first, number=number, by=company.agent, now=MONDAY)
    for nothing in ({}, {"number": right.number, "reason": "两样都写"}):
        with pytest.raises(Invalid):
            settle_letter(first, **nothing, by=company.agent, now=MONDAY)
    settle_letter(first, number=right.number, by=company.agent, now=MONDAY)
    with pytest.raises(Invalid, match="另一封"):
        settle_letter(second, number=right.number, by=company.agent, now=MONDAY)
    with pytest.raises(NotAllowed):
        settle_letter(second, reason="空白", by=company.handler, now=MONDAY)


@db
def test_a_department_sees_and_opens_its_own_boxes_only() -> None:
    company = Company()
    station = person(Role.STATION_HEAD, "station_jiangwan")
    opening = opened(company)
    with time_machine.travel(MONDAY, tick=False):
        assert client_of(station).get(f"/boxes/{opening.pk}/").status_code == 200
        assert client_of(station).post(f"/boxes/{opening.pk}/letters/1/", {"reason": "空白"}).status_code == 403
        assert client_of(company.outsider).get(f"/boxes/{opening.pk}/").status_code == 404
        assert list(client_of(company.outsider).get("/boxes/").context["rows"]) == []
        assert client_of(person(Role.API_CLIENT)).get("/boxes/").status_code == 403
    with pytest.raises(NotAllowed):
        opened(company, by=company.outsider, place="二楼")
    opened(company, by=station, place="二楼")


@db
def test_an_order_out_of_view_is_not_named_on_the_page() -> None:
    """A27: a report about the station stays invisible to it; the page says only that the letter was registered."""
    company = Company()
    station = person(Role.STATION_HEAD, "station_jiangwan")
    opening = opened(company, letters=1)
    report = company.order(
        channel=Channel.COMPLAINT_BOX,
        kind="report_misconduct",
        category=Category.THEFT_TARIFF,
        reported_department=dept("station_jiangwan"),
    )
    settle_letter(opening.found.get(), number=report.number, by=company.agent, now=MONDAY)
    with time_machine.travel(MONDAY, tick=False):
        html = client_of(station).get(f"/boxes/{opening.pk}/").content.decode()
    assert "已登记工单" in html
    assert report.number not in html


@COMMITTED
@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_settle_a_letter_at_once_and_one_word_stands(at_once: Run, rounds: int) -> None:
    company = Company()
    for turn in range(rounds):
        letter = opened(company, letters=1, place=f"{turn} 号").found.get()
        outcomes = at_once(
            *(
                lambda by=by: settle_letter(letter, reason="空白", by=by, now=MONDAY)  # noqa: B023
                for by in (company.agent, company.director)
            )
        )
        assert sum(isinstance(found, BoxLetter) for found in outcomes) == 1, outcomes
        assert sum(isinstance(found, NotNow) for found in outcomes) == 1, outcomes


@COMMITTED
@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_letters_want_one_order_at_once_and_one_gets_it(at_once: Run, rounds: int) -> None:
    company = Company()
    for turn in range(rounds):
        letters = list(opened(company, place=f"{turn} 号").found.all())
        order = company.order(channel=Channel.COMPLAINT_BOX)
        outcomes = at_once(
            *(
                lambda one=one: settle_letter(one, number=order.number, by=company.agent, now=MONDAY)  # noqa: B023
                for one in letters
            )
        )
        assert sum(isinstance(found, BoxLetter) for found in outcomes) == 1, outcomes
        assert sum(isinstance(found, Invalid) for found in outcomes) == 1, outcomes
