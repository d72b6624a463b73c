"""S4-R39, A21, B8: from the first working day to the published report, and what never changes afterwards."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from complaints.services import perform
from escalation.models import Extension, Ruling
from escalation.money import RulingStatus
from escalation.services.ledger import settle_money
from escalation.services.months import confirm_month, totals
from escalation.vocabulary import ApprovalStatus
from notifications.models import Message
from people.roles import Role
from policy import rulebook
from reports import publishing
from reports.errors import NotAllowed, Overtaken, Refused
from reports.live import counted, span_of
from reports.models import Publication, PublicationEvent, Release, ReleaseOrder
from reports.months import Month, generation_day, publish_by
from reports.penalties import penalties_of
from reports.publishing import answer, check, current_release, generate, is_untouched, settle, take, unchecked
from reports.sheet import PUBLISHED_KINDS, digest, live_sheet, thaw
from reports.telling import tell_all
from reports.workflow import Stage
from tests.factories import at, dept, person
from tests.reports.conftest import SignIn
from tests.reports.golden import JULY, NOW, Golden

pytestmark = pytest.mark.django_db
DAYS = json.loads((Path(__file__).parent.parent / "data" / "report_days.json").read_text())


@pytest.mark.parametrize("row", DAYS, ids=lambda row: row["report_month"])
def test_the_last_day_moves_past_weekends_and_holidays(row: dict[str, Any]) -> None:
    """A21 against the hand-made list."""
    month = Month.read(row["report_month"])
    assert month
    book = rulebook.current()
    last = publish_by(month, book.calendar, day_of_month=15)
    assert str(last) == row["deadline"]
    assert (last.day != 15) == row["moved"]


def test_a_report_is_drawn_up_on_the_first_working_day(golden: Golden) -> None:
    """August 1 and 2 are a weekend."""
    assert generation_day(JULY, rulebook.current().calendar) == date(2026, 8, 3)
    assert settle(at("2026-08-02 23:59")) == 0
    assert settle(at("2026-08-03 00:30")) >= 1
    row = Publication.objects.get()
    assert (row.month, row.publish_by, row.check_by) == (date(2026, 7, 1), date(2026, 8, 17), date(2026, 8, 10))
    assert settle(at("2026-08-03 00:30")) == 0, "running it again changes nothing"


def lock_money(golden: Golden) -> None:
    """B8: the ledger's July, settled and confirmed by the adjudicator."""
    settle_money(NOW)
    confirm_month(JULY.first, by=golden.adjudicator, now=NOW)


def confirm_all(row: Publication, golden: Golden) -> None:
    for letter in "PSCI":
        place = golden.staff[letter]
        pk = golden.department(letter)
        check(row, next(d for d in unchecked(row, now=NOW) if d.pk == pk), objection="", by=place["head"], now=NOW)


def signed(golden: Golden) -> Publication:
    row = generate(JULY, now=NOW)
    confirm_all(row, golden)
    lock_money(golden)
    return take(row, "sign", by=golden.director, now=NOW)


def test_departments_check_and_object_and_the_director_signs_after_answering(golden: Golden) -> None:
    row = generate(JULY, now=NOW)
    safety = dept("safety_section")
    with pytest.raises(Refused, match="还没有核对"):
        take(row, "sign", by=golden.director, now=NOW)
    confirm_all(row, golden)
    found = check(row, safety, objection="S2 的反馈在周六提交，不应计逾期", by=golden.staff["S"]["head"], now=NOW)
    with pytest.raises(Refused, match="安全监察科的异议还没有答复"):
        take(row, "sign", by=golden.director, now=NOW)
    answer(found, text="周六提交已过到期日，计逾期 1 件、0 天", by=golden.director, now=NOW)
    with pytest.raises(Overtaken):
        answer(found, text="再答一次", by=golden.director, now=NOW)
    with pytest.raises(NotAllowed):
        take(row, "sign", by=golden.staff["P"]["head"], now=NOW)
    with pytest.raises(Refused, match="扣罚还没有确认"):
        take(row, "sign", by=golden.director, now=NOW)
    lock_money(golden)
    row = take(row, "sign", by=golden.director, now=NOW)
    assert row.stage == Stage.SIGNED
    with pytest.raises(Overtaken):
        check(row, safety, objection="太晚", by=golden.staff["S"]["head"], now=NOW)
    names = list(row.events.values_list("name", flat=True))
    assert names == ["generated", *["confirmed"] * 4, "objected", "answered", "sign"]


