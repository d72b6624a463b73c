"""Dated numbers, routes and duties: what holds when, what may be changed, and what a fresh look costs."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from people.models import AuditEntry, Department, User
from policy import rulebook, seed, services, version
from policy.calendars import current_calendar, import_year
from policy.models import Policy, RoutingRule, StationDuty, Subcategory
from policy.numbers import FIELDS, dated_rows, differences, unset
from policy.routing import route
from policy.vocabulary import Category, Kind, PenaltyDayUnit
from tests.policy.conftest import NOW, TOMORROW, department
from tests.policy.test_calendar import NOTICE_2027
from tests.policy.test_workdays import day

pytestmark = pytest.mark.django_db

ON = day("2026-09-22")
STATION_LED = (Category.FAULT_REPAIR, Category.CONNECTION_COMMITMENT)
ROUTES = [
    # category, lead without a station, copied (S4-R25 to R32)
    (Category.SERVICE_CONDUCT, "party_admin_office", []),
    (Category.THEFT_TARIFF, "inspection_group", ["marketing_dept"]),
    (Category.POWER_QUALITY, "production_tech_dept", []),
    (Category.FACILITY_SAFETY, "safety_section", []),
    (Category.FAULT_REPAIR, "repair_centre", []),
    (Category.CONNECTION_COMMITMENT, "customer_service_centre", ["marketing_dept"]),
    (Category.OUTAGE_LIMIT, "dispatch_room", []),
    (Category.OTHER, "marketing_dept", []),
]


def codes(ids: tuple[int, ...]) -> list[str]:
    return list(Department.objects.filter(pk__in=ids).values_list("code", flat=True))


def add(by: User, effective_from: dt.date = TOMORROW, **values: Any) -> Policy:
    return services.add_policy(values, effective_from=effective_from, by=by, now=NOW)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_the_seeded_numbers_are_those_of_the_hotline_rules() -> None:
    row = rulebook.policy_on(ON)
    assert (row.consultation_days, row.complaint_days, row.report_misconduct_days, row.cap_days) == (3, 10, 10, 30)
    assert [row.overdue_rate_yuan, row.unqualified_rate_yuan, row.repeat_rate_yuan] == [
        Decimal(n) for n in (50, 50, 100)
    ]
    assert (row.penalty_day_unit, row.report_publish_day) == (PenaltyDayUnit.WORKING, 15)


def test_a_new_row_holds_from_its_date_on_and_not_a_day_earlier(manager: User) -> None:
    add(manager, consultation_days=5, note="新办法")
    assert rulebook.policy_on(TOMORROW).consultation_days == 5
    assert rulebook.policy_on(TOMORROW - dt.timedelta(days=1)).consultation_days == 3
    assert Policy.objects.in_force(TOMORROW).complaint_days == 10
    entry = AuditEntry.objects.get(action="policy.add")
    assert entry.detail["changed"] == {"咨询时限": ["3", "5"]}


def test_a_row_may_begin_today_once_and_never_in_the_past(manager: User) -> None:
    today = NOW.date()
    add(manager, today, consultation_days=4)
    with pytest.raises(ValidationError, match="这一天已有一行"):
        add(manager, today, consultation_days=5)
    with pytest.raises(ValidationError, match="不能早于今天"):
        add(manager, today - dt.timedelta(days=1))
    assert rulebook.policy_on(today).consultation_days == 4


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"cap_days": 5}, "不能短于"),
        ({"consultation_days": 0}, "大于或等于1"),
        ({"complaint_days": 4000, "cap_days": 5000}, "3650"),
        ({"report_publish_day": 31}, "28"),
        ({"penalty_day_unit": "hour"}, "不是有效"),
    ],
)
def test_impossible_numbers_are_refused_in_words(manager: User, values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add(manager, **values)
    assert words in " ".join(refused.value.messages)
    assert Policy.objects.count() == 1


def test_a_row_in_force_cannot_be_withdrawn_but_a_coming_one_can(manager: User) -> None:
    with pytest.raises(ValidationError, match="已经生效"):
        services.withdraw(Policy.objects.get(), by=manager, now=NOW)
    services.withdraw(add(manager), by=manager, now=NOW)
    assert Policy.objects.count() == 1
    assert AuditEntry.objects.filter(action="policy.withdraw").exists()


def test_the_database_itself_refuses_to_touch_rows_in_force() -> None:
    attempts = (
        lambda: Policy.objects.update(consultation_days=9),
        lambda: Policy.objects.all().delete(),
        lambda: RoutingRule.objects.update(lead=department("hotline")),
        lambda: StationDuty.objects.update(carries=False),
        lambda: RoutingRule.objects.get(category=Category.THEFT_TARIFF).cc.clear(),
    )
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            attempt()


def test_before_the_first_row_there_are_no_numbers() -> None:
    with pytest.raises(Policy.DoesNotExist):
        rulebook.policy_on(dt.date(1999, 12, 31))
    with pytest.raises(Policy.DoesNotExist):
        Policy.objects.in_force(dt.date(1999, 12, 31))


def test_the_list_tells_what_each_row_changed_and_which_holds(manager: User) -> None:
    add(manager, sla_due_time=dt.time(17, 30), overdue_rate_yuan="60")
    newest, oldest = dated_rows(Policy.objects.all(), today=ON)
    assert (newest.state, oldest.state) == ("coming", "in_force")
    assert [(one.label, one.before, one.after) for one in newest.changes] == [
        ("到期时刻", "未设", "17:30"),
        ("超期扣罚", "50", "60"),
    ]
    assert differences(oldest.policy, oldest.policy) == []


def test_unset_values_are_told_to_the_administrator(manager: User) -> None:
    """A22."""
    # Eight of the standards, three restoration times (B22), from which amount money takes two steps (S3-R12).
    assert len(unset(rulebook.policy_on(ON))) == 12
    add(manager, planned_notice_days=7)
    assert "planned_notice_days" not in {one.name for one in unset(rulebook.policy_on(TOMORROW))}


def test_every_number_of_the_model_is_shown_and_editable() -> None:
    kept_apart = {"id", "effective_from", "note", "recorded_by", "recorded_at"}
    assert {field.name for field in Policy._meta.fields} - kept_apart == set(FIELDS)


# --- routes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("category", "lead", "copied"), ROUTES)
@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.CONSULTATION])
def test_every_category_goes_where_the_hotline_rules_say(
    category: str, lead: str, copied: list[str], kind: str
) -> None:
    found = route(category, kind, None, None, ON)
    assert (found.lead_code, codes(found.cc_ids), found.by_station) == (lead, copied, False)
    assert found.rule_id.startswith("S4-R")
    assert found.basis


@pytest.mark.parametrize("category", Category)
def test_a_station_leads_only_what_it_carries(category: str) -> None:
    """S4-R29, R30, B12."""
    station = department("station_binhai")
    found = route(category, Kind.COMPLAINT, None, station.pk, ON)
    assert found.by_station == (category in STATION_LED)
    assert (found.lead_id == station.pk) == (category in STATION_LED)


def test_a_station_that_gives_up_a_duty_is_replaced_by_the_centre_from_that_day(manager: User) -> None:
    """B12."""
    station = department("station_binhai")
    services.set_duty(
        station=station,
        category=Category.FAULT_REPAIR,
        carries=False,
        effective_from=TOMORROW,
        by=manager,
        now=NOW,
    )
    assert route(Category.FAULT_REPAIR, Kind.FAULT_REPORT, None, station.pk, ON).lead_id == station.pk
    assert route(Category.FAULT_REPAIR, Kind.FAULT_REPORT, None, station.pk, TOMORROW).lead_code == "repair_centre"


@pytest.mark.parametrize(
    ("code", "lead"),
    [("load_limiting", "orderly_use_office"), ("orderly_use", "orderly_use_office"), ("planned", "dispatch_room")],
)
def test_load_limiting_goes_to_the_orderly_use_office(code: str, lead: str) -> None:
    """S4-R31, B12."""
    subcategory = Subcategory.objects.get(category=Category.OUTAGE_LIMIT, code=code)
    assert route(Category.OUTAGE_LIMIT, Kind.COMPLAINT, subcategory, None, ON).lead_code == lead
    assert route(Category.OUTAGE_LIMIT, Kind.COMPLAINT, subcategory.pk, None, ON).lead_code == lead


def rule(**fields: Any) -> RoutingRule:
    fields.setdefault("category", Category.OTHER)
    fields.setdefault("lead", department("hotline"))
    fields.setdefault("effective_from", TOMORROW)
    return RoutingRule(basis="会议纪要", **fields)


def test_the_most_specific_rule_wins_and_orders_before_its_date_keep_the_old_one(manager: User) -> None:
    meter = Subcategory.objects.get(category=Category.OTHER, code="meter")
    services.add_route(rule(kind=Kind.PRAISE), by=manager, now=NOW)
    services.add_route(
        rule(subcategory=meter, lead=department("customer_service_centre")),
        cc=[department("hotline")],
        cooperating=[department("repair_centre")],
        by=manager,
        now=NOW,
    )
    assert route(Category.OTHER, Kind.PRAISE, None, None, TOMORROW).lead_code == "hotline"
    found = route(Category.OTHER, Kind.PRAISE, meter, None, TOMORROW)
    assert (found.lead_code, codes(found.cc_ids)) == ("customer_service_centre", ["hotline"])
    assert codes(found.cooperating_ids) == ["repair_centre"]
    assert route(Category.OTHER, Kind.PRAISE, meter, None, ON).lead_code == "marketing_dept"
    assert AuditEntry.objects.filter(action="route.add").count() == 2


def test_a_closed_special_route_gives_way_to_the_general_one(manager: User) -> None:
    special = services.add_route(rule(kind=Kind.PRAISE), by=manager, now=NOW)
    later = TOMORROW + dt.timedelta(days=30)
    services.close_route(special, effective_from=later, by=manager, now=NOW)
    assert route(Category.OTHER, Kind.PRAISE, None, None, later - dt.timedelta(days=1)).lead_code == "hotline"
    assert route(Category.OTHER, Kind.PRAISE, None, None, later).lead_code == "marketing_dept"


def test_the_general_route_of_a_category_cannot_be_closed(manager: User) -> None:
    general = RoutingRule.objects.get(category=Category.OTHER)
    with pytest.raises(ValidationError, match="不能停用"):
        services.close_route(general, effective_from=TOMORROW, by=manager, now=NOW)


def test_routes_are_refused_in_the_past_twice_on_a_day_and_without_a_lead(manager: User) -> None:
    services.add_route(rule(), by=manager, now=NOW)
    with pytest.raises(ValidationError, match="这一天已有一行"):
        services.add_route(rule(), by=manager, now=NOW)
    with pytest.raises(ValidationError, match="不能早于今天"):
        services.add_route(rule(effective_from=ON), by=manager, now=NOW)
    with pytest.raises(ValidationError, match="牵头部门"):
        services.add_route(rule(lead=None, kind=Kind.PRAISE), by=manager, now=NOW)
    voltage = Subcategory.objects.get(code="low_voltage")
    with pytest.raises(ValidationError, match="不属于"):
        services.add_route(rule(subcategory=voltage), by=manager, now=NOW)


def test_the_lead_is_never_copied_to_itself(manager: User) -> None:
    services.add_route(rule(), cc=[department("hotline"), department("marketing_dept")], by=manager, now=NOW)
    assert codes(route(Category.OTHER, Kind.PRAISE, None, None, TOMORROW).cc_ids) == ["marketing_dept"]


def test_a_day_before_the_first_rule_has_no_route() -> None:
    assert route(Category.OTHER, Kind.PRAISE, None, None, dt.date(1999, 12, 31)).lead_id is None


# --- subcategories ----------------------------------------------------------------------------------------------------


def test_every_category_has_subcategories_with_initials_and_questions() -> None:
    """S4-R13."""
    for category in Category:
        rows = Subcategory.objects.filter(category=category, is_active=True)
        assert len(rows) >= 5
        assert all(row.initials.isascii() and row.initials.islower() and row.prompts for row in rows)
        assert len({row.initials for row in rows}) == len(rows)


def test_a_subcategory_is_changed_with_a_trace_and_names_stay_unique(manager: User) -> None:
    row = Subcategory.objects.get(code="low_voltage")
    row.is_active = False
    services.save_subcategory(row, by=manager, now=NOW)
    assert AuditEntry.objects.get(action="subcategory.change").detail["is_active"] is False
    twin = Subcategory(category=Category.POWER_QUALITY, code="twin", name="电压偏高", initials="dypg")
    with pytest.raises(ValidationError, match="同名"):
        services.save_subcategory(twin, by=manager, now=NOW)


# --- freshness --------------------------------------------------------------------------------------------------------


def test_an_unchanged_book_costs_one_query_and_a_held_one_none(django_assert_num_queries: Any) -> None:
    rulebook.current()
    with django_assert_num_queries(1):
        book = rulebook.current()
        book.policy_on(ON)
        route(Category.OTHER, Kind.PRAISE, None, None, ON, book=book)
        current_calendar(book=book)


def test_every_kind_of_change_moves_the_stamp_and_shows_at_once(manager: User) -> None:
    changes = (
        lambda: add(manager),
        lambda: services.add_route(rule(), by=manager, now=NOW),
        lambda: services.set_duty(
            station=department("station_binhai"),
            category=Category.OTHER,
            carries=True,
            effective_from=TOMORROW,
            by=manager,
            now=NOW,
        ),
        lambda: services.save_subcategory(Subcategory.objects.all()[0], by=manager, now=NOW),
        lambda: import_year(NOTICE_2027, by=manager, now=NOW),
        lambda: Department.objects.filter(code="hotline").update(name="客服热线"),
    )
    seen = {version.current()}
    for change in changes:
        change()
        assert version.current() not in seen
        seen.add(version.current())


def test_a_rolled_back_change_leaves_no_trace_in_the_cache(manager: User) -> None:
    with transaction.atomic():
        add(manager, consultation_days=7)
        assert rulebook.policy_on(TOMORROW).consultation_days == 7
        transaction.set_rollback(True)
    assert rulebook.policy_on(TOMORROW).consultation_days == 3
    add(manager, consultation_days=8)
    assert rulebook.policy_on(TOMORROW).consultation_days == 8


def test_emptied_tables_are_noticed_and_can_be_planted_again() -> None:
    """What a test run that truncates its database does between tests."""
    rulebook.current()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.allow_truncate = 'on'")  # the cascade reaches append-only tables of other apps
        cursor.execute("TRUNCATE policy_policy, policy_routingrule, policy_subcategory, policy_calendarversion CASCADE")
        cursor.execute("TRUNCATE policy_stationduty, policy_stamp CASCADE")
    assert rulebook.current().policies == ()
    seed.plant(apps.get_model, now=NOW)
    assert route(Category.OTHER, Kind.PRAISE, None, None, ON).lead_code == "marketing_dept"
    assert current_calendar().known_years == set(range(2004, 2027))


def test_routes_are_not_planted_where_a_department_is_missing() -> None:
    def without_departments(app: str, model: str) -> Any:
        found = apps.get_model(app, model)
        return SimpleNamespace(objects=Department.objects.none()) if found is Department else found

    with pytest.raises(RuntimeError, match="Apply people"):
        seed.plant(without_departments, now=NOW)
    assert Policy.objects.count() == 1


def test_a_full_read_of_the_book_is_a_handful_of_queries(manager: User) -> None:
    add(manager)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rulebook.current()
    assert len(queries) <= 10
