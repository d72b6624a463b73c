"""A caller in a running outage is told, apologised to and linked; no order is made (S4-R19, B11)."""

from collections.abc import Iterator
from typing import Any

import pytest

from complaints.models import Call, Order
from complaints.queries import Inquiry, Proposal
from complaints.signals import before_order
from tests.complaints.desk.conftest import at_desk, post
from tests.factories import Company

pytestmark = pytest.mark.django_db
TOLD = "江湾新村 3–8 幢 09:52 起故障停电，预计 12:30 送电"


@pytest.fixture
def outage() -> Iterator[str]:
    """What an app above knows of the caller's area."""

    def running(sender: Any, inquiry: Inquiry, **kwargs: Any) -> list[Proposal]:
        return [Proposal("outage", "O-1", TOLD, script="电缆故障，正在抢修，预计 12:30 送电，非常抱歉。")]

    before_order.connect(running, sender=Inquiry)
    yield "O-1"
    before_order.disconnect(running, sender=Inquiry)


def test_the_words_to_say_stand_ready(company: Company, outage: str) -> None:
    answer = at_desk(company.agent).post("/intake/caller/", {"caller_phone": "13800001234"}).content.decode()
    assert TOLD in answer
    assert "电缆故障，正在抢修" in answer
    assert 'aria-keyshortcuts="F9"' in answer


def test_the_call_is_linked_once_the_caller_is_told(company: Company, outage: str) -> None:
    """Success and refusal with the same call."""
    desk = at_desk(company.agent)
    call = {"link_outage": outage, "kind": "fault_report", "content": "家里没电"}
    untold = post(desk, **call)
    assert untold.status_code == 400
    assert "告知停电原因" in untold.content.decode()
    assert post(desk, **call, informed="on").status_code == 302
    linked = Call.objects.get()
    assert (linked.disposition, linked.linked_ref, linked.informed) == ("linked_outage", "O-1", True)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"kind": "complaint"}, "投诉、举报须生成工单"), ({"link_outage": "O-9", "kind": "consultation"}, "已经恢复")],
    ids=["complaint", "another outage"],
)
def test_a_complaint_or_another_outage_is_not_linked(
    company: Company, outage: str, fields: dict[str, str], words: str
) -> None:
    answer = post(at_desk(company.agent), **{"link_outage": outage, "informed": "on", **fields})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Call.objects.exists()
