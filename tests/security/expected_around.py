"""Around the running outages (planned outages, arrears disconnection): who gets what, the rows to look at, the forms.

Written by hand like ``expected``; merged into its tables.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from customers.models import Customer, Grid, ImportantUser, SensitiveUser, TransformerArea
from outage.checklists.models import ChecklistItem
from outage.closing.services import add_action
from outage.disconnection.models import Disconnection
from outage.disconnection.services import propose
from outage.flow.door import perform
from outage.planning.models import OutagePlan
from outage.planning.services import add_day, draw_up, new_link
from outage.records.services import fill_in
from outage.services import Facts, open_outage
from people.models import User
from tests.factories import MONDAY, dept

GROUPS = {
    "at_work": "hotline departments leaders manager auditor",
    "planners": "head unit_boss station_head deputy_station_head duty_officer centre",
    "day_keepers": "manager director centre",
    # the outage of ``plant``: its station's people, its grid worker, and who works company-wide
    "around_seers": "hotline leaders manager auditor centre duty_officer unit unit_boss station_staff",
    "around_records": "hotline leaders manager auditor centre duty_officer unit unit_boss station_staff",
    "around_lenders": "station_staff",
    "around_crew": "shift_leader supervisor director duty_officer unit unit_boss station_staff",
}

PAGES = """
disconnections                | at_work                       | -
disconnection_new             | station_staff                 | station_staff
disconnection                 | sees_customer                 | -                    | sees_customer
disconnection_act             | station_staff                 | station_staff        | sees_customer
plans                         | at_work                       | -
plan_new                      | planners                      | planners
plan                          | at_work                       | -                    | at_work
plan_act                      | planners                      | planners             | at_work
plan_leads                    | at_work                       | manager
plan_days                     | at_work                       | day_keepers
plan_day_remove               | -                             | day_keepers
plan_link                     | at_work                       | -
plan_link_new                 | -                             | at_work
plan_link_end                 | -                             | at_work
plan_feed                     | anyone                        | -
api_planned_outages           | at_work api                   | -

reliability                   | at_work                       | -
api_reliability               | at_work                       | -
outage_records                | at_work                       | -
outage_record_new             | departments                   | departments
outage_record                 | around_records                | -                    | around_records
outage_record_returned        | -                             | around_lenders       | around_records
checklist_templates           | at_work                       | -
checklist_version             | manager centre                | manager centre
outage_checklists             | around_seers                  | -                    | around_seers
outage_tick                   | -                             | around_crew          | around_seers
outage_closing                | around_seers                  | -                    | around_seers
outage_ledger                 | -                             | around_crew          | around_seers
outage_feedback               | -                             | around_crew          | around_seers
outage_review                 | -                             | around_crew          | around_seers
outage_gap                    | -                             | around_crew          | around_seers
outage_action                 | -                             | around_crew          | around_seers
outage_action_done            | -                             | around_crew          | around_seers
"""

FILL = {
    "arrears_yuan": "120.50",
    "execute_at": "2026-09-12T15:00",
    "delivered_at": "2026-09-07T15:00",
    "starts_at": "2026-09-21T08:00",
    "ends_at": "2026-09-21T17:00",
    "areas": "海桂台区",
    "first_on": "2026-10-01",
    "last_on": "2026-10-02",
    "hours": "48",
    "happened_at": "2026-09-07T10:00",
    "quantity": "2",
    "held_on": "2026-09-07",
    "items": "联系社区",
    "at": "2026-09-07T10:00",
    "public_text": "检修停电",
}


def plant(users: dict[str, User], customer: Customer, ids: dict[str, Any]) -> None:
    """A drafted case and a drafted plan for everybody to look at, a day to spare and a calendar link."""
    ids["disconnection"] = case_of(users, customer).pk
    grid = Grid.objects.create(station=customer.station, name="海桂网格", worker=users["grid_worker"])
    area = TransformerArea.objects.create(
        code="HG-1", name="海桂台区", station=customer.station, grid=grid, households=80
    )
    facts = Facts(title="海桂路停电", station=customer.station, areas=[area])
    outage = open_outage(by=users["duty_officer"], now=MONDAY, facts=facts)
    action = add_action(
        outage,
        what="定人",
        owner=users["grid_worker"],
        due_on=MONDAY.date() + timedelta(days=9),
        by=users["duty_officer"],
        now=MONDAY,
    )
    values = {
        "unit": customer.station,
        "happened_at": MONDAY,
        "material": "电缆终端头",
        "lender": "城东供电所",
        "cause_kind": "defect",
        "text": "库存不足",
    }
    ids["around_record"] = fill_in("material", values=values, by=users["station_head"], now=MONDAY).pk
    ids |= {"around_outage": outage.number, "around_action": action.pk}
    ids["plan"] = plan_of(users, area).pk
    day = add_day(
        name="考试",
        kind="exam",
        first_on=MONDAY.date() + timedelta(days=14),
        last_on=MONDAY.date() + timedelta(days=14),
        station=None,
        note="",
        by=users["manager"],
        now=MONDAY,
    )
    ids["day"] = day.pk
    ids["feed"] = new_link(by=users["agent"], now=MONDAY)


def case_of(users: dict[str, User], customer: Customer) -> Disconnection:
    return propose(
        customer, arrears_yuan=Decimal(86), arrears_months="8 月", text="已催", by=users["grid_worker"], now=MONDAY
    )


def plan_of(users: dict[str, User], area: TransformerArea) -> OutagePlan:
    begin = MONDAY + timedelta(days=14)
    return draw_up(
        by=users["station_head"],
        now=MONDAY,
        kind="planned",
        title="海桂路一带",
        work="检修",
        public_text="检修停电",
        station=area.station,
        areas=[area],
        starts_at=begin,
        ends_at=begin + timedelta(hours=6),
    )


def blanks(ids: dict[str, Any]) -> dict[str, dict[str, object]]:
    """What to put into the addresses."""
    number = {"number": ids["around_outage"]}
    item = ChecklistItem.objects.filter(template__code="after_crew")[0]
    kept = ("closing", "ledger", "feedback", "review", "gap", "action", "checklists")
    return {
        **{f"outage_{name}": dict(number) for name in kept},
        "outage_action_done": number | {"pk": ids["around_action"]},
        "outage_tick": number | {"item_id": item.pk},
        "outage_record": {"pk": ids["around_record"]},
        "outage_record_returned": {"pk": ids["around_record"]},
        "outage_record_new": {"kind": "material"},
        "checklist_version": {"code": "after_crew"},
        "disconnection": {"pk": ids["disconnection"]},
        "disconnection_act": {"pk": ids["disconnection"], "name": "precheck"},
        "plan": {"pk": ids["plan"]},
        "plan_act": {"pk": ids["plan"], "name": "submit"},
        "plan_day_remove": {"pk": ids["day"]},
        "plan_feed": {"token": ids["feed"]},
    }


# --- forms for the bad-input corpus -----------------------------------------------------------------------------------


def forms(users: dict[str, User], ids: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(who, address) of every page with a form of its own."""
    for who, names in {
        "station_head": ("disconnection_new", "plan_new"),
        "manager": ("plan_leads", "plan_days"),
        "agent": ("plan_link",),
    }.items():
        yield from ((who, reverse(name)) for name in names)
    yield "station_head", reverse("outage_closing", args=[ids["around_outage"]])
    for kind in ("accident", "customer_line", "material", "not_soon"):
        yield "station_head", reverse("outage_record_new", args=[kind])
    yield "grid_worker", reverse("outage_checklists", args=[ids["around_outage"]])
    yield "manager", reverse("checklist_version", args=["after_crew"])
    for who, step, pk in _cases(users, ids):
        yield who, reverse("disconnection_act", args=[pk, step])
    for who, step, pk in _plans(users, ids):
        yield who, reverse("plan_act", args=[pk, step])


