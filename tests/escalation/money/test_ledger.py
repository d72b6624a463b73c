"""The ledger on PostgreSQL: what is owed stands, what is not is taken back, whatever happens in between."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from complaints.services import perform, reschedule
from escalation.ledger import with_status
from escalation.models import LedgerState, Penalty, PenaltyMonth
from escalation.services.charges import correct, reattribute
from escalation.services.ledger import reconcile, settle_money
from escalation.services.months import confirm_month
from people.roles import Role
from policy import rulebook
from policy.calendars import import_year
from policy.services import add_policy
from policy.vocabulary import Kind
from tests.escalation.money.lived import DUE_20_SEPTEMBER, agrees, days, hand_in, heads, lines, nightly, sweep
from tests.factories import Company, at, dept, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    heads("production_tech_dept", 12)
    heads("safety_section", 7)
    return Company()


def statuses(order_id: int) -> dict[str, str]:
    rows = with_status(Penalty.objects.filter(order_id=order_id, voids__isnull=True))
    return {f"{row.day:%m-%d}": row.status for row in rows}  # type: ignore[attr-defined]


def test_every_ended_working_day_is_charged_once_however_often_the_sweep_runs(company: Company) -> None:
    """Invariant 7, S4-R47: 50 x 12 a day from Monday 21 September on; the running day is not charged."""
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-21 23:59")
    assert lines(order) == []
    for _again in range(3):
        sweep("2026-09-23 00:01")
    assert lines(order) == [
        ("2026-09-21", "overdue", "production_tech_dept", 12, Decimal(600)),
        ("2026-09-22", "overdue", "production_tech_dept", 12, Decimal(600)),
    ]
    row = Penalty.objects.first()
    assert row is not None
    assert (row.month, row.persons_from, row.policy_id) == (
        date(2026, 9, 1),
        "headcount",
        rulebook.policy_on(date(2026, 9, 21)).pk,
    )
    assert agrees()


def test_late_sweeps_make_the_same_ledger_as_nightly_ones(company: Company) -> None:
    """T7, F10: holidays, two months, a headcount that changes; 40 days at once or one by one."""
    heads("production_tech_dept", 13, date(2026, 10, 9))
    order = company.order(at("2026-09-14 08:30"))
    assert order.due_on == date(2026, 9, 28)
    nightly(date(2026, 9, 15), date(2026, 10, 13))
    one_by_one = lines(order)
    assert [row[0][5:] for row in one_by_one] == ["09-29", "09-30", "10-08", "10-09", "10-10", "10-12"]
    assert [row[3] for row in one_by_one] == [12, 12, 12, 13, 13, 13]
    assert agrees()


def test_feedback_under_review_makes_later_days_wait(company: Company) -> None:
    """B2: acceptance takes them back at once, return makes them due."""
    for accepted in (True, False):
        order = company.order(DUE_20_SEPTEMBER)
        perform(order, "accept", by=company.contact, now=DUE_20_SEPTEMBER, handler=company.handler)
        order = hand_in(company, order, "2026-09-22 16:00")
        sweep("2026-09-25 00:05")
        assert statuses(order.pk) == {
            "09-21": "proposed",
            "09-22": "proposed",
            "09-23": "provisional",
            "09-24": "provisional",
        }
        if accepted:
            perform(order, "accept_feedback", by=company.director, now=at("2026-09-25 09:00"))
            assert days(order) == ["09-21", "09-22"]
        else:
            perform(order, "return_feedback", by=company.director, now=at("2026-09-25 09:00"), missing="缺少期限")
            assert statuses(order.pk) == dict.fromkeys(("09-21", "09-22", "09-23", "09-24"), "proposed")
        assert agrees()


def test_moving_the_due_date_takes_back_what_it_covers_and_can_bring_it_again(company: Company) -> None:
    """A4, B3: the second charge of a day is its next generation."""
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-24 00:05")

    def move(day: date) -> None:
        reschedule(
            order, due_on=day, cause="测试", by=None, now=at("2026-09-24 09:00"), limit_days=12, provisional=False
        )

    move(date(2026, 9, 22))
    assert days(order) == ["09-23"]
    void = Penalty.objects.filter(voids__isnull=False).first()
    assert void is not None
    assert (void.amount, void.cause, void.voids.amount if void.voids else None) == (
        Decimal(-600),
        "not_owed",
        Decimal(600),
    )
    move(date(2026, 9, 20))
    assert days(order) == ["09-21", "09-22", "09-23"]
    generations = Penalty.objects.filter(order=order, voids__isnull=True).order_by("day", "generation")
    assert [row.generation for row in generations] == [0, 1, 0, 1, 0]
    assert agrees()


def test_the_department_that_leads_at_midnight_pays(company: Company) -> None:
    """B3, A13: the clock does not restart for the new one."""
    order = company.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=company.contact, now=DUE_20_SEPTEMBER)
    section = dept("safety_section")
    perform(
        order, "transfer", by=company.director, now=at("2026-09-22 15:00"), lead_department=section, reason="属设施安全"
    )
    sweep("2026-09-24 00:05")
    assert [(row[0][8:], row[2], row[3]) for row in lines(order)] == [
        ("21", "production_tech_dept", 12),
        ("22", "safety_section", 7),
        ("23", "safety_section", 7),
    ]
    assert agrees()


def test_a_refused_dispatch_leaves_a_day_that_is_nobodys(company: Company) -> None:
    order = company.order(at("2026-09-07 09:30"), kind=Kind.CONSULTATION)
    assert order.due_on == date(2026, 9, 10)
    perform(order, "reject_dispatch", by=company.contact, now=at("2026-09-08 10:00"), reason="不属本部门")
    sweep("2026-09-15 00:05")
    assert lines(order) == []
    assert agrees()


def test_a_withdrawn_order_owes_up_to_the_day_it_ended(company: Company) -> None:
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-22 00:05")
    perform(order, "withdraw", by=company.agent, now=at("2026-09-22 10:00"), reason="客户撤回")
    sweep("2026-09-30 00:05")
    assert days(order) == ["09-21", "09-22"]
    assert agrees()


def test_reclassifying_recomputes_from_registration(company: Company) -> None:
    """A30: a consultation that becomes a complaint is due later; what was charged meanwhile is taken back."""
    order = company.order(at("2026-09-07 09:30"), kind=Kind.CONSULTATION)
    sweep("2026-09-15 00:05")
    assert days(order) == ["09-11", "09-14"]
    perform(
        order, "classify", by=company.agent, now=at("2026-09-15 09:00"), kind=Kind.COMPLAINT, category="power_quality"
    )
    assert days(order) == []
    assert agrees()


def test_a_raised_rate_counts_from_its_day(company: Company) -> None:
    """S4-R52, invariant 9."""
    order = company.order(DUE_20_SEPTEMBER)
    manager = person(Role.MANAGER, "marketing_dept")
    add_policy({"overdue_rate_yuan": Decimal(60)}, effective_from=date(2026, 9, 22), by=manager, now=DUE_20_SEPTEMBER)
    sweep("2026-09-23 00:05")
    assert [row[4] for row in lines(order)] == [600, 720]
    assert agrees()


NEXT_YEAR = {"year": 2027, "papers": [], "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]}
HOLIDAY = {
    "year": 2026,
    "papers": [],
    "days": [
        {"name": "临时放假", "date": "2026-09-22", "isOffDay": True},
        {"name": "临时上班", "date": "2026-09-26", "isOffDay": False},
    ],
}


def test_a_calendar_changed_afterwards_takes_days_back_and_adds_them(company: Company) -> None:
    """F21: also for orders that ended; once per version."""
    order = company.order(DUE_20_SEPTEMBER)
    ended = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-29 00:05")
    perform(ended, "withdraw", by=company.agent, now=at("2026-09-29 10:00"), reason="客户撤回")
    assert "09-22" in days(order)
    assert "09-26" not in days(order)
    import_year(HOLIDAY, by=person(Role.MANAGER, "marketing_dept"), now=at("2026-09-29 12:00"), official=True)
    sweep("2026-09-29 12:05")
    for one in (order, ended):
        assert "09-22" not in days(one)
        assert "09-26" in days(one)
    assert settle_money(at("2026-09-29 12:06")).total == 0


def test_days_go_to_a_late_part_and_back(company: Company) -> None:
    """A12: only to a department whose sub-task was late on that day."""
    order = company.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=company.contact, now=DUE_20_SEPTEMBER)
    section = dept("safety_section")
    perform(
        order,
        "sub_assign",
        by=company.contact,
        now=DUE_20_SEPTEMBER,
        department=section,
        task="检查设施",
        due_on=date(2026, 9, 18),
    )
    sweep("2026-09-23 00:05")
    reattribute(
        order, [date(2026, 9, 21)], to=section, by=company.director, now=at("2026-09-23 09:00"), reason="子任务迟交"
    )
    assert [(row[0][8:], row[2], row[4]) for row in lines(order)] == [
        ("21", "safety_section", Decimal(350)),
        ("22", "production_tech_dept", Decimal(600)),
    ]
    assert agrees()
    lead = dept("production_tech_dept")
    reattribute(
        order, [date(2026, 9, 21)], to=lead, by=company.director, now=at("2026-09-23 10:00"), reason="复核后退回"
    )
    assert [row[2] for row in lines(order)] == ["production_tech_dept"] * 2
    assert agrees()


def test_a_correction_counts_the_day_anew(company: Company) -> None:
    """B16: a charged day changes by void only."""
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-22 00:05")
    heads("production_tech_dept", 10, date(2026, 9, 21))
    line = Penalty.objects.get(order=order)
    new = correct(
        line, by=person(Role.ADJUDICATOR, "party_admin_office"), now=at("2026-09-22 09:00"), reason="人数登记有误"
    )
    assert new is not None
    assert (new.generation, new.persons, new.amount) == (1, 10, Decimal(500))
    assert agrees()


def test_without_recorded_headcount_the_line_stands_with_nothing(company: Company) -> None:
    """F23: flagged, not lost."""
    dept("production_tech_dept").headcounts.all().delete()
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-22 00:05")
    assert Penalty.objects.get(order=order).persons_from == "nothing"
    assert lines(order)[0][3:] == (0, Decimal(0))
    assert agrees()


def test_an_order_imported_into_settled_days_is_charged_too(company: Company) -> None:
    sweep("2026-10-20 00:05")
    assert LedgerState.objects.get().settled_through == date(2026, 10, 19)
    order = company.order(DUE_20_SEPTEMBER)
    perform(order, "accept", by=company.contact, now=at("2026-10-20 08:00"))
    reconcile([order.pk], now=at("2026-10-20 08:01"), book=rulebook.current())
    assert agrees()


def test_the_database_itself_refuses_changes(company: Company) -> None:
    """Invariant 8, B8: nobody updates or deletes a row, a confirmed month takes no more."""
    company.order(DUE_20_SEPTEMBER)
    sweep("2026-10-01 00:05")
    for statement in (
        "UPDATE escalation_penalty SET amount = 1",
        "DELETE FROM escalation_penalty",
        "TRUNCATE escalation_penalty CASCADE",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
    confirm_month(date(2026, 9, 1), by=adjudicator, now=at("2026-10-01 09:00"))
    row = Penalty.objects.first()
    assert row is not None
    row.pk, row.generation = None, 5
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_after_confirmation_changes_go_to_the_next_month(company: Company) -> None:
    """B8, invariant 12: the hash of the month stays, the correction is booked in October."""
    order = company.order(DUE_20_SEPTEMBER)
    sweep("2026-10-01 00:05")
    adjudicator = person(Role.ADJUDICATOR, "party_admin_office")
    month = confirm_month(date(2026, 9, 1), by=adjudicator, now=at("2026-10-01 09:00"))
    assert (month.rows, month.total) == (7, Decimal(4200))
    assert set(statuses(order.pk).values()) == {"final"}
    reschedule(
        order,
        due_on=date(2026, 9, 22),
        cause="测试",
        by=None,
        now=at("2026-10-02 09:00"),
        limit_days=12,
        provisional=False,
    )
    late = Penalty.objects.filter(voids__isnull=False)
    assert {(row.month, row.amount) for row in late} == {(date(2026, 10, 1), Decimal(-600))}
    call_command("audit_ledger")
    assert PenaltyMonth.objects.get().total == 4200


def test_a_sweep_over_new_days_is_a_few_statements(
    company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """P4: at most twenty statements for ten thousand lines; here thirty orders, one day."""
    for _n in range(30):
        company.order(DUE_20_SEPTEMBER)
    sweep("2026-09-21 00:05")
    with django_assert_max_num_queries(20):
        assert settle_money(at("2026-09-22 00:05")).charged == 30
    with django_assert_max_num_queries(9):
        assert settle_money(at("2026-09-22 00:06") + timedelta(hours=1)).total == 0