def test_who_has_not_checked_in_time_no_longer_holds_the_report_up(golden: Golden) -> None:
    row = generate(JULY, now=NOW)
    lock_money(golden)
    assert take(row, "sign", by=golden.director, now=at("2026-08-11 09:00")).stage == Stage.SIGNED


def test_what_was_published_never_changes_and_a_supplement_says_what_differs(golden: Golden) -> None:
    """S4-R39: frozen with its hash; corrections are numbered."""
    row = take(signed(golden), "publish", by=golden.director, now=at("2026-08-14 10:00"))
    assert (row.stage, row.late) == (Stage.PUBLISHED, False)
    release = current_release(JULY)
    assert release
    before = live_sheet(span_of(JULY, now=NOW)).total.counts
    assert thaw(release.frozen).total.counts == before
    with pytest.raises(Refused, match="没有差别"):
        take(row, "supplement", by=golden.director, now=at("2026-08-14 11:00"), reason="更正")

    # P8 was late all along and is reclassified afterwards: July changes, the published report does not
    later = at("2026-08-20 09:00")
    order = golden.orders["S6"]
    perform(
        order, "transfer", by=golden.director, now=later, lead_department=dept("production_tech_dept"), reason="职责"
    )
    again = Release.objects.get(pk=release.pk)
    assert is_untouched(again)
    assert thaw(again.frozen).total.counts == before
    row = take(row, "supplement", by=golden.director, now=later, reason="S6 改由生产技术部负责")
    newest = current_release(JULY)
    assert newest
    assert newest.number == 1
    changed = publishing.differences(release.frozen, newest.frozen)
    assert ("安全监察科", "受理", 6, 5) in changed
    assert ("生产技术部", "受理", 10, 11) in changed
    assert digest(newest.frozen) == newest.hash != release.hash