def _cases(users: dict[str, User], ids: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """A case waiting for each step, marked important and sensitive so that every form can be reached."""
    first = Disconnection.objects.get(pk=ids["disconnection"])
    yield from (("grid_worker", "precheck", first.pk), ("station_head", "cancel", first.pk))
    yield "station_head", "settle", first.pk
    customer = Customer.objects.create(
        account_no="3301775599", station=dept("station_jiangwan"), created_at=MONDAY, updated_at=MONDAY
    )
    ImportantUser.objects.create(customer=customer, load_class="first", recorded_at=MONDAY)
    SensitiveUser.objects.create(customer=customer, reason="制氧机", recorded_at=MONDAY)
    case = case_of(users, customer)
    case = perform(case, "precheck", by=users["grid_worker"], now=MONDAY, risks=[], risk_note="")
    plan: dict[str, Any] = {"government": "街道", "timing": "白天", "soothing": "电源"}
    case = perform(case, "plan", by=users["station_head"], now=MONDAY, **plan)
    case = perform(case, "approve", by=users["station_head"], now=MONDAY)
    yield from (("station_head", "plan", case.pk), ("grid_worker", "report", case.pk))
    yield "grid_worker", "deliver", case.pk


def _plans(users: dict[str, User], ids: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    area = TransformerArea.objects.get(code="HG-1")
    yield from (("station_head", step, ids["plan"]) for step in ("edit", "submit", "cancel"))
    plan = perform(plan_of(users, area), "submit", by=users["station_head"], now=MONDAY)
    yield from (("deputy_leader", step, plan.pk) for step in ("approve", "send_back"))
    note: dict[str, Any] = {"conflict_note": "不能避开"}
    plan = perform(plan_of(users, area), "submit", by=users["station_head"], now=MONDAY)
    plan = perform(plan, "approve", by=users["deputy_leader"], now=MONDAY, **note)
    yield from (("station_head", step, plan.pk) for step in ("announce", "propose_change", "begin"))


QUERIES = (
    ("agent", "/outages/disconnections/", "show before unknown"),
    ("agent", "/outages/plans/", "month unknown"),
    ("agent", "/outages/reliability/", "month unknown"),
    ("agent", "/outages/records/", "kind before unknown"),
    ("agent", "/api/v1/reliability/", "month"),
    ("agent", "/api/v1/planned-outages/", "since until"),
)


def paths(value: str) -> list[tuple[str, str]]:
    return [
        ("station_head", f"/outages/disconnections/{value}/"),
        ("agent", f"/outages/plans/{value}/"),
        ("anonymous", f"/outages/plans/calendar/{value}.ics"),
        ("station_head", f"/outages/{value}/closing/"),
        ("manager", f"/outages/checklists/{value}/"),
        ("agent", f"/outages/records/{value}/"),
    ]
