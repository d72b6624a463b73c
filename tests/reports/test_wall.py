"""The wallboard: live numbers, no personal data, an address that can be taken back."""

from datetime import timedelta

import pytest
from django.test import Client

from outage.services.posting import post_by_hand, publish
from outage.vocabulary import Slot
from people.models import AuditEntry
from people.roles import Role
from policy import rulebook
from reports import wall
from reports.models import WallLink
from tests.factories import MONDAY, person
from tests.outage.factories import Crew, area
from tests.reports.conftest import SignIn
from tests.reports.golden import Golden

pytestmark = pytest.mark.django_db


def test_the_board_counts_what_is_open_and_names_no_caller(golden: Golden, signed_in: SignIn) -> None:
    """Eleven open orders; P9 is due on this Monday; P8 is overdue (S2-R13: nothing of a caller, no word of theirs)."""
    response = signed_in(golden.director).get("/reports/wall/")
    bigs = [(big.label, big.value) for big in response.context["bigs"]]
    assert bigs == [("今日受理", 0), ("在办", 9), ("今天到期", 1), ("已逾期", 1)]
    assert [(one.urgency, one.where) for one in response.context["first"]] == [
        ("逾期 3 天", "生产技术部"),
        ("今天到期", "生产技术部"),
    ]
    html = response.content.decode()
    for order in golden.orders.values():
        assert order.title not in html
        assert not order.caller_phone or order.caller_phone not in html
    assert "王小明" not in html
    assert golden.staff["P"]["handler"].name not in html
    assert golden.agent.name not in html, "no seat states: nobody at the desk is named (decision 21)"


def test_a_screen_needs_only_its_address_until_it_is_revoked(golden: Golden, signed_in: SignIn) -> None:
    director, screen = signed_in(golden.director), Client()
    assert director.post("/reports/wall/links/", {"label": ""}).status_code == 422
    address = director.post("/reports/wall/links/", {"label": "一楼值班室"}).context["fresh"]
    token = address.rstrip("/").rpartition("/")[2]
    row = WallLink.objects.get()
    assert token not in row.token_hash
    path = f"/reports/wall/screen/{token}/"
    shown = screen.get(path)
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    inside = screen.get(path, headers={"HX-Request": "true"})
    assert "<html" not in inside.content.decode()
    assert token not in director.get("/reports/wall/links/").content.decode(), "shown once"
    assert screen.get("/reports/wall/").status_code == 302, "the address opens nothing else"
    assert screen.post(path).status_code == 405
    assert director.post(f"/reports/wall/links/{row.pk}/revoke/").status_code == 302
    assert screen.get(path).status_code == 404
    assert screen.get("/reports/wall/screen/" + "x" * 200 + "/").status_code == 404
    assert set(AuditEntry.objects.filter(action__startswith="wall").values_list("action", flat=True)) == {
        "wall.create",
        "wall.revoke",
    }


def test_only_director_and_manager_give_out_addresses(golden: Golden, signed_in: SignIn) -> None:
    assert signed_in(golden.agent).get("/reports/wall/links/").status_code == 403
    assert signed_in(golden.agent).get("/reports/wall/").status_code == 200
    assert signed_in(person(Role.MANAGER, "company")).get("/reports/wall/links/").status_code == 200
    assert signed_in(golden.staff["P"]["handler"]).get("/reports/wall/").status_code == 403


def test_the_two_largest_outages_have_their_clocks_and_the_others_their_names() -> None:
    """A clock that runs is large; one that was posted late says in which minute, in the size of its neighbours."""
    crew = Crew()
    first = crew.outage()
    crew.outage(title="东街停电", areas=[area("东街", households=900)])
    crew.outage(title="荷塘里停电", areas=[area("荷塘里", households=80)])
    late = MONDAY + timedelta(minutes=16, seconds=30)
    for posting in publish(first, Slot.INTERRUPTION, text="江湾新村停电，正在抢修。", by=crew.duty, now=late):
        post_by_hand(posting, proof="已发群", proof_photo=None, by=crew.duty, now=late)
    board = wall.board(late, rulebook.current())
    assert [(card.households, card.clocks[0].state) for card in board["outages"]] == [
        (900, "late"),
        (100, "late is-posted"),
    ]
    assert board["outages"][1].clocks[0].text == "第 17 分钟"
    assert board["outage_count"] == 3
    assert "荷塘里" in board["outages_more"]
