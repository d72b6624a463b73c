"""A head decides on the phone: the buttons stand above the bar of the house, in reach of a thumb (DESIGN, page 5)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.services import perform
from escalation.models import Extension
from escalation.services.extensions import request_extension
from escalation.vocabulary import ApprovalStatus, Ground
from tests.browser.conftest import DESK, PHONE, SignIn
from tests.factories import Company

pytestmark = pytest.mark.browser


def pending(company: Company) -> Extension:
    now = timezone.now()
    order = perform(company.order(now), "accept", by=company.contact, now=now, handler=company.handler)
    return request_extension(
        order, by=company.handler, now=now, limit_days=15, ground=Ground.OUTSIDE_EVIDENCE, text="需取得移交协议"
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_decision_is_in_reach_without_scrolling(sign_in: SignIn, size: dict[str, int]) -> None:
    company = Company()
    case = pending(company)
    page = sign_in(company.head, size=size)
    page.goto("/approvals/")
    grant = page.locator(".approval__acts .btn--primary")
    box = grant.bounding_box()
    assert box
    bar = page.locator(".nav").bounding_box()
    assert bar
    assert box["y"] + box["height"] <= (bar["y"] if size == PHONE else size["height"])
    grant.click()
    expect(page.locator(".approval__acts")).to_have_count(0)
    case.refresh_from_db()
    assert case.status == ApprovalStatus.APPROVED
