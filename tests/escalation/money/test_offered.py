"""The lists of rulings, appeals and rectifications offer a decision only to whom it is open; others read who does."""

import re

import pytest
import time_machine
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from escalation.services import appeals, rectifications
from people.models import User
from tests.escalation.money.test_after import called_back
from tests.escalation.money.test_rulings import TUESDAY, House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House()


def offered(user: User, path: str) -> set[str]:
    """The acts a page offers this person; every one of them must open."""
    client = Client()
    with time_machine.travel(TUESDAY, tick=False):
        client.force_login(user)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = TOTPDevice.objects.create(user=user, name="手机").persistent_id
        session.save()
        answer = client.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        found = set(re.findall(r'href="(/(?:rulings|appeals|rectifications|self-inspections)/\d+/[\w/-]+)"', text))
        assert [link for link in found if client.get(link).status_code != 200] == []
    return found


def test_a_proposed_ruling_is_offered_to_who_decides_it(house: House) -> None:
    ruling = house.proposed(house.archived())
    assert offered(house.adjudicator, "/rulings/") == {f"/rulings/{ruling.pk}/decide/"}
    assert offered(house.director, "/rulings/") == set()


def test_a_confirmed_ruling_is_contested_by_who_pays_and_an_appeal_heard_by_a_leader(house: House) -> None:
    ruling = house.confirmed(house.archived())
    assert offered(house.contact, "/rulings/") == {f"/rulings/{ruling.pk}/appeal/"}
    assert offered(house.director, "/rulings/") == set()
    appeal = appeals.appeal_ruling(ruling, text="答复属实", by=house.contact, now=TUESDAY)
    assert offered(house.deputy, "/rulings/") == {f"/appeals/{appeal.pk}/decide/"}
    assert offered(house.adjudicator, "/rulings/") == set()


def test_a_rectification_is_proved_by_its_owner_and_accepted_by_its_issuer(house: House) -> None:
    order = called_back(house, verified=True)
    row = rectifications.issue(
        order, owner=house.handler, measures="更换变压器", due_on=TUESDAY.date(), by=house.director, now=TUESDAY
    )
    assert offered(house.handler, "/rectifications/") == {f"/rectifications/{row.pk}/submit/"}
    assert offered(house.director, "/rectifications/") == set()
    rectifications.submit(row, proof="已更换", by=house.handler, now=TUESDAY)
    assert offered(house.director, "/rectifications/") == {f"/rectifications/{row.pk}/accept/"}
    assert offered(house.handler, "/rectifications/") == set()
