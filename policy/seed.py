"""What every installation starts with: the numbers of the hotline rules, the routes, the subcategories, the calendar.

``plant(get_model, now)`` writes through whatever model registry it is given, so that the data migration (historical
models) and a test that emptied the tables use the same lines. Afterwards everything changes by dated rows only.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import chinese_calendar
from chinese_calendar import constants

from policy.subcategories import SUBCATEGORIES
from policy.vocabulary import CalendarStatus, Category, Variant

GetModel = Callable[[str, str], Any]
ALWAYS = dt.date(2000, 1, 1)
CALENDAR_SOURCE = "chinesecalendar 1.11.0"
# chinesecalendar has it as a weekend; the notice for 2006 (国办发明电〔2005〕35号) says: 12月31日（星期六）上班.
CORRECTIONS = {dt.date(2005, 12, 31): (True, "元旦")}


class Line(NamedTuple):
    """One route of the hotline rules: code of the lead, codes of those copied, rule and its words."""

    category: Category
    lead: str
    rule_id: str
    basis: str
    by_station: bool = False
    cc: tuple[str, ...] = ()
    variant: str = ""


ROUTES: tuple[Line, ...] = (
    Line(
        Category.SERVICE_CONDUCT,
        "party_admin_office",
        "S4-R25",
        "行风建设、优质服务方面的举报投诉，由党政办负责调查处理并反馈",
    ),
    Line(
        Category.THEFT_TARIFF,
        "inspection_group",
        "S4-R26",
        "违约窃电、违反电价政策的举报，由用电稽查组负责查处，同时抄送营销部",
        cc=("marketing_dept",),
    ),
    Line(
        Category.POWER_QUALITY,
        "production_tech_dept",
        "S4-R27",
        "供电质量、技术方面的，由生技部核实并责成生产部门处理，由生技部反馈",
    ),
    Line(
        Category.FACILITY_SAFETY,
        "safety_section",
        "S4-R28",
        "电力设施安全保护方面的，由安监科核实并责成生产部门处理，由安监科反馈",
    ),
    Line(
        Category.FAULT_REPAIR,
        "repair_centre",
        "S4-R29",
        "故障抢修方面的，由抢修中心或供电所负责处理",
        by_station=True,
    ),
    Line(
        Category.CONNECTION_COMMITMENT,
        "customer_service_centre",
        "S4-R30",
        "业扩报装、服务承诺方面的，由客户服务中心或供电所负责处理，同时抄送营销部",
        by_station=True,
        cc=("marketing_dept",),
    ),
    Line(
        Category.OUTAGE_LIMIT,
        "dispatch_room",
        "S4-R31",
        "停电方面的，由电力调度室负责处理",
    ),
    Line(
        Category.OUTAGE_LIMIT,
        "orderly_use_office",
        "S4-R31",
        "限电、有序用电方面的，由有序办负责处理",
        variant=Variant.LOAD_LIMITING,
    ),
    Line(
        Category.OTHER,
        "marketing_dept",
        "S4-R32",
        "除上述以外的其他问题，由营销部牵头，有关科室配合处理",
    ),
)

STATION_CATEGORIES = (Category.FAULT_REPAIR, Category.CONNECTION_COMMITMENT)
STATION_CODES = ("station_jiangwan", "station_chengdong", "station_binhai", "station_shanqian")


def plant(get_model: GetModel, *, now: dt.datetime) -> None:
    """Writes all starting rows. Raises RuntimeError, before writing, when a department of the rules is missing."""
    departments = _departments(get_model)
    get_model("policy", "Policy").objects.create(effective_from=ALWAYS, note="热线工单管理办法", recorded_at=now)
    _plant_subcategories(get_model)
    _plant_routes(get_model, departments, now)
    _plant_calendar(get_model, now)


def _departments(get_model: GetModel) -> dict[str, Any]:
    wanted = {line.lead for line in ROUTES} | {code for line in ROUTES for code in line.cc} | set(STATION_CODES)
    found = {row.code: row for row in get_model("people", "Department").objects.filter(code__in=wanted)}
    if missing := sorted(wanted - set(found)):
        raise RuntimeError(
            "routes cannot be created, these departments are missing: "
            f"{', '.join(missing)}. Apply people.0002 first, then migrate policy again."
        )
    return found


def _plant_subcategories(get_model: GetModel) -> None:
    model = get_model("policy", "Subcategory")
    model.objects.bulk_create(
        model(
            category=category,
            code=line.code,
            name=line.name,
            initials=line.initials,
            prompts=list(line.prompts),
            variant=line.variant,
            position=position,
        )
        for category, lines in SUBCATEGORIES.items()
        for position, line in enumerate(lines)
    )


def _plant_routes(get_model: GetModel, departments: dict[str, Any], now: dt.datetime) -> None:
    rules, duties = get_model("policy", "RoutingRule"), get_model("policy", "StationDuty")
    for line in ROUTES:
        rule = rules.objects.create(
            category=line.category,
            variant=line.variant,
            lead=departments[line.lead],
            by_station=line.by_station,
            rule_id=line.rule_id,
            basis=line.basis,
            effective_from=ALWAYS,
            recorded_at=now,
        )
        rule.cc.set([departments[code] for code in line.cc])
    duties.objects.bulk_create(
        duties(station=departments[code], category=category, effective_from=ALWAYS, recorded_at=now)
        for category in STATION_CATEGORIES
        for code in STATION_CODES
    )


def known_days() -> dict[int, dict[dt.date, tuple[bool, str]]]:
    """Year to its exceptional days, (is a workday, name of the festival), from the chinesecalendar package, with
    the one day it misses."""
    names = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
    years: dict[int, dict[dt.date, tuple[bool, str]]] = defaultdict(dict)
    for is_workday, days in ((False, constants.holidays), (True, constants.workdays)):
        for day, name in days.items():
            years[day.year][day] = (is_workday, names.get(name, name)[:60])
    for day, special in CORRECTIONS.items():
        years[day.year][day] = special
    return dict(sorted(years.items()))


def _plant_calendar(get_model: GetModel, now: dt.datetime) -> None:
    versions, days = get_model("policy", "CalendarVersion"), get_model("policy", "CalendarDay")
    for year, special in known_days().items():
        version = versions.objects.create(
            year=year, number=1, status=CalendarStatus.OFFICIAL, source=CALENDAR_SOURCE, imported_at=now
        )
        days.objects.bulk_create(
            days(version=version, date=day, is_workday=is_workday, name=name)
            for day, (is_workday, name) in sorted(special.items())
        )