def test_the_database_refuses_to_change_a_release(golden: Golden) -> None:
    signed(golden)
    for rows in (Release.objects.all(), ReleaseOrder.objects.all(), PublicationEvent.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.delete() if rows.model is ReleaseOrder else rows.update(id=F("id"))


def test_a_frozen_figure_leads_to_the_orders_it_counted_then(golden: Golden, signed_in: SignIn) -> None:
    signed(golden)
    orders = golden.orders
    span = span_of(JULY, now=NOW)
    rows = counted(type(orders["P1"]).objects.all(), "overdue", span).filter(kind__in=PUBLISHED_KINDS)
    then = set(rows.values_list("number", flat=True))
    perform(
        orders["P8"],
        "transfer",
        by=golden.director,
        now=at("2026-08-03 08:59"),
        lead_department=dept("safety_section"),
        reason="职责",
    )
    client = signed_in(person(Role.MANAGER, "company"))
    where = "/reports/2026-07/orders/?figure=overdue&department=production_tech_dept"
    found = {row["order"].number for row in client.get(where).context["rows"]}
    assert found == then & {orders[name].number for name in ("P2", "P4", "P7", "P8")}
    now = {row["order"].number for row in client.get(where + "&live=1").context["rows"]}
    assert now == found - {orders["P8"].number}


def test_reminders_come_once_and_a_late_report_is_marked(golden: Golden) -> None:
    row = generate(JULY, now=NOW)
    check(row, dept("safety_section"), objection="", by=golden.staff["S"]["head"], now=NOW)
    for moment in ("2026-08-07 09:00", "2026-08-07 10:00", "2026-08-11 09:00", "2026-08-13 09:00", "2026-08-18 09:00"):
        settle(at(moment))
    found = list(row.events.filter(key__isnull=False).values_list("name", "department__code"))
    assert found.count(("check_due", "production_tech_dept")) == 1
    assert ("check_due", "safety_section") not in found
    assert {"sign_due", "publish_due", "publish_late"} <= {name for name, _department in found}
    lock_money(golden)
    row = take(row, "sign", by=golden.director, now=at("2026-08-18 10:00"))
    assert take(row, "publish", by=golden.director, now=at("2026-08-18 11:00")).late is True


def test_the_way_to_publication_over_the_pages(golden: Golden, signed_in: SignIn) -> None:
    head, director = signed_in(golden.staff["P"]["head"]), signed_in(golden.director)
    assert director.post("/reports/2026-07/generate/").status_code == 302
    row = Publication.objects.get()
    page = head.get("/reports/2026-07/checks/")
    department = page.context["form"]["department"].field.queryset.get()
    empty = head.post("/reports/2026-07/checks/", {"department": department.pk, "result": "objected", "objection": " "})
    assert empty.status_code == 422
    assert "请写明异议" in empty.content.decode()
    other = {"department": dept("safety_section").pk, "result": "confirmed"}
    assert head.post("/reports/2026-07/checks/", other).status_code == 422, "not his department"
    done = head.post("/reports/2026-07/checks/", {"department": department.pk, "result": "confirmed"})
    assert done.status_code == 302
    assert director.get("/reports/2026-07/do/sign/").status_code == 200
    stale = director.post("/reports/2026-07/do/sign/", {"version": row.version + 1})
    assert stale.status_code == 409
    waits = director.post("/reports/2026-07/do/sign/", {"version": row.version})
    assert waits.status_code == 422
    assert "还没有核对" in waits.content.decode()
    for letter in "SCI":
        pk = golden.department(letter)
        form = {"department": pk, "result": "confirmed"}
        assert signed_in(golden.staff[letter]["contact"]).post("/reports/2026-07/checks/", form).status_code == 302
    assert "扣罚还没有确认" in director.get("/reports/2026-07/do/sign/").content.decode()
    lock_money(golden)
    assert director.post("/reports/2026-07/do/sign/", {"version": row.version}).status_code == 302
    row.refresh_from_db(fields=["version"])
    assert head.post("/reports/2026-07/do/publish/", {"version": row.version}).status_code == 403
    assert director.post("/reports/2026-07/do/publish/", {"version": row.version}).status_code == 302
    html = director.get("/reports/2026-07/").content.decode()
    assert "按期公布" in html
    assert Release.objects.get().hash[:12] in html


def test_the_report_adds_up_the_ledger_and_the_ledger_agrees_with_the_overdue_days(golden: Golden) -> None:
    """S4-R47, B8, invariant 12: eight days of twelve people, two days of six; the same ten days the report counts."""
    lock_money(golden)
    found = penalties_of(JULY)
    assert [(line.name, line.per_person, line.amount, line.lines) for line in found.lines] == [
        ("用电稽查组", Decimal(100), Decimal(600), {"overdue": 2}),
        ("生产技术部", Decimal(400), Decimal(4800), {"overdue": 8}),
    ]
    assert found.final
    assert found.total == Decimal(5400) == sum(row["total"] for row in totals(JULY.first))
    sheet = live_sheet(span_of(JULY, now=NOW))
    days = sum(line.lines["overdue"] for line in found.lines)
    assert days == sheet.total.counts["overdue_days"]


def test_rulings_and_extensions_are_counted_in_the_month_they_were_decided(golden: Golden) -> None:
    """S4-R43, R49, R50."""
    order, other = golden.orders["P4"], golden.orders["C6"]
    ruling: dict[str, Any] = {"proposed_at": NOW, "decided_by": golden.adjudicator, "status": RulingStatus.CONFIRMED}
    ruling |= {"department_id": golden.department("P"), "decided_on": date(2026, 7, 29), "proposed_by": golden.director}
    decided = at("2026-07-29 10:00")
    Ruling.objects.create(order=order, kind="unqualified", ground="incomplete", decided_at=decided, **ruling)
    Extension.objects.create(
        order=other,
        kind="extension",
        status=ApprovalStatus.APPROVED,
        requested_by=golden.staff["C"]["handler"],
        requested_at=decided,
        department=dept("customer_service_centre"),
        text="涉及外单位取证",
        closed_at=at("2026-07-31 10:00"),
        ground="outside_evidence",
        from_on=date(2026, 8, 10),
        from_days=10,
        to_on=date(2026, 8, 17),
        limit_days=15,
        calendar_version=1,
    )
    sheet = live_sheet(span_of(JULY, now=NOW))
    pairs = [(letter, key) for letter in "PC" for key in ("unqualified", "extended", "repeat_ruled")]
    lines = {letter: sheet.line(golden.department(letter)) for letter in "PC"}
    found = {(letter, key): line.counts[key] for letter, key in pairs if (line := lines[letter])}
    assert [pair for pair in pairs if found[pair]] == [("P", "unqualified"), ("C", "extended")]
    august = live_sheet(span_of(JULY.plus(1), now=NOW))
    assert august.total.counts["unqualified"] == 0


def test_those_whose_turn_it_is_are_told_once(golden: Golden) -> None:
    """The outbox carries it; the channel, mail or other, is each person's own wish."""
    row = generate(JULY, now=NOW)
    assert tell_all(NOW) == 1
    assert tell_all(NOW) == 0, "never twice"
    message = Message.objects.get(code="report.news")
    assert golden.staff["P"]["contact"].pk in message.data["users"]
    assert golden.director.pk in message.data["users"]
    assert golden.staff["P"]["handler"].pk not in message.data["users"]
    assert "2026 年 7 月月报已生成" in message.data["text"]
    safety = golden.staff["S"]["head"]
    check(row, dept("safety_section"), objection="受理少 1 件", by=safety, now=NOW)
    tell_all(NOW)
    objected = Message.objects.filter(code="report.news").latest("pk")
    assert objected.data["users"] == [golden.director.pk]
    settle(at("2026-08-07 09:00"))
    tell_all(at("2026-08-07 09:00"))
    waits = {
        tuple(m.data["users"]) for m in Message.objects.filter(code="report.due") if "生产技术部" in m.data["text"]
    }
    assert waits == {tuple(sorted(golden.staff["P"][who].pk for who in ("contact", "head")))}


def test_what_is_signed_is_seen_by_those_who_work_on_it_until_it_is_published(
    golden: Golden, signed_in: SignIn
) -> None:
    """A21, B17: page, file, list, appraisal and API alike; publication opens it to everybody."""
    row = signed(golden)
    mark = Release.objects.get().hash[:12]
    handler, agent = signed_in(golden.staff["P"]["handler"]), signed_in(golden.agent)
    working = [signed_in(who) for who in (golden.director, golden.staff["P"]["head"], golden.adjudicator)]
    for client in working:
        assert mark in client.get("/reports/2026-07/").content.decode()
        assert client.get("/reports/2026-07/checks/").status_code == 200
    for client in (handler, agent):
        page = client.get("/reports/2026-07/")
        assert page.context["release"] is None
        assert mark not in page.content.decode()
        assert client.get("/reports/2026-07/checks/").status_code == 403
        assert "/reports/2026-07/checks/" not in page.content.decode()
        assert client.get("/reports/2026-07/orders/?figure=received").context["release"] is None
        assert client.get("/api/v1/reports/2026-07/").json()["hash"] is None
    for address in ("/reports/2026-07/", "/reports/2026-07/files/csv/", "/reports/2026-07/appraisal/"):
        text = handler.get(address).content.decode()
        assert "生产技术部" in text, address
        assert "安全监察科" not in text, address
    names = [line["name"] for line in handler.get("/api/v1/reports/2026-07/").json()["lines"]]
    assert names == ["生产技术部"]
    take(row, "publish", by=golden.director, now=NOW)
    for client in (*working, handler, agent):
        html = client.get("/reports/2026-07/").content.decode()
        assert mark in html
        assert "安全监察科" in html
        assert client.get("/reports/2026-07/checks/").status_code == 200
