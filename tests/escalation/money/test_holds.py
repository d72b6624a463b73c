"""Money stands still while time is in doubt, and goes on exactly where it stood (B18, F13, F22)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.errors import Blocked, Invalid, NotNow
from escalation.models import LedgerState, MoneyHold
from escalation.services.holds import ClockWatch, doubt, live_holds, release
from escalation.services.ledger import settle_money
from escalation.services.months import confirm_month
from people.roles import Role
from policy.calendars import import_year
from policy.vocabulary import Kind
from tests.escalation.money.lived import DUE_20_SEPTEMBER, agrees, days, heads
from tests.factories import Company, at, person

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOTHING = timedelta(0)


@pytest.mark.parametrize(
    ("wall", "monotonic", "database", "held"),
    [
        (HOUR, HOUR, NOTHING, False),
        (3 * HOUR, 2 * HOUR, NOTHING, False),
        (3 * HOUR + MINUTE, 2 * HOUR, NOTHING, True),
        (HOUR, 3 * HOUR, NOTHING, True),
        (HOUR, HOUR, 5 * MINUTE, False),
        (HOUR, HOUR, 6 * MINUTE, True),
        (HOUR, HOUR, -6 * MINUTE, True),
    ],
)
def test_an_hour_between_the_clocks_or_five_minutes_to_the_database(
    wall: timedelta, monotonic: timedelta, database: timedelta, held: bool
) -> None:
    """B18: exactly at the limit is still trusted; downtime is on both clocks and no doubt at all."""
    assert bool(doubt(wall=wall, monotonic=monotonic, database=database)) is held


@pytest.mark.django_db
def test_a_jump_holds_money_until_a_person_confirms() -> None:
    """F13: nothing is charged meanwhile, people's steps included; then everything, each day once."""
    heads("production_tech_dept", 12)
    company = Company()
    order = company.order(DUE_20_SEPTEMBER)
    settle_money(at("2026-09-22 00:05"))
    now = timezone.now()
    watch = ClockWatch(now - HOUR, 0.0)
    assert watch.check(wall=now, monotonic=3600.0) == ""
    assert "跳变" in watch.check(wall=now, monotonic=3 * 3600.0)
    assert watch.check(wall=now, monotonic=3 * 3600.0) == ""
    assert settle_money(at("2026-09-24 00:05")).held
    assert days(order) == ["09-21"]
    (hold,) = live_holds()
    manager = person(Role.MANAGER, "company")
    with pytest.raises(Invalid):
        release(hold, by=manager, now=now, reason=" ")
    release(hold, by=manager, now=now, reason="已校时")
    with pytest.raises(NotNow):
        release(hold, by=manager, now=now, reason="再次")
    assert settle_money(at("2026-09-24 00:06")).charged == 2
    assert days(order) == ["09-21", "09-22", "09-23"]
    assert agrees()


@pytest.mark.django_db
def test_an_unknown_year_waits_for_its_calendar_or_for_a_person() -> None:
    """F22, A31: no line of 2027 before somebody answers for it; no final penalty before the notice is in."""
    heads("production_tech_dept", 12)
    company = Company()
    order = company.order(at("2026-12-22 09:00"), kind=Kind.CONSULTATION)
    assert order.due_on == date(2026, 12, 25)
    for _again in range(2):
        found = settle_money(at("2027-01-08 00:05"))
    assert (found.held, found.through) == (True, date(2026, 12, 31))
    assert days(order) == ["12-28", "12-29", "12-30", "12-31"]
    hold = MoneyHold.objects.get()
    assert (hold.cause, hold.year) == ("calendar", 2027)
    release(hold, by=person(Role.MANAGER, "company"), now=at("2027-01-08 09:00"), reason="按周一至周五计")
    settle_money(at("2027-01-08 09:05"))
    assert days(order)[4:] == ["01-01", "01-04", "01-05", "01-06", "01-07"]
    adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
    confirm_month(date(2026, 12, 1), by=adjudicator, now=at("2027-02-01 09:00"))
    settle_money(at("2027-02-01 09:05"))
    with pytest.raises(Blocked, match="2027"):
        confirm_month(date(2027, 1, 1), by=adjudicator, now=at("2027-02-01 09:10"))
    notice = {"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
    import_year(notice, by=person(Role.MANAGER, "company"), now=at("2027-02-01 10:00"), official=True)
    settle_money(at("2027-02-01 10:05"))
    assert "01-01" not in days(order)
    assert agrees()


@pytest.mark.django_db
def test_the_notice_itself_lifts_the_hold_of_its_year() -> None:
    heads("production_tech_dept", 12)
    order = Company().order(at("2026-12-22 09:00"), kind=Kind.CONSULTATION)
    settle_money(at("2027-01-08 00:05"))
    assert live_holds()
    notice = {"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
    import_year(notice, by=person(Role.MANAGER, "company"), now=at("2027-01-08 08:00"), official=True)
    assert not settle_money(at("2027-01-08 08:05")).held
    assert live_holds() == []
    assert LedgerState.objects.get().settled_through == date(2027, 1, 7)
    assert days(order)[4:] == ["01-04", "01-05", "01-06", "01-07"]
    assert agrees()
