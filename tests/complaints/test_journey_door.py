"""One order from intake to archive through the door, and what it leaves behind."""

import pytest

from complaints.models import Order, OrderEvent
from complaints.vocabulary import State
from tests.factories import Company, at

pytestmark = pytest.mark.django_db


def test_a_call_becomes_an_order_with_department_deadline_and_events() -> None:
    """S4-R24, S4-R27, S4-R41."""
    order = Company().order(at("2026-09-18 20:16"))
    saved = Order.objects.get(pk=order.pk)
    assert saved.state == State.CLASSIFIED
    assert saved.lead_department is not None
    assert saved.lead_department.code == "production_tech_dept"
    assert (saved.limit_days, str(saved.due_on)) == (10, "2026-10-09")
    assert saved.due_at == at("2026-10-10 00:00")
    assert saved.number == "20260918-0001"
    assert [e.name for e in saved.events.all()] == ["register", "classify"]
    assert len(saved.query_code) == 12


def test_an_order_walks_from_call_to_archive() -> None:
    order = Company().taken_to(State.ARCHIVED)
    names = [e.name for e in OrderEvent.objects.filter(order=order)]
    assert names == [
        "register",
        "classify",
        "accept",
        "investigate",
        "contact_customer",
        "resolve",
        "accept_feedback",
        "attempt_callback",
        "archive",
    ]
    assert order.satisfaction == "satisfied"
    assert order.answered_at is not None
    assert order.department_stopped_at == order.feedback_at
