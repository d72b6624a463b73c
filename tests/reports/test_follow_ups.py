"""A low survey score makes a follow-up with owner and day, closed with what was done (S1-R10)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.services import note
from people.models import AuditEntry
from people.roles import Role
from policy.models import Policy
from reports.errors import NotAllowed
from reports.followups import close, low_score
from reports.models import FollowUp, Record
from reports.telling import tell_all
from tests.factories import MONDAY, Company, at
from tests.reports.conftest import SignIn
from tests.reports.golden import NOW, Golden
from tests.reports.test_records import filled

db = pytest.mark.django_db
COUNTS = {"sent": "5", "returned": "5", "satisfied": "5", "dissatisfied": "0"}
LOW = COUNTS | {"satisfied": "3", "dissatisfied": "2"}


def survey(**changes: Any) -> dict[str, Any]:
    return filled("survey") | COUNTS | changes


@db
def test_a_survey_with_dissatisfied_answers_leaves_a_follow_up(golden: Golden, signed_in: SignIn) -> None:
    head = golden.staff["P"]["head"]
    client = signed_in(golden.staff["P"]["handler"])
    page = client.post("/reports/records/new/survey/", survey(**LOW))["Location"]
    row = FollowUp.objects.get()
    assert (row.owner, row.department.code, row.record_id) == (head, "production_tech_dept", Record.objects.get().pk)
    assert row.due_on == date(2026, 8, 10), "five working days from Monday 3 August (A32)"
    assert row.reason == "第 3 季度调查：收回 5 份，不满意 2 份"
    assert f"/reports/follow-ups/{row.pk}/" in client.get(page).content.decode()
    assert list(client.get("/reports/follow-ups/").context["rows"]) == [row]
    tell_all(NOW)
    assert tell_all(NOW) == 0
    late = tell_all(at("2026-08-11 09:00"))
    assert late == 1, "once more when its day is over"


@db
def test_a_good_survey_leaves_none_and_the_target_decides_where_there_is_one(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(golden.staff["P"]["head"])
    assert client.post("/reports/records/new/survey/", survey()).status_code == 302
    assert not FollowUp.objects.exists()
    fair = {"returned": 5, "satisfied": 4, "dissatisfied": 0}
    assert low_score(fair, on=NOW.date()) == "", "no target is set"
    newest = Policy.objects.order_by("-effective_from")[0]
    newest.pk, newest.effective_from, newest.satisfaction_target_percent = None, NOW.date(), Decimal(95)
    newest.save()
    assert low_score(fair, on=NOW.date()) == "满意率 80.0%，低于目标 95%"
    assert low_score({"returned": 0}, on=NOW.date()) == ""


@db
def test_a_corrected_survey_keeps_its_follow_up(golden: Golden, signed_in: SignIn) -> None:
    client = signed_in(golden.staff["P"]["head"])
    client.post("/reports/records/new/survey/", survey(**LOW))
    old = Record.objects.get()
    assert client.post(f"/reports/records/{old.pk}/correct/survey/", survey(**LOW)).status_code == 302
    assert FollowUp.objects.get().record == Record.objects.get(replaces=old)


@db
def test_it_is_closed_once_with_what_was_done_by_who_answers_for_it(golden: Golden, signed_in: SignIn) -> None:
    head, other = golden.staff["P"]["head"], golden.staff["S"]["head"]
    client = signed_in(head)
    client.post("/reports/records/new/survey/", survey(**LOW))
    row = FollowUp.objects.get()
    where = f"/reports/follow-ups/{row.pk}/"
    assert signed_in(other).get(where).status_code == 404, "another department's"
    assert signed_in(golden.staff["P"]["handler"]).post(where, {"done": "已回访"}).status_code == 403
    assert signed_in(golden.adjudicator).post(where, {"done": "已回访"}).status_code == 403, "reads only"
    for nothing in ({}, {"done": "  "}, {"done": "长" * 501}):
        assert client.post(where, nothing).status_code == 422
    assert client.post(where, {"done": "已到学府社区回访，增设窗口"}).status_code == 302
    row.refresh_from_db()
    assert (row.done, row.closed_by, row.closed_at) == ("已到学府社区回访，增设窗口", head, NOW)
    assert AuditEntry.objects.filter(action="follow_up.close", actor=head).count() == 1
    assert client.post(where, {"done": "再写"}).status_code == 409
    with pytest.raises(NotAllowed):
        close(row, done="再写", by=other, now=NOW)
    assert list(client.get("/reports/follow-ups/").context["rows"]) == []
    assert list(client.get("/reports/follow-ups/?state=closed").context["rows"]) == [row]
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=row.pk).update(done="")


@db
def test_a_customers_low_rating_is_the_hotline_directors() -> None:
    company = Company()
    order = company.order()
    for rating in ("satisfied", "dissatisfied", "dissatisfied"):
        note(order, "customer_rating", by=None, now=MONDAY, text="客户短信评价", data={"satisfaction": rating})
    row = FollowUp.objects.get()
    assert (row.order_id, row.department.code) == (order.pk, "hotline")
    assert row.owner.assignments.get().role == Role.HOTLINE_DIRECTOR
